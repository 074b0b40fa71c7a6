"""The form in which known mistakes and other right answers are written down.

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

Each answer is complete in itself: it uses `np`, what it imports inside, and the functions that
the notebook defines before it. So its source can stand in the notebook in the solution's place.

Mistakes are told apart by what they return. Where that is not numbers, strings or arrays, a view
says what to look at:

    @bank.view("build_classifier")
    def loss_of_the_model(model):
        '''The name of the loss.'''
        return model.loss.name

They are tried on the calls that the checks make. Where the arguments are no data either, a trial
makes the calls:

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
        function: the answer itself; callable when it needs none of the notebook's functions.
        is_right: whether it deserves full marks.
    """

    exercise: str
    function: Function
    is_right: bool

    @property
    def name(self) -> str:
        """The name under which the answer stands in the bank."""
        return self.function.__name__

    @property
    def sentence(self) -> str:
        """What to tell the student who gave this answer."""
        return " ".join((self.function.__doc__ or "").split())

    @property
    def source(self) -> str:
        """The answer's source under the exercise's name, ready to take the solution's place."""
        return _source(self.function, self.exercise)


class Bank:
    """The known answers to the exercises of one notebook, in the order of the source."""

    def __init__(self) -> None:
        """Start with no answers."""
        self.answers: list[Answer] = []
        self.views: dict[str, str] = {}
        self.trials: dict[str, str] = {}

    def mistake(self, exercise: str) -> Callable[[Function], Function]:
        """Keep the decorated function as a mistake; its docstring names it to the student."""
        return self._keep(exercise, is_right=False)

    def right(self, exercise: str) -> Callable[[Function], Function]:
        """Keep the decorated function as another right answer to `exercise`."""
        return self._keep(exercise, is_right=True)

    def view(self, exercise: str) -> Callable[[Function], Function]:
        """Look at what `exercise` returns through the decorated function, kept by its source."""

        def keep(function: Function) -> Function:
            self.views[exercise] = _source(function, "view")
            return function

        return keep

    def trial(self, exercise: str) -> Callable[[Function], Function]:
        """Try `exercise` by the decorated function, which gets it and returns what it did."""

        def keep(function: Function) -> Function:
            self.trials[exercise] = _source(function, "trial")
            return function

        return keep

    def _keep(self, exercise: str, is_right: bool) -> Callable[[Function], Function]:
        def keep(function: Function) -> Function:
            self.answers.append(Answer(exercise, function, is_right))
            return function

        return keep


def _source(function: Function, name: str) -> str:
    """The function's source under another name, without its decorators."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.name = name
    definition.decorator_list = []
    return ast.unparse(tree)
