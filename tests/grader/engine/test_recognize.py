"""Known mistakes are recognized by their results, and nothing else is taken for a mistake."""

import contextlib
import io
import json
import os
import socket
import subprocess
import sys
from contextlib import chdir
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from grader.engine.behavior import closest, same
from grader.engine.exam.boundary import run_check
from grader.engine.exam.observe import ONCE, decode, encode, known_answers, observe
from grader.engine.recognize import BankError, Probe, make_probes, recognize, sources
from grader.mistakes import bank_of
from grader.mistakes.bank import Answer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
NOTEBOOKS = sorted((ROOT / "solutions").glob("*/*.ipynb"))
CHAPTER_1 = ROOT / "solutions/01_loss_functions/loss_functions.ipynb"


@cache
def probes_of(path: Path) -> dict[str, Probe]:
    return {question.function: question for question in make_probes(path)}


@cache
def solved(path: Path) -> dict[str, Any]:
    """Return the names in a student's kernel after all solutions have been executed."""
    pieces = sources(nbformat.read(path, as_version=4), bank_of(path.stem))
    namespace: dict[str, Any] = {}
    with chdir(path.parent):  # There are its data.
        for source in [
            *pieces["setup"],
            *(one["solution"] for one in pieces["exercises"].values()),
        ]:
            exec(source, namespace)
    return namespace


def recognized(path: Path, function: str, answer: str) -> str:
    """Return the mistake that is recognized when `answer` replaces the solution."""
    namespace = dict(solved(path))
    exec(answer, namespace)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(probes_of(path)[function].source, namespace)
    return printed.getvalue().strip()


def known(is_right: bool) -> list[Any]:
    return [
        pytest.param(path, answer, id=f"{answer.exercise}-{answer.name}")
        for path in NOTEBOOKS
        for answer in bank_of(path.stem).answers
        if answer.is_right == is_right
    ]


@pytest.mark.parametrize(("path", "answer"), known(is_right=False))
def test_mistake_is_recognized_as_itself(path: Path, answer: Answer) -> None:
    assert recognized(path, answer.exercise, answer.source) == answer.name


@pytest.mark.parametrize(("path", "answer"), known(is_right=True))
def test_right_answer_is_no_mistake(path: Path, answer: Answer) -> None:
    assert recognized(path, answer.exercise, answer.source) == ""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("body", ["raise NotImplementedError()", "return None", "return 0.0"])
def test_answer_without_content_is_no_known_mistake(path: Path, body: str) -> None:
    for function in probes_of(path):
        stub = f"def {function}(*arguments, **options):\n    {body}"
        assert recognized(path, function, stub) == "", function


@pytest.mark.parametrize(
    ("answer", "mistake"),
    [
        ("return np.sum((y_true - y_pred) ** 2)", "squared_errors_added_up"),
        (
            "y_true -= y_pred\n    return np.sum(y_true ** 2)",
            "squared_errors_added_up",
        ),
        (
            "return float(((y_true - y_pred) ** 2).astype('float32').sum())",
            "squared_errors_added_up",
        ),
        ("return np.mean((y_true - y_pred) ** 4)", ""),
        ("return 1 / 0", ""),
        ("return [[[1]]] * 100_000", ""),
    ],
)
def test_a_second_mistake_hides_the_first_only_when_it_changes_the_numbers(
    answer: str, mistake: str
) -> None:
    answer = f"def mean_squared_error(y_true, y_pred):\n    {answer}"
    assert recognized(CHAPTER_1, "mean_squared_error", answer) == mistake


# Across the exam boundary


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_mistakes_are_recognized_across_the_exam_boundary(notebook: Path, tmp_path: Path) -> None:
    """Another process serves a wrong answer for each function, like a student's kernel."""
    pieces = sources(nbformat.read(notebook, as_version=4), bank_of(notebook.stem))
    wrong = {
        name: next(iter(exercise["mistakes"].items()))
        for name, exercise in pieces["exercises"].items()
    }
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path := str(tmp_path / "s"))
    listener.listen()
    asked = probes_of(notebook)
    code = [*pieces["setup"], *(one["solution"] for one in pieces["exercises"].values())]
    server = (
        "import json, socket, sys\nfrom grader.engine.exam.boundary import serve_functions\n"
        "code, wrong, path = json.load(sys.stdin)\nsolved = {}\n"
        "for source in code: exec(source, solved)\n"
        "print('serving', flush=True)\n"
        "for source in wrong:\n"
        "    own = dict(solved)\n    exec(source, own)\n"
        "    line = socket.socket(socket.AF_UNIX)\n    line.connect(path)\n"
        "    serve_functions([line], own)\n"
    )
    answers = [source for _, source in wrong.values()]
    with subprocess.Popen(
        [sys.executable, "-c", server],
        cwd=notebook.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as student:
        assert student.stdin is not None and student.stdout is not None
        json.dump([code, answers, path], student.stdin)
        student.stdin.close()
        assert "serving\n" in iter(student.stdout.readline, "")
        found = {}
        for name in wrong:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                run_check(asked[name].source, listener.accept()[0], {})
            found[name] = printed.getvalue().strip()
    listener.close()
    assert found == {name: mistake for name, (mistake, _) in wrong.items()}


# The marks in the notebook


def check(name: str, passes: bool) -> NotebookNode:
    """Return an executed check for one point."""
    mark = {"grade": True, "solution": False, "locked": True, "grade_id": name, "points": 1}
    cell = new_code_cell("f()", metadata={"nbgrader": mark})
    if not passes:
        cell.outputs = [new_output("error", ename="AssertionError", evalue="", traceback=[])]
    return cell


QUESTION = Probe("f", ("a", "b"), {"too_small": "You add; multiply."}, "asked")
MARK = {"function": "f", "mistake": "too_small", "sentence": "You add; multiply."}


def asked_of(notebook: NotebookNode, printed: str) -> tuple[dict[str, str], list[str]]:
    """Let the examiner's kernel print this; return the recognized mistakes and the questions."""
    asked = []

    def ask(source: str) -> str:
        asked.append(source)
        return printed

    return recognize(notebook, [QUESTION], ask), asked


def test_the_mistake_stands_on_the_checks_that_lost_points() -> None:
    notebook = new_notebook(cells=[check("a", True), check("b", False), check("other", False)])
    assert asked_of(notebook, "too_small\n") == ({"f": "too_small"}, ["asked"])
    assert [cell.metadata.get("course") for cell in notebook.cells] == [None, MARK, None]


def test_nothing_is_asked_when_no_point_was_lost() -> None:
    notebook = new_notebook(cells=[check("a", True), check("b", True)])
    assert asked_of(notebook, "too_small\n") == ({}, [])


@pytest.mark.parametrize("printed", ["", "\n", "unknown", "too_small\ntoo_small", "<script>"])
def test_only_a_name_of_the_bank_is_believed(printed: str) -> None:
    notebook = new_notebook(cells=[check("a", False)])
    assert asked_of(notebook, printed) == ({}, ["asked"])
    assert "course" not in notebook.cells[0].metadata


# The parts


def test_arguments_come_back_from_json_as_they_were() -> None:
    values = [np.zeros((0, 3), np.float32), np.int64(3), (1, "a"), {"k": [None, True]}, np.nan]
    copies = decode(json.loads(json.dumps(encode(values))))
    assert [type(copy) for copy in copies] == [type(value) for value in values]
    assert (copies[0].shape, copies[0].dtype) == ((0, 3), np.float32)
    assert copies[1:4] == values[1:4] and np.isnan(copies[4])
    functions = [np.prod, np.exp]
    assert decode(json.loads(json.dumps(encode(functions)))) == functions
    with pytest.raises(TypeError, match="function is not data"):
        encode([lambda x: x])


def test_an_overflow_is_seen_even_when_the_result_hides_it() -> None:
    calls = [encode([[np.float64(-1000.0)], {}]), encode([[np.float64(0.0)], {}])]
    naive = observe(lambda z: 1 / (1 + np.exp(-z)), calls)
    assert [seen.get("raised") for seen in naive[::2]] == ["FloatingPointError", None]


def test_observations_hold_results_errors_and_changed_arguments() -> None:
    def first(x: np.ndarray) -> float:
        if x.ndim > 1:
            raise ValueError(f"not {x.shape}")
        x[0] += 1
        return float(x[0])

    calls = [encode([[np.zeros(2)], {}]), encode([[np.zeros((2, 1))], {}])]
    assert observe(first, calls) == [
        {"returned": 1.0},
        [True],
        {"raised": "ValueError", "named": [True]},
        [False],
    ]


def test_a_trial_makes_the_calls_where_arguments_are_no_data() -> None:
    exercise = {
        "solution": "def apply(function): return function(1)",
        "view": "",
        "trial": "def trial(apply): return apply(lambda x: x + 10)",
        "checks": {"works": "assert apply(lambda x: x) == 1"},
        "mistakes": {"twice": "def apply(function): return function(2)"},
    }
    assert known_answers({"setup": [], "exercises": {"apply": exercise}})["apply"] == {
        "calls": [ONCE],
        "right": [{"returned": 11}, []],
        "mistakes": {"twice": [{"returned": 12}, []]},
    }


def test_of_two_mistakes_that_look_alike_none_is_named() -> None:
    right, wrong = [{"returned": 1}, [False]], [{"returned": 2}, [False]]
    assert closest(wrong, right, {"one": wrong}) == "one"
    assert closest(wrong, right, {"one": wrong, "other": wrong}) == ""
    assert closest(right, right, {"one": wrong, "none": right}) == ""


def test_rounding_is_no_difference_but_a_shape_is() -> None:
    nan, inf = float("nan"), float("inf")
    assert same([1.0, nan, inf], [1.0000001, nan, inf])
    assert not same(1.0, 1.001) and not same(nan, 1.0) and not same(inf, -inf)
    assert not same([1.0], 1.0) and not same([[1.0], [2.0]], [1.0, 2.0])


def test_known_answers_are_tried_once_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_probes(CHAPTER_1, tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert make_probes(CHAPTER_1, tmp_path) == first


def test_a_notebook_that_cannot_be_run_is_an_error_with_its_reason(tmp_path: Path) -> None:
    broken = nbformat.read(CHAPTER_1, as_version=4)
    next(cell for cell in broken.cells if cell.id == "huber").source = "def huber(:"
    path = tmp_path / "loss_functions.ipynb"
    nbformat.write(broken, path)
    with pytest.raises(BankError, match="SyntaxError"):
        make_probes(path)


def test_a_notebook_without_a_bank_has_no_probes(tmp_path: Path) -> None:
    assert make_probes(tmp_path / "no_such_notebook.ipynb") == []
