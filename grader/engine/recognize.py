"""Recognizes which known mistake an answer behaves like, without running the answer here.

Once for a class, a separate kernel tries the known answers of the bank on the calls that the checks
make. The result is a *probe* for each function: a piece of code like a check. The examiner's kernel
runs the probe on the student's function. It prints the name of the mistake that behaves the same,
or nothing.
"""

import ast
import hashlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader import utils

from grader import GraderError
from grader.mistakes import bank_of
from grader.mistakes.bank import Bank

from .kernel_client import BrokenKernelError, KernelClient, wait
from .messages import BEHAVIOR, OBSERVE, Limits
from .zygote_manager import ZygoteManager, shared

SECONDS = 300  # for all known answers of a notebook; up to 12 of them go to the import of Keras
IMPORT = f"""from {BEHAVIOR} import closest
from {OBSERVE} import json, np, observe, to_call, try_known_answers"""


class BankError(GraderError):
    """The known answers could not be tried; the message says why."""


@dataclass(frozen=True)
class Probe:
    """Recognizes the known mistakes of one function.

    Attributes:
        function: the name of the function.
        checks: the grade_ids of its checks.
        sentences: what to tell the student about each known mistake, by its name.
        source: code for the examiner's kernel that prints the name of a mistake, or an empty line.
    """

    function: str
    checks: tuple[str, ...]
    sentences: Mapping[str, str]
    source: str


def make_probes(
    solution: Path,
    cache: Path | None = None,
    zygote: ZygoteManager | None = None,
    limits: Limits | None = None,
) -> list[Probe]:
    """Make the probes for a solution notebook; none if it has no bank of known answers.

    Args:
        solution: the path of the notebook. The known answers find the files of its folder.
        cache: a folder that keeps the result until the notebook, its bank or this code changes.
        zygote: forks the kernel that tries the answers; by default one of this process's.
        limits: what that kernel may use, except that it may use more processor time.

    Raises:
        BankError: the notebook or an answer of the bank cannot be run.
    """
    try:
        bank = bank_of(solution.stem)
    except ModuleNotFoundError:
        return []
    pieces = sources(nbformat.read(solution, as_version=4), bank)
    behavior = _known_behavior(pieces, solution, cache, zygote, limits or Limits())
    return [
        _make_probe(name, exercise, behavior[name], bank)
        for name, exercise in pieces["exercises"].items()
    ]


def sources(notebook: NotebookNode, bank: Bank) -> dict[str, Any]:
    """Take a solution notebook apart into the sources that `exam.observe.known_answers` runs.

    The checks of a function are those between its solution cell and the next one.
    """
    setup: list[str] = []
    exercises: dict[str, dict[str, Any]] = {}
    known = {answer.exercise for answer in bank.answers}
    exercise: dict[str, Any] | None = None
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if utils.is_solution(cell):
            name = next((name for name in _defined(cell.source) if name in known), None)
            exercise = {"solution": cell.source, "checks": {}}
            if name is None:  # the bank has no answers, but later cells may need the function
                setup.append(cell.source)
            else:
                exercises[name] = exercise
        elif utils.is_grade(cell):
            if exercise is not None:
                exercise["checks"][cell.metadata.nbgrader.grade_id] = cell.source
        elif utils.is_locked(cell) or exercise is None:
            setup.append(cell.source)
    for name, exercise in exercises.items():
        exercise["view"] = bank.views.get(name, "")
        exercise["trial"] = bank.trials.get(name, "")
        exercise["mistakes"] = {
            answer.name: answer.source
            for answer in bank.answers
            if answer.exercise == name and not answer.is_right
        }
    return {"setup": setup, "exercises": exercises}


def _defined(source: str) -> list[str]:
    """Return the functions that a cell defines. A syntax error shows later, when the cell runs."""
    with suppress(SyntaxError):
        return [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return []


def _known_behavior(
    pieces: dict[str, Any],
    solution: Path,
    cache: Path | None,
    zygote: ZygoteManager | None,
    limits: Limits,
) -> dict[str, Any]:
    """Return what `exam.observe.known_answers` returns, from the cache if possible."""
    text = json.dumps(pieces, sort_keys=True)
    key = hashlib.sha256(f"{_exam_code()}{text}{sys.version}".encode()).hexdigest()[:16]
    file = cache / f"{key}.json" if cache else None
    if file and file.exists():
        result = file.read_text(encoding="utf-8")
    else:
        result = _try_known_answers(text, solution, zygote or shared(()), limits)
        if file:
            _write_cache(file, result)
    behavior: dict[str, Any] = json.loads(result)
    return behavior


def _write_cache(file: Path, text: str) -> None:
    """Write a file of the cache, unless its folder is read-only."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False) as part:
            part.write(text)
        os.replace(part.name, file)


def _exam_code() -> str:
    """Return the code that tries answers. This process reads it, but never imports it."""
    spec = importlib.util.find_spec(OBSERVE)
    assert spec and spec.origin
    files = sorted(Path(spec.origin).parent.glob("*.py"))
    return "".join(file.read_text(encoding="utf-8") for file in files)


def _try_known_answers(pieces: str, solution: Path, zygote: ZygoteManager, limits: Limits) -> str:
    """Try the known answers in a kernel of their own, and return what it printed.

    Raises:
        BankError: the notebook or an answer cannot be run.
    """
    copy = zygote.new_folder()
    printed = []
    problem = f"The known answers for {solution.name} could not be tried"

    def take(kind: str, content: dict[str, Any]) -> None:
        if kind == "stream" and content["name"] == "stdout":
            printed.append(content["text"])

    try:
        shutil.copytree(solution.parent, copy, symlinks=True, dirs_exist_ok=True)
        limits = replace(limits, cpu_seconds=max(limits.cpu_seconds, SECONDS))
        kernel = KernelClient(zygote, copy, limits).ready()
        try:
            kernel.start(f"{IMPORT}\nprint(try_known_answers({pieces!r}))", take)
            in_time = wait([kernel], lambda: not kernel.running, SECONDS)
        finally:
            kernel.stop()
    except BrokenKernelError as error:
        raise BankError(f"{problem}: {error}.") from None
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    if not in_time:
        raise BankError(f"{problem} within {SECONDS} s.")
    if kernel.reply["status"] == "error":
        raise BankError(f"{problem}: {kernel.reply['ename']}: {kernel.reply['evalue']}")
    return "".join(printed)


def _make_probe(name: str, exercise: dict[str, Any], behavior: dict[str, Any], bank: Bank) -> Probe:
    view, trial = exercise["view"], exercise["trial"]
    source = f"""{IMPORT}
{view}
{trial}
known = json.loads({json.dumps(behavior)!r})
function = to_call({name}, {"trial" if trial else None})
behavior = observe(function, known["calls"], {"view" if view else None})
print(closest(behavior, known["right"], known["mistakes"]))
"""
    sentences = {
        answer.name: answer.sentence
        for answer in bank.answers
        if answer.exercise == name and not answer.is_right
    }
    return Probe(name, tuple(exercise["checks"]), sentences, source)


def recognize(
    notebook: NotebookNode, probes: Sequence[Probe], run: Callable[[str], str]
) -> dict[str, str]:
    """Find the known mistakes in an executed notebook, and note them on the checks that failed.

    Such a check then has `metadata.course = {"function": …, "mistake": …, "sentence": …}`.

    Args:
        notebook: an executed notebook; the metadata of its checks are changed in place.
        probes: what `make_probes` returned.
        run: runs a probe's source in the examiner's kernel and returns what it printed, or ""
            if the probe failed or took too long.

    Returns:
        The name of the mistake for each function in which one was recognized.
    """
    graded = filter(utils.is_grade, notebook.cells)
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in graded}
    found = {}
    for probe in probes:
        failed = [cells[name] for name in probe.checks if name in cells and _failed(cells[name])]
        is_attempted = not all(map(_has_no_answer, failed))
        name = run(probe.source).strip() if is_attempted else ""
        if name not in probe.sentences:
            continue
        found[probe.function] = name
        for cell in failed:
            cell.metadata["course"] = {
                "function": probe.function,
                "mistake": name,
                "sentence": probe.sentences[name],
            }
    return found


def _has_no_answer(check: NotebookNode) -> bool:
    """Whether the check called a function that is still as it was released."""
    return any(output.get("ename") == "NotImplementedError" for output in check.outputs)


def _failed(check: NotebookNode) -> bool:
    """Whether the check gave less than full points."""
    try:
        score, maximum = utils.determine_grade(check)
    except (KeyError, ValueError):  # the check's result is a number that is no valid score
        return True
    return score is not None and score < maximum
