"""Python in the reader's browser: what the pages' module `runtime.js` promises."""

from __future__ import annotations

import gzip
import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jupytext
import nbformat
import pytest
from course_site.workbench import library, runtime_files, wasm
from playwright.sync_api import Browser, BrowserContext, Page

from tools.engines import Window, opened

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = sorted(ROOT.glob("solutions/*/*.ipynb"))
RELEASE = ROOT / "grader" / "release"
PAGE = "grader/release/01_loss_functions/loss_functions.html"
RUNTIME = "_static/workbench/runtime"
MOST_BYTES = 20_000_000  # that a reader downloads once

START = """
const module = await import(`${arguments[0]}/_static/workbench/runtime.js`);
Object.assign(window, module);
window.runtime = new Runtime(`${arguments[0]}/_static/workbench/runtime/`);
"""
RUN = "return runtime.run(arguments[0]).catch((error) => ({ thrown: error.name }))"
# Writes files, given as lists of bytes.
WRITE = """
const files = Object.entries(arguments[0]).map(([name, bytes]) => [name, Uint8Array.from(bytes)]);
await runtime.write(Object.fromEntries(files));
"""


class Reader:
    """A page on which Python runs, in any of the browsers."""

    def __init__(self, window: Window, site: str) -> None:
        self.window = window
        window.open(f"{site}/{PAGE}")
        window.run(START, site)

    def do(self, script: str, *values: object) -> Any:
        """Run the body of an asynchronous function of JavaScript, and return its result."""
        return self.window.run(script, *values)

    def run(self, source: str) -> Any:
        """Run a cell, and return what `Runtime.run` gives."""
        return self.do(RUN, source)

    def shown(self, source: str) -> list[tuple[str, str]]:
        """Run a cell, and return the kind and the content of each part of its output."""
        return [(part["kind"], part["content"]) for part in self.run(source)["outputs"]]

    def error(self, source: str) -> str:
        """Run a cell that fails, and return the last line of its error."""
        result = self.run(source)
        assert not result["ok"]
        assert result["outputs"][-1]["kind"] == "error"
        return str(result["outputs"][-1]["content"].splitlines()[-1])


class InPage:
    """A page of Playwright as a `Window`."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, url: str) -> None:
        self.page.goto(url)

    def run(self, script: str, *values: object) -> Any:
        whole = f"(values) => (async function () {{ {script} }}).apply(null, values)"
        return self.page.evaluate(whole, list(values))


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser in which no page may raise an error."""
    errors: list[str] = []
    with browser.new_context() as context:
        context.on("weberror", lambda error: errors.append(str(error.error)))
        yield context
    assert errors == []


@pytest.fixture(scope="module")
def reader(context: BrowserContext, site: str) -> Reader:
    """A page on which Python has been loaded."""
    reader = Reader(InPage(context.new_page()), site)
    reader.do("await runtime.load()")
    return reader


# What the build writes


def test_a_reader_downloads_little_and_only_once(book: Path) -> None:
    manifest = json.loads((book / RUNTIME / "manifest.json").read_text())
    for file in manifest["files"]:
        content = (book / RUNTIME / file["name"]).read_bytes()
        assert len(content) == file["bytes"]
        assert runtime_files.checksum(content) == file["sha256"]
    assert sum(file["bytes"] for file in manifest["files"]) < MOST_BYTES


def test_the_licenses_of_everything_are_there(book: Path) -> None:
    names = {path.stem for path in (book / RUNTIME / "LICENSES").iterdir()}
    assert {"cpython", "numpy", "matplotlib", "pillow", "wasi-libc"} <= names
    shim = book / "_static" / "workbench" / "shim"
    assert (
        "MIT License" in (shim / "LICENSE-MIT").read_text()
        or "Permission is hereby" in (shim / "LICENSE-MIT").read_text()
    )


def test_the_library_has_no_tests_and_no_package_that_nobody_uses(book: Path) -> None:
    packed = gzip.decompress((book / RUNTIME / "library.zip.gz").read_bytes())
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert {"bootstrap.py", "failures.py", f"{library.DATA}/matplotlibrc"} <= set(names)
    assert [name for name in names if re.search(r"pandas|/tests/|\.afm$", name)] == []


def test_the_module_has_a_limit_for_its_memory_and_no_names(book: Path) -> None:
    module = gzip.decompress((book / RUNTIME / "python.wasm.gz").read_bytes())
    found = list(wasm.sections(module))
    [memory] = [content for kind, content in found if kind == wasm.MEMORY]
    assert memory == wasm.limited(memory, runtime_files.MOST_MEMORY // wasm.PAGE)
    assert not [content for kind, content in found if content.startswith(b"\4name")]


@pytest.mark.parametrize("number", [0, 1, 127, 128, 16384, 31_897_334])
def test_numbers_survive_their_code(number: int) -> None:
    code = wasm.encoded(number)
    assert wasm.decoded(b"\0" + code + b"\xff", 1) == (number, 1 + len(code))


def test_what_is_no_module_is_refused() -> None:
    with pytest.raises(ValueError, match="not a WebAssembly module"):
        wasm.for_readers(b"\0asm\2\0\0\0", 1 << 30)
    with pytest.raises(ValueError, match="cannot be limited"):
        wasm.limited(bytes([1, 0]) + wasm.encoded(640), 100)


def test_a_damaged_package_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sums = f"{runtime_files.checksum(b'right')}  python.wasm\n"
    (tmp_path / "SHA256SUMS").write_text(sums)
    (tmp_path / "python.wasm").write_bytes(b"right")
    with pytest.raises(runtime_files.RuntimeFilesError, match="SHA256SUMS is not the file"):
        runtime_files.verify(tmp_path)
    monkeypatch.setattr(runtime_files, "CHECKSUMS", runtime_files.checksum(sums.encode()))
    runtime_files.verify(tmp_path)
    (tmp_path / "python.wasm").write_bytes(b"wrong")
    with pytest.raises(runtime_files.RuntimeFilesError, match=r"python.wasm is not the file"):
        runtime_files.write(tmp_path / "runtime", tmp_path)
    assert not (tmp_path / "runtime").exists()


def test_without_the_package_the_book_builds_with_a_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runtime_files, "PACKAGE", "no_such_package")
    config = SimpleNamespace(html_static_path=[])
    app: Any = SimpleNamespace(doctreedir=str(tmp_path), config=config)
    env: Any = None
    runtime_files.add_to_site(app, env)
    assert config.html_static_path == []
    assert "Readers cannot run Python on the pages" in capsys.readouterr().err


# What the page gets


def test_the_page_learns_what_it_would_download(reader: Reader, book: Path) -> None:
    manifest = json.loads((book / RUNTIME / "manifest.json").read_text())
    described = reader.do("return describe(new URL('_static/workbench/runtime/', location.origin))")
    total = sum(file["bytes"] for file in manifest["files"])
    assert described == {"bytes": total, "isStored": True}  # `reader` has loaded it
    assert reader.do("return describe(new URL('_static/nothing/', location.origin))") is None
    assert reader.do("return obstacle()") == ""


def test_on_a_usb_stick_a_sentence_says_what_to_do(
    book: Path, site: str, context: BrowserContext
) -> None:
    script = (book / "_static" / "workbench" / "runtime.js").read_text()
    said = obstacle_in(context.new_page(), script, "{ protocol: 'file:' }")
    assert "web server" in said
    assert "JupyterLab" in said


def test_an_old_browser_is_told_so(book: Path, context: BrowserContext) -> None:
    script = (book / "_static" / "workbench" / "runtime.js").read_text()
    for missing in ("WebAssembly", "DecompressionStream"):
        page = context.new_page()
        said = obstacle_in(
            page, f"const {missing} = undefined;\n{script}", "{ protocol: 'https:' }"
        )
        assert "This browser is too old" in said, missing


def obstacle_in(page: Page, script: str, location: str) -> str:
    """What `obstacle` says if the page has this location and the script is changed so."""
    body = re.sub(r"^export ", "", script, flags=re.M).replace("import.meta.url", "''")
    result: str = page.evaluate(f"(location => {{ {body}\nreturn obstacle(); }})({location})")
    page.close()
    return result


def test_a_first_visit_has_stored_nothing(browser: Browser, site: str) -> None:
    with browser.new_context() as context:
        new = Reader(InPage(context.new_page()), site)
        said = new.do("return describe(new URL('_static/workbench/runtime', location.origin))")
        assert said["isStored"] is False
        assert new.do("return caches.has('training-neural-networks-python')") is False


def test_a_second_visit_asks_the_network_for_nothing(
    reader: Reader, context: BrowserContext, site: str
) -> None:
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    again = Reader(InPage(page), site)
    progress = again.do(
        "const seen = []; await runtime.load((...now) => seen.push(now)); return seen.at(-1)"
    )
    assert progress[0] == progress[1] > 1_000_000
    assert again.shown("1 + 1") == [("text", "2\n")]
    assert [url for url in asked if url.split("?")[0].endswith(".gz")] == []
    page.close()


def test_a_cell_shows_what_it_prints_and_its_last_value(reader: Reader) -> None:
    assert reader.shown("a = 20\nprint('hello, wörld')\na + 1") == [("text", "hello, wörld\n21\n")]
    assert reader.shown("a + 2") == [("text", "22\n")]
    assert reader.shown("a + 2;") == []
    assert reader.shown("None") == []
    assert reader.shown("import warnings; warnings.warn('loud')") == []


def test_the_page_sees_text_while_the_cell_runs(reader: Reader) -> None:
    seen = reader.do(
        "const seen = [];"
        "await runtime.run('print(1)\\nimport time; time.sleep(0.2)\\nprint(2)',"
        " (text) => seen.push([text, performance.now()])); return seen"
    )
    assert "".join(text for text, _ in seen) == "1\n2\n"
    assert seen[-1][1] - seen[0][1] > 100


def test_a_reset_forgets_names_and_keeps_python(reader: Reader) -> None:
    reader.run("kept = 1")
    reader.do("await runtime.reset()")
    assert reader.error("kept") == "NameError: name 'kept' is not defined"


def test_an_expression_crosses_as_json(reader: Reader) -> None:
    reader.run("numbers = [1, 2.5, None, 'ü']")
    assert reader.do("return runtime.call('{\"all\": numbers}')") == {"all": [1, 2.5, None, "ü"]}
    told = reader.do("return runtime.call('1 / 0').catch((error) => error.message)")
    assert told == "ZeroDivisionError: division by zero"


def test_a_module_that_the_page_writes_again_is_read_again(reader: Reader) -> None:
    for number in (1, 2):
        text = f"number = {number}"
        reader.do(WRITE, {"pack/__init__.py": [], "pack/part.py": list(text.encode())})
        assert reader.shown("from pack.part import number\nnumber") == [("text", f"{number}\n")]
    reader.do(WRITE, {"data.txt": list(b"ok")})
    assert reader.shown("open('data.txt').read()") == [("text", "'ok'\n")]


def test_figures_come_in_order_and_fit_into_the_page(reader: Reader) -> None:
    parts = reader.shown(
        "import matplotlib.pyplot as plt\n"
        "print('before')\n"
        "plt.plot([1, 2]); plt.title('$x^2$ & more'); plt.show()\n"
        "print('between')\n"
        "figure, axes = plt.subplots()\n"
        "axes.imshow([[1, 2]])"
    )
    assert [kind for kind, _ in parts] == ["text", "svg", "text", "svg"]
    first, second = (content for kind, content in parts if kind == "svg")
    assert re.match(r'<svg role="img" aria-label="\$x\^2\$ &amp; more" width="[\d.]+pt"', first)
    assert "var(--course-blue, #0068a8)" in first
    assert "<style" not in first + second
    assert set(re.findall(r' id="([^"]+)"', first)).isdisjoint(re.findall(r' id="([^"]+)"', second))
    assert all(f"#{name}" in first for name in re.findall(r' id="([^"]+)"', first))


def test_a_figure_that_cannot_be_drawn_spoils_no_other_cell(reader: Reader) -> None:
    reader.error("import matplotlib.pyplot as plt\nplt.title('$\\\\nonsense$')")
    assert reader.shown("1") == [("text", "1\n")]


def test_an_error_has_the_short_form(reader: Reader) -> None:
    told = reader.run("import numpy as np\ndef f(x):\n    return x @ x\nf(np.ones((2, 3)))")
    lines = told["outputs"][-1]["content"].splitlines()
    assert lines[:4] == [
        "Line 4 of this cell:",
        "    f(np.ones((2, 3)))",
        "Line 3 of f:",
        "    return x @ x",
    ]
    assert lines[4].startswith("ValueError: matmul")
    assert len(lines) <= 8
    told = reader.run("x = 1\nif x\n    pass")
    assert told["outputs"][-1]["content"].splitlines() == [
        "Line 2 of this cell:",
        "    if x",
        "SyntaxError: expected ':'",
    ]


def test_keras_imports_and_says_where_it_runs(reader: Reader) -> None:
    assert reader.shown("import keras") == []
    for use in (
        "keras.layers.Dense(3)",
        "from keras import ops",
        "from keras.optimizers import Adam",
    ):
        assert reader.error(use) == (
            "RuntimeError: Keras does not run in the browser; do this task in JupyterLab."
        )


def test_whole_numbers_have_the_size_that_numpy_gives_them_here(reader: Reader) -> None:
    assert reader.shown("import numpy as np; np.arange(2).dtype") == [("text", "dtype('int32')\n")]


def test_sleep_lasts_as_long_as_it_is_asked_to(reader: Reader) -> None:
    [(_, slept)] = reader.shown(
        "import time; t = time.monotonic(); time.sleep(0.1); time.monotonic() - t"
    )
    assert 0.09 < float(slept) < 0.5


# What goes wrong costs one run


def test_stop_ends_an_endless_loop_at_once(reader: Reader) -> None:
    started = time.monotonic()
    result = reader.do(
        "const run = runtime.run('print(1)\\nwhile True: pass');"
        "const next = runtime.run('2').catch((error) => error.name);"
        "setTimeout(() => runtime.stop(), 300);"
        "return [await run.catch((error) => error.name), await next, runtime.isLoaded]"
    )
    assert result == ["Stopped", "Stopped", False]
    assert time.monotonic() - started < 5
    assert reader.shown("3") == [("text", "3\n")]


def test_a_loop_that_nobody_stops_ends_too(reader: Reader) -> None:
    told = reader.do(
        "LIMITS.seconds = 0.5;"
        "try { return await runtime.run('print(1)\\nwhile True: pass') }"
        "finally { LIMITS.seconds = 60 }"
    )
    assert [part["kind"] for part in told["outputs"]] == ["text", "error"]
    assert "longer than 0.5 seconds" in told["outputs"][-1]["content"]
    assert reader.shown("3") == [("text", "3\n")]


@pytest.mark.parametrize(
    ("bomb", "sentence"),
    [
        ("kept = []\nwhile True: kept.append('a' * 10**6 + str(len(kept)))", "which is 1 GB"),
        ("import os\nprint('bye')\nos._exit(3)", "The code ended Python itself, with code 3."),
        pytest.param(
            "import numpy as np\nkept = []\nwhile True: kept.append(np.ones(10**7))",
            "which is 1 GB",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "x = []\nfor _ in range(10**6): x = [x]\nrepr(x)",
            "calls were nested too deeply",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_bomb_or_a_crash_costs_that_run_only(reader: Reader, bomb: str, sentence: str) -> None:
    assert sentence in reader.error(bomb)
    assert reader.shown("3") == [("text", "3\n")]


def test_leaving_python_is_an_error_like_others(reader: Reader) -> None:
    reader.run("kept = 1")
    assert reader.error("exit()") == "SystemExit"
    assert reader.error("import sys; sys.exit('enough')") == "SystemExit: enough"
    assert reader.shown("kept") == [("text", "1\n")]


def test_a_flood_of_text_is_cut(reader: Reader) -> None:
    [(kind, text)] = reader.shown("for _ in range(10**4): print('a' * 50)")
    assert kind == "text"
    assert len(text) < 201_000
    assert text.endswith("… The rest of the output is left out.\n")


# The exercises


def files_of(solution: Path) -> dict[str, list[int]]:
    """What lies beside the released notebook, as `WRITE` takes it."""
    folder = RELEASE / solution.parent.name
    return {p.name: list(p.read_bytes()) for p in folder.iterdir() if p.suffix != ".ipynb"}


def tasks(solution: Path) -> tuple[list[str], dict[str, dict[str, list[str]]]]:
    """The set-up cells, and of each function its answer and its visible checks."""
    setup: list[str] = []
    found: dict[str, dict[str, list[str]]] = {}
    for cell in nbformat.read(solution, as_version=4).cells:
        rights = cell.metadata.get("nbgrader")
        if cell.cell_type != "code" or not rights:
            continue
        if rights["solution"]:
            name = re.search(r"def (\w+)", cell.source)
            assert name is not None
            found[name[1]] = {"answer": [cell.source], "checks": []}
        elif not rights["grade"]:
            setup.append(cell.source)
        elif not cell.source.startswith("# Hidden check"):
            found[name[1]]["checks"].append(cell.source)
    return setup, found


def failing(reader: Reader, solution: Path) -> tuple[list[str], int]:
    """Solve a notebook in the browser; return what failed, and how many checks passed."""
    data = json.loads((RELEASE / solution.parent.name / "practice.json").read_text())["exercises"]
    setup, found = tasks(solution)
    reader.do("await runtime.reset()")
    reader.do(WRITE, files_of(solution))
    failed, passed = [], 0
    for cell in setup:
        if not (result := reader.run(cell))["ok"]:
            failed.append(f"setup: {result}")
    for name, task in found.items():
        if data[name]["needs_keras"]:
            continue
        for cell in (*task["answer"], *task["checks"]):
            if not (result := reader.run(cell))["ok"]:
                failed.append(f"{name}: {result['outputs']}")
        passed += len(task["checks"])
        reader.run("import practice")
        message = reader.do(f"return runtime.call('practice.message({name})')")
        if "agrees on all" not in message:
            failed.append(f"{name}: {message}")
    return failed, passed


@pytest.mark.parametrize("solution", SOLUTIONS, ids=lambda path: path.stem)
def test_every_right_answer_with_numpy_passes_its_visible_checks(
    reader: Reader, solution: Path
) -> None:
    failed, passed = failing(reader, solution)
    assert failed == []
    assert passed >= 6


def test_the_cells_of_a_chapter_run_unless_they_use_keras(reader: Reader) -> None:
    chapters = ROOT / "chapters"
    demos = [*chapters.glob("demos/**/*.py"), *chapters.glob("demos/**/*.gz")]
    reader.do("await runtime.reset()")
    reader.do(WRITE, {p.relative_to(chapters).as_posix(): list(p.read_bytes()) for p in demos})
    chapter = jupytext.read(chapters / "02_cross_entropy_vs_squared_error.md")
    cells = [cell.source for cell in chapter.cells if cell.cell_type == "code"]
    failed = {
        source: result["outputs"][-1]["content"]
        for source in cells
        if not (result := reader.run(source))["ok"]
    }
    assert len(failed) < len(cells) / 4
    assert [
        said for said in failed.values() if "Keras does not run in the browser" not in said
    ] == []


def test_a_known_mistake_is_named(reader: Reader) -> None:
    [solution] = [path for path in SOLUTIONS if path.stem == "loss_functions"]
    reader.do("await runtime.reset()")
    reader.do(WRITE, files_of(solution))
    reader.run(
        "import numpy as np, practice\n"
        "def mean_squared_error(y_true, y_pred):\n"
        "    return np.sum((y_true - y_pred) ** 2)"
    )
    message = reader.do("return runtime.call('practice.message(mean_squared_error)')")
    assert "mean_squared_error(" in message
    assert "is right" in message


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["firefox", "webkit"])
def test_other_browsers_run_it_too(site: str, engine: str) -> None:
    with opened(engine) as window:
        reader = Reader(window, site)
        assert reader.do("return obstacle()") == ""
        reader.do("await runtime.load()")
        failed, passed = failing(reader, SOLUTIONS[0])
        assert failed == []
        assert passed >= 6
        [(kind, _)] = reader.shown("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
        assert kind == "svg"
        assert "1 GB" in reader.error("kept = []\nwhile True: kept.append('a' * 10**6)")
        test_stop_ends_an_endless_loop_at_once(reader)
