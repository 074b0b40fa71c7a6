"""Numbers in the texts of exercise 4 that no check compares, computed with its solutions."""

import math
from collections.abc import Iterator

import numpy as np
from exercises.grading import exercises_named

EXERCISES = exercises_named("regularization")
STRENGTHS = np.geomspace(1e-4, 1e4, 161)


def heating(unit: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the measurements and costs of the houses that the text speaks of.

    Args:
        unit: that of the measurements; the costs do not depend on it.

    Returns:
        Shapes (1234, 30) and (1234,); the costs are in euros.
    """
    rng = np.random.default_rng(5)
    x = unit * rng.normal(size=(1234, 30))
    return x, x @ (10 / unit * rng.normal(size=30)) + 15 * rng.normal(size=1234)


def errors(unit: float, strength: float) -> np.ndarray:
    """Return the errors on the validation houses and on those of the next year, in euros."""
    x, cost = heating(unit)
    slopes = x[:34].T @ x[:34] / 34 + strength * np.eye(30)
    w = np.linalg.solve(slopes, x[:34].T @ cost[:34] / 34)
    squares = (x[34:] @ w - cost[34:]) ** 2
    return np.sqrt([np.mean(squares[:200]), np.mean(squares[200:])])


def without_remedies() -> np.ndarray:
    """Train plain networks on the data of the visible check.

    Returns:
        Means over three networks, shape (2,): the loss on new examples in nats, and the length of
        the longest column of the hidden kernel.
    """
    import keras

    rng = np.random.default_rng(69)
    centers, labels = rng.normal(size=(5, 20)), rng.integers(0, 5, size=1000)
    features = (centers[labels] + rng.normal(size=(1000, 20))).astype("float32")
    labels = np.where(rng.random(1000) < 0.2, rng.integers(0, 5, size=1000), labels)
    means = []
    for seed in (1, 2, 3):
        keras.utils.set_random_seed(seed)
        hidden, head = keras.layers.Dense(32, "relu"), keras.layers.Dense(5, "softmax")
        model = keras.Sequential([keras.layers.Input((20,)), hidden, head])
        model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
        for _ in range(120):
            model.train_on_batch(features[:300], labels[:300])
        p = keras.ops.convert_to_numpy(model(features[300:]))
        loss = -np.mean(np.log(p[np.arange(700), labels[300:]]))
        means.append([loss, np.linalg.norm(hidden.kernel, axis=0).max()])
    return np.mean(means, axis=0)


def loss_of_the_rule() -> float:
    """Return the loss of the true probabilities on the new examples of the visible check."""
    rng = np.random.default_rng(69)
    centers, labels = rng.normal(size=(5, 20)), rng.integers(0, 5, size=1000)
    features = centers[labels] + rng.normal(size=(1000, 20))
    labels = np.where(rng.random(1000) < 0.2, rng.integers(0, 5, size=1000), labels)
    distances = np.sum((features[:, np.newaxis] - centers) ** 2, axis=2)
    p = np.exp(-(distances - distances.min(axis=1, keepdims=True)) / 2)
    p = 0.8 * p / p.sum(axis=1, keepdims=True) + 0.2 / 5
    return float(-np.mean(np.log(p[np.arange(1000), labels][300:])))


def claims() -> Iterator[tuple[str, str]]:
    """Yield the id of a cell and a sentence or a part of one that it must have."""
    there = EXERCISES.solved()

    weak, strong = errors(1.0, 1e-4)[0], errors(1.0, 1e4)[0]
    least = min(errors(1.0, strength)[0] for strength in STRENGTHS)
    task, answer = "tune-strength-task", "defend-your-choice"
    yield task, f"€{weak:.1f} with a strength of 0.0001 and €{strong:.1f} with 10 000"
    yield task, f"the least possible error is €{least:.1f}, so"
    yield task, f"an error of up to €{1.15 * least:.1f} is accepted."

    first = [f"€{errors(1.0, strength)[0]:.1f}" for strength in (1e-3, 1.0, 1e3)]
    yield answer, f"they gave {first[0]}, {first[1]} and {first[2]}, so in a valley"
    chosen = [there["tune_strength"](lambda s, u=unit: errors(u, s)[0]) for unit in (1.0, 0.1)]
    np.testing.assert_allclose(chosen, [0.1, 0.001])
    validation, next_year = errors(1.0, 0.1)
    np.testing.assert_allclose(errors(0.1, 0.001), [validation, next_year])
    assert 0.08 < 1 - least / validation < 0.12
    yield answer, f"of which 0.1 won with €{validation:.1f}."
    best = STRENGTHS[np.argmin([errors(1.0, strength)[0] for strength in STRENGTHS])]
    assert 0.01 < best < 0.1
    yield answer, f"the least possible error is €{least:.1f}, so it could make the error at most a"
    yield answer, f"I would promise €{next_year:.1f}, the error"

    known = loss_of_the_rule()
    yield (
        "build-regularized-task",
        f"the rule behind the data would still have about {known:.1f} nats.",
    )
    yield "build-regularized-task", f"knowing nothing costs log 5 ≈ {math.log(5):.2f} nats"
    loss, longest = without_remedies()
    yield "build-regularized-task", f"without any remedy about {loss:.1f}, depending"
    yield "build-regularized-task", f"grows to about {longest:.1f} in 120 steps, and"

    answer = "choose-and-combine"
    rng = np.random.default_rng(1)
    for rate in (0.0, 0.2, 0.5, 0.9):
        sums = [there["dropout"](np.ones(100), rate, True, rng).sum() for _ in range(1000)]
        if rate == 0.5:
            yield answer, f"and of only {np.std(sums):.0f} at a rate of 0.5."
    yield answer, f"then had a standard deviation of about {np.std(sums):.0f}, and"

    noise = np.random.default_rng(4).normal(size=(1000, 2)) * np.array([10.0, 0.1])
    w, state = there["adamw_step"](np.ones(2), noise[0] + 0.5, {}, weight_decay=0.0)
    beside, other = there["adamw_step"](np.ones(2), noise[0], {}, weight_decay=0.5)
    for g in noise[1:]:
        w, state = there["adamw_step"](w, g + 0.5 * w, state, weight_decay=0.0)
        beside, other = there["adamw_step"](beside, g, other, weight_decay=0.5)
    assert f"{beside[0]:.2f}" == f"{beside[1]:.2f}"
    yield answer, f"left the weight with large gradients at {w[0]:.2f}, and"
    yield answer, f"the decay brought both weights to {beside[0]:.2f}."


def test_numbers_are_what_the_solutions_give() -> None:
    EXERCISES.assert_claimed(claims())


def test_keras_has_the_slopes_that_the_penalty_asks_for() -> None:
    import keras
    import tensorflow as tf

    w = tf.Variable([[3.0, -4.0, 0.0]])
    with tf.GradientTape() as tape:
        penalty = keras.regularizers.L1L2(0.1, 0.2)(w)
    kernel = w.numpy()
    add_penalty = EXERCISES.solved()["add_penalty"]
    loss, [gradient] = add_penalty(0.0, [np.zeros_like(kernel)], [kernel], 0.1, 0.2)
    np.testing.assert_allclose(loss, float(penalty), rtol=1e-6)
    np.testing.assert_allclose(gradient, tape.gradient(penalty, w), rtol=1e-6)
    assert gradient[0, 2] == 0
