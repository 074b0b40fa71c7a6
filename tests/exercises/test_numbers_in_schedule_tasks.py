"""Numbers in the texts of exercise 5 that no check compares, computed with its solutions."""

from collections.abc import Iterator

import numpy as np
from exercises.grading import exercises_named
from scipy import stats

EXERCISES = exercises_named("learning_rate_schedules")


def first_cut() -> int:
    """Return the epochs before the first reduction, with the losses of the cell to play with."""
    rng = np.random.default_rng(3)
    losses = 0.4 + np.exp(-np.arange(40) / 6) + rng.normal(scale=0.02, size=40)
    rates = EXERCISES.solved()["reduce_on_plateau"](losses, 0.1, 0.5, 3, 0.0, 0, 0.001)
    return int(np.flatnonzero(np.diff(rates))[0]) + 1


def suggestion() -> float:
    """Return the rate that the range test of the linear model suggests with a keep of 0.8."""
    rng = np.random.default_rng(4)
    features = rng.normal(size=(400, 20))
    outcomes = features @ rng.normal(size=20) + rng.normal(scale=0.5, size=400)

    def batch_loss(w: np.ndarray, step: int) -> tuple[float, np.ndarray]:
        batch = np.arange(16 * step, 16 * step + 16) % 400
        error = features[batch] @ w - outcomes[batch]
        return float(np.mean(error**2)), 2 * features[batch].T @ error / 16

    there = EXERCISES.solved()
    rates, losses = there["run_range_test"](batch_loss, np.zeros(20), 1e-4, 1, 200)
    return float(there["suggest_learning_rate"](rates, losses, 0.8))


def claims() -> Iterator[tuple[str, str]]:
    """Yield the id of a cell and a sentence or a part of one that it must have."""
    answer = "which-schedule-for-whom"
    yield answer, f"suggested {suggestion():.3f}, a tenth of the rate"
    yield answer, f"cut my rate of 0.1 for the first time after {first_cut()} epochs,"

    # The mean of equally good schedules, over its scatter, has Student's distribution.
    three, five, twenty = (2 * stats.t.sf(2, n - 1) for n in (3, 5, 20))
    shares = f"{three:.0%} of the comparisons decided with 3 seeds, {five:.0%} with 5, and"
    yield "compare-schedules-task", f"it calls {shares} {twenty:.0%} with 20."


def test_the_texts_say_the_numbers_that_come_out() -> None:
    EXERCISES.assert_claimed(claims())
