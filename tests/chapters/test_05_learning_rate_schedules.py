"""The numbers in the prose of chapter 5 and those of its demos, against independent sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import keras
import numpy as np
import pytest
from claims import CHAPTERS, assert_claimed
from demos.nets import images, training
from demos.nets.network import DIGIT_NETWORK
from demos.nets.optimizers import named
from demos.schedules import (
    adaptive,
    batch_size,
    budget,
    curves,
    cycle,
    digits,
    drops,
    given_end,
    moons,
    noisy_descent,
    plateau,
    quiz,
    range_test,
    reach,
    valleys,
    warmup,
)
from figures import FigureRules, difference
from keras.optimizers import schedules
from references import keras_optimizer

CHAPTER = "05_learning_rate_schedules"
# NumPy 2 warns of the way in which Keras reads the learning rate of an optimizer.
reads_the_rate = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def last(run: plateau.Run) -> float:
    """Return the mean loss of the last five epochs."""
    return float(np.mean(run.losses[-5:]))


def opening() -> Iterator[str]:
    ends = {n: noisy_descent.expected_loss(r)[-1] for n, r in noisy_descent.SCHEDULES.items()}
    large, small = ends.pop("constant 1"), ends.pop("constant 0.1")
    yield f"until the end, at an expected loss of {large:.3f}."
    yield f"still on its way, at an expected loss of {small:.3f}."
    assert max(ends.values()) < 0.5 * min(large, small)
    yield f"between {min(ends.values()):.3f} and {max(ends.values()):.3f}."


def familiar() -> Iterator[str]:
    readings = 70 + np.random.default_rng(0).standard_normal((1000, 500))
    half, mean = np.full(500, 60.0), readings.cumsum(0)[99] / 100
    for reading in readings[:10]:
        half = half - 0.5 * (half - reading)
    yield f"you are typically off by {np.sqrt(np.mean((half - 70) ** 2)):.2f} kg after ten days"
    w, errors = np.full(500, 60.0), []
    for reading in readings:
        w = w - 0.01 * (w - reading)
        errors.append(np.sqrt(np.mean((w - 70) ** 2)))
    yield f"you are still off by {errors[9]:.0f} kg after ten days,"
    yield f"but at the end by only {errors[-1]:.2f} kg."
    w = np.full(500, 60.0)
    for t, reading in enumerate(readings[:100], start=1):
        w = w - (w - reading) / t
    np.testing.assert_allclose(w, mean)
    yield "it makes `w` the mean of all readings so far"
    w = np.full(500, 60.0)
    for t, reading in enumerate(readings, start=1):
        w = w - (w - reading) / np.sqrt(t)
    root, mean = (np.sqrt(np.mean((x - 70) ** 2)) for x in (w, readings.mean(axis=0)))
    yield f"is {root:.2f} kg after 1000 mornings, and with $1/t$ it is {mean:.2f} kg."


def adapting() -> Iterator[str]:
    constant, falling = (
        {n: adaptive.typical_errors(adaptive.descend(n, scheduled, True)) for n in adaptive.RATES}
        for scheduled in (False, True)
    )
    some = [constant[name] for name in ("SGD", "RMSProp", "Adam")]
    ends = [errors[-1] for errors in some]
    assert all(np.mean(errors[-20:]) > 0.9 * np.mean(errors[-50:-30]) for errors in some)
    yield f"their typical errors are between {min(ends):.2f} and {max(ends):.2f} kg."
    rest = [errors[-1] for errors in falling.values()]
    yield f"the typical errors are between {min(rest):.2f} and {max(rest):.2f} kg."
    lengths = {n: adaptive.step_lengths(adaptive.descend(n, False, True)) for n in adaptive.RATES}
    for name, length in lengths.items():
        thirds = [np.mean(length[begin : begin + 20]) for begin in (60, 80, 100)]
        assert (thirds[0] > thirds[1] > thirds[2]) == (name == "AdaGrad"), name
        assert np.mean(length[-20:]) < length[0] / 2, name
    yield "Near 70 kg their steps are shorter than the first ones, but they shrink no further,"
    yield "Only AdaGrad's steps keep getting shorter, slowly,"
    for name in adaptive.RATES:
        assert adaptive.step_lengths(adaptive.descend(name, False, False))[-1] < 0.002, name
    yield "and the steps of all four go to zero with it."
    assert np.sqrt((1 - 0.9) / (1 + 0.9)) == pytest.approx(0.25, abs=0.03)
    yield "the average still has about a quarter of the noise"


def dropping() -> Iterator[str]:
    def ends(factor: float) -> dict[int, float]:
        found = drops.table()[-1, :, drops.FACTORS.index(factor)]
        return dict(zip(drops.BOUNDARIES, found, strict=True))

    constant = digits.best_constant()[1][-1]
    at_192 = drops.table()[:, drops.BOUNDARIES.index(192), drops.FACTORS.index(10.0)]
    yield f"the loss falls from {at_192[5]:.3f} to {at_192[6]:.3f} within one epoch."
    assert at_192[6] - at_192[-1] < 0.01
    yield "After that it hardly moves,"
    tenths, thirds = ends(10.0), ends(3.0)
    yield f"it ends at {tenths[64]:.3f}, and the best constant rate at {constant:.3f}."
    assert [at for at in tenths if tenths[at] < constant] == [128, 192, 256]
    assert min(tenths, key=tenths.__getitem__) == 256
    yield f"the latest one, at step 256, is the best with {tenths[256]:.3f}."
    assert [at for at in thirds if thirds[at] < constant] == [64, 128, 192, 256]
    yield "all drops from step 64 on beat the best constant rate."
    yield f"Without any drop, the rate of 1 ends at {tenths[320]:.3f}."
    floors = [noisy_descent.expected_loss(np.full(2000, rate))[-1] for rate in (1.0, 0.1)]
    assert floors[1] < floors[0] / 10
    yield "so the part of the loss that comes from the noise falls "


def reaching() -> Iterator[str]:
    walked = reach.distances("exponential", 60, 0.1, False)
    assert walked[-1] - walked[999] < 1e-9
    assert reach.MOST == 10_000
    yield f"the exponential walks {walked[-1]:.0f} and then stands still for the rest of the 10,000"
    grid = [(steps, rate) for steps in (15, 30, 60, 120) for rate in (0.1, 0.3, 0.5, 0.7, 0.9)]
    there = {
        name: {pair: reach.arrival(reach.distances(name, *pair, False)) for pair in grid}
        for name in reach.RULES
    }
    number = sum(steps is not None for steps in there["exponential"].values())
    yield f"It reaches the minimum with only {number} of its {len(grid)} settings"
    fastest = min(steps for steps in there["exponential"].values() if steps)
    yield f"At best it needs {fastest} steps."
    rows = {pair for pair, steps in there["exponential"].items() if steps}
    slow = {(steps, rate) for steps, rate in grid if rate == 0.9}
    assert rows == slow | {(60, 0.7), (120, 0.7), (120, 0.5), (120, 0.3)}
    yield (
        "a `decay_rate` of 0.9 always, with 0.7 if `decay_steps` is 60 or 120, and with 0.5 or 0.3"
    )
    slowest = there["inverse time"]
    assert all(slowest.values())
    assert max(grid, key=lambda pair: slowest[pair]) == (15, 0.9)
    yield f"with all {len(grid)} settings, because its sum grows without limit;"
    yield f"with 0.9 every 15 steps it takes longest, {slowest[15, 0.9]} steps."
    stairs = reach.distances("exponential", 60, 0.1, True)[-1]
    yield f"so it walks farther: {stairs:.0f} with 0.1 every 60 steps."
    assert walked[-1] == pytest.approx(60 / np.log(1 / 0.1), rel=0.03)
    yield "is finite, about $\\eta_0 D / \\ln(1/\\gamma)$"


def planning() -> Iterator[str]:
    def end(power: float, decay_steps: int, again: bool = False) -> float:
        return float(given_end.losses(power, 0.0, decay_steps, again)[-1])

    yield f"a straight line (power 1) ends at {end(1.0, 320):.3f} and a power of 0.5 at"
    yield f"a power of 0.5 at {end(0.5, 320):.3f}, which is no difference"
    yield f"for the rest of the training, and ends at {end(2.0, 320):.3f}."
    yield f"and the loss stands still at {end(1.0, 96):.3f}."
    left = given_end.rates(1.0, 0.0, 480, False)[-1]
    assert left == pytest.approx(1 / 3, abs=0.01)
    yield f"still a third of its first value, and the loss is {end(1.0, 480):.3f}, about as low as"
    assert all(end(power, 96) > 1.5 * end(power, 480) for power in given_end.POWERS)
    yield "The plan that ends too early is worse."
    yield f"from 96 steps, it arrives at {end(1.0, 96, again=True):.3f}."
    to_a_tenth = float(given_end.losses(1.0, 0.1, 320, False)[-1])
    assert abs(to_a_tenth - end(1.0, 320)) < 0.005
    yield f"from 1 to zero ends at {end(1.0, 320):.3f},"
    yield f"and a line from 1 to a tenth at {to_a_tenth:.3f}."


def restarting() -> Iterator[str]:
    four, none = (valleys.shares(period, 1.0, 0.0) for period in ("120 = 4 × 30", "no restart"))
    yield (
        f"In the end, {four[0]:.0f}% of {valleys.DRAWS} descents are in the deepest valley with "
        f"4 × 30, and {none[0]:.0f}% without a restart"
    )
    yield f"and {four[1]:.0f}% were in the deepest valley at one of these stops."
    weak = valleys.shares("120 = 4 × 30", 0.5, 0.0)
    yield f"and {weak[1]:.0f}% are in the deepest valley at one of the four stops."
    spreads = []
    for alpha in (0.0, 0.3):
        w = valleys.descend(valleys.rates("120 = 4 × 30", 1.0, alpha))
        jumps = np.abs(np.diff(w, axis=0))[valleys.period_ends("120 = 4 × 30") - 1]
        spreads.append(jumps.mean())
    assert spreads[1] > 10 * spreads[0]
    yield "the descents still shake when a period ends."


def choosing() -> Iterator[str]:
    rates = [
        curves.exponential(digits.STEPS, 1.0, 320, 0.3),
        curves.inverse_time(digits.STEPS, 1.0, 80, 0.3),
        curves.cosine(digits.STEPS, 1.0, 320, 0.1),
    ]
    best = [
        *digits.validation_losses(np.stack(rates, axis=1))[-1],
        drops.table()[-1].min(),
        min(
            given_end.losses(power, end, 320, False)[-1]
            for power in given_end.POWERS
            for end in given_end.ENDS
        ),
    ]
    constant = digits.best_constant()[1][-1]
    yield (
        f"the best constant rate ends at {constant:.3f}, and a good setting of each kind above "
        f"ends between {min(best):.3f} and {max(best):.3f}."
    )
    early = drops.table()[-1, drops.BOUNDARIES.index(64), drops.FACTORS.index(10.0)]
    assert early > constant
    yield f"a staircase of tenths whose first drop comes at step 64 ends at {early:.3f}."
    ends = {
        epochs: dict(zip(budget.NAMES, budget.losses(epochs)[-1], strict=True))
        for epochs in budget.BUDGETS
    }
    stable = {epochs: found.pop("stable, then decay") for epochs, found in ends.items()}
    assert [e for e in budget.BUDGETS if stable[e] < min(ends[e].values())] == [4, 6, 8, 10]
    numbers = [f"{stable[epochs]:.3f}" for epochs in (4, 6, 8, 10)]
    yield f"*stable, then decay* ends lowest, with {', '.join(numbers[:3])} and {numbers[3]},"
    assert stable[2] == pytest.approx(ends[2]["linear"], abs=0.005)
    yield "after 2 epochs it is level with the line"
    hovering = [ends[epochs]["constant"] for epochs in (8, 10)]
    yield f"it hovers: it is at {hovering[0]:.3f} after 8 epochs and at {hovering[1]:.3f} after 10."
    half, quarter = (float(curves.cosine(np.array(50), 1.0, n)) for n in (100, 200))
    assert half == pytest.approx(0.5)
    yield "After 50 of 100 epochs a cosine is at half of its peak."
    yield f"After 50 of 200 epochs it would still be at {quarter:.0%}."


def silent_units(warmup_steps: int, seed: int) -> int:
    """Return how many hidden units are 0 for every training picture after an epoch of Adam."""
    x, y, *_ = images.digits()
    labels, order = images.one_hot(y, np.float64), np.random.default_rng(seed).permutation(len(x))
    w, optimizer = DIGIT_NETWORK.first_parameters([seed]), named("Adam")
    state, rates = optimizer.state, warmup.rates(warmup.PEAKS["Adam"][2], warmup_steps)
    for step, batch in enumerate(np.split(order, training.EPOCH)):
        _, gradient, _ = DIGIT_NETWORK.loss_and_gradient(w, x[batch], labels[batch])
        update, state = optimizer.rule(gradient, state, step + 1)
        w = w + rates[step] * update
    weights, biases = DIGIT_NETWORK.split_parameters(w)[:2]
    return int(np.sum((x @ weights[0] + biases[0, 0]).max(axis=0) <= 0))


def warming() -> Iterator[str]:
    momentum, adam = (warmup.losses(name).validation[-1] for name in ("Momentum", "Adam"))
    for losses in momentum[0], adam[0]:
        assert np.all(np.abs(losses - losses[0]) < 0.015)
    yield "At the moderate peaks, a warm-up changes next to nothing."
    yield f"lower Momentum's loss from {momentum[1, 0]:.3f} to {momentum[1, 1]:.3f} and Adam's from"
    yield f"and Adam's from {adam[1, 0]:.3f} to {adam[1, 1]:.3f}."
    for gradient in 1e-3, 5.0:
        update, _ = named("Adam").rule(np.array(gradient), (0.0, 0.0), 1)
        assert float(update) == pytest.approx(-1, abs=1e-2)
    yield "step moves every weight that has a gradient by 0.2, however small that gradient is."
    first = DIGIT_NETWORK.split_parameters(DIGIT_NETWORK.first_parameters(digits.SEEDS))[0]
    yield f"have a standard deviation of only {first.std():.2f},"
    batches = warmup.losses("Adam").batches[:, 2, 0]
    yield f"The loss of the batch jumps from {batches[0]:.2f} to {batches[1]:.2f}."
    without, with_8 = ([silent_units(steps, seed) for seed in digits.SEEDS] for steps in (0, 8))
    assert max(without) == DIGIT_NETWORK.layers[1]
    yield f"between {min(without)} and all {max(without)} of the hidden units come to output 0"
    yield f"With 8 steps of warm-up, only {min(with_8)} to {max(with_8)} units are lost,"
    yield f"the validation loss ends at {adam[2, 1]:.2f} instead of {adam[2, 0]:.2f}."
    yield f"validation loss is {adam[2, 1]:.2f} with them and {adam[2, 0]:.2f} without."
    assert np.all(momentum[2] > 0.4)
    yield "For Momentum with a peak of 0.6 no warm-up is enough: the loss stays above 0.4,"
    assert adam[2, 0] - adam[2, 1] > 0.9 * (adam[2, 0] - adam[2].min())
    yield "Nearly the whole effect is there after 8 steps;"


def cycling() -> Iterator[str]:
    flat = dict(zip(cycle.PEAKS, cycle.constant()[-1], strict=True))
    assert min(flat, key=flat.__getitem__) == 0.1
    tables = {rise: cycle.table(rise)[-1] for rise in cycle.RISES}
    at = cycle.PEAKS.index(0.3)
    best = min(tables, key=lambda rise: tables[rise].min())
    assert np.argmin(tables[best]) == at
    yield f"The best constant rate of the four is 0.1, with a loss of {flat[0.1]:.3f}."
    yield (
        f"The best cycle has a peak of 0.3 and ends at {tables[best][at]:.3f}, where the constant "
        f"rate 0.3 ends at {flat[0.3]:.3f}."
    )
    assert all(table[0] > flat[0.03] for table in tables.values())
    yield "With a peak of 0.03 the cycle loses to the constant rate"
    assert best == 0
    yield "The best cycle here has no way up at all,"
    assert tables[0.5][at] > tables[0.3][at] > tables[0.0][at]
    yield f"ends a little higher: at {tables[0.3][at]:.3f} if it takes 30% of the steps,"
    yield f"and at {tables[0.5][at]:.3f} if it takes half of them."


def ranging() -> Iterator[str]:
    tenths, falls, best = [], [], []
    for name in range_test.OPTIMIZERS:
        rates = range_test.growing_rates(3)
        line = range_test.smooth(range_test.batch_losses(name, 3), 0.8)
        tenths.append(rates[np.argmin(line)] / 10)
        falls.append(range_test.steepest(rates, line))
        best.append(training.RATES[np.argmin(training.constant_rate_losses(name)[-1])])
    a, b, c = tenths
    yield f"a tenth of the lowest is {a:.2g} for SGD, {b:.2g} for Momentum and {c:.2g} for Adam"
    yield f"have the rates {best[0]:.2g}, {best[1]:.1g} and {best[2]:.2g},"
    low = np.array(best) / tenths
    yield f"so the suggestions are too low by factors of {low.min():.1f} to {low.max():.0f}."
    yield f"The steepest fall is at {falls[0]:.2g}, {falls[1]:.2g} and {falls[2]:.2g}."
    near = np.argmin(np.abs(np.log(training.RATES / falls[1])))
    assert (
        training.constant_rate_losses("Momentum")[-1][near]
        > 2 * training.constant_rate_losses("Momentum")[-1].min()
    )
    yield "in the second panel the loss has more than doubled there."
    raw, rates = range_test.batch_losses("SGD", 3), range_test.growing_rates(3)
    yield f"Without smoothing it is found at {range_test.steepest(rates, raw):.2g} for SGD"
    assert range_test.steepest(rates, range_test.smooth(raw, 0.95)) < rates[1]
    bare, smooth = raw, range_test.smooth(raw, 0.95)
    found = [rates[np.argmin(losses)] / 10 for losses in (bare, smooth)]
    yield f"a tenth of it is {found[0]:.2g} for SGD without smoothing and {found[1]:.2g} with 0.95."
    lowest = [
        [range_test.growing_rates(n)[np.argmin(range_test.batch_losses(name, n))] for n in (3, 10)]
        for name in range_test.OPTIMIZERS
    ]
    assert all(ten < three for three, ten in lowest)
    yield "A test of ten epochs finds lower rates"


def ends(name: str, suggested: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Return the losses of trainings whose rates are a shape times each suggested rate."""
    rates = shape[:, None] * suggested
    return training.mean_losses(name, rates, dtype=np.float64).validation[-1]


def ranging_again() -> Iterator[str]:
    rates, constant = range_test.growing_rates(3), np.ones(digits.TOTAL)
    cosine = curves.cosine(digits.STEPS, 1.0, digits.TOTAL)
    tenth_ends, fall_ends, gains, first_steps = [], [], [], 0
    seeds = range(1, 13)
    for name in range_test.OPTIMIZERS:
        raw = [range_test.batch_losses(name, 3, seed) for seed in seeds]
        lines = [range_test.smooth(losses, 0.8) for losses in raw]
        tenths = np.array([rates[np.argmin(line)] for line in lines]) / 10
        falls = np.array([range_test.steepest(rates, line) for line in lines])
        first_steps += int(np.sum(falls < rates[1]))
        tenth_ends.append(ends(name, tenths, constant))
        fall_ends.append(ends(name, falls, constant))
        gains.append(ends(name, tenths, cosine) - ends(name, 3 * tenths, cosine))
    number = len(seeds) * len(range_test.OPTIMIZERS)
    yield f"None of the {number} tenths was too high: the highest mean loss at the end is"
    yield f"the highest mean loss at the end is {np.max(tenth_ends):.2f}."
    assert first_steps == 3
    wrong = np.sum(np.array(fall_ends) > 1)
    yield f"Of the trainings at the {number} steepest falls, {wrong} ended above 1 nat,"
    better = np.sum(np.array(gains) > 0)
    yield f"is better than the suggested rate itself in {better} of the {number} cases."


def sizing() -> Iterator[str]:
    sgd, adam = (batch_size.losses(name) for name in ("SGD", "Adam"))
    at = np.argmin(np.abs(batch_size.PEAKS["SGD"] - 0.32))
    yield f"SGD ends at {sgd[1, at]:.3f} with batches of 32 and at {sgd[2, at]:.3f} with batches of"
    logs = np.log10(batch_size.PEAKS["SGD"])
    for size, row in zip(batch_size.SIZES, sgd, strict=True):
        scaled = np.interp([-1.25, -1.0, -0.75], logs - np.log10(size / batch_size.USUAL), row)
        assert scaled == pytest.approx(np.interp([-1.25, -1.0, -0.75], logs, sgd[1]), rel=0.1)
    yield "the three lines of SGD coincide on their left sides"
    assert np.argmin(sgd[1]) == np.argmin(sgd[2]) == np.argmin(np.abs(logs))
    yield "Batches of 32 and of 128 have the same best peak, 1, so the large batches end at"
    yield f"the large batches end at {sgd[2].min():.3f}, and the small ones at {sgd[1].min():.3f}."
    best = batch_size.PEAKS["Adam"][np.argmin(adam, axis=1)]
    assert np.log10(best[1:] / best[:-1]) == pytest.approx(np.log10(2), abs=0.06)
    notch = batch_size.PEAKS["Adam"][1] / batch_size.PEAKS["Adam"][0]
    assert best[1:] / best[:-1] == pytest.approx([notch, notch])
    yield f"one notch of the grid (a factor of {notch:.1f}) for each size:"
    factors = batch_size.PEAKS["Adam"] / batch_size.PEAKS["Adam"][0]
    asked = np.sqrt(batch_size.SIZES[1] / batch_size.SIZES[0])
    assert notch == factors[np.argmin(np.abs(factors - asked))]
    yield f"asks for a factor of {asked:.0f} each time, and {notch:.1f} is as near to it as"
    peaks = batch_size.PEAKS["Adam"]
    shifted = [
        np.interp(0.0178, peaks / (size / 32) ** 0.5, adam[int(size == 32)]) for size in (8, 32)
    ]
    assert shifted[0] == pytest.approx(shifted[1], rel=0.1)
    yield "With this rule its lines for 8 and 32 coincide, but batches of 128 take only 80 steps"
    yield f"from {best[0]:.2g} for batches of 8 to {best[1]:.2g} and {best[2]:.2g}."


def answering() -> Iterator[str]:
    hasty = plateau.train(1)
    first = [epoch + 1 for epoch in hasty.reductions[:3]]
    yield f"the rate is reduced after epochs {first[0]}, {first[1]} and {first[2]}."
    yield f"From then on it is {hasty.rates[first[2]]:.2g} or less,"
    yield f"so the network hardly changes any more, and the loss ends at {last(hasty):.3f}."
    patient = plateau.train(8)
    yield f"the large rate has {patient.reductions[0] + 1} epochs to bend the boundary,"
    yield f"to bend the boundary, and the loss ends at {last(patient):.3f}."
    rested, floored = plateau.train(1, 6), plateau.train(1, 0, 0.03)
    yield f"a cooldown of 6 ends at {last(rested):.3f}, and with a floor of 0.03 at"
    yield f"a floor of 0.03 at {last(floored):.3f}."
    assert plateau.train(1, 1).rates == hasty.rates
    yield "A cooldown of 1 changes nothing, here as in Keras"
    means = [np.array([last(plateau.train(p, seed=seed)) for seed in range(12)]) for p in (1, 8)]
    assert np.all(means[0] > means[1])
    one, eight = (losses.mean() for losses in means)
    yield f"the mean loss is {one:.3f} with a patience of 1 and {eight:.3f} with a patience of 8"


def colliding() -> Iterator[str]:
    same, ten, twelve, sixteen, fewer = (plateau.train(8, stop=s) for s in (8, 10, 12, 16, 4))
    assert [epoch + 1 for epoch in same.reductions] == [len(same.losses)]
    yield f"the training stops after epoch {len(same.losses)}, the same epoch as"
    yield f"the first reduction, at a loss of {last(same):.3f}."
    assert fewer.reductions == []
    yield "With 8 and 4 there is no reduction at all."
    assert len(ten.losses) - ten.reductions[0] - 1 == 2
    yield f"too few for a new best, and the loss is {last(ten):.3f}."
    yield f"reaches epoch {len(twelve.losses)} and a loss of {last(twelve):.3f},"
    yield f"and with 8 and 16 it reaches {last(sixteen):.3f}."
    means = [
        np.mean([last(plateau.train(8, stop=stop, seed=seed)) for seed in range(12)])
        for stop in (8, 10, 16)
    ]
    yield f"{means[0]:.3f} with 8 and 8, {means[1]:.3f} with 8 and 10,"
    yield f"and {means[2]:.3f} with 8 and 16."


def quizzes() -> Iterator[str]:
    runs = quiz.runs()
    assert np.ptp(runs["A"][2:]) < 1e-12
    yield "because its rate is zero from step 96 on."
    assert runs["A"][0] < runs["B"][0] == runs["C"][0]
    yield "In the first epochs, A falls faster than the other two."
    assert runs["C"][5] - runs["C"][6] > 10 * np.ptp(runs["C"][6:])
    assert np.max(np.diff(runs["B"])) > 0.01
    yield "so it moves up and down until the end."
    assert float(curves.cosine(np.array(60), 1.0, 100)) == pytest.approx(1 / 3, abs=0.02)
    yield "At epoch 60 the rate is still about a third of its peak."


CLAIMS = [
    opening,
    familiar,
    adapting,
    dropping,
    reaching,
    planning,
    restarting,
    choosing,
    warming,
    cycling,
    ranging,
    ranging_again,
    sizing,
    answering,
    colliding,
    quizzes,
]


@pytest.mark.parametrize("claims", CLAIMS, ids=lambda claims: claims.__name__)
def test_the_prose_says_the_numbers_that_come_out(claims):
    assert_claimed(CHAPTER, claims())


def one_weight(optimizer: keras.optimizers.Optimizer) -> keras.Model:
    """Return a model with a single weight, whose loss falls slowly from 1."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.zeros((1, 1))])
    model.compile(optimizer, "mean_squared_error")
    return model


@reads_the_rate
class TestKeras:
    """What the chapter says about Keras 3; a version of Keras that changes it fails here."""

    def test_a_rate_from_a_schedule_object_cannot_be_set(self):
        optimizer = keras.optimizers.SGD(schedules.CosineDecay(0.1, 1000))
        with pytest.raises(TypeError, match="hence its learning rate is not settable"):
            optimizer.learning_rate = 0.01

    def test_a_plateau_fails_with_a_schedule_object_only_when_it_first_acts(self):
        model = one_weight(keras.optimizers.SGD(schedules.CosineDecay(0.001, 1000)))
        watch = keras.callbacks.ReduceLROnPlateau("loss", patience=2, min_delta=10.0)
        with pytest.raises(TypeError, match="not settable"):
            model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=9, verbose=0, callbacks=[watch])
        assert int(model.optimizer.iterations) == 3

    def test_a_scheduler_callback_fails_with_a_schedule_object(self):
        model = one_weight(keras.optimizers.SGD(schedules.CosineDecay(0.001, 1000)))
        halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
        with pytest.raises(TypeError, match="not settable"):
            model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=1, verbose=0, callbacks=[halve])

    def test_a_scheduler_callback_halves_the_rate_each_epoch(self):
        model = one_weight(keras.optimizers.SGD(0.1))
        halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
        x = np.ones((4, 1))
        log = model.fit(x, x, epochs=3, verbose=0, callbacks=[halve]).history
        assert log["learning_rate"] == pytest.approx([0.05, 0.025, 0.0125])

    def test_a_scheduler_callback_leaves_the_first_epoch_alone_if_it_is_told_to(self):
        rule = "lambda epoch, rate: rate / 2 if epoch else rate"
        assert_claimed(CHAPTER, [f"LearningRateScheduler({rule})` halves it after each epoch."])
        model = one_weight(keras.optimizers.SGD(0.1))
        halve = keras.callbacks.LearningRateScheduler(
            lambda epoch, rate: rate / 2 if epoch else rate
        )
        x = np.ones((4, 1))
        log = model.fit(x, x, epochs=3, verbose=0, callbacks=[halve]).history
        assert log["learning_rate"] == pytest.approx([0.1, 0.05, 0.025])

    def test_a_schedule_also_scales_the_weight_decay_of_adamw(self):
        falling = schedules.PolynomialDecay(0.5, 2, 0.0)
        optimizer = keras.optimizers.AdamW(falling, weight_decay=0.1)
        w, found = keras.Variable([1.0]), []
        for _ in range(3):
            before = float(w[0])
            optimizer.apply([keras.ops.zeros(1)], [w])
            found.append(1 - float(w[0]) / before)
        assert found == pytest.approx([0.05, 0.025, 0], abs=1e-6)
        assert_claimed(CHAPTER, ["if the rate ends at zero, the weight decay ends at zero, too."])

    def test_the_patience_of_stopping_ends_a_training_before_that_of_the_rate(self):
        model = one_weight(keras.optimizers.SGD(0.001))
        calls = [
            keras.callbacks.ReduceLROnPlateau("loss", patience=4, min_delta=10.0),
            keras.callbacks.EarlyStopping("loss", patience=4, min_delta=10.0),
        ]
        x = np.ones((4, 1))
        log = model.fit(x, x, epochs=20, verbose=0, callbacks=calls).history
        assert len(log["learning_rate"]) == 5
        assert len(set(log["learning_rate"])) == 1
        assert float(model.optimizer.learning_rate) < log["learning_rate"][0]

    def test_what_older_code_names_is_gone(self):
        with pytest.raises(ValueError, match="not recognized"):
            keras.optimizers.SGD(lr=0.1)
        with pytest.warns(UserWarning, match="`decay` is no longer supported"):
            keras.optimizers.SGD(0.1, decay=1e-4)
        with pytest.raises(ValueError, match="should be float"):
            keras.optimizers.SGD(learning_rate=1)
        assert not hasattr(keras.optimizers.SGD(0.1), "lr")
        assert not hasattr(keras, "experimental")

    def test_inverse_time_is_what_decay_did(self):
        schedule = schedules.InverseTimeDecay(0.1, decay_steps=1, decay_rate=1e-4)
        for step in 0, 100, 10000:
            assert float(schedule(step)) == pytest.approx(0.1 / (1 + 1e-4 * step))

    def test_alpha_is_a_fraction_also_of_a_warm_up_target(self):
        low = float(schedules.CosineDecay(0.001, 10, alpha=1e-5)(10))
        assert low == pytest.approx(1e-8, rel=1e-3)
        assert_claimed(CHAPTER, ["the rate ends at 0.00000001"])
        warm = schedules.CosineDecay(0.0, 10, alpha=0.1, warmup_target=0.5, warmup_steps=5)
        assert float(warm(15)) == pytest.approx(0.05)
        assert float(warm(14)) > 0.0501

    def test_a_warm_up_begins_at_the_initial_rate_and_is_not_part_of_the_decay(self):
        warm = schedules.CosineDecay(0.0, 312, warmup_target=0.2, warmup_steps=8)
        found = [float(warm(step)) for step in (0, 4, 8, 8 + 156, 8 + 312)]
        assert found == pytest.approx([0, 0.1, 0.2, 0.1, 0], abs=1e-6)

    def test_a_cycle_decays_over_the_first_multiple_that_is_not_below_the_step(self):
        theirs = schedules.PolynomialDecay(1.0, 40, 0.1, 1.0, cycle=True)
        for step in 0, 1, 39, 40, 41, 80, 81, 125:
            decay_steps = next(n for n in (40, 80, 120, 160) if n >= step)
            expected = 0.1 + (1.0 - 0.1) * (1 - step / decay_steps)
            assert float(theirs(step)) == pytest.approx(expected, rel=1e-5), step

    def test_a_boundary_has_the_rate_before_it_and_a_restart_the_rate_after_it(self):
        stairs = schedules.PiecewiseConstantDecay([60], [1.0, 0.1])
        assert [float(stairs(step)) for step in (60, 61)] == pytest.approx([1, 0.1])
        restarts = schedules.CosineDecayRestarts(1.0, 40, t_mul=2.0)
        assert [float(restarts(step)) for step in (40, 120)] == pytest.approx([1, 1])

    def test_schedule_free_has_a_warm_up_and_there_is_no_one_cycle(self):
        optimizer = keras.optimizers.ScheduleFreeAdamW(learning_rate=0.01, warmup_steps=8)
        assert optimizer.get_config()["warmup_steps"] == 8
        assert not [name for name in dir(schedules) if "cycle" in name.lower()]

    def test_a_plateau_multiplies_by_a_tenth_and_watches_the_validation_loss(self):
        watch = keras.callbacks.ReduceLROnPlateau()
        assert (watch.factor, watch.monitor) == (0.1, "val_loss")

    def test_a_callback_can_read_the_rate_of_a_schedule_after_each_epoch(self):
        model = one_weight(keras.optimizers.SGD(schedules.CosineDecay(0.1, 2)))
        found = []
        watch = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: found.append(float(model.optimizer.learning_rate))
        )
        model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=3, verbose=0, callbacks=[watch])
        assert found == pytest.approx([0.05, 0, 0])

    def test_the_two_callbacks_differ_in_the_least_progress_that_counts(self):
        deltas = (
            keras.callbacks.ReduceLROnPlateau().min_delta,
            keras.callbacks.EarlyStopping().min_delta,
        )
        assert deltas == pytest.approx((0.0001, 0))
        assert_claimed(CHAPTER, ["0.0001 for the rate and 0 for stopping"])

    def test_the_loss_that_train_on_batch_returns_is_that_of_the_batch(self):
        model = one_weight(keras.optimizers.SGD(0.0))
        losses = [model.train_on_batch(np.ones((1, 1)), np.array([[y]])) for y in (1.0, 3.0, 2.0)]
        assert losses == pytest.approx([1, 9, 4])


@reads_the_rate
class TestInverseRoot:
    """The class that the chapter shows but does not run."""

    @pytest.fixture
    def kind(self) -> type[schedules.LearningRateSchedule]:
        text = (CHAPTERS / f"{CHAPTER}.md").read_text(encoding="utf-8")
        names: dict[str, type] = {}
        exec(
            re.search(r"^```python\n(.+?)^```$", text, re.DOTALL | re.MULTILINE)[1],
            globals(),
            names,
        )
        return names["InverseRoot"]

    def test_it_climbs_to_the_peak_and_falls_with_the_root(self, kind):
        schedule = kind(0.5, 100)
        for step, share in (0, 0.01), (49, 0.5), (99, 1.0), (399, 0.5), (9999, 0.1):
            assert float(schedule(step)) == pytest.approx(0.5 * share, rel=1e-5)

    def test_it_trains_and_is_built_anew_from_its_settings(self, kind):
        schedule = kind(0.5, 4)
        model = one_weight(keras.optimizers.SGD(schedule))
        model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=2, verbose=0)
        again = kind.from_config(schedule.get_config())
        assert float(again(7)) == float(schedule(7))

    def test_its_formula_is_the_lower_one_of_two_branches(self, kind):
        step = np.arange(400)
        u = (step + 1) / 100
        expected = 0.5 * np.minimum(u, 1 / np.sqrt(u))
        np.testing.assert_allclose(np.asarray(kind(0.5, 100)(step)), expected, rtol=1e-5)
        assert expected[0] > 0
        assert np.argmax(expected) == 99

    def test_its_settings_are_saved_with_the_model(self, kind, tmp_path):
        one_weight(keras.optimizers.SGD(kind(0.5, 4))).save(tmp_path / "model.keras")
        with pytest.raises(TypeError, match=f"Could not locate class '{kind.__name__}'"):
            keras.models.load_model(tmp_path / "model.keras")
        names = {kind.__name__: kind}
        model = keras.models.load_model(tmp_path / "model.keras", custom_objects=names)
        rate = float(model.optimizer.learning_rate)
        assert rate == pytest.approx(0.125)


class TestCurves:
    steps = np.arange(0, 131)

    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [
            (
                lambda s: curves.piecewise(s, (60, 90), (1.0, 0.1, 0.01)),
                schedules.PiecewiseConstantDecay([60, 90], [1.0, 0.1, 0.01]),
            ),
            (
                lambda s: curves.exponential(s, 0.7, 30, 0.3),
                schedules.ExponentialDecay(0.7, 30, 0.3),
            ),
            (
                lambda s: curves.exponential(s, 0.7, 30, 0.3, True),
                schedules.ExponentialDecay(0.7, 30, 0.3, True),
            ),
            (
                lambda s: curves.inverse_time(s, 0.7, 30, 0.3),
                schedules.InverseTimeDecay(0.7, 30, 0.3),
            ),
            (
                lambda s: curves.inverse_time(s, 0.7, 30, 0.3, True),
                schedules.InverseTimeDecay(0.7, 30, 0.3, True),
            ),
            (
                lambda s: curves.polynomial(s, 0.7, 40, 0.1, 2.0),
                schedules.PolynomialDecay(0.7, 40, 0.1, 2.0),
            ),
            (
                lambda s: curves.polynomial(s, 0.7, 40, 0.1, 0.5, True),
                schedules.PolynomialDecay(0.7, 40, 0.1, 0.5, True),
            ),
            (lambda s: curves.cosine(s, 0.7, 80, 0.2), schedules.CosineDecay(0.7, 80, 0.2)),
            (
                lambda s: curves.cosine_restarts(s, 0.7, 40, 2.0, 0.6, 0.1),
                schedules.CosineDecayRestarts(0.7, 40, 2.0, 0.6, 0.1),
            ),
            (
                lambda s: curves.cosine_restarts(s, 0.7, 30, 1.0),
                schedules.CosineDecayRestarts(0.7, 30, 1.0),
            ),
        ],
        ids=lambda value: getattr(value, "name", ""),
    )
    def test_every_step_is_that_of_keras(self, ours: Callable, theirs):
        expected = [float(theirs(int(step))) for step in self.steps]
        np.testing.assert_allclose(ours(self.steps), expected, atol=2e-6)

    @pytest.mark.parametrize("rise", [0.0, 0.3, 0.5])
    def test_a_hill_climbs_to_its_peak_and_falls_to_zero(self, rise):
        height = curves.slanted_triangle(np.arange(101), 100, 2.0, rise)
        assert height[0] == pytest.approx(0.08)
        assert height[-1] == 0
        top = int(np.argmax(height))
        assert height[top] >= 1.98
        assert abs(top - 100 * rise) <= 1
        assert np.all(np.diff(height[: top + 1]) > 0)
        assert np.all(np.diff(height[top:]) < 0)


class TestNoisyDescent:
    @pytest.mark.parametrize("name", ["constant 1", "cosine", "one cycle"])
    def test_the_expected_loss_is_the_mean_over_many_descents(self, name):
        rates = noisy_descent.SCHEDULES[name]
        ends = np.array([noisy_descent.descend(rates, seed)[[1, 20, -1]] for seed in range(2000)])
        losses = np.mean(np.sum(noisy_descent.CURVATURE * ends**2, axis=-1) / 2, axis=0)
        np.testing.assert_allclose(
            losses, noisy_descent.expected_loss(rates)[[1, 20, -1]], rtol=0.08
        )

    def test_a_step_goes_against_the_gradient_and_its_noise(self):
        path = noisy_descent.descend(np.full(5, 0.5))
        w = noisy_descent.START
        for noise in noisy_descent.NOISE * np.random.default_rng(4).standard_normal((5, 2)):
            w = w - 0.5 * (noisy_descent.CURVATURE * w + noise)
        np.testing.assert_allclose(path[-1], w)


class TestDigits:
    def test_no_constant_rate_ends_lower_than_the_best(self):
        rate, losses = digits.best_constant()
        others = np.tile([0.1, 0.3, 0.5, 1.0, rate], (digits.TOTAL, 1))
        ends = digits.validation_losses(others)[-1]
        assert ends[-1] == pytest.approx(losses[-1], rel=0.01)
        assert np.argmin(ends) == 4

    def test_a_table_of_drops_holds_the_training_that_its_place_says(self):
        theirs = schedules.PiecewiseConstantDecay([64, 192], [1.0, 0.1, 0.01])
        rates = np.array([float(theirs(int(step))) for step in digits.STEPS])
        expected = digits.validation_losses(rates[:, None])[:, 0]
        found = drops.table()[:, drops.BOUNDARIES.index(64), drops.FACTORS.index(10.0)]
        np.testing.assert_allclose(found, expected, rtol=0.01)

    @pytest.mark.parametrize("cycle", [False, True])
    def test_a_table_of_plans_holds_the_training_that_its_place_says(self, cycle):
        theirs = schedules.PolynomialDecay(1.0, 96, 0.1, 2.0, cycle=cycle)
        rates = np.array([float(theirs(int(step))) for step in digits.STEPS])
        expected = digits.validation_losses(rates[:, None])[:, 0]
        np.testing.assert_allclose(given_end.losses(2.0, 0.1, 96, cycle), expected, rtol=0.01)

    @pytest.mark.parametrize("total", [64, 320])
    def test_every_rate_of_a_budget_begins_at_its_peak_and_all_but_one_end_at_zero(self, total):
        for name in budget.NAMES:
            first, last = budget.rates(name, np.array([0, total]), total)
            assert (first, last) == pytest.approx((1, 1 if name == "constant" else 0), abs=1e-9)

    def test_what_is_stable_decays_in_the_last_third_only(self):
        rates = budget.rates("stable, then decay", np.array([0, 69, 70, 85, 100]), 100)
        assert rates == pytest.approx([1, 1, 1, 0.5, 0])


class TestReach:
    @pytest.mark.parametrize("staircase", [False, True])
    def test_a_walker_with_these_rates_of_keras_arrives_then(self, staircase):
        theirs = schedules.ExponentialDecay(1.0, 60, 0.7, staircase=staircase)
        walked, steps = 0.0, 0
        while walked < reach.GOAL:
            walked, steps = walked + float(theirs(steps)), steps + 1
        assert reach.arrival(reach.distances("exponential", 60, 0.7, staircase)) == steps

    def test_who_stands_still_before_the_goal_never_arrives(self):
        assert reach.arrival(np.array([50.0, reach.GOAL - 0.01])) is None


class TestValleys:
    def test_the_slope_is_the_derivative_of_the_loss(self):
        for w in (-7.3, -0.4, 3.1, 8.8):
            assert float(valleys.slope(w)) == pytest.approx(difference(valleys.loss, w), abs=1e-6)

    def test_the_deepest_valley_is_the_lowest_of_all(self):
        w = np.linspace(-12, 12, 2401)
        lowest = w[np.argmin(valleys.loss(w))]
        assert lowest == pytest.approx(valleys.DEEPEST)
        assert valleys.in_deepest(np.array([lowest, 2.1, 5.9, 1.9, 6.1])).tolist() == [
            *[True] * 3,
            *[False] * 2,
        ]

    @pytest.mark.parametrize(
        ("period", "ends"), [("no restart", [120]), ("120 = 40 + 80", [40, 120])]
    )
    def test_a_period_ends_where_the_rate_is_lowest(self, period, ends):
        assert valleys.period_ends(period).tolist() == ends
        rate = valleys.rates(period, 1.0, 0.0)
        assert np.all(rate[np.array(ends) - 1] < 0.002)

    def test_whoever_is_there_at_the_last_stop_is_there_at_some_stop(self):
        for period in valleys.PERIODS:
            last, some = valleys.shares(period, 1.0, 0.0)
            assert 0 < last <= some <= 100
            assert (last == some) == (period == "no restart")


class TestAdaptive:
    @pytest.mark.parametrize("name", list(adaptive.RATES))
    def test_a_scheduled_optimizer_walks_as_in_keras(self, name):
        schedule = schedules.CosineDecay(adaptive.RATES[name], adaptive.MORNINGS)
        optimizer, w = keras_optimizer(name, schedule), keras.Variable(adaptive.START)
        for _ in range(12):
            optimizer.apply([keras.ops.array(w - adaptive.TRUE)], [w])
        found = adaptive.descend(name, True, False)[12]
        np.testing.assert_allclose(found, np.full(adaptive.PEOPLE, float(w)), rtol=1e-5)

    def test_the_share_of_one_over_t_is_the_mean_that_sgd_cannot_reach(self):
        readings = adaptive.NOISE * np.random.default_rng(6).standard_normal((120, 300))
        mean = np.sqrt(np.mean(readings.mean(axis=0) ** 2))
        assert mean < adaptive.typical_errors(adaptive.descend("SGD", True, True))[-1] < 0.15

    def test_lengths_and_errors_of_a_known_walk(self):
        estimates = np.array([[67.0, 70.0], [70.0, 74.0]])
        assert adaptive.step_lengths(estimates) == pytest.approx([np.sqrt((9 + 16) / 2)])
        assert adaptive.typical_errors(estimates) == pytest.approx([np.sqrt(9 / 2), np.sqrt(8)])


class TestWarmup:
    @pytest.mark.parametrize("steps", [8, 64])
    def test_rates_are_those_of_keras(self, steps):
        theirs = schedules.CosineDecay(
            0.0, warmup.TOTAL - steps, warmup_target=0.3, warmup_steps=steps
        )
        expected = [float(theirs(int(s))) for s in warmup.STEPS[::7]]
        np.testing.assert_allclose(warmup.rates(0.3, steps)[::7], expected, atol=1e-6)

    def test_no_warm_up_is_the_cosine_alone(self):
        expected = curves.cosine(warmup.STEPS, 0.3, warmup.TOTAL)
        np.testing.assert_allclose(warmup.rates(0.3, 0), expected)

    def test_bins_hold_the_means_of_their_steps(self):
        means = warmup.in_bins(warmup.STEPS + 1.0)
        assert means[:8] == pytest.approx(np.arange(1, 9))
        assert means[-1] == pytest.approx((warmup.BINS[-1] + warmup.TOTAL) / 2)

    def test_a_table_holds_the_training_that_its_place_says(self):
        rates = warmup.rates(0.1, 32)[:, None]
        means = training.mean_losses("Adam", rates, seeds=digits.SEEDS, dtype=np.float64)
        expected = means.validation[:, 0]
        np.testing.assert_allclose(warmup.losses("Adam").validation[:, 1, 3], expected, rtol=0.02)


class TestCycle:
    def test_the_momentum_is_least_where_the_rate_is_largest(self):
        rates, momenta = (
            curves.slanted_triangle(cycle.STEPS, cycle.TOTAL, 1.0, 0.3),
            cycle.momenta(0.3),
        )
        assert np.argmax(rates) == np.argmin(momenta)
        assert momenta[0] == pytest.approx(0.95)
        assert momenta.min() == pytest.approx(0.85, abs=0.002)


class TestBatchSize:
    @pytest.mark.parametrize("name", list(batch_size.PEAKS))
    def test_batches_of_the_usual_size_train_as_everywhere_else(self, name):
        peaks = batch_size.PEAKS[name][2:5]
        rates = curves.cosine(digits.STEPS, 1.0, digits.TOTAL)[:, None] * peaks
        expected = training.train(name, rates, 2, dtype=np.float64).validation[-1]
        np.testing.assert_allclose(batch_size.train(name, peaks, 32, 2), expected)

    def test_one_batch_of_all_pictures_takes_a_step_in_an_epoch(self):
        x, y, x_new, y_new = images.digits()
        w, step = DIGIT_NETWORK.first_parameters([3]), np.arange(batch_size.EPOCHS)
        for rate in curves.cosine(step, 0.5, batch_size.EPOCHS):
            labels = images.one_hot(y, w.dtype)
            w = w - rate * DIGIT_NETWORK.loss_and_gradient(w, x, labels)[1]
        expected = DIGIT_NETWORK.mean_loss(w, x_new, images.one_hot(y_new, w.dtype))
        np.testing.assert_allclose(
            batch_size.train("SGD", np.array([0.5]), len(x), 3), expected, rtol=1e-6
        )


class TestRangeTest:
    def test_smoothing_is_adams_corrected_average(self):
        losses = np.array([4.0, 2.0, 1.0])
        expected = [4, (0.5 * 4 + 2) / 1.5, (0.25 * 4 + 0.5 * 2 + 1) / 1.75]
        assert range_test.smooth(losses, 0.5) == pytest.approx(expected)
        assert range_test.smooth(losses, 0.0) == pytest.approx(losses)

    def test_the_steepest_fall_lies_before_the_lowest_loss(self):
        rates = np.array([0.01, 0.1, 1.0, 10.0, 100.0])
        losses = np.array([2.3, 2.0, 0.9, 5.0, 1.0])
        assert range_test.steepest(rates, losses) == pytest.approx(np.sqrt(0.1))

    def test_the_rates_grow_as_an_exponential_of_keras_does(self):
        theirs = schedules.ExponentialDecay(1e-4, 95, 3e5)
        expected = [float(theirs(step)) for step in range(96)]
        np.testing.assert_allclose(range_test.growing_rates(3), expected, rtol=1e-4)


@reads_the_rate
class TestPlateau:
    losses = np.random.default_rng(5).random(60).cumsum() % 1 + np.geomspace(3, 0.1, 60)

    @pytest.mark.parametrize("patience", [1, 3])
    @pytest.mark.parametrize("cooldown", [0, 1, 4])
    @pytest.mark.parametrize("floor", [0.0, 0.05])
    def test_the_rates_are_those_that_keras_sets(self, patience, cooldown, floor):
        theirs = keras.callbacks.ReduceLROnPlateau(
            "loss", 0.3, patience, cooldown=cooldown, min_lr=floor
        )
        theirs.set_model(one_weight(keras.optimizers.SGD(1.0)))
        theirs.on_train_begin()
        watch, rate = plateau.PlateauWatch(patience, cooldown, floor), 1.0
        for epoch, loss in enumerate(self.losses):
            theirs.on_epoch_end(epoch, {"loss": loss})
            rate = watch.next_rate(loss, rate)
            assert rate == pytest.approx(float(theirs.model.optimizer.learning_rate), rel=1e-4)
        assert rate < 1

    def test_less_than_min_delta_is_no_improvement(self):
        watch = plateau.PlateauWatch(patience=1, min_delta=0.1)
        assert watch.next_rate(1.0, 0.5) == 0.5
        assert watch.next_rate(0.95, 0.5) == 0.15
        assert watch.next_rate(0.85, 0.15) == 0.15

    def test_the_network_of_the_moons_trains_as_in_keras(self):
        training = moons.Training()
        hidden = keras.layers.Dense(16, activation="relu")
        out = keras.layers.Dense(2, activation="softmax")
        model = keras.Sequential([keras.Input((2,)), hidden, out])
        weights, biases, last, last_biases = moons.NETWORK.split_parameters(training.w)
        model.set_weights([weights[0], biases[0, 0], last[0], last_biases[0, 0]])
        model.compile(keras.optimizers.SGD(0.1, 0.9), "categorical_crossentropy")
        (x, y), order = moons.moons(0), np.random.default_rng(moons.SEED).permutation(200)
        for batch in np.split(order, moons.EPOCH):
            model.train_on_batch(x[batch], y[batch])
        theirs = model.evaluate(*moons.moons(1), verbose=0)
        assert training.train_epoch(0.1) == pytest.approx(theirs, rel=1e-3)

    @pytest.mark.parametrize(("patience", "bent"), [(1, False), (8, True)])
    def test_only_a_bent_boundary_has_the_inner_tips_of_both_moons_on_the_right_side(
        self, patience, bent
    ):
        probability = moons.boundary(plateau.train(patience).weights)
        tips = [(0.5, -0.2, 0), (-0.5, 0.2, 1)]  # first and second input, and the class
        for x, y, number in tips:
            column, row = np.argmin(np.abs(moons.GRID[0] - x)), np.argmin(np.abs(moons.GRID[1] - y))
            assert ((probability[row, column] > 0.5) == number) == bent

    @pytest.mark.parametrize("stop", [4, 8, 10])
    def test_it_stops_where_early_stopping_of_keras_does(self, stop):
        model = one_weight(keras.optimizers.SGD(0.1))
        model.stop_training = False
        theirs = keras.callbacks.EarlyStopping("loss", patience=stop)
        theirs.set_model(model)
        theirs.on_train_begin()
        losses = plateau.train(8, stop=stop).losses
        for epoch, loss in enumerate(losses):
            assert not model.stop_training
            theirs.on_epoch_end(epoch, {"loss": loss})
        assert model.stop_training == (len(losses) < plateau.EPOCHS)


class TestFigures(FigureRules):
    frames = {
        noisy_descent.draw_drive: {"schedule": ["constant 1", "one cycle"], "step": [0, 60, 120]},
        adaptive.draw_step_lengths: {
            "rate": ["constant", "cosine schedule"],
            "noisy": [False, True],
        },
        drops.draw_stairs: {"boundary": [0, 192, 320], "factor": [2.0, 10.0]},
        reach.draw_decays: {
            "decay_rate": [0.1, 0.9],
            "decay_steps": [15, 120],
            "staircase": [False, True],
        },
        given_end.draw_polynomial: {
            "power": [0.5, 2.0],
            "end": [0.0, 0.1],
            "decay_steps": [96, 480],
            "cycle": [False, True],
        },
        valleys.draw_cosine: {
            "period": ["no restart", "120 = 4 × 30"],
            "m_mul": [0.5, 1.0],
            "alpha": [0.0, 0.3],
        },
        budget.draw_budget: {"epochs": [2, 10]},
        warmup.draw_warmup: {
            "optimizer": ["Momentum", "Adam"],
            "peak": ["moderate", "too large"],
            "warmup_steps": [0, 128],
        },
        batch_size.draw_sizes: {
            "optimizer": ["SGD", "Adam"],
            "rule": ["the batch size", "its square root"],
        },
        cycle.draw_cycle: {"rise": [0.0, 0.5], "peak": [0.03, 0.6]},
        range_test.draw_range: {
            "optimizer": ["SGD", "Adam"],
            "epochs": [1, 10],
            "keep": [0.0, 0.95],
        },
        plateau.draw_response: {"patience": [1, 8], "cooldown": [0, 6], "floor": [0.0, 0.03]},
        plateau.draw_collision: {"patience": [2, 8], "stop": [4, 8, 16]},
        quiz.draw_runs: {},
    }
