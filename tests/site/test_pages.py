"""The pages around the chapters: front page, glossary, old tutorials, concepts, student kit."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import keras
import nbclient
import nbformat
import numpy as np
import pytest
import tensorflow as tf
from course_site import student_kit
from secret_lines import secret_lines

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = ROOT / "chapters"
KIT = "training-neural-networks"
TEXT = {".md", ".py"}


def rows(page: str, columns: int) -> list[list[str]]:
    """The cells of a page's tables with this number of columns, without the header rows."""
    lines = (CHAPTERS / f"{page}.md").read_text(encoding="utf-8").splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("|")]
    heads = {i - 1 for i, row in enumerate(cells) if set("".join(row)) <= set("|-: ")}
    body = [row for i, row in enumerate(cells) if i not in heads and i - 1 not in heads]
    return [row for row in body if len(row) == columns]


class TestGlossary:
    words = rows("glossary", 4)

    def test_it_is_long_and_in_order(self):
        assert len(self.words) > 60
        names = [row[0].lower() for row in self.words]
        assert names == sorted(set(names)), "sort the rows of chapters/glossary.md, each word once"

    @pytest.mark.parametrize("row", words, ids=lambda row: row[0])
    def test_a_word_is_given_in_korean(self, row):
        assert re.fullmatch(r'<span lang="ko">[^<]*[가-힣][^<]*</span>', row[1]), (
            'write the Korean word as <span lang="ko">…</span> in chapters/glossary.md'
        )

    def test_its_link_names_the_chapter_that_it_leads_to(self):
        for *_, link in self.words:
            number, page = re.fullmatch(r"\[(?:(\d)\. )?.+\]\((\w+)\.md#[\w-]+\)", link).groups()
            assert page.startswith(f"0{number}_" if number else "network"), link


def test_a_letter_of_the_notation_has_one_row():
    lines = (CHAPTERS / "notation.md").read_text(encoding="utf-8").splitlines()
    cells = [line.split(" | ")[0] for line in lines if line.startswith("| $")]
    found = [letter for cell in cells for letter in re.findall(r"\$(.+?)\$", cell)]
    letters = [re.sub(r" =.+|\(.+", "", letter).strip() for letter in found]
    assert len(letters) > 60
    twice = sorted({letter for letter in letters if letters.count(letter) > 1})
    assert twice == [], "chapters/notation.md gives these letters two meanings: choose another one"


class TestOldTutorials:
    """Run the old code of every row on the page, and the new code beside it."""

    @pytest.fixture
    def names(self, tmp_path, monkeypatch) -> dict[str, object]:
        monkeypatch.chdir(tmp_path)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse", metrics=["accuracy"])
        x, y = np.zeros((8, 3), "float32"), np.zeros((8, 1), "float32")
        batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(4)
        given = {"model": model, "x": x, "y": y, "batches": batches}
        return {"keras": keras, "tf": tf, "np": np, **given}

    @staticmethod
    def code(cell: str) -> str:
        return cell.strip("`")

    # Keras 3.15 saves through a call that a later NumPy will remove.
    @pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
    @pytest.mark.parametrize(
        "row", [r for r in rows("old_tutorials", 3) if "Error" in r[1]], ids=lambda row: row[0]
    )
    def test_the_old_stops_and_the_new_runs(self, names, row):
        with pytest.raises(Exception, match=r".*") as stopped:
            eval(self.code(row[0]), names)
        assert type(stopped.value).__name__ == self.code(row[1])
        for statement in re.findall("`(.+?)`", row[2]):
            exec(statement, names)

    def test_decay_is_ignored_with_a_warning(self, names):
        with pytest.warns(UserWarning, match="ignored"):
            optimizer = keras.optimizers.SGD(0.1, decay=1e-4)
        optimizer.build([])
        optimizer.iterations.assign(1000)
        assert float(optimizer.learning_rate) == pytest.approx(0.1)

    def test_alpha_is_still_understood(self, names):
        with pytest.warns(UserWarning, match="negative_slope"):
            layer = keras.layers.LeakyReLU(alpha=0.25)
        assert layer.negative_slope == 0.25

    def test_epsilon_of_the_plateau_is_ignored_without_a_word(self, names):
        # A warning would be an error here.
        callback = keras.callbacks.ReduceLROnPlateau(epsilon=0.1)
        assert callback.min_delta == 1e-4

    def test_an_input_dim_is_understood(self, names):
        with pytest.warns(UserWarning, match="Input"):
            model = keras.Sequential([keras.layers.Dense(10, input_dim=3)])
        assert model.input_shape == (None, 3)

    def test_each_silent_line_of_the_page_is_tested_above(self):
        silent = [row[0] for row in rows("old_tutorials", 3) if "Error" not in row[1]]
        source = Path(__file__).read_text(encoding="utf-8")
        for line in silent:
            assert re.search(r"[\w.]+\((?=[^)]*(decay|alpha|epsilon|input_dim)=)", line)
            assert re.search(r"(decay|alpha|epsilon|input_dim)=", line)[1] in source, (
                f"add a test above of what Keras does with {line}"
            )

    def test_the_data_set_is_gone_from_scikit_learn(self):
        import sklearn.datasets

        with pytest.raises(ImportError, match=r"removed from scikit-learn since version 1\.2"):
            _ = sklearn.datasets.load_boston


class TestFrontPage:
    def test_it_says_the_minutes_that_each_chapter_says(self):
        table = {re.search(r"\((.+)\)", row[0])[1]: row[2:] for row in rows("index", 4)}
        reading, _ = table.pop("network.md")
        network = (CHAPTERS / "network.md").read_text(encoding="utf-8")
        assert f"it takes about {reading.removesuffix(' min')} minutes" in network
        chapters = {path.name for path in CHAPTERS.glob("[0-9][0-9]_*.md")}
        assert set(table) == chapters, "give each chapter one row in the table of chapters/index.md"
        for name, (reading, exercises) in table.items():
            text = (CHAPTERS / name).read_text(encoding="utf-8")
            minutes = re.search(
                r"Reading takes about (\d+) minutes, the exercises another (\d+)", text
            )
            assert [reading, exercises] == [f"{number} min" for number in minutes.groups()], (
                f"chapters/index.md and {name} differ"
            )


class TestConcepts:
    def test_every_demo_and_question_of_the_chapters_is_on_the_map(self, book):
        page = (book / "chapters" / "concepts.html").read_text(encoding="utf-8")
        named = set(re.findall(r'href="(\d\d_\w+\.html)#((?:demo|ask)-[^"]+)"', page))
        existing = {
            (path.name, mark)
            for path in (book / "chapters").glob("[0-9][0-9]_*.html")
            for mark in re.findall(r'id="(demo-[^"]+|ask-[0-9a-f]{8})"', path.read_text("utf-8"))
        }
        assert named == existing, "chapters/concepts.md links to every demo and every question"

    def test_every_exercise_is_on_the_map_once(self):
        text = (CHAPTERS / "concepts.md").read_text(encoding="utf-8")
        named = re.findall(r"\[`(\w+)`\]\(\.\./grader/release/(\w+)/", text)
        asked = [
            (name, path.stem)
            for path in CHAPTERS.glob("[0-9][0-9]_*.md")
            for name in re.findall(r"^- \[`(\w+)`\]", path.read_text("utf-8"), re.MULTILINE)
        ]
        assert sorted(named) == sorted(asked), "chapters/concepts.md links to each exercise once"


class TestKit:
    @pytest.fixture(scope="class")
    @classmethod
    def kit(cls, tmp_path_factory) -> Path:
        """The kit, unpacked in a folder without the rest of the course."""
        folder = tmp_path_factory.mktemp("some folder with spaces")
        student_kit.write(folder / "kit.zip")
        zipfile.ZipFile(folder / "kit.zip").extractall(folder)
        return folder / KIT

    def test_it_is_on_the_site_and_linked(self, book):
        assert zipfile.ZipFile(book / "_static" / f"{KIT}.zip").testzip() is None
        assert f'href="../_static/{KIT}.zip"' in (book / "chapters" / "using.html").read_text()

    def test_two_kits_are_the_same_bytes(self, tmp_path):
        for name in ("one", "two"):
            student_kit.write(tmp_path / name)
        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()

    def test_it_has_every_chapter_exercise_and_the_lock(self, kit):
        chapters = {path.stem for path in CHAPTERS.glob("[0-9][0-9]_*.md")}
        assert {path.stem for path in kit.glob("chapters/[0-9]*.ipynb")} == chapters
        assert {path.name for path in kit.glob("exercises/*")} == chapters
        lock = (ROOT / "requirements-student.txt").read_bytes()
        assert (kit / "requirements.txt").read_bytes() == lock

    def test_it_starts_with_start_py_and_the_settings_of_this_course(self, kit):
        assert (kit / "start.py").read_bytes() == (ROOT / "lab" / "start.py").read_bytes()
        settings = {path.relative_to(kit / "settings") for path in kit.rglob("settings/**/*.*")}
        ours = {path.relative_to(ROOT / "lab") for path in (ROOT / "lab").rglob("*.*")}
        others = {Path("start.py"), *(path for path in ours if path.parts[0] == "author")}
        assert settings == {path for path in ours if path.suffix != ".pyc"} - others

    def test_its_start_page_leads_to_every_chapter_and_exercise(self, kit, tmp_path):
        links = set(re.findall(r"\]\(([^)]+)\)", (kit / "start.md").read_text(encoding="utf-8")))
        notebooks = {p.relative_to(kit).as_posix() for p in kit.glob("*/**/*.ipynb")}
        assert notebooks <= links
        assert all((kit / link).exists() for link in links)
        student_kit.write(tmp_path / "kit.zip", "https://example.org/course/")
        page = zipfile.ZipFile(tmp_path / "kit.zip").read(f"{KIT}/start.md").decode()
        assert "this kit, https://example.org/course/, has the same chapters." in page

    def test_it_holds_nothing_of_the_solutions(self, kit):
        # Chapters teach some lines of code that solutions use as well.
        chapters = "\n".join(p.read_text() for p in CHAPTERS.rglob("*") if p.suffix in TEXT)
        hidden = [line for line in secret_lines() if line not in chapters]
        assert len(hidden) > 100
        for path in kit.rglob("*"):
            if path.is_file() and path.suffix in {".ipynb", ".py", ".md"}:
                text = path.read_text(encoding="utf-8")
                assert "BEGIN SOLUTION" not in text
                assert "BEGIN HIDDEN TESTS" not in text
                if path.suffix == ".ipynb":
                    cells = nbformat.reads(text, as_version=4).cells
                    text = "\n".join(cell.source for cell in cells)
                assert [line for line in hidden if line in text] == [], path

    def test_its_chapters_are_common_markdown_and_their_links_lead_somewhere(self, kit):
        for path in [*kit.glob("chapters/*.ipynb"), *kit.glob("*.md")]:
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".ipynb":
                cells = nbformat.reads(text, as_version=4).cells
                text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
            assert not re.findall(r"^:::.*|\{\w+(?::\w+)?\}`", text, re.MULTILINE), (
                f"{path.name} has MyST that JupyterLab does not know: let `common_markdown` in"
                " course_site/student_kit.py rewrite it"
            )
            for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
                assert (path.parent / link).exists(), (path.name, link)

    def test_a_chapter_runs_there(self, kit, monkeypatch):
        monkeypatch.delenv("DEMOS_STATIC", raising=False)
        path = kit / "chapters" / "01_loss_functions.ipynb"
        page = nbformat.read(path, as_version=4)
        nbclient.execute(page, cwd=str(path.parent), timeout=300)
        widgets = [
            cell
            for cell in page.cells
            for output in cell.get("outputs", [])
            if "application/vnd.jupyter.widget-view+json" in output.get("data", {})
        ]
        assert len(widgets) >= 4
