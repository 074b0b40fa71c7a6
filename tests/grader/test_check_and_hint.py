"""The module `practice`: what `check` says to all kinds of answers, hints, and short failures."""

from __future__ import annotations

import ast
import linecache
from typing import Any

import numpy as np
import pytest

from grader.mistakes.bank import Bank
from grader.practice import failures, shipping, student

EXERCISE: dict[str, Any] = {
    "calls": ["double(np.array([1.0, 3.0]))", "double(2.0)", "double('x')"],
    "setup": "",
    "tolerance": None,
    "hints": ["Think.", "Add it to itself."],
    "right": [
        {"returned": [2.0, 6.0]},
        {"returned": 4.0},
        {"raised": "TypeError", "named": [False]},
    ],
    "shown": ["[2, 6]", "4", "a TypeError"],
    "mistakes": {
        "squares": {
            "sentence": "You square; doubling adds the number to itself.",
            "differs": {"0": [{"returned": [1.0, 9.0]}, [False], [False]]},
        }
    },
    "hidden": "numbers below zero.",
}
GUARD = "    if isinstance(x, str):\n        raise TypeError\n"
CALL = "double(np.array([1.0, 3.0]))"


@pytest.fixture(autouse=True)
def exercises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(student, "_exercises", lambda: {"double": EXERCISE})
    monkeypatch.setattr(student, "hints_given", {})


def told(body: str) -> list[str]:
    """Return the lines that `check` prints on an answer with this body."""
    source = f"def double(x):\n{GUARD}    {body}\n"
    linecache.cache["cell"] = (len(source), None, source.splitlines(True), "cell")
    names: dict[str, Any] = {"np": np}
    exec(compile(source, "cell", "exec"), names)
    return student.message(names["double"]).splitlines()


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        pytest.param(
            "return x + x",
            [
                "double agrees on all 3 calls.",
                "The hidden checks look at this: numbers below zero.",
            ],
            id="right",
        ),
        pytest.param(
            "return x * x",
            [
                "You square; doubling adds the number to itself.",
                CALL,
                "gave [1, 9], but [2, 6] is right.",
            ],
            id="known",
        ),
        pytest.param("return x + 1", [CALL, "gave [2, 4], but [2, 6] is right."], id="wrong"),
        pytest.param(
            "return x.twice()",
            [
                CALL,
                "raised AttributeError: 'numpy.ndarray' object has no attribute 'twice', "
                "but [2, 6] is right.",
                "The error is in line 4 of double's cell: return x.twice()",
            ],
            id="error",
        ),
        pytest.param(
            "print(2 * x)",
            [
                CALL,
                "printed [2. 6.], but it gave None. A printed result is only for the eye: "
                "write `return` in place of `print`.",
            ],
            id="printed",
        ),
        pytest.param(
            "2 * x", [CALL, "gave None. End the function with `return` and the result."], id="none"
        ),
        pytest.param(
            "x *= 2; return x",
            [
                CALL,
                student.CHANGED,
            ],
            id="changed",
        ),
        pytest.param(
            "return 8.0", [CALL, "gave 8, which is one number, but [2, 6] is right."], id="one"
        ),
        pytest.param(
            "return (2 * x, 1) if np.ndim(x) == 0 else 2 * x",
            ["double(2.0)", "gave (4, 1), but one number is asked for: 4."],
            id="two values",
        ),
        pytest.param(
            "raise NotImplementedError",
            ["double is not written yet: put your code where it says # YOUR CODE HERE."],
            id="unwritten",
        ),
    ],
)
def test_one_thing_is_said_in_plain_words(body: str, lines: list[str]) -> None:
    assert told(body) == lines
    assert len(lines) <= 4


def test_check_is_silent_while_a_notebook_is_graded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    student.check(len)
    assert "len is not an exercise" in capsys.readouterr().out
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    student.check(len)
    assert capsys.readouterr().out == ""


def test_the_shipped_module_is_whole_and_imports_no_grader() -> None:
    tree = ast.parse(shipping.module())
    defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    constants = [
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    names = [*defined, *constants]
    assert {"check", "hint", "short_failure", "closest"} <= set(names)
    assert len(names) == len(set(names)), "two of the joined modules define the same name"
    assert "grader" not in {name.split(".")[0] for name in imported(tree)}


def imported(tree: ast.AST) -> list[str]:
    """Return the modules that a module imports."""
    nodes = list(ast.walk(tree))
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return [*plain, *(node.module or "" for node in nodes if isinstance(node, ast.ImportFrom))]


@pytest.mark.parametrize("with_mistakes", [True, False])
@pytest.mark.parametrize("with_hints", [True, False])
def test_a_graded_class_may_do_without_names_of_mistakes_and_hints(
    with_mistakes: bool, with_hints: bool
) -> None:
    bank = Bank()

    @bank.mistake("double")
    def squares(x: float) -> float:
        """You square; doubling adds the number to itself."""
        return x * x

    def double(x: float) -> float:
        return x + x

    written = {"calls": ["double(3.0)"], "hints": ["Think."], "mistakes": {}}
    written["mistakes"] = {answer.name: answer.source for answer in bank.answers}
    settings = {"mistakes": with_mistakes, "hints": with_hints}
    data = shipping.entry("double", written, {"double": double}, bank, settings)
    assert data["right"] == [{"returned": 6.0}]
    assert data["hints"] == (["Think."] if with_hints else [])
    assert set(data["mistakes"]) == ({"squares"} if with_mistakes else set())


def test_a_right_answer_that_fails_on_a_call_is_an_error_of_the_author() -> None:
    def double(x: float) -> None:
        """Return nothing."""

    settings = {"mistakes": True, "hints": True}
    for call in ("double(3.0)", "double_(3.0)"):
        written = {"calls": [call], "hints": [], "mistakes": {}}
        with pytest.raises(shipping.PracticeError, match="fails on the call d"):
            shipping.entry("double", written, {"double": double}, Bank(), settings)


def test_each_call_gets_fresh_arguments() -> None:
    seen = []

    def double(x: Any) -> Any:
        seen.append(x)
        return x

    student.attempt_all(double, {**EXERCISE, "calls": ["double(np.zeros(1))"] * 2})
    assert seen[0] is not seen[1]


def test_what_is_no_exercise_is_told() -> None:
    assert student.message(3.0).startswith("Pass the function itself")  # type: ignore[arg-type]
    assert "len is not an exercise" in student.message(len)
    assert "len is not an exercise" in student.next_hint(len)


def test_an_overflow_is_part_of_the_behavior() -> None:
    def f(x: float) -> Any:
        return 1 / (1 + np.exp(x))

    large, small = (student.attempt(f, f"f({x})", {"np": np}) for x in (1000.0, 0.0))
    assert large.overflows
    assert large.outcome == {"returned": 0.0}
    assert not small.overflows


def test_a_tolerance_is_for_results_that_are_estimates() -> None:
    exercise = {**EXERCISE, "tolerance": 0.02, "mistakes": {}}
    made = [student.Attempt("double(2.0)", {"returned": 4.05})]
    wanted = {**exercise, "right": [{"returned": 4.0}], "shown": ["4"]}
    assert student._first_slip(len, made, wanted) == []
    assert student._first_slip(len, made, {**wanted, "tolerance": 0.001}) != []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ((2.0,), "(2,)"),
        ({"m": np.array([-1.0])}, "{'m': [-1]}"),
        (np.float64(-0.0), "0"),
        (np.array([[0.5, 1 / 3]]), "[[0.5, 0.33333]]"),
        (np.zeros(17), "an array of shape (17,) that begins with " + ", ".join("0" * 16)),
        (["sgd", None, True], "['sgd', None, True]"),
    ],
)
def test_a_result_is_shown_in_one_line(value: Any, shown: str) -> None:
    assert student.show(value) == shown


def test_hints_come_one_by_one_and_the_last_stays() -> None:
    def double(x: float) -> float:
        return x

    assert student.next_hint(double).startswith("Hint 1 of 2: Think.\nAsk again")
    assert student.next_hint(double).startswith("Hint 2 of 2: Add it to itself.\nThat was the last")
    assert student.next_hint(double).startswith("Hint 2 of 2")
    assert "cost no points" in student.next_hint(double)


# --- failures -------------------------------------------------------------------------------------


def failing(function: Any, *arguments: Any, **options: Any) -> list[str]:
    with pytest.raises(AssertionError) as caught:
        function(*arguments, **options)
    return failures.sentence(caught.value)


SENTENCE = "loss([1]) gave 3, but 1 is right. Take the mean."


@pytest.mark.parametrize(
    ("check", "got", "wanted"),
    [
        (np.testing.assert_allclose, 3.0, 1.0),
        (np.testing.assert_allclose, np.ones(3), np.zeros(3)),
        (np.testing.assert_allclose, np.ones(3), np.zeros(4)),
        (np.testing.assert_allclose, np.array([1, np.nan]), np.array([1.0, 2.0])),
        (np.testing.assert_equal, False, True),
        (np.testing.assert_equal, [1, 2], [1, 3]),
        (np.testing.assert_equal, ([1], np.ones(3)), ([1], np.zeros(3))),
        (np.testing.assert_equal, {"a": 1}, {"a": 2}),
        (np.testing.assert_equal, "a", "b"),
        (np.testing.assert_array_equal, np.ones(3), np.zeros(3)),
        (np.testing.assert_array_less, 3, 1),
    ],
)
def test_of_numpys_message_only_the_sentence_stays(check: Any, got: Any, wanted: Any) -> None:
    assert failing(check, got, wanted, err_msg=SENTENCE) == [SENTENCE]


def test_a_message_without_a_sentence_stays_whole() -> None:
    assert " ACTUAL: array(3.)" in failing(np.testing.assert_allclose, 3.0, 1.0)


def test_a_failure_shows_the_notebooks_own_lines_and_no_others() -> None:
    source = "def f(x):\n    return np.zeros(2) + x\n\nf(np.zeros(3))\n"
    linecache.cache["cell"] = (len(source), None, source.splitlines(True), "cell")
    names: dict[str, Any] = {"np": np}
    with pytest.raises(ValueError, match="broadcast") as caught:
        exec(compile(source, "cell", "exec"), names)
    assert failures.short_failure(caught.value, names) == [
        "Line 4 of this cell:",
        "    f(np.zeros(3))",
        "Line 2 of f:",
        "    return np.zeros(2) + x",
        "ValueError: operands could not be broadcast together with shapes (2,) (3,) ",
    ]


def test_a_failure_has_eight_lines_at_most() -> None:
    error = ValueError("\n".join("abcdefghijklm"))
    assert len(failures.short_failure(error, {})) == 8
