"""The exam boundary: honest answers count as in one process, and no lie counts as right."""

import copy
import json
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, suppress
from pathlib import Path
from textwrap import dedent
from typing import Any

import msgpack
import numpy as np
import pytest
from exercises.grading import NOTEBOOKS, Exercises, exercises_of

from grader.engine.exam.boundary import (
    LostStudentError,
    StudentError,
    StudentProxy,
    run_check,
)
from grader.engine.exam.wire import (
    BadMessageError,
    Reader,
    Writer,
    pack,
    unpack,
)
from grader.engine.messages import LARGEST, LENGTH, framed
from grader.mistakes import bank_of

ROOT = Path(__file__).resolve().parents[3]
STUDENT = """\
import json, linecache, socket, sys
from grader.engine.exam.boundary import serve_functions
tell, sys.stdout = sys.stdout, open("/dev/null", "w")
for line in sys.stdin:
    cells, path = json.loads(line)
    if cells:
        namespace = {"__name__": "__main__"}
    for number, cell in enumerate(cells):
        name = f"cell {number}"
        linecache.cache[name] = len(cell), None, cell.splitlines(keepends=True), name
        exec(compile(cell, name, "exec"), namespace)
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    print("ready", file=tell, flush=True)
    serve_functions([connection], namespace)
"""


class Student:
    """A process that executes a student's cells and then serves their functions to examiners."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "exam")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.process = subprocess.Popen(
            [sys.executable, "-c", STUDENT],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.cells: list[str] = []

    def writes(self, *cells: str) -> "Student":
        """Replace the student's cells. The next examiner finds them in a new namespace."""
        self.cells = [dedent(cell).strip("\n") for cell in cells]
        return self

    def serve(self) -> socket.socket:
        """Execute new cells, serve their functions, and return the examiner's connection."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps([self.cells, self.path]) + "\n")
        self.process.stdin.flush()
        self.cells = []
        assert self.process.stdout.readline() == "ready\n"
        return self.listener.accept()[0]

    def close(self) -> None:
        """End the process, and assert that it did not fail."""
        self.process.communicate(timeout=10)
        self.listener.close()
        assert self.process.returncode == 0

    def check(self, source: str, timeout: float = 60, **namespace: Any) -> None:
        """Execute a check against the student's names."""
        run_check(dedent(source), self.serve(), namespace, timeout)


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Student]:
    running = Student(tmp_path_factory.mktemp("exam"))
    yield running
    running.close()


# --- the same verdict as in one process -----------------------------------------------------------


def failures_across(student: Student, exercises: Exercises, exercise: str, answer: str) -> Any:
    """Return what `Exercises.failures` returns, with the functions behind the boundary."""
    cells = {**exercises.solutions, exercise: answer}
    there = f"import os\nos.chdir({str(exercises.folder)!r})"  # There are its data.
    student.writes(there, *exercises.setup, *cells.values())
    failed = {}
    with chdir(exercises.folder):
        namespace = exercises.set_up()
        for check, (_, source) in exercises.checks[exercise].items():
            try:
                run_check(source, student.serve(), namespace)
            except Exception as error:  # A check fails with any error.
                failed[check] = f"{type(error).__name__}: {error}"
    return failed


# Functions whose answers or checks train networks, some of them for seconds.
TRAINED = {"build_model", "build_regularized", "compare_losses"}
TRAINED_LONG = {"deep_network", "reloaded", "repaired_network", "test_accuracy", "train_model"}


def solutions() -> Iterator[Any]:
    """Yield every exercise. In the short form, those that train for seconds are left out."""
    for path in NOTEBOOKS:
        for name in exercises_of(path).solutions:
            marks = [pytest.mark.slow] if name in TRAINED_LONG else []
            yield pytest.param(exercises_of(path), name, id=name, marks=marks)


def answers() -> Iterator[Any]:
    """Yield every known answer.

    The short form has one mistake of each exercise that trains no network. The solutions stand for
    all right answers there.
    """
    seen = set[str]()
    for path in NOTEBOOKS:
        for answer in bank_of(path.stem).answers:
            is_repeated = answer.is_right or answer.exercise in TRAINED | TRAINED_LONG | seen
            if not is_repeated:
                seen.add(answer.exercise)
            marks = [pytest.mark.slow] if is_repeated else []
            values = exercises_of(path), answer.exercise, answer.source
            yield pytest.param(*values, id=answer.name, marks=marks)


def stubs() -> Iterator[Any]:
    """Yield each exercise with three empty answers, of which the short form has one."""
    for exercise in solutions():
        values, marks = exercise.values, exercise.marks
        yield pytest.param(*values, "return None", id=f"{exercise.id}-none", marks=marks)
        for body in ("raise NotImplementedError()", "return 0.0"):
            mark = pytest.mark.slow
            yield pytest.param(*values, body, id=f"{exercise.id}-{body[:6]}", marks=mark)


# Ends an answer so that its function cannot change the arguments of a call.
TAKES_COPIES = """

def taking_copies(function):
    import copy
    return lambda *a, **k: function(*copy.deepcopy(a), **copy.deepcopy(k))
{name} = taking_copies({name})
"""


@pytest.mark.parametrize(("exercises", "exercise"), list(solutions()))
def test_every_check_passes_on_the_solution(
    student: Student, exercises: Exercises, exercise: str
) -> None:
    solution = exercises.solutions[exercise]
    assert failures_across(student, exercises, exercise, solution) == {}


@pytest.mark.parametrize(("exercises", "exercise", "answer"), list(answers()))
def test_known_answer_fails_the_same_checks_with_the_same_words(
    student: Student, exercises: Exercises, exercise: str, answer: str
) -> None:
    answer = f"import keras\nkeras.utils.set_random_seed(0)\n{answer}"
    across = failures_across(student, exercises, exercise, answer)
    failed = exercises.failures(exercise, answer)
    if "keras" in exercises.solutions[exercise]:  # Two trainings differ a little.
        assert bool(across) == bool(failed)
        return
    assert across.keys() == failed.keys()
    # A check that passes runs again and then sees what the answer did to its arguments. One that
    # fails says what came from copies of them.
    from_copies = exercises.failures(exercise, answer + TAKES_COPIES.format(name=exercise))
    for check, words in across.items():
        assert words in (failed[check], from_copies.get(check))


@pytest.mark.parametrize(("exercises", "exercise", "body"), list(stubs()))
def test_answer_without_content_fails_every_check(
    student: Student, exercises: Exercises, exercise: str, body: str
) -> None:
    stub = f"def {exercise}(*args, **kwargs):\n    {body}\n"
    failed = failures_across(student, exercises, exercise, stub)
    assert failed.keys() == exercises.checks[exercise].keys()


# --- what crosses by value ------------------------------------------------------------------------

VALUES = [
    *(None, True, False, 0, -1, 2**63, -(2**64), 10**4000, 0.1, float("inf"), -0.0, 1 + 2j),
    *("", "naïve ∂", "\ud800", b"\x00\xff", (), (1, (2.0, "3")), [1, [2, []]], {1, 2}),
    *(frozenset({(1, 2)}), {"a": [1], 2: {}}, slice(1, None, 2), range(10, 0, -3)),
    *(np.float32(0.1), np.int64(-5), np.bool_(True), np.str_("σ"), np.complex64(1j)),
    *(np.arange(6.0).reshape(2, 3), np.zeros((0, 3)), np.array(3), np.arange(6)[::-2]),
    *(np.array([True, False]), np.array(["a", "bcd"]), np.array([b"x"]), np.array([1 + 1j])),
    *(np.arange(3, dtype=">i2"), np.ones(2, dtype="float16"), np.asfortranarray(np.eye(2))),
]


def same(a: Any, b: Any) -> bool:
    """Return whether two values and all values inside them are equal and have equal types."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return same(list(a.items()), list(b.items()))
    return bool(a == b) and repr(a) == repr(b)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: f"{type(value).__name__}-{value!r:.20}")
def test_value_comes_back_as_it_went(student: Student, value: Any) -> None:
    student.writes("""
        def back(x):
            return x, [x]
        """)
    student.check(
        """
        result = back(value)
        assert same(result, (value, [value]))
        """,
        value=value,
        same=same,
    )


def test_values_are_understood_at_the_student(student: Student) -> None:
    student.writes("""
        def kind(x):
            return f'{type(x).__name__} {x!r}'
        """)
    for value in VALUES:
        if not isinstance(value, set | frozenset):  # Their order differs between processes.
            expected = f"{type(value).__name__} {value!r}"
            student.check("assert kind(value) == expected", value=value, expected=expected)


def test_tensors_and_variables_arrive_as_arrays(student: Student) -> None:
    student.writes(
        """
        import keras
        def tensor(x):
            return keras.ops.square(x)
        def variable(x):
            return keras.Variable(x)
        def symbolic():
            return keras.Input((3,))
        """
    )
    student.check(
        """
        import numpy as np
        import keras
        x = np.array([1.0, 2.0], 'float32')
        for function, y in ((tensor, x**2), (variable, x)):
            for given in (x, keras.ops.convert_to_tensor(x), keras.Variable(x)):
                result = function(given)
                assert type(result) is np.ndarray and result.dtype == 'float32'
                np.testing.assert_allclose(result, y)
        assert symbolic().shape == (None, 3)
        """
    )


def test_error_is_a_value_too(student: Student) -> None:
    student.writes("""
        def error():
            return KeyError('x')
        """)
    student.check("""
        e = error()
        assert type(e) is KeyError and e.args == ('x',)
        """)


@pytest.mark.parametrize("thing", [object(), np, np.array([None]), np.random.RandomState(0)])
def test_check_hears_what_it_cannot_pass(student: Student, thing: object) -> None:
    student.writes("""
        def f(x):
            return 0
        """)
    name = type(thing).__name__
    with pytest.raises(TypeError, match=f"a check cannot pass a {name} to your functions"):
        student.check("f(thing)", thing=thing)


# --- arguments are copied out and back ------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "value", "after"),
    [
        ("x += 1", np.arange(3.0), np.arange(1.0, 4)),
        ("x[0, :] = 5", np.zeros((2, 2)), np.array([[5.0, 5], [0, 0]])),
        ("x.append([x])", [1], None),
        ("x[0] = True", [1], [True]),
        ("x[0].append(2); x.reverse()", [[1], "a"], ["a", [1, 2]]),
        ("x['b'] = x.pop('a')", {"a": 1}, {"b": 1}),
        ("x.add(3)", {1}, {1, 3}),
        ("x['w'] -= 1", {"w": np.ones(2)}, {"w": np.zeros(2)}),
        ("x += 1; raise ValueError", np.zeros(1), np.ones(1)),
    ],
)
def test_change_in_place_is_seen(student: Student, change: str, value: Any, after: Any) -> None:
    student.writes(f"def f(x):\n    {change}")
    student.check(
        """
        ### ARGUMENTS CHANGE
        try:
            f(x=value)
        except ValueError:
            pass
        """,
        value=value,
    )
    if after is None:  # The list contains itself.
        assert value[0] == 1 and value[1][0] is value
    else:
        assert same(value, after)


@pytest.mark.parametrize(
    ("body", "value", "result"),
    [
        ("x[:] = 0; return x", np.ones(2), np.zeros(2)),
        ("x[0][:] = 0; return x", [np.ones(2), 3], [np.zeros(2), 3]),
        ("x['w'] -= 1; return [x, x['w']]", {"w": np.ones(2)}, [{"w": np.zeros(2)}, np.zeros(2)]),
        ("x[1] = 'new'; return x[:]", ["a", "b"], ["a", "new"]),
    ],
)
def test_a_change_reaches_the_result_and_not_the_argument(
    student: Student, body: str, value: Any, result: Any
) -> None:
    """The check computes what is right from its arguments, so a student must not overwrite them."""
    student.writes(f"def f(x):\n    {body}")
    before = copy.deepcopy(value)
    found: list[Any] = []
    student.check("found.append((f(value), same(value, before)))", **locals(), same=same)
    (first, was_kept), (second, is_kept) = found
    assert same(first, result) and same(second, result)
    assert (was_kept, is_kept) == (True, False)  # In the second run, the check sees the change.


def test_a_check_that_passes_is_run_again_and_sees_the_changes(student: Student) -> None:
    student.writes("def tidy(x): return x + 1\ndef untidy(x):\n    x += 1\n    return x")
    check = """
        import numpy as np
        x = np.ones(2)
        np.testing.assert_array_equal({name}(x), [2, 2])
        np.testing.assert_array_equal(x, [1, 1], err_msg="x was changed")
        """
    student.check(check.format(name="tidy"))
    with pytest.raises(AssertionError, match="x was changed"):
        student.check(check.format(name="untidy"))


def test_a_generator_advances_in_the_check(student: Student) -> None:
    student.writes("def draw(rng): return rng.random()")
    student.check(
        """
        import numpy as np
        rng, same = np.random.default_rng(1), np.random.default_rng(1)
        assert [draw(rng), draw(rng)] == list(same.random(2))
        assert rng.random() == same.random()
        """
    )


@pytest.mark.parametrize("change", ["def f(x): return old(x)", "f = print", "del f"])
def test_what_a_check_does_to_a_name_is_undone_for_the_next_check(
    student: Student, change: str
) -> None:
    student.writes("def f(x): return x + 1\ndef g(x): return f(x) * 2")
    student.check(f"old = f\n{change}")
    student.check("assert (f(1), g(1)) == (2, 4)")


def test_the_lower_score_of_both_runs_counts(
    student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[object] = []
    monkeypatch.setattr(sys, "displayhook", shown.append)
    student.writes("def f(x): x.clear()")
    student.check("x = [1, 2]\nf(x)\nlen(x)")
    student.check("x = [1, 2]\nf(x)\n2 - len(x)")
    student.check("'text'")
    assert shown == [0, 0, "text"]


def test_what_is_one_object_stays_one(student: Student) -> None:
    student.writes(
        """
        def first(x, y):
            x += 1
            return x is y
        def back(x):
            return x
        def copy(x):
            return list(x)
        """
    )
    student.check(
        """
        ### ARGUMENTS CHANGE
        import numpy as np
        x = np.zeros(2)
        assert first(x, x) is True and first(x, np.zeros(2)) is False
        assert x.tolist() == [2, 2]
        assert back(x) is x
        nested = [[1], x]
        assert copy(nested) is not nested and copy(nested)[0] is nested[0]
        """
    )


def test_view_writes_into_its_base(student: Student) -> None:
    student.writes("""
        def fill(x):
            x[:] = 7
        """)
    student.check(
        """
        ### ARGUMENTS CHANGE
        import numpy as np
        base = np.zeros(4)
        fill(base[::2])
        assert base.tolist() == [7, 0, 7, 0]
        """
    )


def test_read_only_array_stays_so(student: Student) -> None:
    student.writes("""
        def fill(x):
            x[:] = 7
        """)
    array = np.zeros(3)
    array.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        student.check("fill(x)", x=array)
    assert not array.any()


def test_generator_advances_as_in_one_process(student: Student) -> None:
    student.writes(
        """
        def noise(rng, n):
            return rng.normal(size=n), rng.integers(3, dtype='uint32')
        """
    )
    rng, here = np.random.default_rng(5), np.random.default_rng(5)
    student.check(
        """
        for n in (3, 0, 4):
            numbers, integer = noise(rng, n)
            assert (numbers == here.normal(size=n)).all()
            assert integer == here.integers(3, dtype='uint32')
        """,
        rng=rng,
        here=here,
    )
    assert rng.bit_generator.state == here.bit_generator.state


def test_callback_runs_in_the_check(student: Student) -> None:
    student.writes(
        """
        def gradient(f, x, h=1e-5):
            g = x * 0
            for i in range(len(x)):
                step = x * 0
                step[i] = h
                g[i] = (f(x + step) - f(x - step)) / (2 * h)
            return g
        def square(x):
            return x ** 2
        def apply(f, *args, **options):
            return f(*args, **options)
        def careful(f):
            try:
                f()
            except KeyError as e:
                return e.args[0]
        """
    )
    student.check(
        """
        ### ARGUMENTS CHANGE
        import numpy as np
        x = np.array([1.0, 2.0, 3.0])
        calls = []
        def f(x):
            calls.append(x)
            return (x ** 3).sum()
        np.testing.assert_allclose(gradient(f, x), 3 * x**2, rtol=1e-6)
        assert len(calls) == 6 and type(calls[0]) is np.ndarray
        assert apply(lambda x: apply(lambda y: square(y) + 1, x), 3) == 10
        assert apply(square, 4) == 16
        assert apply(dict, self=1, operation=2, function=3) == dict(self=1, operation=2, function=3)
        def fails():
            raise KeyError('why')
        assert careful(fails) == 'why'
        def zero(x):
            x[:] = 0
        apply(zero, x)
        assert not x.any()
        """
    )
    with pytest.raises(KeyError, match="why"):
        student.check("""
            def fails():
                raise KeyError('why')
            apply(fails)
            """)


# --- errors and warnings --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raised", "kind", "message"),
    [
        ("ValueError('shapes (3,) and (3, 1)')", ValueError, "shapes (3,) and (3, 1)"),
        ("KeyError('x')", KeyError, "'x'"),
        ("NotImplementedError()", NotImplementedError, ""),
        ("ZeroDivisionError('a', 2)", ZeroDivisionError, "('a', 2)"),
        ("Exception('plain')", Exception, "plain"),
        ("np.linalg.LinAlgError('singular')", ValueError, "singular"),
        ("type('MyError', (IndexError,), {})('mine')", IndexError, "mine"),
        ("type('MyError', (Exception,), {})('mine')", StudentError, "MyError: mine"),
        ("UnicodeDecodeError('utf8', b'x', 0, 1, 'bad')", UnicodeError, "'utf8' codec"),
        ("StopIteration(3)", StudentError, "StopIteration: 3"),
        ("SystemExit(0)", StudentError, "SystemExit: 0"),
        ("KeyboardInterrupt()", StudentError, "KeyboardInterrupt: "),
        ("ExceptionGroup('g', [ValueError()])", StudentError, "ExceptionGroup: g"),
    ],
)
def test_error_arrives_as_its_nearest_built_in_type(
    student: Student, raised: str, kind: type, message: str
) -> None:
    student.writes(f"import numpy as np\ndef f():\n    raise {raised}")
    with pytest.raises(kind) as caught:
        student.check("f()")
    assert type(caught.value) is kind
    assert str(caught.value).startswith(message)


def test_expected_errors_work_in_a_check(student: Student) -> None:
    student.writes(
        """
        def f(x):
            if x < 0:
                raise ValueError(f'{x} is below 0')
            return x
        """
    )
    student.check(
        """
        import numpy as np
        with np.testing.assert_raises(ValueError) as raised:
            f(-1)
        assert '-1' in str(raised.exception)
        np.testing.assert_raises_regex(ValueError, 'below', f, -2)
        try:
            f(-3)
        except ValueError:
            pass
        else:
            raise AssertionError
        """
    )
    with pytest.raises(AssertionError, match="ValueError not raised"):
        student.check("""
            import numpy as np
            np.testing.assert_raises(ValueError, f, 1)
            """)


def test_error_shows_the_students_lines_and_none_of_the_check(student: Student) -> None:
    student.writes(
        "import json",
        """
        def helper(x):
            return json.loads(x)

        def f(x):
            return helper(x)
        """,
    )
    line = student.serve()
    examiner = (
        "import socket\nfrom grader.engine.exam.boundary import run_check\n"
        f"run_check('hidden_secret = f(\\'{{\\')', socket.socket(fileno={line.fileno()}), {{}})"
    )
    shown = subprocess.run(
        [sys.executable, "-m", "IPython", "--colors=nocolor", "-c", examiner],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={"IPYTHONDIR": str(Path(student.path).parent), "PATH": "/usr/bin:/bin"},
        pass_fds=[line.fileno()],
    ).stdout
    line.close()
    assert shown.split("\n") == [
        "In your code:",
        "  line 5, in f",
        "    return helper(x)",
        "  line 2, in helper",
        "    return json.loads(x)",
        "ValueError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        "",
    ]


def test_warnings_obey_the_check(student: Student) -> None:
    student.writes(
        """
        import warnings
        import numpy as np
        def log(x):
            return np.log(x)
        def warn():
            warnings.warn('old', DeprecationWarning)
        class Mine(FutureWarning):
            pass
        def own():
            warnings.warn('mine', Mine)
        """
    )
    student.check(
        """
        import warnings
        import numpy as np
        zero = np.zeros(1)
        with np.errstate(all='ignore'):
            assert log(zero)[0] == -np.inf
        with np.errstate(all='raise'):
            np.testing.assert_raises(FloatingPointError, log, zero)
        with warnings.catch_warnings(action='ignore'):
            log(zero)
            warn()
        with warnings.catch_warnings(action='error'):
            np.testing.assert_raises(RuntimeWarning, log, zero)
        with warnings.catch_warnings(record=True, action='always') as heard:
            log(zero)
            own()
        assert [(w.category, str(w.message)[:11]) for w in heard] == [
            (RuntimeWarning, 'divide by z'), (FutureWarning, 'mine')]
        """
    )
    with warnings.catch_warnings(record=True, action="default") as heard:
        student.check("""
            for _ in range(3):
                log(0.0)
            """)
    assert [(w.category, w.filename, w.lineno) for w in heard] == [(RuntimeWarning, "your code", 4)]


# --- names ----------------------------------------------------------------------------------------


def test_names_come_from_the_check_then_the_instructor_then_python_then_the_student(
    student: Student,
) -> None:
    student.writes(
        """
        import numpy
        import numpy as np
        numpy.testing.assert_equal = print
        def helper():
            return 'student'
        def sum(x):
            return 'student'
        data = [1]
        def f():
            data.append(2)
        """
    )
    student.check(
        """
        def inner():
            return [f() for _ in range(1)], data
        assert helper() == 'instructor' and sum([1, 2]) == 3
        assert data == [1]
        assert inner()[1] == [1, 2] and data == [1, 2]
        assert f is f and __name__ == '__main__'
        """,
        helper=lambda: "instructor",
    )
    for name in ("np", "missing"):
        with pytest.raises(NameError, match=f"name '{name}' is not defined"):
            student.check(f"{name}.testing")


def test_check_leaves_nothing_behind(student: Student) -> None:
    student.writes("x = 1")
    namespace = {"y": 2}
    run_check("x = x + y\ny = 3\nz = 4", student.serve(), namespace)
    assert namespace == {"y": 2}


def test_check_takes_a_students_function_away(student: Student) -> None:
    student.writes(
        """
        def square(x):
            return x * x

        def total(x):
            return sum(map(square, x))
        """
    )
    student.check(
        """
        kept = square
        del square
        try:
            total([1])
        except NameError:
            pass
        else:
            raise AssertionError
        finally:
            square = kept
        assert total([1, 2]) == 5
        square = lambda x: 10
        assert total([1, 2]) == 20
        square = kept
        """
    )
    student.check("assert total([1, 2]) == 5")


def test_last_expression_is_displayed(student: Student, capsys: pytest.CaptureFixture[str]) -> None:
    student.writes("""
        def points():
            return 0.25
        """)
    student.check("""
        '''Doc.'''
        x = points()
        x
        """)
    assert capsys.readouterr().out == "0.25\n"


# --- objects that stay with the student -----------------------------------------------------------

CLASSES = """\
import numpy as np
from collections import namedtuple

Pair = namedtuple("Pair", "left right")

class Model:
    '''What a student writes.'''
    units = [3, 1]
    def __init__(self, scale=2.0):
        self.scale = scale
    def __call__(self, x):
        return self.scale * x
    def child(self):
        return Model(self.scale + 1)
    def __float__(self):
        return self.scale
    def __int__(self):
        return 7
    def __bool__(self):
        return False
    def __array__(self, dtype=None, copy=None):
        return np.array([self.scale, 1.0])

def count():
    n = 0
    while True:
        yield n
        n += 1
"""


def test_proxy_does_what_its_object_does(student: Student) -> None:
    student.writes(CLASSES)
    student.check(
        """
        import numpy as np
        model = Model(scale=3.0)
        assert repr(model) == "<the student's Model>" and Model.__name__ == 'Model'
        assert model(2) == 6 and model.child().scale == 4 and model.units == [3, 1]
        assert float(model) == 3 and int(model) == 7 and not model
        np.testing.assert_array_equal(model, [3, 1])
        assert (model * 2).tolist() == [6, 2] and (1 - model).tolist() == [-2, 0]
        assert (np.ones(2) + model).tolist() == [4, 2] and np.mean(model) == 2
        assert (model > 2).tolist() == [True, False]
        pair = Pair('a', 2)
        assert pair[0] == 'a' and pair[-1] == 2 and len(pair) == 2 and list(pair) == ['a', 2]
        assert pair.left == 'a' and 'a' in pair and tuple(pair) == ('a', 2)
        assert [n for n, _ in zip(count(), range(4))] == [0, 1, 2, 3]
        numbers = count()
        assert next(numbers) == 0 and next(numbers) == 1
        assert [m.scale for m in [Model(1.0), Model(2.0)]] == [1, 2]
        assert hasattr(model, 'scale') and not hasattr(model, 'missing')
        """
    )


def test_keras_model_is_reached_through_calls(student: Student) -> None:
    student.writes(
        """
        import keras
        def build():
            model = keras.Sequential([keras.layers.Input((3,)),
                keras.layers.Dense(4, activation='relu', name='hidden'), keras.layers.Dense(1)])
            model.compile('sgd', 'mse')
            return model
        """
    )
    student.check(
        """
        import numpy as np
        model = build()
        assert model.count_params() == 21 and model.output_shape == (None, 1)
        assert [layer.units for layer in model.layers] == [4, 1]
        assert model.layers[0].activation.__name__ == 'relu'
        assert [w.shape for w in model.get_weights()] == [(3, 4), (4,), (4, 1), (1,)]
        x = np.ones((8, 3))
        history = model.fit(x, x[:, 0], epochs=2, verbose=0).history
        assert len(history['loss']) == 2 and history['loss'][0] >= history['loss'][1]
        """
    )


# --- a student who lies ---------------------------------------------------------------------------

EQUAL_TO_ALL = """\
import numpy as np

def yes(self, *others, **options):
    return True

MAGIC = {f"__{n}__": yes for n in ("eq", "lt", "le", "gt", "ge", "contains", "instancecheck")}
MAGIC["__hash__"] = lambda self: 0
ZERO = {f"__{n}__": lambda self, *_: 0.0 for n in ("sub", "rsub", "abs", "truediv", "round")}
SHIFTED = {"__array_ufunc__": lambda self, *_, **__: np.bool_(True), "__array_priority__": 1e9}

def subclass(kind, *args):
    return type("Sly", (kind,), {**MAGIC, **ZERO})(*args)

class Sly:
    locals().update(MAGIC | ZERO | SHIFTED)
    shape, ndim, size, dtype = (), 0, 1, np.dtype(float)
    __class__ = float

sly_array = np.zeros(3).view(type("Sly", (np.ndarray,), {**MAGIC, **SHIFTED}))
LIES = {
    "object": Sly(),
    "float": subclass(float, 0.0),
    "int": subclass(int, 0),
    "str": subclass(str, "a"),
    "tuple": subclass(tuple, (0.0,)),
    "list": subclass(list, [0.0]),
    "dict": subclass(dict),
    "array": sly_array,
    "zero-dimensional array": sly_array[0:1].reshape(()),
    "float64": subclass(np.float64, 0.0),
    "masked": np.ma.masked,
    "masked array": np.ma.masked_all(3),
    "object array": np.array([Sly()] * 3, dtype=object),
    "list of objects": [Sly()],
    "nan": float("nan"),
    "nan array": np.full(3, np.nan),
    "class": type("Sly", (type,), MAGIC)("Sly", (), {}),
    "infinity": float("inf"),
}
"""
CLAIMS = [
    "answer == 3.5",
    "3.5 == answer",
    "not answer != 3.5",
    "answer in (3.5, 4.5)",
    "[answer] == [3.5]",
    "3.5 in answer",
    "abs(answer - 3.5) < 1e-6",
    "abs(3.5 - answer) < 1e-6",
    "3.5 - 1e-6 < answer < 3.5 + 1e-6",
    "round(answer, 3) == 3.5",
    "np.allclose(answer, 3.5)",
    "np.isclose(answer, 3.5)",
    "np.array_equal(answer, 3.5)",
    "np.array_equal(answer, [3.5, 3.5, 3.5])",
    "(np.asarray(answer) == 3.5).all()",
    "math.isclose(answer, 3.5)",
    "np.testing.assert_equal(answer, 3.5) is None",
    "np.testing.assert_equal(answer, 'a') is None",
    "np.testing.assert_equal((answer, 1), (3.5, 1)) is None",
    "np.testing.assert_equal(answer, np.full(3, 3.5)) is None",
    "np.testing.assert_allclose(answer, 3.5) is None",
    "np.testing.assert_allclose(answer, np.full(3, 3.5)) is None",
    "np.testing.assert_almost_equal(answer, 3.5) is None",
    "np.testing.assert_array_equal(answer, [3.5]) is None",
    "np.max(np.abs(answer - np.full(3, 3.5))) < 1e-6",
    "isinstance(answer, float) and isinstance(answer, StudentProxy)",
]
# Some values really fulfill a claim: the string is "a".
TRUE = {("str", "np.testing.assert_equal(answer, 'a') is None")}


def test_nothing_equals_everything(student: Student) -> None:
    """This tries every lie in every comparison that an author may write."""
    student.writes(EQUAL_TO_ALL)
    with warnings.catch_warnings(action="ignore"):
        student.check(
            """
            import math
            import numpy as np
            passed = set()
            names = {'np': np, 'math': math, 'StudentProxy': StudentProxy}
            for name in LIES:
                answer = LIES[name]
                for claim in claims:
                    try:
                        if eval(claim, {**names, 'answer': answer}):
                            passed.add((name, claim))
                    except Exception:
                        pass
            assert passed <= true, passed - true
            assert len(LIES) == 18
            """,
            claims=CLAIMS,
            true=TRUE,
            StudentProxy=StudentProxy,
        )


def test_the_lies_would_pass_in_one_process() -> None:
    namespace: dict[str, Any] = {"StudentProxy": object}
    with warnings.catch_warnings(action="ignore"):
        exec("import math" + "\n" + EQUAL_TO_ALL, namespace)
        passed = set()
        for name, answer in namespace["LIES"].items():
            for claim in CLAIMS:
                try:
                    if eval(claim, {**namespace, "answer": answer}):
                        passed.add(name)
                except Exception:  # This comparison resists the lie.
                    continue
    assert passed >= {"object", "float", "int", "tuple", "list", "dict", "array", "float64"}
    assert passed >= {"masked", "masked array", "object array", "list of objects", "class"}


def test_proxy_asks_nothing_of_the_students_choosing(student: Student) -> None:
    student.writes(
        """
        class Sly:
            def __getattr__(self, name):
                return lambda *a, **k: 3.5
        """
    )
    student.check(
        """
        sly = Sly()
        for name in ('__array_interface__', '__array_struct__', '__array_ufunc__', '__wrapped__',
                     '__dlpack__', '_repr_html_', '_ipython_display_', '__deepcopy__', '_private'):
            assert not hasattr(sly, name), name
        assert sly.public() == 3.5
        for forbidden in ('sly.x = 1', 'sly[0] = 1', 'del sly.x', 'float(sly)', 'len(sly)'):
            try:
                exec(forbidden)
            except (AttributeError, TypeError):
                continue
            raise AssertionError(forbidden)
        """
    )


def test_student_never_hears_with_what_an_object_is_compared(student: Student) -> None:
    student.writes(
        """
        heard = []
        class Spy:
            def __array__(self, *a, **k):
                import numpy as np
                return np.zeros(1)
            def listen(self, *others):
                heard.append(others)
                return 0.0
            __eq__ = __sub__ = __rsub__ = __lt__ = __contains__ = __array_ufunc__ = listen
        """
    )
    student.check(
        """
        import numpy as np
        spy = Spy()
        spy == 3.5, 3.5 == spy, spy - 3.5, 3.5 - spy, spy < 3.5, np.add(spy, 3.5)
        np.testing.assert_raises(TypeError, lambda: 3.5 in spy)
        assert heard == []
        """
    )


LOOK = """
import re
import sys

def look():
    found, pattern = set(), re.compile(rb"marker [0-9]{4}")
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            addresses, rights = line.split()[:2]
            if "rw" in rights:
                start, end = (int(part, 16) for part in addresses.split("-"))
                memory.seek(start)
                found.update(pattern.findall(memory.read(end - start)))
    return sorted(found)

kept = []
def keep(x):
    kept.append(x)
"""


def test_student_cannot_find_the_check(student: Student) -> None:
    """The student's function looks through all the memory of its process."""
    student.writes(LOOK)
    student.check("assert look() == [], 'marker 2718'")
    # The search works: it finds an argument.
    student.check("keep('marker ' + '3141')\nassert look() == [b'marker 3141']")


# --- a peer that does not speak the language ------------------------------------------------------


def frame(message: Any) -> bytes:
    data = message if isinstance(message, bytes) else msgpack.packb(message)
    return framed(data)


def value(wire: Any, changes: Any = (), warned: Any = ()) -> bytes:
    return frame(["answer", "value", wire, list(changes), list(warned)])


FUNCTION = value(["export", 0, "function"])


@contextmanager
def peer(*answers: bytes | Callable[[socket.socket], None]) -> Iterator[socket.socket]:
    """Start a peer that sends these answers, whatever the questions are, and then is silent."""
    line, connection = socket.socketpair()

    def talk() -> None:
        with connection, suppress(ConnectionError):  # The examiner may hang up first.
            for answer in answers:
                connection.recv(1 << 20)
                if callable(answer):
                    answer(connection)
                else:
                    connection.sendall(answer)
            connection.recv(1 << 20)  # Wait until the examiner hangs up.

    thread = threading.Thread(target=talk)
    thread.start()
    yield line
    thread.join(timeout=10)
    assert not thread.is_alive()


ARRAY = ["array", "<f8", [2], bytes(16), True]
GARBAGE = {
    "no msgpack": (frame(b"\xc1\xc1"), "sent an invalid message"),
    "two messages in one": (frame(b"\x01\x02"), "sent an invalid message"),
    "half a message": (frame(b"\x92\x01"), "sent an invalid message"),
    "nothing": (frame(b""), "sent an invalid message"),
    "a map": (frame({"answer": 1}), "sent an invalid message"),
    "an extension": (frame(msgpack.ExtType(4, b"x")), "sent an invalid message"),
    "a number": (frame(3), "sent an invalid message"),
    "another kind of message": (frame(["run", 1, 2, 3, 4]), "sent an invalid message"),
    "too deep for msgpack": (frame(b"\x91" * 5000 + b"\xc0"), "sent an invalid message"),
    "a huge message": (
        (LARGEST + 1).to_bytes(LENGTH, "big"),
        "sent a message of more than 64 MiB",
    ),
    "an endless message": (b"\xff" * 8, "sent a message of more than 64 MiB"),
    "a bare list": (value([1, 2]), "sent a value without a type"),
    "an empty list": (value([]), "sent a value without a type"),
    "a timestamp": (value(msgpack.Timestamp(0)), "sent a value without a type"),
    "an unknown type": (value(["pickle", b"cos\nsystem"]), "sent a value of an unknown type"),
    "a method for a type": (value(["__class__"]), "sent a value of an unknown type"),
    "nested too deeply": (value(eval("['list'," * 60 + "1" + "]" * 60)), "nested deeper than 40"),
    "bytes too few": (value(["array", "<f8", [3], bytes(16), True]), "sent an invalid array"),
    "bytes too many": (value(["array", "<f8", [1], bytes(16), True]), "sent an invalid array"),
    "shape below zero": (
        value(["array", "<f8", [-2, -1], bytes(16), True]),
        "sent an invalid array",
    ),
    "shape that overflows": (
        value(["array", "<f8", [2**31, 0], b"", True]),
        "sent an invalid array",
    ),
    "too many axes": (value(["array", "<f8", [1] * 99, bytes(8), True]), "sent an invalid array"),
    "shape of another type": (value(["array", "<f8", ["2"], bytes(16), True]), "an invalid array"),
    "boolean shape": (value(["array", "<f8", [True], bytes(8), True]), "sent an invalid array"),
    "objects": (value(["array", "|O8", [1], bytes(8), True]), "sent an invalid array"),
    "object scalar": (value(["scalar", "|O8", bytes(8)]), "sent an invalid scalar"),
    "record": (value(["array", "i4,O", [1], bytes(12), True]), "sent an invalid array"),
    "subarray": (value(["array", "(2,)<f8", [1], bytes(16), True]), "sent an invalid array"),
    "width of zero": (value(["array", "<U0", [9], b"", True]), "sent an invalid array"),
    "no such width": (value(["array", "<f3", [1], bytes(3), True]), "sent an invalid array"),
    "a boolean of 2": (value(["array", "|b1", [1], b"\x02", True]), "sent an invalid array"),
    "no such character": (value(["scalar", "<U1", b"\xff" * 4]), "sent an invalid scalar"),
    "no such error": (value(["error", "Sly", "x"]), "sent an invalid error"),
    "error that ends loops": (value(["error", "StopIteration", "x"]), "sent an invalid error"),
    "huge integer": (value(["int", bytes(1 << 20)]), "sent an invalid int"),
    "complex of strings": (value(["complex", "1", "2"]), "sent an invalid complex"),
    "odd dict": (value(["dict", 1]), "sent an invalid dict"),
    "key without hash": (value(["dict", ["list"], 1]), "sent an invalid dict"),
    "set of lists": (value(["set", ["list"]]), "sent an invalid set"),
    "slice of strings": (value(["slice", "a", None, None]), "sent an invalid slice"),
    "range without step": (value(["range", 0, 1, 0]), "sent an invalid range"),
    "argument that is none": (value(["shared", 7]), "sent an invalid shared"),
    "last argument": (value(["shared", -1]), "sent an invalid shared"),
    "an object of ours that is none": (value(["import", 3]), "sent an invalid import"),
    "a name that is none": (value(["export", 1, "<script>"]), "sent an invalid export"),
    "a generator that reads any memory": (
        value(["generator", "MT19937", 0, 0, 0, 0]),
        "sent an invalid generator",
    ),
    "a generator's state below 0": (value(["generator", "PCG64", -1, 1, 0, 0]), "an invalid gener"),
    "argument of another type": (value(0, [[0, ["list"]]]), "another type for an argument"),
    "argument of another shape": (
        value(0, [[0, ["array", "<f8", [1, 2], bytes(16), True]]]),
        "another shape or dtype for an argument",
    ),
    "a read-only argument": (value(0, [[1, ARRAY]]), "a change of an argument that is read-only"),
    "another stream": (
        value(0, [[2, Writer(repr).write(np.random.default_rng(1))]]),
        "another stream for a random generator",
    ),
    "change of nothing": (value(0, [[9, ARRAY]]), "sent an invalid shared"),
    "change that is none": (value(0, [3]), "sent an invalid answer"),
    "warning that is none": (value(0, [], [["UserWarning", 3, 4]]), "an invalid answer"),
    "error without text": (frame(["answer", "error", ["KeyError"], [], []]), "an invalid answer"),
    "question that is none": (
        frame(["ask", "call", [3], [4], []]),
        "an invalid question",
    ),
}
ARGUMENTS = {"array": np.zeros(2), "fixed": np.zeros(2), "rng": np.random.default_rng(0)}
ARGUMENTS["fixed"].flags.writeable = False


@pytest.mark.parametrize(("answer", "reason"), GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_one_clear_sentence(tmp_path: Path, answer: bytes, reason: str) -> None:
    with peer(FUNCTION, answer) as line, pytest.raises(LostStudentError) as caught:
        run_check("f(array, fixed, rng)", line, ARGUMENTS, timeout=5)
    assert str(caught.value).startswith("The kernel of your notebook sent ")
    assert reason in str(caught.value)
    assert not ARGUMENTS["array"].any()


def test_honest_bytes_would_pass(tmp_path: Path) -> None:
    """The messages above fail because of their errors: similar messages without errors pass."""
    rng = Writer(repr).write(ARGUMENTS["rng"])
    with peer(FUNCTION, value(ARRAY, [[0, ARRAY], [2, rng]])) as line:
        check = "### ARGUMENTS CHANGE\nassert f(array, fixed, rng).tolist() == [0, 0]"
        run_check(check, line, ARGUMENTS, timeout=5)


def slowly(connection: socket.socket) -> None:
    """Send a right answer, slowly and byte by byte."""
    for byte in value(["str"] * 50):
        time.sleep(0.05)
        connection.sendall(bytes([byte]))


@pytest.mark.parametrize(
    "answer", [lambda _: None, slowly, frame([1])[:-1]], ids=["silence", "slowly", "half"]
)
def test_silence_and_slowness_end_in_time(tmp_path: Path, answer: Any) -> None:
    start = time.monotonic()
    with peer(FUNCTION, answer) as line:
        with pytest.raises(LostStudentError, match=r"did not answer within 0\.5 s\.$"):
            run_check("f()", line, {}, timeout=0.5)
        assert time.monotonic() - start < 10


def test_time_is_counted_over_all_answers(student: Student) -> None:
    student.writes("""
        import time
        def f():
            time.sleep(0.2)
        """)
    with pytest.raises(LostStudentError, match="within 1 s"):
        student.check(
            """
            for n in range(20):
                f()
            """,
            timeout=1,
        )


def test_a_lost_student_stays_lost(tmp_path: Path) -> None:
    check = "try:\n    f()\nexcept Exception:\n    assert f() == 1"
    with (
        peer(FUNCTION, frame(3), value(1)) as line,
        pytest.raises(LostStudentError, match="an invalid message"),
    ):
        run_check(check, line, {}, timeout=5)


def test_an_interrupt_shows_no_line_of_the_check(tmp_path: Path) -> None:
    with peer() as line, pytest.raises(KeyboardInterrupt) as caught:
        run_check("hidden = 1\nraise KeyboardInterrupt", line, {})
    shown = caught.value._render_traceback_()  # type: ignore[attr-defined]
    assert shown == ["KeyboardInterrupt: "]


def hang_up(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def test_hanging_up_is_heard(tmp_path: Path) -> None:
    with (
        peer(FUNCTION, hang_up) as line,
        pytest.raises(LostStudentError, match=r"^The kernel of your notebook hung up\.$"),
    ):
        run_check("f()", line, {}, timeout=5)


@pytest.mark.parametrize("operation", ["name", "attribute", "item", "set name", "call"])
def test_student_may_only_call_what_it_was_given(tmp_path: Path, operation: str) -> None:
    """The peer asks the examiner for something, and records the reply."""
    replies: list[Any] = []

    def ask(connection: socket.socket) -> None:
        target: list[Any] = ["import", 0] if operation != "call" else ["export", 0, "function"]
        connection.sendall(frame(["ask", operation, [target, "__globals__"], [], ["warn"] * 4]))
        replies.append(msgpack.unpackb(connection.recv(1 << 20)[LENGTH:]))
        connection.sendall(value(0))

    answers = (FUNCTION, ask) if operation != "call" else (FUNCTION, ask, value(1))
    with peer(*answers) as line:
        run_check("f(len)", line, {}, timeout=5)
    if operation != "call":
        kind, (name, *_), *_ = replies[0][1:]
        assert (kind, name) == ("error", "TypeError")


def test_too_large_or_too_deep_is_an_error_and_not_the_end(student: Student) -> None:
    student.writes(
        """
        import numpy as np
        def large():
            return np.zeros(9_000_000)
        def deep():
            x = []
            for _ in range(60):
                x = [x]
            return x
        def fine():
            return 1
        class NoText(Exception):
            def __str__(self):
                return 1 / 0
        def mute():
            raise NoText(1, 2)
        """
    )
    student.check(
        """
        import numpy as np
        np.testing.assert_raises_regex(ValueError, 'more than 64 MiB', large)
        np.testing.assert_raises_regex(ValueError, 'deeper than 40', deep)
        np.testing.assert_raises_regex(Exception, '^NoText: $', mute)
        np.testing.assert_raises_regex(ValueError, 'more than 64 MiB', fine, np.zeros(9_000_000))
        assert fine() == 1
        """
    )


def test_reader_makes_plain_data_or_refuses_whatever_bytes_come() -> None:
    """Ten thousand messages with changed bytes raise no other error, and give no other type."""
    rng = np.random.default_rng(0)
    plain = (type(None), bool, int, float, str, bytes, complex, list, tuple, set, frozenset, dict)
    allowed = (*plain, slice, range, np.ndarray, np.generic, Exception)
    message = pack(Writer(repr).write(VALUES[10:]))
    read = refused = 0
    for _ in range(10_000):
        data = bytearray(message)
        for position in rng.integers(0, len(data), size=2):
            data[position] = rng.integers(256)
        try:
            value = Reader(no_reference).read(unpack(bytes(data)))
            assert isinstance(value, allowed)
            read += 1
        except BadMessageError:
            refused += 1
    assert read > 1000 and refused > 1000


def no_reference(tag: str, parts: list[Any]) -> object:
    raise BadMessageError(tag)
