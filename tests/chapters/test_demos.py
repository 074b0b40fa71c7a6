"""What no demo may do, and the pieces that all of them share."""

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
MODULES = [module.name for module in walk_packages(demos.__path__, "demos.")]
FILES = sorted((ROOT / "chapters/demos").rglob("*.py"))


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


def asked() -> set[str]:
    """The functions that the exercises ask for."""
    notebooks = [nbformat.read(p, as_version=4) for p in ROOT.glob("solutions/*/*.ipynb")]
    cells = [cell for notebook in notebooks for cell in notebook.cells]
    answers = [c.source for c in cells if c.metadata.get("nbgrader", {}).get("solution")]
    return {name for source in answers for name in re.findall(r"^def (\w+)", source, re.MULTILINE)}


@pytest.mark.parametrize(
    "module", [module.name for module in walk_packages(demos.__path__, "demos.")]
)
def test_no_demo_answers_an_exercise(module: str):
    functions = inspect.getmembers(import_module(module), inspect.isfunction)
    assert asked()
    assert not {name for name, _ in functions} & asked()


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "chapters/demos").rglob("*.py")),
    ids=lambda p: f"{p.parent.name}-{p.stem}",
)
def test_every_drawing_function_is_among_the_figures_that_are_tested(path: Path):
    tests = " ".join(p.read_text() for p in (ROOT / "tests/chapters").glob("test_[0-9][0-9]_*.py"))
    drawing = [
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("draw_")
        and "Figure" in ast.unparse(node.returns or ast.Constant(None))
    ]
    assert [name for name in drawing if f"{path.stem}.{name}:" not in tests] == []
