"""Numbers in the texts of exercise 2 that no check compares, computed with its solutions."""

import math
from collections.abc import Iterator

import numpy as np
from exercises.grading import exercises_named

EXERCISES = exercises_named("cross_entropy_vs_squared_error")


def squared_error_after_20_steps(x: np.ndarray, y: np.ndarray, rate: float) -> float:
    """Return the mean distance in the example of `compare_losses` at another learning rate.

    Args:
        x: the only feature, shape (n,).
        y: the labels, shape (n,).
        rate: the learning rate.
    """
    w, b = -2.0, 3.0
    for _ in range(20):
        p = 1 / (1 + np.exp(-(w * x + b)))
        slope = 2 * (p - y) * p * (1 - p)
        w, b = w - rate * np.mean(slope * x), b - rate * np.mean(slope)
    return float(np.mean(np.abs(y - 1 / (1 + np.exp(-(w * x + b))))))


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

    ends = {rate: squared_error_after_20_steps(features, labels, rate) for rate in (1, 3, 10, 30)}
    assert round(ends[1], 3) == 0.750  # the worked number
    tuned = f"it ends at {ends[3]:.2f}, {ends[10]:.2f} and {ends[30]:.2f}."
    yield "compare-losses-task", f"with rates of 3, 10 and 30, {tuned}"

    answer = "a-tenth-of-the-labels-is-wrong"
    points = 100 * math.sqrt(0.1 * 0.9 / 200)
    yield answer, f"an error of 10 percent has a standard error of about {points:.0f} points, so"
    low, high = 10 - 2 * points, 10 + 2 * points
    yield answer, f"so the true value may well be {low:.0f} or {high:.0f} percent"
    yield answer, f"charges −log 0.01 = {-math.log(0.01):.2f} nats for it"
    yield answer, f"and squared error {0.99**2:.2f}, but"
    yield answer, f"0.99 against 2 · 0.99 · 0.99 · 0.01 = {2 * 0.99**2 * 0.01:.2f}."


def test_numbers_are_what_the_solutions_give() -> None:
    EXERCISES.assert_claimed(claims())
