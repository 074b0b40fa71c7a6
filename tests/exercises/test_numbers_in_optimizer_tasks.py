"""Numbers in the texts of exercise 3 that no check compares, computed with its solutions."""

from collections.abc import Iterator

import numpy as np
from exercises.grading import Namespace, exercises_named

EXERCISES = exercises_named("optimizers")
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


def noisy_paths() -> np.ndarray:
    """Return the 50 paths of the visible check of `average_weights`, shape (50, 401, 2)."""
    rng = np.random.default_rng(50)
    w = np.tile([100.0, -100.0], (50, 1))
    path = [w]
    for _ in range(400):
        w = w - 0.1 * (np.array([1.0, 2.0]) * w + 3 * rng.normal(size=(50, 2)))
        path.append(w)
    return np.stack(path, axis=1)


def distance(weights: np.ndarray) -> float:
    """Return the root of the mean squared distance from the minimum of weights, shape (n, 2)."""
    return float(np.sqrt(np.mean(np.sum(weights**2, axis=1))))


def best_loss(there: Namespace, step: str, hessian: np.ndarray, start: list[float]) -> float:
    """Return the lowest loss after 100 steps with one of the seven learning rates."""
    losses = []
    for rate in RATES:
        with np.errstate(all="ignore"):
            path = there["minimize"](
                there[step], lambda w: hessian @ w, np.array(start), 100, learning_rate=rate
            )
            losses.append(0.5 * path[-1] @ hessian @ path[-1])
    return float(np.nanmin(losses))


def share_of_winners(there: Namespace, seeds: int) -> float:
    """Return how often one of two equally good optimizers wins, in 10000 contests."""
    rng = np.random.default_rng(0)
    contests = rng.normal(size=(10000, 2, 1, seeds))
    return float(np.mean([there["fair_winner"]({"A": a, "B": b}) != "nobody" for a, b in contests]))


def competition(there: Namespace) -> dict[str, float]:
    """Return the lowest mean loss of each optimizer in the noisy ravine of `fair_winner`."""
    rng, curvature = np.random.default_rng(6), np.array([1.0, 30.0])
    means = {}
    for step in ("sgd_step", "momentum_step", "adam_step"):
        ends = [
            there["minimize"](
                there[step],
                lambda w: curvature * w + rng.normal(size=2),
                np.array([4.0, 1.0]),
                60,
                learning_rate=rate,
            )[-1]
            for rate in (0.001, 0.003, 0.01, 0.03, 0.3)
            for _ in range(5)
        ]
        losses = 0.5 * np.sum(curvature * np.array(ends) ** 2, axis=1)
        means[step] = float(losses.reshape(5, 5).mean(axis=1).min())
    return means


def claims() -> Iterator[tuple[str, str]]:
    """Yield the id of a cell and a sentence or a part of one that it must have."""
    there = EXERCISES.solved()
    paths = noisy_paths()
    last = distance(paths[:, -1])
    average = distance(np.array([there["average_weights"](path) for path in paths]))
    assert average <= 0.3
    yield (
        "average-weights-task",
        f"the last weights are {last:.2f} from the minimum on average, "
        f"so yours have to come within {last / 2:.2f}; a good average comes within 0.30.",
    )

    curvature = np.array([1.0, 100.0])
    end = there["minimize"](
        there["sgd_step"], lambda w: curvature * w, curvature**-0.5, 100, learning_rate=0.01
    )[-1]
    loss = 0.5 * np.sum(curvature * end**2)
    yield "choose-settings-task", f"no momentum end at a loss of {loss:.4f}, which"

    for beta_1, beta_2 in ((0.9, 0.999), (0.5, 0.75)):
        ratios = [there["uncorrected_ratio"](t, beta_1, beta_2) for t in (1, 2, 10, 100, 10000)]
        row = " | ".join(f"{ratio:.4f}" for ratio in ratios)
        name = rf"$\beta_1 = {beta_1}$, $\beta_2 = {beta_2}$"
        yield "uncorrected-ratio-task", f"| {name} | {row} |"

    settings = {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.75, "epsilon": 1.0}
    ends = {}
    for variant in ("amsgrad", "nadam", "adam"):
        w, state, ends[variant] = np.ones(1), {}, []
        for gradient in (2.0, 0.0):
            if variant == "adam":
                w, state = there["adam_step"](w, gradient, state, **settings)
            else:
                w, state = there["variant_step"](w, gradient, state, variant, **settings)
            ends[variant].append(w[0])
    yield (
        "variant-step-task",
        f"it goes to {ends['amsgrad'][1]:.5f} and not to {ends['adam'][1]:.5f}.",
    )
    yield "variant-step-task", f"the first step is longer, to {ends['nadam'][0]:.5f}."

    between = np.array([[50.5, -49.5], [-49.5, 50.5]])
    np.testing.assert_allclose(np.linalg.eigvalsh(between), curvature)
    sgd, adam = (best_loss(there, name, between, [0.6, -0.8]) for name in ("sgd_step", "adam_step"))
    yield (
        "landscape-for-task",
        f"from the start (0.6, −0.8) SGD ends at {sgd:.4f} and Adam at {adam:.4f}, so",
    )

    three, ten = (100 * share_of_winners(there, seeds) for seeds in (3, 10))
    yield "fair-winner-task", f"in about {three:.0f} of 100 contests with three seeds, and in about"
    yield "fair-winner-task", f"in about {ten:.0f} of 100 with ten."
    runs = np.array([0.1, 0.2, 0.6])
    wider = np.std(runs) / (np.std(runs, ddof=1) / np.sqrt(3))
    yield "fair-winner-task", f"it asks for a lead about {wider:.1f} times as large."

    v = [1.0 - 0.9**10]
    for gradient in [100.0] + [1.0] * 50:
        v.append(0.9 * v[-1] + 0.1 * gradient**2)
    fallen = f"# v has fallen from {round(max(v), -2):.0f} to {v[-1]:.0f}, v_max has not"
    assert fallen in EXERCISES.solutions["predict_variant"]

    answer = "which-optimizer-would-you-try-first"
    means = competition(there)
    assert min(means, key=means.__getitem__) == "adam_step"
    adam, sgd = means["adam_step"], means["sgd_step"]
    yield answer, f"Adam had a mean loss of {adam:.3f} and SGD {sgd:.3f}, each at the best of five"

    path = there["minimize"](
        there["sgd_step"], lambda w: curvature * w, np.array([10.0, 1.0]), 100, learning_rate=0.0205
    )
    assert np.abs(path[-1]).max() > 100
    yield answer, "diverged at a learning rate of 0.0205."

    bowl = there["landscape_for"]("SGD")
    assert best_loss(there, "sgd_step", bowl, [0.8, 0.6]) == 0
    assert best_loss(there, "adam_step", bowl, [0.8, 0.6]) > 0
    yield answer, "in my round bowl SGD arrived exactly, and Adam was still moving after 100 steps."


def test_numbers_are_what_the_solutions_give() -> None:
    EXERCISES.assert_claimed(claims())
