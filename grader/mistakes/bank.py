"""Defines `Bank`, the collection of known answers to the exercises of one notebook.

A bank module has the name of its solution notebook and fills one `Bank`:

    bank = Bank()

    @bank.mistake("mean_squared_error")
    def sum_in_place_of_mean(y_true, y_pred):
        '''You add the squared errors up; divide the sum by their number.'''
        return np.sum((y_true - y_pred) ** 2)

    @bank.right("mean_squared_error")
    def mean_squared_error_with_a_loop(y_true, y_pred):
        '''A loop over the examples.'''
        ...

An answer uses `np`, what it imports in its body, and functions that the notebook defines before
it. Therefore its source can replace the solution in the notebook.

The engine distinguishes mistakes by their results. If these are not numbers, strings or arrays, a
view turns them into some:

    @bank.view("build_classifier")
    def loss_of_the_model(model):
        '''The name of the loss.'''
        return model.loss.name

The engine tries an answer on the calls that the checks make. If their arguments are not such data
either, a trial makes the calls:

    @bank.trial("shuffled")
    def one_shuffle(shuffled):
        '''Three numbers, shuffled.'''
        return shuffled([1, 2, 3], np.random.default_rng(1))
"""

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Function = Callable[..., Any]


@dataclass(frozen=True)
class Answer:
    """A known answer to one exercise.

    Attributes:
        exercise: the name of the function that the exercise asks for.
        function: the answer; you can call it if it needs none of the notebook's functions.
        is_right: whether the answer gets full marks.
    """

    exercise: str
    function: Function
    is_right: bool

    @property
    def name(self) -> str:
        """The name of the answer in the bank."""
        return self.function.__name__

    @property
    def sentence(self) -> str:
        """The feedback on this answer."""
        return " ".join((self.function.__doc__ or "").split())

    @property
    def source(self) -> str:
        """The answer's source, with the exercise's name, so that it can replace the solution."""
        return _source(self.function, self.exercise)


class Bank:
    """The known answers to the exercises of one notebook, in the order of the source."""

    def __init__(self) -> None:
        """Start with no answers."""
        self.answers: list[Answer] = []
        self.views: dict[str, str] = {}
        self.trials: dict[str, str] = {}

    def mistake(self, exercise: str) -> Callable[[Function], Function]:
        """Add the decorated function as a mistake; its docstring is the feedback on it."""
        return self._add_answer(exercise, is_right=False)

    def right(self, exercise: str) -> Callable[[Function], Function]:
        """Add the decorated function as another right answer to `exercise`."""
        return self._add_answer(exercise, is_right=True)

    def view(self, exercise: str) -> Callable[[Function], Function]:
        """Compare results of `exercise` by what the decorated function returns for them."""
        return self._add_source(self.views, exercise, "view")

    def trial(self, exercise: str) -> Callable[[Function], Function]:
        """Try `exercise` with the decorated function, which calls it and returns the results."""
        return self._add_source(self.trials, exercise, "trial")

    def _add_answer(self, exercise: str, is_right: bool) -> Callable[[Function], Function]:
        def add(function: Function) -> Function:
            self.answers.append(Answer(exercise, function, is_right))
            return function

        return add

    def _add_source(
        self, sources: dict[str, str], exercise: str, name: str
    ) -> Callable[[Function], Function]:
        def add(function: Function) -> Function:
            sources[exercise] = _source(function, name)
            return function

        return add


def _source(function: Function, name: str) -> str:
    """Return the function's source with another name and without its decorators."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.name = name
    definition.decorator_list = []
    return ast.unparse(tree)
