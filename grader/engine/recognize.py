"""Which known mistake an answer behaves like, found out without running the answer here.

Once for a class, a kernel of its own tries the known answers of the bank on the calls that the
checks make. The result is a *probe* for each function: a piece of code like a check. The examiner's
kernel runs it on the student's function, and it prints the name of the mistake that behaves the
same, or nothing.
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
from .messages import OBSERVE, Limits
from .zygote_manager import ZygoteManager, shared

SECONDS = 300  # for all known answers of a notebook; the import of Keras takes up to 12 of them
IMPORT = f"from {OBSERVE} import closest, json, np, observe, to_call, try_known_answers"


class BankError(GraderError):
    """The known answers could not be tried; the message says why."""


@dataclass(frozen=True)
class Probe:
    """What tells which known mistake a student's function makes, once a check of it lost points.

    Attributes:
        function: the name of the function.
        checks: the grade_ids of its checks.
        sentences: for each known mistake, by name, what to tell the student.
        source: code for the examiner's kernel; it prints the name of a mistake, or an empty line.
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
    """Make the probes for the solution notebook at `solution`; none if it has no bank.

    Args:
        solution: a notebook; its known answers are tried beside the files of its folder.
        cache: a folder that keeps the result until the notebook, its bank or the method changes.
        zygote: forks the kernel that tries them; by default one of this process's.
        limits: what that kernel may use; only its processor time may be longer.

    Raises:
        BankError: the notebook or an answer of the bank cannot be run.
    """
    try:
        bank = bank_of(solution.stem)
    except ModuleNotFoundError:
        return []
    pieces = sources(nbformat.read(solution, as_version=4), bank)
    known = _known(pieces, solution.parent, cache, zygote, limits or Limits())
    return [
        _probe(name, exercise, known[name], bank) for name, exercise in pieces["exercises"].items()
    ]


def sources(notebook: NotebookNode, bank: Bank) -> dict[str, Any]:
    """Take a solution notebook apart into what `exam.observe.known_answers` runs.

    The checks of a function are those that follow its solution cell, up to the next one.
    """
    setup: list[str] = []
    exercises: dict[str, dict[str, Any]] = {}
    asked = {answer.exercise for answer in bank.answers}
    exercise: dict[str, Any] | None = None
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if utils.is_solution(cell):
            name = next((name for name in _defined(cell.source) if name in asked), None)
            exercise = {"solution": cell.source, "checks": {}}
            if name is None:  # later functions may still need what it defines
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
    """The functions that a cell defines; none if it is no Python, which shows when it is run."""
    with suppress(SyntaxError):
        return [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return []


def _known(
    pieces: dict[str, Any],
    folder: Path,
    cache: Path | None,
    zygote: ZygoteManager | None,
    limits: Limits,
) -> dict[str, Any]:
    """What the known answers do, from the cache if it has it."""
    text = json.dumps(pieces, sort_keys=True)
    key = hashlib.sha256(f"{_method()}{text}{sys.version}".encode()).hexdigest()[:16]
    kept = cache / f"{key}.json" if cache else None
    if kept and kept.exists():
        known: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        return known
    answer = _run(text, folder, zygote or shared(()), limits)
    if kept:
        with suppress(OSError):  # a folder that nobody may write to: only slower
            kept.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=kept.parent, delete=False) as part:
                part.write(answer)
            os.replace(part.name, kept)
    known = json.loads(answer)
    return known


def _method() -> str:
    """The code that tries answers, which this process reads but never imports."""
    spec = importlib.util.find_spec(OBSERVE)
    assert spec and spec.origin
    files = sorted(Path(spec.origin).parent.glob("*.py"))
    return "".join(file.read_text(encoding="utf-8") for file in files)


def _run(pieces: str, folder: Path, zygote: ZygoteManager, limits: Limits) -> str:
    """Try the known answers in a kernel, which has Keras loaded where it is needed."""
    copy = zygote.new_folder()
    printed = []

    def take(kind: str, content: dict[str, Any]) -> None:
        if kind == "stream" and content["name"] == "stdout":
            printed.append(content["text"])

    try:
        shutil.copytree(folder, copy, symlinks=True, dirs_exist_ok=True)
        limits = replace(limits, cpu_seconds=max(limits.cpu_seconds, SECONDS))
        kernel = KernelClient(zygote, copy, limits).ready()
        try:
            kernel.start(f"{IMPORT}\nprint(try_known_answers({pieces!r}))", take)
            in_time = wait([kernel], lambda: not kernel.running, SECONDS)
        finally:
            kernel.stop()
    except BrokenKernelError as error:
        raise BankError(f"The known answers could not be tried: {error}") from None
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    if not in_time:
        raise BankError(f"The known answers could not be tried in {SECONDS} s.")
    if kernel.reply["status"] == "error":
        why = f"{kernel.reply['ename']}: {kernel.reply['evalue']}"
        raise BankError(f"The known answers could not be tried: {why}")
    return "".join(printed)


def _probe(name: str, exercise: dict[str, Any], known: dict[str, Any], bank: Bank) -> Probe:
    view, trial = exercise["view"], exercise["trial"]
    source = f"""{IMPORT}
{view}
{trial}
known = json.loads({json.dumps(known)!r})
function = to_call({name}, {"trial" if trial else None})
seen = observe(function, known["calls"], {"view" if view else None})
print(closest(seen, known["right"], known["mistakes"]))
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
    """Find the known mistakes in an executed notebook and write them on its lost checks.

    A lost check then has `metadata.course = {"function": …, "mistake": …, "sentence": …}`.

    Args:
        notebook: executed, with the outputs of its checks; changed in place.
        probes: what `make_probes` returned.
        run: runs a probe's source in the examiner's kernel and returns what it printed; ""
            when it failed or took too long.

    Returns:
        The name of the mistake for each function in which one was recognized.
    """
    graded = filter(utils.is_grade, notebook.cells)
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in graded}
    found = {}
    for probe in probes:
        lost = [cells[name] for name in probe.checks if name in cells and _lost(cells[name])]
        begun = [cell for cell in lost if not _is_not_written(cell)]
        name = run(probe.source).strip() if begun else ""
        if name not in probe.sentences:
            continue
        found[probe.function] = name
        for cell in lost:
            cell.metadata["course"] = {
                "function": probe.function,
                "mistake": name,
                "sentence": probe.sentences[name],
            }
    return found


def _is_not_written(check: NotebookNode) -> bool:
    """Whether the check met the function as it was handed out."""
    return any(output.get("ename") == "NotImplementedError" for output in check.outputs)


def _lost(check: NotebookNode) -> bool:
    """Whether the check gave less than its points."""
    try:
        score, maximum = utils.determine_grade(check)
    except (KeyError, ValueError):  # a number printed that is no score
        return True
    return score is not None and score < maximum
