"""The numbers in the prose of chapter 3 and those of its demos, against independent sources.

The tests of the demos of single optimizers are in test_03_optimizers_pieces.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import keras
import numpy as np
import pytest
from claims import assert_claimed
from demos.losses import walk
from demos.nets import images, optimizers
from demos.nets.network import DIGIT_NETWORK
from demos.nets.training import EPOCH
from demos.optimizers import (
    batch,
    bias_correction,
    curvatures,
    landscape,
    leaky_average,
    lookahead,
    momentum,
    quiz,
    race,
    rare_gradients,
    rotation,
    saddle,
    step_size,
    tuning,
    units,
    wild_gradient,
)
from figures import FigureRules, difference
from references import keras_optimizer
from sklearn import linear_model

RAVINE, SADDLE = landscape.RAVINE, landscape.SADDLE
WITH_START = np.stack([walk.TIME, np.ones(8)], axis=1)
HESSIAN = 2 * WITH_START.T @ WITH_START / 8
NAMES = [optimizer.name for optimizer in optimizers.OPTIMIZERS]


def mean_loss_after(steps: int, learning_rate: float) -> float:
    w = np.array([0.5, 3.0])
    for _ in range(steps):
        w = w - learning_rate * 2 * WITH_START.T @ (WITH_START @ w - walk.POSITION) / 8
    return float(np.mean((WITH_START @ w - walk.POSITION) ** 2))


def steps_for_a_thousandth(kept: float) -> int:
    return round(math.log(0.001) / math.log(kept))


def floor(learning_rate: float, beta: float) -> float:
    """The mean loss of Momentum long after its start, in a bowl of curvature 1 with unit noise."""
    random, w, m, losses = np.random.default_rng(0), np.zeros(4000), np.zeros(4000), []
    for _ in range(1200):
        m = beta * m - learning_rate * (w + random.standard_normal(4000))
        w = w + m
        losses.append(np.mean(w**2) / 2)
    return float(np.mean(losses[600:]))


def lowest_loss(name: str, place: str) -> float:
    """The mean loss of the runs at the end of the race at the best learning rate."""
    ends = race.scaled_run(optimizers.named(name), place, 1.0)[-1]
    return float(np.mean(landscape.LANDSCAPES[place].loss(ends)))


def late_loss_in_noise(name: str, spread: float) -> float:
    """The late loss in the ravine with a noisy gradient, at the rate that is best in 200 runs."""
    noise = spread * np.random.default_rng(0).standard_normal((race.STEPS, 200, 2))
    start = np.broadcast_to(RAVINE.start, (len(race.RATES), 200, 2))
    with np.errstate(over="ignore", invalid="ignore"):
        points = optimizers.descend(
            optimizers.named(name),
            lambda w, t: RAVINE.gradient(w) + noise[t - 1],
            start,
            race.RATES[:, None, None],
            race.STEPS,
        )
        return float(np.nanmin(np.mean(RAVINE.loss(points[-20:]), axis=(0, -1))))


def averaging_gain(points: int) -> float:
    """The excess loss of the last points divided by that of their average, over 20 trainings."""
    lines = np.array([batch.descend(1, 0.1, seed)[-points:] for seed in range(20)])
    least = batch.loss(batch.minimum())
    return float(
        (batch.loss(lines).mean() - least) / (batch.loss(lines.mean(axis=1)).mean() - least)
    )


def mean_excess_loss(size: int) -> float:
    """The mean loss above the minimum in the last epoch at a rate of 0.1, over 20 trainings."""
    lines = [batch.descend(size, 0.1, seed)[-(256 // size) :] for seed in range(20)]
    return float(batch.loss(np.array(lines)).mean() - batch.loss(batch.minimum()))


def excess_loss_with_repetition(size: int) -> float:
    """The loss above the minimum at a rate of 0.1, if each batch is drawn from all readings."""
    random, w, losses = np.random.default_rng(0), np.tile(batch.minimum(), (200, 1)), []
    for _ in range(400):
        picked = random.integers(256, size=(200, size))
        error = np.sum(batch.X[picked] * w[:, None], axis=-1) - batch.Y[picked]
        w = w - 0.1 * np.mean(error[..., None] * batch.X[picked], axis=1)
        losses.append(batch.loss(w).mean())
    return float(np.mean(losses[200:]) - batch.loss(batch.minimum()))


def gradient_variance(lines: np.ndarray) -> float:
    """The variance of the gradient of a single reading, the mean over lines of shape (..., 2)."""
    each = [batch.gradients(w) for w in np.reshape(lines, (-1, 2))]
    return float(np.mean(np.sum(np.var(each, axis=1), axis=-1)))


def late_loss_of_adam(beta_1: float, angle: float, rates: np.ndarray = race.RATES) -> float:
    """The late loss of Adam on the rotated ravine at the best of the learning rates."""
    turned = rotation.rotation_matrix(angle)
    hessian = turned @ np.diag([0.2, 20.0]) @ turned.T
    w, m, v, losses = np.tile(turned @ RAVINE.start, (len(rates), 1)), 0.0, 0.0, []
    for t in range(1, race.STEPS + 1):
        g = w @ hessian
        m, v = beta_1 * m + (1 - beta_1) * g, 0.999 * v + 0.001 * g**2
        w = w - rates[:, None] * m / (1 - beta_1**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)
        losses.append(np.sum(w @ hessian * w, axis=1) / 2)
    return float(np.min(np.mean(losses[-20:], axis=0)))


def noisy_stay(seed: int) -> int:
    """The step at which plain descent leaves the saddle with the noise of another seed."""
    random, points = np.random.default_rng(seed), [np.array([SADDLE.start[0], 0.0])]
    for _ in range(saddle.STEPS):
        gradient = SADDLE.gradient(points[-1]) + saddle.NOISE * random.standard_normal(2)
        points.append(points[-1] - saddle.LEARNING_RATE * gradient)
    return saddle.escape_step(np.array(points)) or saddle.STEPS


def late_after_wild(name: str, seed: int) -> float:
    """The mean loss of the last 50 steps after a wild gradient, with the noise of another seed."""
    steps, rate = wild_gradient.STEPS, wild_gradient.RATES[name]
    g = wild_gradient.NOISE * np.random.default_rng(seed).standard_normal((steps, 2))

    def gradient(w: np.ndarray, t: int) -> np.ndarray:
        wild = t == wild_gradient.WILD_STEP
        return wild_gradient.WILD if wild else wild_gradient.CURVATURE * w + g[t - 1]

    path = optimizers.descend(optimizers.named(name), gradient, wild_gradient.START, rate, steps)
    return float(np.mean(path[-50:] ** 2 @ wild_gradient.CURVATURE / 2))


def steps_to_recover(name: str, times: float) -> float:
    """The median steps to a loss below 0.01 after a gradient `times` as long as those before."""
    numbers = []
    for seed in range(12):
        random, w, rule = np.random.default_rng(seed), wild_gradient.START, optimizers.named(name)
        state, losses, lengths = rule.state, [], []
        for t in range(1, 400):
            g = wild_gradient.CURVATURE * w + 0.1 * random.standard_normal(2)
            lengths.append(np.linalg.norm(g))
            if t == 60:
                g = np.array([0.6, -0.8]) * times * np.median(lengths[29:59])
            update, state = rule.rule(g, state, t)
            w = w + wild_gradient.RATES[name] * update
            losses.append(wild_gradient.CURVATURE @ w**2 / 2)
        numbers.append(int(np.argmax(np.array(losses[60:]) < 0.01)))
    return float(np.median(numbers))


def stalled(name: str) -> float:
    """The logit of a confidently wrong neuron (label 0) under the squared error, 50 steps later."""

    def slopes(w: np.ndarray, t: int) -> np.ndarray:
        p = 1 / (1 + np.exp(-w.sum()))
        return np.full(2, 2 * p * p * (1 - p))

    start = np.array([6.1, 6.1])
    assert slopes(start, 1) == pytest.approx(np.full(2, 1e-5), rel=0.02)
    return float(optimizers.descend(optimizers.named(name), slopes, start, 0.15, 50)[-1].sum())


def familiar() -> Iterator[str]:
    ends = tuning.table("SGD")[-1]
    yield f"ends with a loss of {ends[tuning.default('SGD')]:.2f} on pictures that the network has"
    yield f"pure guessing would give {math.log(10):.2f}."
    yield f"The second one ends with {ends.min():.2f}."
    assert len(tuning.RATES) == 13
    best = linear_model.LinearRegression().fit(walk.TIME[:, None], walk.POSITION)
    yield f"The best line has {best.coef_[0]:.2f} m/s and a position of {best.intercept_:.2f} m."
    w = np.array([0.5, 3.0])
    for _ in range(50):
        w = w - 0.035 * 2 * WITH_START.T @ (WITH_START @ w - walk.POSITION) / 8
    yield f"after 50 it is still {w[1]:.2f} m, and it needs hundreds"
    assert mean_loss_after(2000, 0.0380) < mean_loss_after(1, 0.0380)
    assert mean_loss_after(2000, 0.0381) > mean_loss_after(1000, 0.0381)
    yield "above 0.038, the loss grows without bound"
    assert 2.7 < 3.0 - best.intercept_ < 3.0
    yield "from a start whose position is almost 3 m off"
    assert walk.TIME[7] == 8 * walk.TIME[0]
    yield "at the eighth reading the error is eight times as large as at the first"


def batches() -> Iterator[str]:
    ratio = [batch.spread(1) / batch.spread(4), batch.spread(4) / batch.spread(16)]
    assert ratio == pytest.approx([2, 2])
    yield "From 1 to 4 examples the spread halves, and from 4 to 16 it halves again"
    assert batch.spread(1, replaced=False) == pytest.approx(batch.spread(1))
    assert batch.spread(256, replaced=False) == 0
    yield "which is 1 for a single example and 0 for a batch of all $n$"
    single = batch.excess_loss(1, 0.1)
    assert batch.loss(batch.descend(1, 0.1)[128:256]).mean() - batch.loss(batch.minimum()) < 0.2
    yield f"its loss stays {single:.3f} above the minimum."
    yield f"16 it arrives as well, and its loss stays {batch.excess_loss(16, 0.1):.4f} above the"
    one, sixteen = mean_excess_loss(1), mean_excess_loss(16)
    yield f"these two numbers are {one:.3f} and {sixteen:.4f} on average."
    again = [excess_loss_with_repetition(size) for size in (1, 16)]
    assert one > 30 * sixteen
    assert again[0] < 20 * again[1]
    yield "16 times as large lowers this height by a factor of more than 30, and not of 16."
    s2, c = gradient_variance(batch.minimum()), np.linalg.eigvalsh(batch.X.T @ batch.X / 256)
    assert c == pytest.approx([1, 1], abs=0.05)
    yield f"variance of both directions together, {s2:.2f} at the minimum, in the place of $s^2$."
    yield f"The formula then predicts a floor of {0.1 * s2 / (2 * (2 - 0.1)):.3f} for single"
    yield f"and the 20 runs hovered at {one:.3f}."
    assert gradient_variance(batch.descend(1, 0.1)[-256:]) > 1.05 * s2
    yield f"(For batches of 16 the formula predicts {0.1 * s2 / (2 * 16 * (2 - 0.1)):.4f}, which is"
    assert 0.1 * s2 / (2 * 16 * (2 - 0.1)) == pytest.approx(2 * sixteen, rel=0.05)
    assert again[1] == pytest.approx(2 * sixteen, rel=0.15)
    assert len(batch.descend(256, 0.1)) - 1 == 4
    yield "With batches of all examples it has taken four steps"
    few, many = batch.excess_loss(1, 0.3), batch.excess_loss(64, 0.3)
    yield f"arrive and then hover: with single samples, at {few:.2f}."
    yield f"With batches of 64 at 0.3 the descent hovers at {many:.4f}, as low as with batches of"
    assert many == pytest.approx(batch.excess_loss(16, 0.1), abs=5e-5)
    rates = sorted(batch.LEARNING_RATES)
    for size in (1, 4):
        assert max(rates, key=lambda rate, s=size: batch.excess_loss(s, rate)) == 0.3
    for size in (64, 256):
        assert min(rates, key=lambda rate, s=size: batch.excess_loss(s, rate)) == 0.3
    assert 0.3 not in (
        max(rates, key=lambda rate: batch.excess_loss(16, rate)),
        min(rates, key=lambda rate: batch.excess_loss(16, rate)),
    )
    yield "The rate 0.3 is the worst one for batches of 1 and 4"
    yield "It is the best one for batches of 64 and 256"
    dots, exact = batch.batch_gradients(1), batch.gradients(batch.START).mean(axis=0)
    wrong = np.sum(dots * exact < 0, axis=1)
    assert wrong.max() == 1
    yield f"{wrong.sum()} of the {len(dots)} dots have the wrong sign in one of the two parameters"
    yield f"with {np.sum(dots @ exact < 0)} of them, the whole step even goes uphill."
    assert 75 < averaging_gain(256) < 85
    yield "the loss of the points exceeds the minimum by about 80 times as much as the loss of"
    assert 9 < averaging_gain(128) < 11
    yield "if you average only the last 128 points, the factor is about ten."


def two_curvatures() -> Iterator[str]:
    yield f"the slope of the loss was ${2 * np.mean(walk.TIME**2):.0f}\\,d$ at a distance"
    assert curvatures.kept(2.0, 1.0) == -1
    kept = curvatures.kept(2.0, 0.05)
    yield f"With curvature 0.05, the factor of the flat direction is still {kept:.2f} there"
    assert np.all(curvatures.descend(1.0, 1.0)[1] == 0)
    assert 2 / np.linalg.eigvalsh(HESSIAN)[-1] == pytest.approx(0.038, abs=5e-5)
    assert mean_loss_after(200, 0.037) < mean_loss_after(0, 0.037) < mean_loss_after(200, 0.039)
    yield "the descent settles at a rate of 0.037, and at 0.039 it does not"
    stays = [saddle.escape_step(saddle.descend(10.0**-power)) for power in range(1, 7)]
    assert set(np.diff(stays)) == {12, 13}
    yield "The stay grows by 12 or 13 steps for each factor of ten"
    yield f"multiplies the distance from the crest by {1 + saddle.LEARNING_RATE:.1f}."
    assert saddle.escape_step(saddle.descend(0.0)) is None
    assert 18 <= saddle.escape_step(saddle.descend(0.0, saddle.NOISE)) <= 22
    yield "frees it after some 20 steps; with other random numbers, it rarely takes more than 50"
    assert np.quantile([noisy_stay(seed) for seed in range(100)], 0.95) < 50


def moves_of_five_gradients() -> Iterator[str]:
    gradients = np.array([[4, 0], [2, 0], [-1, 3], [1, 0], [0.5, -1]])
    ends = {}
    for name in ("SGD", "Momentum", "AdaGrad"):
        ends[name] = optimizers.descend(
            optimizers.named(name), lambda w, t: gradients[t - 1], np.zeros(2), 0.1, 5
        )[-1]
    ratio = {name: end[0] / end[1] for name, end in ends.items()}
    yield f"The ratio of the two moves, here {ratio['SGD']:.2f},"
    assert ends["Momentum"] / ends["SGD"] == pytest.approx([3.5, 3.5], abs=0.07)
    assert ratio["Momentum"] == pytest.approx(ratio["SGD"], rel=0.02)
    yield "Both parameters move about 3.5 times as far as under SGD, and the ratio hardly changes"
    yield f"The ratio falls from {ratio['SGD']:.2f} to {ratio['AdaGrad']:.2f}, in favor"
    groups: dict[bool, list[float]] = {False: [], True: []}
    for name in NAMES:
        rate = 1.0 if name == "AdaDelta" else 0.1
        end = optimizers.descend(
            optimizers.named(name), lambda w, t: gradients[t - 1], np.zeros(2), rate, 5
        )[-1]
        groups[name in ("SGD", "Momentum", "NAG", "AdaDelta")].append(end[0] / end[1])
    yield f"{min(groups[True]):.1f} to {max(groups[True]):.1f} for SGD, Momentum, NAG and AdaDelta"
    yield f"and {min(groups[False]):.1f} to {max(groups[False]):.1f} for the other five."


def leaky() -> Iterator[str]:
    scatter, swing = leaky_average.scatter_kept(0.9), leaky_average.swing_kept(0.9)
    kept = {beta: f"{100 * leaky_average.scatter_kept(beta):.0f}%" for beta in (0.8, 0.9, 0.98)}
    yield f"At momentum 0.8 the average keeps {kept[0.8]} of the noise, at 0.9 it keeps {kept[0.9]}"
    yield f", and at 0.98 only {kept[0.98]}."
    yield f"at every step, {100 * swing:.0f}% is left at 0.9."
    behind = {beta: leaky_average.steps_behind(beta) for beta in (0.8, 0.9, 0.98)}
    yield f"backward for another {behind[0.8]} steps at 0.8, for {behind[0.9]} at 0.9 and for "
    yield f"at 0.9 and for {behind[0.98]} at 0.98."
    yield f"With 0.98 it would be {math.log(2) / -math.log(0.98):.0f} steps if the gradients"
    assert 0.9**6 > 0.5 > 0.9**7
    assert 0.9**50 < 0.01
    yield "has lost half of its weight after 7 steps, and almost all of it after 50"
    gain, rest = 1 / (1 - 0.9), 1 / (1 + 0.9)
    assert [gain, rest] == pytest.approx([10, 0.5], abs=0.03)
    yield f"At 0.9 this is {1 / math.sqrt(1 - 0.9**2):.1f} times the noise of a plain step."
    yield f"multiplies what agrees by 10 and noise by {1 / math.sqrt(1 - 0.9**2):.1f}."
    yield f"as a step with a batch {1 / scatter**2:.0f} times as large"
    yield f"Momentum at 0.01 hovers at a loss of {floor(0.01, 0.9):.3f}, and SGD at 0.1 "
    yield f"SGD at 0.1 at the {floor(0.1, 0.0):.3f} that the formula of the floor predicts."
    assert floor(0.1, 0.0) == pytest.approx(0.1 / (2 * (2 - 0.1)), rel=0.02)
    noise = 2 * landscape.NOISE**2  # of both parameters; `floor` is that of one with unit noise
    for name, rate, beta, arrived in (("Momentum", 0.005, 0.9, True), ("SGD", 0.05, 0.0, False)):
        points = race.run(optimizers.named(name), "noisy bowl", rate)
        after_45 = landscape.BOWL.loss(points[45:51]).mean()
        assert (after_45 < 1.5 * noise * floor(rate, beta)) == arrived
    yield "Momentum at 0.005 is near its floor after 45 steps, and SGD at 0.05 is not."


def gradient_changed() -> Iterator[str]:
    pairs = ((0.16, 0), (0.16, 0.7), (0.16, 0.8), (0.16, 0.9), (0.32, 0.7))
    slow, good, better, fast, best = (
        steps_for_a_thousandth(float(momentum.ravine_rate(*pair))) for pair in pairs
    )
    yield f"falls to a thousandth every {slow} steps without momentum, every {good} steps at 0.7"
    yield f"and every {better} steps at 0.8."
    yield f"and a thousandth takes {fast} steps."
    yield f"close to the star, a thousandth takes only {best} steps."
    betas = np.linspace(0.5, 0.95, 451)
    top = betas[np.argmin(momentum.ravine_rate(0.16, betas))]
    yield f"At a rate of 0.16, the best momentum is about {top:.2f}, which is between two places"
    critical = (1 - math.sqrt(0.16 * momentum.FLAT)) ** 2
    assert top == pytest.approx(critical, abs=0.002)
    least = steps_for_a_thousandth(float(momentum.ravine_rate(0.16, critical)))
    yield f"every {least} steps at the best momentum,"
    rate, beta = momentum.best_settings()
    assert math.sqrt(beta) == pytest.approx((10 - 1) / (10 + 1))
    assert rate == pytest.approx((1 + math.sqrt(beta)) ** 2 / momentum.STEEP)
    yield f"falls to a thousandth every {steps_for_a_thousandth(math.sqrt(beta))} steps in the long"
    yield f"instead of every {steps_for_a_thousandth((100 - 1) / (100 + 1))}."
    rest = np.abs(momentum.descend(rate, beta, 200) / momentum.START) > 0.001
    along, across = (int(np.flatnonzero(direction)[-1]) + 1 for direction in rest.T)
    yield f"{along} steps along the ravine, where the ball first gathers speed, and {across} across"
    path = np.abs(momentum.descend(rate, beta, 200) / momentum.START)
    assert path[:, 0].max() == 1
    yield f"where its first jumps carry it to {path[:, 1].max():.1f} times its distance."
    points, velocities = lookahead.descend(0.9, ahead=True)
    apart = [
        np.linalg.norm(lookahead.gradient(point + 0.9 * velocity) - lookahead.gradient(point))
        for point, velocity in zip(points, velocities, strict=True)
    ]
    assert set(np.argsort(apart)[-2:]) == {1, 2}
    carried = 0.9 * velocities[2]
    here, ahead = lookahead.gradient(points[2]), lookahead.gradient(points[2] + carried)
    assert here[1] * carried[1] < 0 < ahead[1] * carried[1]  # down the wall, and up the other one
    yield "the two gradients differ most at steps 1 and 2."
    far = {
        (m, ahead): float(np.hypot(*lookahead.descend(m, ahead)[0][12]))
        for m in (0.5, 0.9)
        for ahead in (False, True)
    }
    yield f"NAG is {far[0.9, True]:.2f} from the minimum and Momentum {far[0.9, False]:.2f}."
    yield f"NAG is no nearer: {far[0.5, True]:.2f} against {far[0.5, False]:.2f}."
    limits = [2 * (1 + 0.9) / (1 + 2 * 0.9), 2 * (1 + 0.9)]
    for name, limit in zip(("NAG", "Momentum"), limits, strict=True):
        ends = [
            abs(
                optimizers.descend(optimizers.named(name), lambda w, t: w, np.ones(1), r, 3000)[
                    -1, 0
                ]
            )
            for r in (limit * 0.99, limit * 1.01)
        ]
        assert ends[0] < 1e-3
        assert not ends[1] < 1
    yield f"the largest possible rate is ${limits[0]:.2f}/c$ for a curvature $c$"
    yield f"where Momentum allows ${limits[1]:.1f}/c$"
    quiet, noisy = (
        late_loss_in_noise("Momentum", spread) / late_loss_in_noise("NAG", spread)
        for spread in (0.0, 2.0)
    )
    yield f"on the ravine is {quiet:.1f} times NAG's, but with the noise"
    yield f"it is only {noisy:.1f} times NAG's, over 200 runs"
    yield f"so at 0.9 Momentum allows ${limits[1]:.1f}/c$, where plain descent allows $2/c$."


def step_changed() -> Iterator[str]:
    level = step_size.gradients(1.0)
    last = step_size.adagrad_rates(level)[-1]
    yield f"(later gradient 1), AdaGrad's step is {last:.4f} after 200 steps, from 0.1 at first"
    last = step_size.rmsprop_rates(step_size.gradients(0.1), 0.9)[-1]
    yield f"become a tenth, its step is back at {last * 0.1:.1f}."
    path = optimizers.descend(
        optimizers.named("AdaGrad"), lambda w, t: np.array([0.01]), np.zeros(1), 0.1, 100
    )
    step = float(path[-2, 0] - path[-1, 0])
    yield f"step 100 is {step:.4f} long, and not {0.1 / math.sqrt(100):.4f}."
    ends = [units.descend("AdaDelta", unit, carried=True)[-1] for unit in (0.001, 0.3048, 10.0)]
    assert ends == pytest.approx([ends[0]] * 3)
    yield f"then the length is {ends[0]:.4f} m after 200 steps in every unit"
    yield f"the length reaches only {units.descend('AdaDelta', 0.001)[-1]:.4f} m."
    settings = keras.optimizers.Adadelta()
    first = math.sqrt(settings.epsilon / (1 - settings.rho))
    yield f"whatever the gradient is, {first:.4f} with the settings of Keras"
    rates = [race.best_rate(optimizers.named("AdaDelta"), place) for place in landscape.LANDSCAPES]
    yield f"it needed learning rates of {min(rates):.0f} to {max(rates):.0f} to keep up"
    reached = [units.descend(name, 0.001)[-1] for name in ("AdaGrad", "RMSProp", "Adam")]
    one, two, three = reached
    yield f"the three have reached {one:.4f}, {two:.4f} and {three:.4f} m after 200 steps."


def both_changed() -> Iterator[str]:
    ratios = bias_correction.step_ratio(np.arange(1, 1001), 0.9, 0.999)
    assert np.argmax(ratios) == 11
    yield f"the first step is {ratios[0]:.2f} times too long and the twelfth {ratios[11]:.2f} times"
    yield f"and 0.1/0.032 is {ratios[0]:.2f}."
    yield f"after a thousand steps, the factor is still {ratios[-1]:.2f}."
    yield f"the early steps are too long, up to {ratios[11]:.2f} times with the usual"
    assert 0.1 / math.sqrt(1 - 0.99) == pytest.approx(1)
    yield "which is 1 for 0.9 and 0.99"
    noise = np.random.default_rng(0).standard_normal((1500, 400))
    path = optimizers.descend(
        optimizers.named("Adam"), lambda w, t: noise[t - 1], np.zeros(400), 1.0, 1500
    )
    size = math.sqrt(np.mean(np.diff(path, axis=0)[1000:] ** 2))
    assert size == pytest.approx(math.sqrt((1 - 0.9) / (1 + 0.9)), rel=0.02)
    yield f"so the steps are about ${size:.2f}\\,\\eta$ long."
    ends = {b: np.mean(rare_gradients.descend(b, False)[0][-100:]) for b in (0.98, 0.99)}
    assert ends[0.98] > 0.8
    assert ends[0.99] < -0.8
    yield "With `beta_2` at 0.98, a memory of about 50 steps, Adam ends at the wrong wall; with"
    assert all(
        np.mean(rare_gradients.descend(b, True)[0][-100:]) < 0
        for b in (0.9, 0.95, 0.98, 0.99, 0.999)
    )
    yield "and it goes left with every `beta_2` of the slider."
    yield f"Keras's $\\epsilon$ counts {1 / math.sqrt(1 - 0.999):.0f} times"


def raced() -> Iterator[str]:
    winners = {
        place: min(NAMES, key=lambda n, p=place: lowest_loss(n, p))
        for place in landscape.LANDSCAPES
    }
    assert winners == {
        "ravine": "Nadam",
        "Beale's function": "Nadam",
        "saddle": "AdaGrad",
        "noisy bowl": "Momentum",
    }
    yield f"After {race.STEPS} steps, Nadam is lowest on the ravine and on Beale's function"
    assert {name for name in NAMES if lowest_loss(name, "saddle") < race.LEAST} == {
        "AdaGrad",
        "NAG",
        "Nadam",
    }
    assert max(NAMES, key=lambda name: lowest_loss(name, "saddle")) == "Momentum"
    yield "On the saddle, three end below 10⁻⁶, the edge of the panel, and Momentum is last."
    noisy = {name: lowest_loss(name, "noisy bowl") for name in NAMES}
    groups: dict[bool, list[float]] = {False: [], True: []}
    for name, loss in noisy.items():
        groups[name in ("Momentum", "NAG", "Adam", "AMSGrad", "Nadam")].append(loss)
    low, high = min(groups[True]), max(groups[True])
    yield f"the five that add up or average past gradients end between {low:.2f} and {high:.2f},"
    low, high = min(groups[False]), max(groups[False])
    yield f"and the other four between {low:.2f} and {high:.2f}."
    yield f"the second panel shows the mean loss of {race.RUNS} runs"
    best = {name: lowest_loss(name, "ravine") for name in NAMES}
    paths = {
        name: race.scaled_run(optimizers.named(name), "ravine", 1.0)[:, 0]
        for name in ("Momentum", "RMSProp", "Adam")
    }
    early = {name: RAVINE.loss(path[12]) for name, path in paths.items()}
    yield f"At step 12 Adam is ahead with a loss of {early['Adam']:.1f}, against"
    yield f"{early['RMSProp']:.1f} for RMSProp and {early['Momentum']:.1f} for Momentum."
    assert {name for name, path in paths.items() if path[:, 0].max() > 0} == {"Momentum", "Adam"}
    crossings = np.sum(np.diff(np.sign(paths["RMSProp"][:, 1])) != 0)
    assert crossings > race.STEPS / 2
    yield "At this learning rate it jumps from wall to wall"
    yield f"it is ahead with a loss of {best['RMSProp']:.4f}, against {best['Adam']:.3f} for Adam"
    yield f"and {best['Momentum']:.3f} for Momentum."
    with np.errstate(over="ignore", invalid="ignore"):
        runs = {
            o.name: race.run(o, "ravine", 10 * race.best_rate(o, "ravine"))
            for o in optimizers.OPTIMIZERS
        }
        ends = {name: float(RAVINE.loss(points[-1, 0])) for name, points in runs.items()}
        assert all(np.isinf(race.late_loss(points, "ravine")) for points in runs.values())
    stayed = [name for name, end in ends.items() if end < 100]
    yield f"{', '.join(stayed[:-1])} and {stayed[-1]}, because their rate"
    assert set(NAMES) - set(stayed) == {"SGD", "Momentum", "NAG", "AdaDelta"}
    yield "SGD, Momentum and NAG fly off, because the curvature sets their limit."
    rates = {n: race.best_rate(optimizers.named(n), "ravine") for n in ("Adam", "Nadam")}
    assert rates == {"Adam": pytest.approx(0.5), "Nadam": pytest.approx(2.0)}
    level = RAVINE.loss(race.run(optimizers.named("Nadam"), "ravine", 0.5)[-1, 0])
    yield f"its loss after 60 steps is {level:.5f} and Adam's is {best['Adam']:.3f}."
    yield f"at its best rate of 2, where it ends at {best['Nadam']:.7f}."
    yield f"RMSProp ends at a loss of {ends['RMSProp']:.1f}, against {best['RMSProp']:.4f} at"
    assert [name for name in stayed if ends[name] > best[name]] == ["RMSProp"]
    yield 'The remaining four even end lower than at their "best" rate.'


def choosing() -> Iterator[str]:
    last = {name: tuning.table(name)[-1] for name in NAMES}
    lows = {name: losses.min() for name, losses in last.items()}
    starts = {name: losses[tuning.default(name)] for name, losses in last.items()}
    yield f"{lows['SGD']:.2f} against {starts['Adam']:.2f}."
    yield f"it is {lows['Adam']:.2f} against {starts['SGD']:.2f}. Whoever is tuned"
    low, high = min(lows.values()), max(lows.values())
    yield f"the best of the nine has {low:.2f} and the worst {high:.2f}, if each has"
    gains = {name: starts[name] - lows[name] for name in NAMES}
    yield f"Tuning the rate gains {gains['SGD']:.1f} for SGD and {gains['Adam']:.1f} for Adam, so"
    early = {name: tuning.table(name)[0].min() for name in ("SGD", "Adam")}
    yield f"after one epoch SGD has {early['SGD']:.1f} and Adam {early['Adam']:.1f}, "
    yield f"and after ten they have {lows['SGD']:.2f} and {lows['Adam']:.2f}."
    for name in ("SGD", "Adam"):
        assert tuning.seed_losses(name).mean() == pytest.approx(lows[name], abs=1e-3)
    one, two, three = tuning.seed_losses("Adam")
    yield f"Adam ends at {one:.2f}, {two:.2f} and {three:.2f} with the three seeds"
    lead = lows["SGD"] - lows["Adam"]
    assert lead < np.std([one, two, three], ddof=1) / math.sqrt(3)
    yield "They do not: Adam's lead is smaller than the scatter of its own mean."
    yield f"SGD ends at a validation loss of {lows['SGD']:.2f} after 10 epochs."
    yield f"and the best of its {len(tuning.RATES)} rates is "
    yield f"13 rates is {tuning.RATES[last['Adam'].argmin()]:.2f}. With that rate for Adam"
    yield f"An epoch has {EPOCH} batches."
    yield f"because {10 * EPOCH} steps of 0.001 move a weight by about {10 * EPOCH * 0.001:.1f} at"
    x, _, x_new, _ = images.digits()
    yield f"in {10 * EPOCH} steps it finds a good step for each of the {DIGIT_NETWORK.size} "
    yield f"A network of {DIGIT_NETWORK.size} parameters is trained on {len(x)} real handwritten"
    yield f"validated on {len(x_new)} others"


def breaking() -> Iterator[str]:
    late = {(n, a): rotation.late_loss(n, a) for n in rotation.NAMES for a in (0, 45)}
    yield f"late loss goes from {late['RMSProp', 0]:.3f} to {late['RMSProp', 45]:.1f} at 45 degrees"
    assert late["AdaGrad", 0] < 1e-9
    yield f"below 0.0001 to {late['AdaGrad', 45]:.1f}, not far from SGD's {late['SGD', 45]:.1f}."
    yield f"rises only from {late['Adam', 0]:.3f} to {late['Adam', 45]:.3f}, because"
    for angle in (0, 45):
        assert late_loss_of_adam(0.9, angle) == pytest.approx(late["Adam", angle], rel=0.01)
    assert late_loss_of_adam(0.0, 45) > 1
    assert late_loss_of_adam(0.5, 0) < 1e-7
    same = np.array([0.5])
    assert late_loss_of_adam(0.9, 0, same) == pytest.approx(late["Adam", 0], rel=0.01)
    yield "and the same learning rate, 0.5, its late loss would be "
    yield f"late loss would be {late_loss_of_adam(0.5, 0, same):.5f}; with the learning rate"
    yield "tuned again as well, it would be below 0.0000001"

    def left(name: str, learning_rate: float, angle: float) -> float:
        turned = rotation.rotation_matrix(angle)
        hessian = turned @ np.diag([0.2, 20.0]) @ turned.T
        start = turned @ np.array([-9.0, 1.5])
        path = optimizers.descend(
            optimizers.named(name), lambda w, t: hessian @ w, start, learning_rate, 60
        )
        return float(np.hypot(*path[-1]))

    assert left("SGD", 0.05, 0) == pytest.approx(left("SGD", 0.05, 45))
    yield f"RMSProp ends {left('RMSProp', 0.2, 45) / left('RMSProp', 0.2, 0):.0f} times as far"
    assert round(left("Adam", 0.5, 45) / left("Adam", 0.5, 0)) == 10
    yield "on the turned ravine, Adam ten times"
    assert left("Adam", 2.0, 45) == pytest.approx(left("Adam", 0.5, 0), rel=0.1)
    assert left("Adam", 2.0, 45) == pytest.approx(np.hypot(*rotation.best_run("Adam", 45)[-1]))
    yield "With a rate of 2, four times as large, Adam is back where it was"


def wild() -> Iterator[str]:
    limits = wild_gradient.LIMITS
    late = {
        (n, limit): wild_gradient.late_loss(n, limit) for n in ("SGD", "Adam") for limit in limits
    }
    thrown = {
        n: wild_gradient.descend(n, limits[-1])[0][wild_gradient.WILD_STEP :].max()
        for n in ("SGD", "Adam")
    }
    yield f"the wild gradient throws SGD to a loss of {thrown['SGD']:.0f}, and it comes back"
    yield f"its last 50 steps have a mean loss of {late['SGD', limits[-1]]:.4f}."
    yield f"Adam is thrown only to {thrown['Adam']:.2f}, but its steps stay short, and its last 50 "
    yield f"have a loss of {late['Adam', limits[-1]]:.3f}, ten times that of SGD."
    assert round(late["Adam", limits[-1]] / late["SGD", limits[-1]]) == 10
    ratios = [late_after_wild("Adam", seed) / late_after_wild("SGD", seed) for seed in range(40)]
    assert round(np.median(ratios)) == 6
    yield "(With other random numbers, it is typically six times that of SGD.)"
    for name in ("SGD", "Adam"):
        before = np.median(wild_gradient.descend(name, limits[-1])[1][29:59])
        assert 300 < np.linalg.norm(wild_gradient.WILD) / before < 450
    yield "comes that is 400 times as long as those before it"
    assert steps_to_recover("Adam", 400) > 1.3 * steps_to_recover("SGD", 400)
    assert steps_to_recover("Adam", 100) == pytest.approx(steps_to_recover("SGD", 100), rel=0.15)
    yield "a hundred times as long as those before it costs SGD and Adam about the same"
    after = 0.999 ** np.array([0, 1000])
    slower = np.sqrt(1 + 0.001 * (400**2 - 1) * after)
    yield f"the next steps about {slower[0]:.0f} times too short, and after a thousand steps they "
    yield f"they are still {slower[1]:.0f} times too short."
    assert 0.6 < 1 - 0.999**1000 < 2 / 3
    yield "loses less than two thirds of its weight in a thousand steps"
    lengths = {limit: wild_gradient.descend("SGD", limit)[1] for limit in limits}
    assert np.sum(lengths[3.0] > 3.0) == np.sum(lengths[10.0] > 10.0) == 1
    assert late["Adam", 3.0] == pytest.approx(late["Adam", 10.0], abs=5e-5)
    yield f"only the wild gradient is shortened, and Adam ends at {late['Adam', 3.0]:.4f}."
    assert np.all(lengths[0.1] > 0.1)
    yield f"and its last 50 steps still have a loss of {late['SGD', 0.1]:.1f}."


def quizzes() -> Iterator[str]:
    runs = quiz.runs()
    early, floors = (
        {n: float(v[part].mean()) for n, v in runs.items()}
        for part in (slice(10, 20), slice(-16, None))
    )
    order = sorted(quiz.RATES, key=quiz.RATES.__getitem__)
    assert sorted(early, key=early.__getitem__, reverse=True) == order
    assert floors["F"] > floors["E"] > floors["D"]  # F has not arrived
    yield f'"{", ".join(order)}": "F at {quiz.RATES["F"]:g} is still on its way, E at'
    yield f"E at {quiz.RATES['E']:g} falls fastest and has the highest floor, and D at"
    assert [quiz.PATHS[name][0] for name in "ABC"] == ["AdaGrad", "Momentum", "SGD"]
    assert quiz.RATES["D"] == 0.1
    yield f"take {quiz.STEPS} steps down the same ravine"
    yield "all its slopes are about 0.00001"
    w = keras.Variable(np.zeros(1))
    keras.optimizers.Adam(1.0).apply([keras.ops.array([1e-5])], [w])
    yield f"Keras’s first step is {-float(w[0]):.2f} of that, because its $"
    ends = {name: stalled(name) for name in ("SGD", "Adam")}
    assert ends["SGD"] == pytest.approx(12.2, abs=0.01)
    assert ends["Adam"] < 0
    yield f"with mini-batches of {quiz.SIZE} and with the learning rate 0.03, 0.1 or 0.3"
    yield f"has a loss of {math.log(10):.3f} nats at the start"


CLAIMS = [
    familiar,
    batches,
    two_curvatures,
    moves_of_five_gradients,
    leaky,
    gradient_changed,
    step_changed,
    both_changed,
    raced,
    choosing,
    breaking,
    wild,
    quizzes,
]


@pytest.mark.parametrize("claims", CLAIMS, ids=lambda claims: claims.__name__)
def test_the_prose_says_the_numbers_that_come_out(claims):
    assert_claimed("03_optimizers", claims())


def test_amsgrad_is_adam_to_four_decimals_on_the_five_gradients():
    gradients = np.array([[4, 0], [2, 0], [-1, 3], [1, 0], [0.5, -1]])
    v, falls = np.zeros(2), []
    for g in gradients:
        new = 0.999 * v + 0.001 * g**2
        falls += [(v - new)[v > new] / v[v > new]]
        v = new
    assert [len(fall) for fall in falls] == [0, 0, 0, 1, 0]
    assert falls[3] == pytest.approx(0.001)
    adam, amsgrad = (
        optimizers.descend(
            optimizers.named(name), lambda w, t: gradients[t - 1], np.zeros(2), 0.1, 5
        )[-1]
        for name in ("Adam", "AMSGrad")
    )
    assert adam.round(4).tolist() == amsgrad.round(4).tolist()
    assert adam[1] != amsgrad[1]


@pytest.mark.parametrize("lowered", [False, True])
def test_momentum_of_pytorch_differs_only_if_the_learning_rate_changes(lowered):
    ours, theirs, velocity, total, learning_rate = 1.0, 1.0, 0.0, 0.0, 0.1
    for step in range(20):
        if lowered and step == 3:
            learning_rate = 0.01
        velocity = 0.9 * velocity - learning_rate * ours
        total = 0.9 * total + theirs
        before, ours, theirs = theirs, ours + velocity, theirs - learning_rate * total
        if lowered and step == 3:
            # PyTorch's step is a tenth of what it would be; Keras's is nearly as long as before.
            assert abs(velocity) > 5 * abs(theirs - before)
    assert (ours == pytest.approx(theirs)) != lowered
    assert_claimed("03_optimizers", ["Keras's velocity still contains the old learning rate."])


def test_at_a_double_root_a_path_is_the_power_and_the_step_times_the_power():
    beta = 0.64
    root, t = math.sqrt(beta), np.arange(12)
    for fits in (root**t, t * root**t):
        np.testing.assert_allclose(fits[2:], 2 * root * fits[1:-1] - beta * fits[:-2], atol=1e-12)
    assert_claimed("03_optimizers", ["a mixture of $r^t$ and $t\\, r^t$"])


class TestKeras:
    """What the chapter says about Keras 3; a version of Keras that changes it fails here."""

    def test_each_remembers_as_many_numbers_for_a_parameter_as_the_prose_says(self):
        counts = []
        for name in NAMES:
            w = keras.Variable(np.zeros((3, 4)))
            optimizer = keras_optimizer(name, 0.1)
            optimizer.build([w])
            counts.append(sum(v.shape == w.shape for v in optimizer.variables))
        numbers = f"{', '.join(map(str, counts[:-1]))} and {counts[-1]} numbers for each parameter"
        assert_claimed("03_optimizers", [f"and remember {numbers}."])

    def test_defaults_are_those_of_the_table(self):
        assert keras.optimizers.Adam().epsilon == 1e-7
        assert keras.optimizers.Adadelta().epsilon == 1e-7
        assert float(keras.optimizers.Adadelta().learning_rate) == pytest.approx(0.001)
        assert keras.optimizers.Adagrad().initial_accumulator_value == 0.1
        for name in NAMES:
            expected = tuning.RATES[tuning.default(name)]
            kind = type(keras_optimizer(name, 0.1))
            assert float(kind().learning_rate) == pytest.approx(expected)

    @pytest.mark.parametrize(
        ("name", "first"),
        [
            ("AdaGrad", 1 / math.sqrt(0.1 + 1 + 3)),
            ("RMSProp", 1 / math.sqrt(0.1 + 3)),
            ("Adam", 0.1 / (math.sqrt(0.001) + 3) * math.sqrt(0.001) / 0.1),
            ("AMSGrad", 0.1 / (math.sqrt(0.001) + 3) * math.sqrt(0.001) / 0.1),
        ],
    )
    def test_epsilon_stands_where_the_table_says(self, name, first):
        w = keras.Variable(np.zeros(1))
        keras_optimizer(name, 1.0, epsilon=3.0).apply([keras.ops.array([1.0])], [w])
        assert float(w[0]) == pytest.approx(-first, rel=1e-5)

    def test_it_has_the_new_optimizers(self):
        for name in ("AdamW", "Lion", "Muon", "ScheduleFreeAdamW"):
            optimizer = getattr(keras.optimizers, name)(use_ema=True, ema_momentum=0.9999)
            assert optimizer.ema_momentum == 0.9999
        assert_claimed("03_optimizers", ["has all three: `Lion`, `Muon` and `ScheduleFreeAdamW`."])
        w = keras.Variable(np.zeros((3, 4)))
        lion = keras.optimizers.Lion()
        lion.build([w])
        assert sum(v.shape == w.shape for v in lion.variables) == 1

    def test_muon_orthogonalizes_matrices_and_leaves_vectors_to_adam(self):
        random = np.random.default_rng(0)
        turns = [np.linalg.qr(random.standard_normal((4, 4)))[0] for _ in range(2)]
        gradient = turns[0] @ np.diag([1.0, 2.0, 5.0, 20.0]) @ turns[1]
        matrix, vector = (keras.Variable(np.zeros(shape), dtype="float32") for shape in ((4, 4), 2))
        muon = keras.optimizers.Muon(0.1, weight_decay=None, adam_weight_decay=None)
        gradients = [keras.ops.array(g, dtype="float32") for g in (gradient, [1e-2, -50.0])]
        muon.apply(gradients, [matrix, vector])
        lengths = np.linalg.svd(matrix.numpy(), compute_uv=False)
        assert lengths[0] < 2 * lengths[-1]
        np.testing.assert_allclose(vector.numpy(), [-0.1, 0.1], rtol=1e-3)
        assert_claimed(
            "03_optimizers", ["a step is about equally long in all directions of the matrix."]
        )

    def test_lion_uses_only_the_sign(self):
        w = keras.Variable(np.zeros(2))
        keras.optimizers.Lion(0.1).apply([keras.ops.array([1e-3, -50.0])], [w])
        np.testing.assert_allclose(w.numpy(), [-0.1, 0.1], rtol=1e-6)

    def test_global_clipnorm_measures_all_arrays_together_and_clipnorm_each(self):
        gradients = [np.array([3.0, 0.0]), np.array([0.0, 4.0])]
        moves = {}
        for setting in ("global_clipnorm", "clipnorm", "clipvalue"):
            variables = [keras.Variable(np.zeros(2)) for _ in gradients]
            optimizer = keras.optimizers.SGD(1.0, **{setting: 1.0})
            optimizer.apply([keras.ops.array(g) for g in gradients], variables)
            moves[setting] = -np.concatenate([v.numpy() for v in variables])
        np.testing.assert_allclose(moves["global_clipnorm"], [0.6, 0, 0, 0.8], rtol=1e-5)
        np.testing.assert_allclose(moves["clipnorm"], [1, 0, 0, 1], rtol=1e-5)
        np.testing.assert_allclose(moves["clipvalue"], [1, 0, 0, 1], rtol=1e-5)

    def test_an_ema_replaces_the_parameters_when_fit_ends(self):
        ends = {}
        for use_ema in (False, True):
            keras.utils.set_random_seed(0)
            line = keras.layers.Dense(1, use_bias=False)
            model = keras.Sequential([keras.Input((2,)), line])
            optimizer = keras.optimizers.SGD(0.05, use_ema=use_ema)
            assert optimizer.ema_momentum == 0.99
            model.compile(optimizer=optimizer, loss="mean_squared_error")
            model.fit(batch.X, batch.Y, batch_size=1, epochs=4, verbose=0)
            ends[use_ema] = batch.loss(line.kernel.numpy()[:, 0]) - batch.loss(batch.minimum())
        assert ends[True] < 0.01
        assert ends[True] < ends[False]

    def test_old_arguments_are_an_error_and_a_warning(self):
        with pytest.raises(ValueError, match="lr"):
            keras.optimizers.SGD(lr=0.1)
        with pytest.warns(UserWarning, match="no longer supported"):
            optimizer = keras.optimizers.SGD(0.1, decay=1e-4)
        w = keras.Variable(np.zeros(1))
        for _ in range(3):
            optimizer.apply([keras.ops.array([1.0])], [w])
        assert float(w[0]) == pytest.approx(-0.3)

    def test_its_nesterov_is_the_papers_with_the_point_ahead_as_the_parameters(self):
        curvature, learning_rate = np.array([1.0, 10.0]), 0.05
        here, m = np.array([-3.0, 1.6]), np.zeros(2)
        w = keras.Variable(here)
        optimizer = keras_optimizer("NAG", learning_rate)
        for _ in range(20):
            m = 0.9 * m - learning_rate * curvature * (here + 0.9 * m)
            here = here + m
            optimizer.apply([keras.ops.array(curvature) * w], [w])
        np.testing.assert_allclose(w.numpy(), here + 0.9 * m, rtol=1e-4, atol=1e-5)


class TestLandscape:
    @pytest.mark.parametrize("name", landscape.LANDSCAPES)
    def test_gradient_is_the_derivative(self, name):
        place = landscape.LANDSCAPES[name]
        for point in np.random.default_rng(1).uniform(-1.5, 1.5, size=(5, 2)):
            slopes = [
                difference(lambda h, e=e, p=point: place.loss(p + h * e), 0.0) for e in np.eye(2)
            ]
            np.testing.assert_allclose(place.gradient(point), slopes, rtol=1e-5, atol=1e-6)

    @pytest.mark.parametrize("name", landscape.LANDSCAPES)
    def test_nothing_in_the_window_is_lower_than_the_lowest(self, name):
        place = landscape.LANDSCAPES[name]
        left, right, bottom, top = place.window
        grid = np.stack(
            np.meshgrid(np.linspace(left, right, 200), np.linspace(bottom, top, 200)), -1
        )
        assert np.all(place.loss(place.minima) == pytest.approx(0, abs=1e-12))
        assert place.loss(grid).min() >= 0

    def test_the_saddle_is_flat_and_bends_both_ways(self):
        origin = np.zeros(2)
        assert np.all(SADDLE.gradient(origin) == 0)
        assert SADDLE.loss(np.array([0.1, 0])) > SADDLE.loss(origin)
        assert SADDLE.loss(np.array([0, 0.1])) < SADDLE.loss(origin)

    def test_noise_is_the_same_for_every_optimizer_and_has_its_size(self):
        one, two = (landscape.BOWL.noisy_gradient(5000, runs=3) for _ in range(2))
        noise = np.array([one(np.zeros((3, 2)), t) for t in range(1, 5001)])
        assert np.array_equal(noise[6], two(np.zeros((3, 2)), 7))
        assert noise.std(axis=0) == pytest.approx(landscape.NOISE, rel=0.03)
        assert abs(np.corrcoef(noise[:, 0, 0], noise[:, 1, 0])[0, 1]) < 0.05


class TestRace:
    def test_several_rates_run_side_by_side_as_they_do_alone(self):
        rates = np.array([0.01, 0.1])
        together = race.run(optimizers.named("Adam"), "ravine", rates)
        for place, learning_rate in enumerate(rates):
            alone = race.run(optimizers.named("Adam"), "ravine", learning_rate)
            np.testing.assert_allclose(together[:, place], alone)

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("place", landscape.LANDSCAPES)
    def test_best_rate_has_the_least_late_loss_of_those_that_stay(self, name, place):
        optimizer, late = optimizers.named(name), []
        left, right, bottom, top = landscape.LANDSCAPES[place].window
        with np.errstate(over="ignore", invalid="ignore"):
            for learning_rate in race.RATES:
                points = race.run(optimizer, place, learning_rate)
                assert points.shape[1] == (20 if place == "noisy bowl" else 1)
                x, y = points[..., 0], points[..., 1]
                stays = np.all((left <= x) & (x <= right) & (bottom <= y) & (y <= top))
                heights = landscape.LANDSCAPES[place].loss(points)
                late.append(np.mean(heights[-20:]) if stays else np.inf)
        assert race.best_rate(optimizer, place) == race.RATES[int(np.argmin(late))]

    def test_a_run_that_leaves_for_good_is_drawn_no_farther(self):
        sgd, adam = optimizers.named("SGD"), optimizers.named("Adam")
        np.testing.assert_array_equal(
            race.visible_run(adam, "ravine", 1.0), race.scaled_run(adam, "ravine", 1.0)[:, 0]
        )
        drawn = race.visible_run(sgd, "ravine", 10.0)
        last = int(np.flatnonzero(np.isfinite(drawn[:, 0]))[-1])
        assert 0 < last < race.STEPS
        assert np.all(np.isnan(drawn[last + 1 :]))
        assert np.abs(drawn[last, 1]) > RAVINE.window[3]


class TestRate:
    @pytest.mark.parametrize("flat", [1.0, 0.05])
    def test_descend_is_plain_descent(self, flat):
        curvature = np.array([flat, curvatures.STEEP])
        path = optimizers.descend(
            optimizers.named("SGD"),
            lambda w, t: curvature * w,
            curvatures.START,
            1.6,
            curvatures.STEPS,
        )
        np.testing.assert_allclose(curvatures.descend(1.6, flat), path, atol=1e-12)

    @pytest.mark.parametrize(
        ("factor", "word"),
        [
            (0.9, "crawls"),
            (0.5, "glides in"),
            (-0.5, "oscillates"),
            (-1.0, "oscillates forever"),
            (-1.1, "diverges"),
        ],
    )
    def test_behavior(self, factor, word):
        assert curvatures.behavior(factor) == word


class TestSaddle:
    def test_descend_is_plain_descent(self):
        start = np.array([SADDLE.start[0], 0.01])
        path = optimizers.descend(
            optimizers.named("SGD"),
            lambda w, t: SADDLE.gradient(w),
            start,
            saddle.LEARNING_RATE,
            saddle.STEPS,
        )
        np.testing.assert_allclose(saddle.descend(0.01), path)


class TestBatch:
    def test_minimum_is_least_squares(self):
        fit = linear_model.LinearRegression().fit(batch.X[:, :1], batch.Y)
        assert batch.minimum() == pytest.approx([fit.coef_[0], fit.intercept_])

    def test_mean_gradient_is_the_derivative_of_the_loss(self):
        slopes = [
            difference(lambda h, e=e: float(batch.loss(batch.START + h * e)), 0.0)
            for e in np.eye(2)
        ]
        assert batch.gradients(batch.START).mean(axis=0) == pytest.approx(slopes, rel=1e-6)

    @pytest.mark.parametrize("size", [2, 16, 128])
    @pytest.mark.parametrize("replaced", [True, False])
    def test_spread_is_that_of_many_batches(self, size, replaced):
        random, each = np.random.default_rng(0), batch.gradients(batch.START)
        means = np.array(
            [each[random.choice(256, size, replace=replaced)].mean(axis=0) for _ in range(4000)]
        )
        found = np.sqrt(np.mean(np.sum((means - each.mean(axis=0)) ** 2, axis=1)))
        assert float(batch.spread(size, replaced)) == pytest.approx(found, rel=0.05)

    def test_batch_gradients_are_of_batches_of_that_size(self):
        exact = batch.gradients(batch.START).mean(axis=0)
        np.testing.assert_allclose(batch.batch_gradients(256), np.tile(exact, (batch.DRAWS, 1)))
        assert batch.batch_gradients(4).std(axis=0) == pytest.approx(
            2 * batch.batch_gradients(16).std(axis=0), rel=0.2
        )

    def test_full_batches_are_the_descent_of_keras(self):
        layer = keras.layers.Dense(1, use_bias=False)
        model = keras.Sequential([keras.Input((2,)), layer])
        layer.set_weights([batch.START[:, None]])
        # The loss of the demo is half of Keras's, so Keras's learning rate is half of the demo's.
        model.compile(keras.optimizers.SGD(0.05), loss="mean_squared_error")
        model.fit(batch.X, batch.Y[:, None], batch_size=256, epochs=4, verbose=0)
        ours = batch.descend(256, 0.1)[-1]
        np.testing.assert_allclose(ours, layer.kernel.numpy()[:, 0], rtol=1e-4)


class TestLeakyAverage:
    @pytest.mark.parametrize("kept", leaky_average.MOMENTA)
    def test_it_is_the_velocity_of_keras(self, kept):
        w = keras.Variable(np.zeros(1))
        optimizer = keras.optimizers.SGD(1.0, momentum=kept)
        places = [0.0]
        for g in leaky_average.PATTERNS["noisy"]:
            optimizer.apply([keras.ops.array([g])], [w])
            places.append(float(w[0]))
        velocity = -np.diff(places)
        averages = leaky_average.leaky_averages(leaky_average.PATTERNS["noisy"], kept)
        np.testing.assert_allclose(averages, (1 - kept) * velocity, rtol=1e-3, atol=1e-4)

    @pytest.mark.parametrize("kept", [0.0, 0.5, 0.9, 0.98])
    def test_scatter_and_swing_are_those_of_long_rows(self, kept):
        noise = np.random.default_rng(1).standard_normal(60000)
        found = leaky_average.leaky_averages(noise, kept)[1000:].std()
        assert leaky_average.scatter_kept(kept) == pytest.approx(found, rel=0.05)
        turns = (-1.0) ** np.arange(1000)
        found = np.abs(leaky_average.leaky_averages(turns, kept)[-1])
        assert leaky_average.swing_kept(kept) == pytest.approx(found)

    def test_more_momentum_turns_later(self):
        behind = [leaky_average.steps_behind(kept) for kept in leaky_average.MOMENTA]
        assert behind == sorted(behind)
        assert behind[0] == 0


class TestWildGradient:
    def test_a_clipped_gradient_keeps_its_direction(self):
        clipped = wild_gradient.clipped(wild_gradient.WILD, 2.0)
        np.testing.assert_allclose(clipped, 2 * wild_gradient.WILD / 100)
        np.testing.assert_array_equal(
            wild_gradient.clipped(wild_gradient.WILD, 101.0), wild_gradient.WILD
        )

    @pytest.mark.parametrize("name", list(wild_gradient.RATES))
    @pytest.mark.parametrize("limit", [1.0, 200.0])
    def test_a_run_is_that_of_keras(self, name, limit):
        random = np.random.default_rng(1)
        kind = getattr(keras.optimizers, name)
        optimizer = kind(wild_gradient.RATES[name], global_clipnorm=limit)
        w = keras.Variable(wild_gradient.START)
        losses = []
        for t in range(1, 101):
            place = w.numpy().astype(float)
            losses.append(wild_gradient.CURVATURE @ place**2 / 2)
            g = wild_gradient.CURVATURE * place
            g = g + wild_gradient.NOISE * random.standard_normal(2)
            g = wild_gradient.WILD if t == wild_gradient.WILD_STEP else g
            optimizer.apply([keras.ops.array(g)], [w])
        ours = wild_gradient.descend(name, limit)[0][:100]
        np.testing.assert_allclose(ours, losses, rtol=0.02, atol=1e-4)

    def test_the_last_limit_clips_nothing(self):
        for name in wild_gradient.RATES:
            assert wild_gradient.descend(name, wild_gradient.LIMITS[-1])[1].max() == 100


class TestQuiz:
    def test_a_path_is_what_its_letter_says(self):
        paths = quiz.paths()
        high = {name: np.abs(points[:, 1]) > 0.1 for name, points in paths.items()}
        sides = {name: np.sign(points[high[name], 1]) for name, points in paths.items()}
        crossings = {name: int(np.sum(np.diff(side) != 0)) for name, side in sides.items()}
        assert crossings["C"] > crossings["B"] > crossings["A"]
        left = {name: abs(points[-1, 0]) for name, points in paths.items()}
        assert left["C"] > 5 > 1 > max(left["A"], left["B"])


class TestRare:
    @pytest.mark.parametrize("largest", [False, True])
    def test_way_is_that_of_keras_between_walls(self, largest):
        optimizer = keras.optimizers.Adam(
            rare_gradients.LEARNING_RATE, beta_2=0.95, amsgrad=largest
        )
        x = keras.Variable(np.zeros(1))
        for place, slope in zip(
            rare_gradients.descend(0.95, largest)[0][:250], rare_gradients.slopes(), strict=False
        ):
            optimizer.apply([keras.ops.array([slope])], [x])
            x.assign(keras.ops.clip(x, -1, 1))
            assert float(x[0]) == pytest.approx(place, abs=1e-3)

    def test_the_least_loss_is_on_the_left(self):
        assert rare_gradients.slopes().mean() == pytest.approx(0.51)


class TestTurn:
    @pytest.mark.parametrize("name", ["SGD", "Momentum"])
    def test_what_has_no_step_for_each_parameter_walks_the_same_path_turned(self, name):
        straight, turned = rotation.best_run(name, 0), rotation.best_run(name, 30)
        np.testing.assert_allclose(straight @ rotation.rotation_matrix(30).T, turned, atol=1e-9)

    def test_height_turns_with_the_ravine(self):
        point = rotation.rotation_matrix(30) @ RAVINE.start
        assert rotation.loss(point, 30) == pytest.approx(RAVINE.loss(RAVINE.start))


class TestFigures(FigureRules):
    frames = {
        race.draw_race: {
            "landscape": ["ravine", "Beale's function", "noisy bowl"],
            "factor": [0.1, 1.0, 10.0],
            "step": [0, 60],
        },
        batch.draw_gradients: {"size": [1, 16, 256]},
        batch.draw_descent: {"size": [1, 256], "learning_rate": [0.03, 0.3]},
        curvatures.draw_factors: {"learning_rate": [0.1, 1.0, 2.2], "flat": [1.0, 0.05]},
        saddle.draw_stay: {"offset": [0.0, 1e-6, 0.1], "noisy": [False, True]},
        rare_gradients.draw_rare_slopes: {"beta_2": [0.9, 0.999]},
        rotation.draw_turned: {"angle": [0, 45, 90]},
        tuning.draw_tuning: {"epochs": [1, 10]},
        leaky_average.draw_average: {
            "momentum": [0.0, 0.9, 0.98],
            "gradients": list(leaky_average.PATTERNS),
        },
        wild_gradient.draw_wild: {"limit": list(wild_gradient.LIMITS)},
        quiz.draw_pictures: {},
    }
