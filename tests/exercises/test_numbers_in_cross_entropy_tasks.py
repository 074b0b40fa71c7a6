"""Numbers in the texts of exercise 2 that no check compares, computed with its solutions."""

import math
from collections.abc import Iterator

import numpy as np
from exercises.grading import exercises_named

EXERCISES = exercises_named("cross_entropy_vs_squared_error")


def claims() -> Iterator[tuple[str, str]]:
    """Yield the id of a cell and a sentence or a part of one that it must have."""
    there = EXERCISES.solved()
    squared, cross, _ = there["loss_gradients"](np.array([6.0]), np.zeros(1))
    assert round(float(cross[0] / squared[0]), -2) == 200
    yield "loss-gradients-task", "cross-entropy now pulls 200 times as hard as squared error."
    for logit, words in ((2.0, "and the gradients"), (6.0, "and the gradients are")):
        slopes = there["loss_gradients"](np.array([logit]), np.zeros(1))
        first, second, third = (f"{slope[0]:.4f}" for slope in slopes)
        yield "loss-gradients-task", f"{words} {first}, {second} and {third}"

    w, x = np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0])
    exponential = math.exp(-(w[:2] @ x + w[2]))
    p = 1 / (1 + exponential)
    slopes = (
        f"{-(p**2):.4f} in c, {-(p**2):.4f} in q, {-p * (1 - p):.4f} in a and {p * (1 - p):.4f}"
    )
    yield "faulty-operations-task", f"the right slopes are {slopes} in s.".replace("-", "−")
    yield "faulty-operations-task", f"after that is {1 / exponential:.1f} times too large."

    hidden = there["sigmoid"](np.zeros(2))
    logits = hidden @ np.array([[1.0, 3.0], [5.0, 3.0]])
    assert hidden.tolist() == [0.5, 0.5] and logits.tolist() == [3, 3]
    yield "backward-two-layers-task", "Both hidden values are 0.5 and both logits are 3"

    features, labels = np.array([0.0, 1.0, 3.0, 4.0]), np.array([0, 0, 1, 1])
    before = np.abs(labels - there["sigmoid"](3 - 2 * features))
    assert np.all(before > 0.5)  # it is wrong about all four
    yield "compare-losses-task", f"The mean distance is {before.mean():.3f} before training."

    answer = "a-tenth-of-the-labels-is-wrong"
    yield answer, f"charges −log 0.01 = {-math.log(0.01):.2f} nats for it"
    yield answer, f"and squared error {0.99**2:.2f}, but"
    yield answer, f"0.99 against 2 · 0.99 · 0.99 · 0.01 = {2 * 0.99**2 * 0.01:.2f}."


def test_numbers_are_what_the_solutions_give() -> None:
    EXERCISES.assert_claimed(claims())
