"""Makes what lies beside a released notebook: the module `practice` and its data."""

import ast
import contextlib
import hashlib
import io
import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import nbformat
import yaml

from grader import GraderError
from grader.course import REPOSITORY
from grader.engine.behavior import same
from grader.engine.recognize import sources
from grader.mistakes import bank_of
from grader.mistakes.bank import Bank

from . import student

FOLDER = Path(__file__).parent
DIGITS = 7  # of each number in the data; `same` compares five
PARTS = (FOLDER / "student.py", FOLDER / "failures.py", FOLDER.parent / "engine/behavior.py")
HIDDEN = "# Hidden check:"  # opens each check that runs only when work is graded
INSTALL = "shorten_failures(check)\n"


class PracticeError(GraderError):
    """The data for `check` and `hint` could not be made; the message says why."""


def ship(solution: Path, folder: Path) -> None:
    """Write practice.py and practice.json for a solution notebook into `folder`.

    A course without calls for this notebook has no such module. The data are made anew only if one
    of their sources has changed, because that runs the solution and every known mistake.

    Raises:
        PracticeError: a call of the exercise fails, or its solution does.
    """
    if not _calls_file(solution).exists():
        return
    (folder / "practice.py").write_text(module(), encoding="utf-8")
    file, sources_of = folder / "practice.json", _sources(solution)
    made_from = hashlib.sha256(json.dumps(sources_of).encode()).hexdigest()
    if file.exists() and json.loads(file.read_text(encoding="utf-8"))["made_from"] == made_from:
        return
    data = {"made_from": made_from, "exercises": make_data(solution)}
    file.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")


def module() -> str:
    """Return the source of the module `practice`: three modules of the grader in one file.

    A student has no grader, so the file imports nothing of it.
    """
    imports, bodies = set(), []
    for part in PARTS:
        text = part.read_text(encoding="utf-8")
        nodes = [
            node for node in ast.parse(text).body if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        imports |= {ast.unparse(node) for node in nodes if "grader" not in ast.unparse(node)}
        end = nodes[-1].end_lineno
        assert end is not None
        bodies.append("\n".join(text.splitlines()[end:]).strip())
    return "\n\n".join([f'"""{student.__doc__}"""', "\n".join(sorted(imports)), *bodies, INSTALL])


def make_data(solution: Path) -> dict[str, dict[str, Any]]:
    """Run the solution and every known mistake on the calls; return the data of each exercise.

    Raises:
        PracticeError: a call fails, or an exercise has no calls.
    """
    notebook = nbformat.read(solution, as_version=4)
    bank, written = bank_of(solution.stem), tomllib.loads(_calls_file(solution).read_text("utf-8"))
    pieces = sources(notebook, bank)
    settings = practice_settings()
    names: dict[str, Any] = {}
    data = {}
    with contextlib.chdir(solution.parent), contextlib.redirect_stdout(io.StringIO()):
        for source in [
            *pieces["setup"],
            *(exercise["solution"] for exercise in pieces["exercises"].values()),
        ]:
            exec(source, names)
        for name, exercise in pieces["exercises"].items():
            if name not in written:
                raise PracticeError(f"{_calls_file(solution)} has no table [{name}] with calls.")
            data[name] = entry(name, {**exercise, **written[name]}, names, bank, settings)
            data[name]["hidden"] = hidden_checks(exercise["checks"].values())
            data[name]["needs_keras"] = needs_keras({**exercise, **written[name]})
    return data


def practice_settings() -> dict[str, bool]:
    """Return the settings `practice_mistakes` and `practice_hints` of _config.yml."""
    file = REPOSITORY / "_config.yml"  # A course without a book has no such file.
    config = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
    given = config.get("sphinx", {}).get("config", {})
    return {name: bool(given.get(f"practice_{name}", True)) for name in ("mistakes", "hints")}


def hidden_checks(checks: Iterable[str]) -> str:
    """Return what the hidden checks look at, from the comment at the top of each."""
    told = []
    for source in checks:
        if source.startswith(HIDDEN):
            comment = source.split("\n###")[0].removeprefix(HIDDEN)
            told.append(" ".join(line.strip("# ") for line in comment.split("\n")).strip())
    return " ".join(told)


def needs_keras(exercise: Mapping[str, Any]) -> bool:
    """Return whether the solution, a visible check or a call uses Keras, which a browser lacks."""
    visible = [check for check in exercise["checks"].values() if not check.startswith(HIDDEN)]
    code = [exercise["solution"], *visible, exercise.get("setup", ""), *exercise["calls"]]
    return any("keras." in source for source in code)


def entry(
    name: str,
    exercise: Mapping[str, Any],
    names: dict[str, Any],
    bank: Bank,
    settings: Mapping[str, bool],
) -> dict[str, Any]:
    """Return the data of one exercise."""
    data: dict[str, Any] = {
        "calls": exercise["calls"],
        "setup": exercise.get("setup", ""),
        "tolerance": exercise.get("tolerance"),
        "may_be_none": exercise.get("may_be_none", False),
        "hints": exercise["hints"] if settings["hints"] else [],
    }
    right = student.attempt_all(names[name], data)
    for made in right:
        is_slip = made.outcome.get("raised") in {"NameError", "AttributeError", "SyntaxError"}
        if made.outcome.get("nothing") or made.is_changed or made.overflows or is_slip:
            raise PracticeError(f"The right answer fails on the call {made.call}")
    data["right"] = [_rounded(made.outcome) for made in right]
    data["shown"] = [
        made.shown if made.error is None else f"a {type(made.error).__name__}" for made in right
    ]
    sentences = {answer.name: answer.sentence for answer in bank.answers}
    mistakes = exercise["mistakes"] if settings["mistakes"] else {}
    data["mistakes"] = {
        mistake: {"sentence": sentences[mistake], "differs": _differs(name, source, names, data)}
        for mistake, source in mistakes.items()
    }
    return data


def _differs(name: str, source: str, names: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Return the observations of a mistake on each call where it differs from the right answer."""
    namespace = dict(names)
    exec(source, namespace)
    differs = {}
    for number, made in enumerate(student.attempt_all(namespace[name], data)):
        if not same(made.observations, [data["right"][number], [False], [False]]):
            differs[str(number)] = _rounded(made.observations)
    return differs


def _rounded(value: Any) -> Any:
    """Return data with fewer digits, so that they are the same on every machine."""
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def _calls_file(solution: Path) -> Path:
    return FOLDER / f"{solution.stem}.toml"


def _sources(solution: Path) -> list[str]:
    """Return all texts that the data are made from."""
    notebook = nbformat.read(solution, as_version=4)
    bank = FOLDER.parent / "mistakes" / f"{solution.stem}.py"
    return [
        *(cell.source for cell in notebook.cells if cell.cell_type == "code"),
        bank.read_text(encoding="utf-8"),
        _calls_file(solution).read_text(encoding="utf-8"),
        module(),
        Path(__file__).read_text(encoding="utf-8"),
        str(practice_settings()),
    ]
