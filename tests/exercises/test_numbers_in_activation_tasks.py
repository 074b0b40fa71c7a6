"""Numbers in the texts of exercise 6 that no check compares, computed with its solutions."""

from collections.abc import Iterator

import numpy as np
from exercises.grading import exercises_named

EXERCISES = exercises_named("activations")
FRACTIONS = {0.5: "half", 0.25: "a quarter"}


def claims() -> Iterator[tuple[str, str]]:
    """Yield the id of a cell and a sentence or a part of one that it must have."""
    there = EXERCISES.solved()
    rng = np.random.default_rng(0)

    sums = rng.normal(size=(1000, 100)) @ rng.normal(size=(100, 100))
    saturated = np.mean(np.abs(np.tanh(sums)) > 0.99)
    assert np.std(sums, axis=0).mean().round() == 10
    assert round(5 * saturated) == 4
    yield "repaired-network-task", "four of five units give less than −0.99 or more than 0.99"

    left = []
    for _ in range(20):
        values, spreads = rng.normal(size=(200, 100)), []
        for _ in range(8):
            sums = values @ rng.normal(0, np.sqrt(2 / 100), size=(100, 100))
            spreads.append(np.std(sums, axis=0).mean())
            values = np.maximum(sums, 0)
        left.append(spreads[-1] / spreads[0])
    assert 0.4 < np.median(left) < 0.6
    yield "repaired-network-task", "may still fall slowly, to about half in eight layers"

    values = np.maximum(rng.normal(size=(1000, 32)), 0)
    ratios = []
    for _ in range(20):
        after = np.maximum(values @ rng.normal(0, 0.02, size=(32, 32)), 0)
        ratios.append(np.sqrt(np.mean(values**2) / np.mean(after**2)))
    assert round(float(np.median(ratios))) in (11, 12, 13)
    yield "deep-network-task", "each layer leaves only about a twelfth of the signal."

    answer = "which-activation-where"
    steepest = there["value_and_slope"]("sigmoid", np.zeros(1))[1][0]
    yield answer, f"A sigmoid passes on at most {FRACTIONS[float(steepest)]} of a gradient"
    assert 0.5e-6 < steepest**10 < 2e-6
    he = there["start_std"](lambda z: np.maximum(z, 0), 100)
    np.testing.assert_allclose(he**2, 2 / 100, rtol=1e-6)
    yield answer, f"`start_std` gives {he:.4f} for 100 inputs"
    times = there["start_std"](np.tanh, 100) / np.sqrt(1 / 100)  # Glorot's, for 100 units
    yield "start-std-task", f"your function will give {times:.2f} times Glorot's weights"

    falls = []
    for _ in range(5):
        weights = [rng.normal(size=(50, 50)) / np.sqrt(50) for _ in range(10)]
        sizes = there["gradient_sizes"](weights, rng.normal(size=(100, 50)), "sigmoid")
        falls.append(sizes[-1] / sizes[0])
    assert 2e5 < min(falls) < max(falls) < 2e6, falls
    rng = np.random.default_rng(0)  # the plot of the answer, as the notebook draws it
    x = rng.normal(size=(100, 50))
    weights = [rng.normal(size=(50, 50)) / np.sqrt(50) for _ in range(10)]
    sizes = there["gradient_sizes"](weights, x, "sigmoid")
    fall = sizes[-1] / sizes[0]
    yield answer, f"to the first by a factor of {fall / 1e6:.1f} million."
    step = fall ** (1 / 9)
    yield answer, f"a factor of about {step:.1f} for each of the nine steps between them"
    assert f"{step**-29:.0e}" == "3e-20"
    yield answer, "so the 29 steps of this network would leave about 3·10⁻²⁰."


def test_numbers_are_what_the_solutions_give() -> None:
    EXERCISES.assert_claimed(claims())
