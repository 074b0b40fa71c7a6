"""The rules for the code of every demo, and the machinery that all demos share.

CONTRIBUTING, "Add a demo", lists the rules.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import demos
import nbformat
import pytest
from demos.show import numerals, quiet

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "chapters/demos"
MODULES = [module.name for module in walk_packages(demos.__path__, "demos.")]
CHAPTERS = {
    folder.name: int(number[1])
    for folder in FOLDER.iterdir()
    if (init := folder / "__init__.py").exists()
    and (number := re.match(r'"""The demos of chapter (\d),', init.read_text(encoding="utf-8")))
}
MODULE_FILES = sorted(FOLDER.glob("*/*.py"))
DEMOS = [path for path in MODULE_FILES if path.parent.name in CHAPTERS]
SHARED = {"nets", "show.style", "show.numerals"}  # packages and modules that every demo may import


class TestNumerals:
    @pytest.mark.parametrize(
        ("number", "plus", "written"),
        [
            (-1.5, False, "−1.50"),
            (1.5, False, "1.50"),
            (1.5, True, "+1.50"),
            (-0.001, True, "0.00"),
        ],
    )
    def test_minus(self, number, plus, written):
        assert numerals.minus(number, 2, plus=plus) == written


class TestQuiet:
    def test_descriptor_2_is_silent_inside_and_speaks_again_after(self, capfd):
        with quiet.quietly():
            os.write(2, b"loading\n")
        os.write(2, b"heard\n")
        assert capfd.readouterr().err == "heard\n"

    def test_an_error_still_comes_through(self):
        with pytest.raises(ValueError, match="mine"), quiet.quietly():
            raise ValueError("mine")


@pytest.fixture(scope="module")
def asked() -> set[str]:
    """The functions that the exercises ask for."""
    notebooks = [nbformat.read(p, as_version=4) for p in ROOT.glob("solutions/*/*.ipynb")]
    cells = [cell for notebook in notebooks for cell in notebook.cells]
    answers = [c.source for c in cells if c.metadata.get("nbgrader", {}).get("solution")]
    return {name for source in answers for name in re.findall(r"^def (\w+)", source, re.MULTILINE)}


@pytest.mark.parametrize("module", MODULES)
def test_no_demo_answers_an_exercise(module: str, asked: set[str]):
    functions = inspect.getmembers(import_module(module), inspect.isfunction)
    assert asked
    answers = {name for name, _ in functions} & asked
    assert not answers, (
        f"chapters/{module.replace('.', '/')}.py has {', '.join(sorted(answers))}, and an exercise "
        "asks for a function of this name: rename it, or let its name begin with an underscore"
    )


def relative_imports(tree: ast.Module) -> set[str]:
    """Return what a demo imports from other folders of the package, such as "show.style"."""
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level == 2]
    return {n.module if n.module != "show" else f"show.{a.name}" for n in nodes for a in n.names}


@pytest.mark.parametrize("path", DEMOS, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_a_demo_shares_only_what_is_in_nets_and_the_style(path: Path):
    imported = relative_imports(ast.parse(path.read_text(encoding="utf-8")))
    foreign = {name for name in imported if name not in SHARED and name.split(".")[0] != "nets"}
    assert not foreign, (
        f"{path.relative_to(ROOT)} imports from {', '.join(sorted(foreign))}: a demo imports from "
        f"its own folder and from {', '.join(sorted(SHARED))}; move to chapters/demos/nets what "
        "the demos of several chapters use"
    )


def test_every_chapter_has_a_folder_of_demos():
    numbers = [int(path.name[:2]) for path in sorted(FOLDER.parent.glob("[0-9][0-9]_*.md"))]
    assert sorted(CHAPTERS.values()) == numbers, (
        "each chapter needs a folder in chapters/demos whose __init__.py begins with "
        '"""The demos of chapter N, Title."""'
    )


@pytest.mark.parametrize("path", MODULE_FILES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_every_drawing_function_is_among_the_figures_that_are_tested(path: Path):
    number = CHAPTERS.get(path.parent.name)
    name = f"test_{number:02}_*.py" if number else "test_[0-9][0-9]_*.py"
    files = sorted((ROOT / "tests/chapters").glob(name))
    tests = " ".join(file.read_text(encoding="utf-8") for file in files)
    drawn = [
        node.name
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("draw_")
        and "Figure" in ast.unparse(node.returns or ast.Constant(None))
    ]
    untested = [name for name in drawn if f"{path.stem}.{name}:" not in tests]
    assert not untested, (
        f"no test looks at {', '.join(untested)} of {path.relative_to(ROOT)}: add to "
        f"`TestFigures.frames` in {files[0].relative_to(ROOT)}: "
        f"{path.stem}.{untested[0]}: {{argument: [some of its values], …}}"
    )
