"""The numbers in the prose of chapter 5 and those of its demos, against independent sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import keras
import numpy as np
import pytest
from claims import ROOT, assert_claimed
from demos.nets import training
from demos.schedules import (
    adaptive,
    curves,
    cycle,
    decays,
    noisy_descent,
    plateau,
    range_test,
    warmup,
)
from figures import FigureRules
from keras.optimizers import schedules
from references import keras_optimizer

CHAPTER = "05_learning_rate_schedules"
# NumPy 2 warns of the way in which Keras reads the learning rate of an optimizer.
reads_the_rate = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def end(rates: np.ndarray) -> float:
    """Return the expected loss after the last step of a descent."""
    return float(noisy_descent.expected_loss(rates)[-1])


def last(run: plateau.Run) -> float:
    """Return the mean loss of the last five epochs."""
    return float(np.mean(run.losses[-5:]))


def familiar() -> Iterator[str]:
    readings = 70 + np.random.default_rng(0).standard_normal((1000, 500))
    half, mean = np.full(500, 60.0), readings.cumsum(0)[99] / 100
    for reading in readings[:10]:
        half = half - 0.5 * (half - reading)
    yield f"you are within {np.sqrt(np.mean((half - 70) ** 2)):.2f} kg after ten days"
    w = np.full(500, 60.0)
    for t, reading in enumerate(readings[:100], start=1):
        w = w - (w - reading) / t
    np.testing.assert_allclose(w, mean)
    yield "it makes `w` the mean of the readings so far"


def adapting() -> Iterator[str]:
    constant, falling = (
        {n: adaptive.mean_losses(adaptive.descend(n, scheduled, True))[-1] for n in adaptive.RATES}
        for scheduled in (False, True)
    )
    some = [constant[name] for name in ("SGD", "RMSProp", "Adam")]
    yield f"so do their losses, between {min(some):.2f} and {max(some):.2f}."
    rest = falling.values()
    yield f"all four come to rest, between {min(rest):.3f} and {max(rest):.3f}."
    for name in adaptive.RATES:
        length = adaptive.step_lengths(adaptive.descend(name, False, True))
        later = np.mean(length[90:]) / np.mean(length[45:75])
        assert (later < 0.85) == (name == "AdaGrad"), name
    yield "only AdaGrad's steps keep shrinking"
    exact = {
        n: adaptive.step_lengths(adaptive.descend(n, False, False)) for n in ("SGD", "RMSProp")
    }
    assert exact["SGD"][-1] < 0.002
    assert exact["RMSProp"][-1] > 0.5
    yield "Without noise SGD's steps shrink by themselves, since the gradient does; RMSProp's do"


def drops() -> Iterator[str]:
    constant = noisy_descent.best_constant()[1]
    at_60 = noisy_descent.expected_loss(decays.dropping(60, 10.0))
    assert at_60[80] < 0.1
    yield f"falls off a cliff, from {at_60[60]:.2f} to under 0.1 in twenty steps."
    early, late = (end(decays.dropping(at, 10.0)) for at in (20, 100))
    assert early / constant == pytest.approx(2, abs=0.1)
    yield f"a crawl: {early:.3f} in the end, twice as much as the best constant."
    assert late > constant
    yield f"no time left to gain by it: {late:.3f}."
    assert all(end(decays.dropping(at, 3.0)) < constant for at in range(20, 101, 20))
    yield "from 20 to 100 they all beat the best constant"
    floors = [noisy_descent.expected_loss(np.full(2000, rate))[-1] for rate in (1.0, 0.1)]
    assert floors[1] < floors[0] / 10
    yield "leaves a tenth of that floor, or less"


def decaying() -> Iterator[str]:
    left = [float(rule(120, 1.0, 60, 0.1)) for rule in (curves.exponential, curves.inverse_time)]
    yield f"{left[0]:.0%} of the exponential, {left[1]:.0%} of the inverse"
    grid = [(steps, rate) for steps in (15, 30, 60, 120) for rate in (0.1, 0.3, 0.5, 0.7, 0.9)]
    ends = {
        rule: {pair: end(rule(noisy_descent.STEPS, 1.0, *pair)) for pair in grid}
        for rule in (curves.exponential, curves.inverse_time)
    }
    best = {rule: min(found, key=found.__getitem__) for rule, found in ends.items()}
    assert best[curves.exponential] == (120, 0.1)
    yield f"exponential ends lowest, at {ends[curves.exponential][120, 0.1]:.3f}, with 0.1"
    steps, rate = best[curves.inverse_time]
    assert float(curves.inverse_time(120, 1.0, steps, rate)) == pytest.approx(0.2, abs=0.02)
    least = ends[curves.inverse_time][steps, rate]
    yield f"the inverse at {least:.3f}, where about a fifth is left"
    frozen = ends[curves.exponential][15, 0.1]
    assert 10 < frozen / noisy_descent.best_constant()[1] < 11
    yield f"it freezes at {frozen:.2f}, ten times the best constant."
    yield f"the worst of its twenty curves ends at {max(ends[curves.inverse_time].values()):.3f}."
    assert np.all(curves.exponential(noisy_descent.STEPS, 1.0, 120, 0.3, True) == 1)
    yield "with 120 steps there is no stair inside the training, and the rate stays 1"

    def polynomial(decay_steps: int, final: float, power: float, again: bool) -> float:
        return end(curves.polynomial(noisy_descent.STEPS, 1.0, decay_steps, final, power, again))

    line = polynomial(120, 0.0, 1.0, False)
    others = [
        polynomial(*pick, power, again)
        for pick in ((40, 0.0), (40, 0.1), (120, 0.0), (120, 0.1))
        for power in (0.5, 1.0, 2.0, 3.0)
        for again in (False, True)
    ]
    assert min(others) == line
    yield f"Power 1 is the line, and with {line:.4f} in the end nothing here beats it."
    yield f"an end of 0 that is standing still, at {polynomial(40, 0.0, 1.0, False):.3f}."
    yield f"and arrives at {polynomial(40, 0.0, 1.0, True):.3f}."


def restarting() -> Iterator[str]:
    def rates(period: str, alpha: float = 0.0) -> np.ndarray:
        first, t_mul = decays.PERIODS[period]
        return curves.cosine_restarts(noisy_descent.STEPS, 1.0, first, t_mul, 1.0, alpha)

    halves = noisy_descent.expected_loss(rates("120 = 60 + 60"))
    still = noisy_descent.expected_loss(np.ones(120))
    yield f"after 60 steps of 60 + 60 the loss is {halves[60]:.3f}, where a constant rate of 1 has"
    yield f"a constant rate of 1 has {still[60]:.3f}."
    assert halves[63] > halves[60] > halves[-1]
    single = end(rates("no restart"))
    yield f"restarts cost a little, {halves[-1]:.3f} in the end against {single:.3f} for one cosine"
    assert end(rates("no restart", 0.1)) < single < end(rates("no restart", 0.3))
    yield "0.1 of it helps a little here, 0.3 leaves its noise in the loss"

    best = [
        min(end(decays.dropping(at, 3.0)) for at in decays.BOUNDARIES),
        end(curves.exponential(noisy_descent.STEPS, 1.0, 120, 0.1)),
        min(
            end(curves.inverse_time(noisy_descent.STEPS, 1.0, 15, rate)) for rate in (0.3, 0.5, 0.7)
        ),
        end(curves.polynomial(noisy_descent.STEPS, 1.0, 120, 0.0, 1.0)),
        end(rates("no restart", 0.1)),
    ]
    constant = noisy_descent.best_constant()[1]
    yield (
        f"the best constant rate ends at {constant:.3f}, and the best of each kind above "
        f"between {min(best):.3f} and {max(best):.3f}"
    )


def warming() -> Iterator[str]:
    momentum, adam = (warmup.table(name)[-1] for name in ("Momentum", "Adam"))
    yield f"Momentum's {momentum[0, 0]:.3f} becomes {momentum[0].min():.3f} at best."
    assert np.all(np.abs(adam[0] - adam[0, 0]) < 0.012)
    gains = [1 - losses[1].min() / losses[1, 0] for losses in (momentum, adam)]
    assert 0.15 < min(gains) <= max(gains) < 0.25
    yield "At the large ones it gains up to a fifth."
    yield f"a failure into a fair result, {adam[2, 0]:.2f} into {adam[2, 1]:.2f};"
    yield f"The validation loss is {adam[2, 1]:.2f} with them and {adam[2, 0]:.2f} without."
    assert np.all(momentum[2] > 0.4)
    yield "for Momentum at 0.6 it cannot"
    assert adam[2, 0] - adam[2, 1] > 0.9 * (adam[2, 0] - adam[2].min())
    yield "Nearly the whole effect is there with 8 steps"


def cycling() -> Iterator[str]:
    flat = dict(zip(cycle.PEAKS, cycle.constant()[-1], strict=True))
    assert min(flat, key=flat.__getitem__) == 0.1
    tables = {rise: cycle.table(rise)[-1] for rise in cycle.RISES}
    at = cycle.PEAKS.index(0.3)
    lowest = min(tables.values(), key=np.min)
    assert np.argmin(lowest) == at
    yield (
        f"is 0.1, with a loss of {flat[0.1]:.3f}; the best cycle has its peak at 0.3 and ends at "
        f"{lowest[at]:.2f}, where the constant 0.3 ends at {flat[0.3]:.2f}."
    )
    assert all(table[0] > flat[0.03] for table in tables.values())
    yield "At 0.03 it loses"
    assert tables[0.0][at] < flat[0.1]
    assert tables[0.0][at] < min(tables[0.3][at], tables[0.5][at])
    yield "On this network the gain is there with no climb at all"


def ranging() -> Iterator[str]:
    tenths, falls, best = [], [], []
    for name in range_test.OPTIMIZERS:
        rates = range_test.growing_rates(3)
        line = range_test.smooth(range_test.batch_losses(name, 3), 0.8)
        tenths.append(rates[np.argmin(line)] / 10)
        falls.append(range_test.steepest(rates, line))
        best.append(training.RATES[np.argmin(training.constant_rate_losses(name)[-1])])
        assert 1 / 3 < tenths[-1] / best[-1] < 3
    a, b, c = tenths
    yield f"a tenth of the lowest is {a:.2g} for SGD, {b:.2g} for Momentum and {c:.2g} for Adam"
    yield f"the best of 13 trainings are at {best[0]:.2g}, {best[1]:.1g} and {best[2]:.2g}."
    assert 40 < 13 * 320 / 96 < 45
    yield "Each is found within a factor of 3, for a fortieth of the steps."
    yield f"The steepest fall lies higher, at {falls[0]:.2g}, {falls[1]:.2g} and {falls[2]:.2g}:"
    near = np.argmin(np.abs(np.log(training.RATES / falls[1])))
    assert (
        training.constant_rate_losses("Momentum")[-1][near]
        > 2 * training.constant_rate_losses("Momentum")[-1].min()
    )
    raw, rates = range_test.batch_losses("SGD", 3), range_test.growing_rates(3)
    yield f"without smoothing it is found at {range_test.steepest(rates, raw):.2g} for SGD"
    assert range_test.steepest(rates, range_test.smooth(raw, 0.95)) < rates[1]
    lowest = [
        [range_test.growing_rates(n)[np.argmin(range_test.batch_losses(name, n))] for n in (3, 10)]
        for name in range_test.OPTIMIZERS
    ]
    assert all(ten < three for three, ten in lowest)
    yield "A test of ten epochs finds lower rates"


def answering() -> Iterator[str]:
    hasty = plateau.train(1)
    assert hasty.rates[8] > 0.001 > hasty.rates[9]
    yield f"below 0.001 after 9 epochs, and the loss is stuck at {last(hasty):.3f}."
    yield f"Patience 8 ends at {last(plateau.train(8)):.4f}, though it waits"
    rested, floored = plateau.train(1, 6), plateau.train(1, 0, 0.1)
    yield f"a cooldown of 6 ends at {last(rested):.4f}, and with a floor of 0.1 at"
    yield f"a floor of 0.1 at {last(floored):.4f}:"
    assert plateau.train(1, 1).rates == hasty.rates
    yield "A cooldown of 1 changes nothing, in Keras as here"


def colliding() -> Iterator[str]:
    same, more, fewer = (plateau.train(8, stop=stop) for stop in (8, 10, 4))
    assert [epoch + 1 for epoch in same.reductions] == [len(same.losses)]
    yield f"With 8 and 8 training stops after epoch {len(same.losses)}, in the very epoch of"
    yield f"the first reduction, at {last(same):.2f}."
    yield f"With 8 and 10 it goes on to epoch {len(more.losses)} and comes"
    yield f"and comes down to {last(more):.3f}:"
    assert fewer.reductions == []
    yield "With 8 and 4 there is no reduction at all."


CLAIMS = [
    familiar,
    adapting,
    drops,
    decaying,
    restarting,
    warming,
    cycling,
    ranging,
    answering,
    colliding,
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

    def test_the_loss_that_train_on_batch_returns_is_that_of_the_batch(self):
        model = one_weight(keras.optimizers.SGD(0.0))
        losses = [model.train_on_batch(np.ones((1, 1)), np.array([[y]])) for y in (1.0, 3.0, 2.0)]
        assert losses == pytest.approx([1, 9, 4])


class TestInverseRoot:
    """The class that the chapter shows but does not run."""

    @pytest.fixture
    def kind(self) -> type[schedules.LearningRateSchedule]:
        text = (ROOT / "chapters" / f"{CHAPTER}.md").read_text(encoding="utf-8")
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

    def test_no_constant_rate_ends_lower_than_the_best(self):
        rate, least = noisy_descent.best_constant()
        assert least < end(np.full(noisy_descent.TOTAL, rate + 0.01))
        assert least < end(np.full(noisy_descent.TOTAL, rate - 0.01))


class TestPolynomial:
    @pytest.mark.parametrize("power", [0.5, 1.0, 2.0, 3.0])
    @pytest.mark.parametrize("cycle", [False, True])
    def test_the_curve_over_the_powers_passes_the_chosen_one(self, power, cycle):
        theirs = schedules.PolynomialDecay(1.0, 40, 0.1, power, cycle=cycle)
        loss = end(np.array([float(theirs(step)) for step in noisy_descent.STEPS]))
        curve = decays.losses_by_power(0.1, 40, cycle)
        assert np.interp(power, decays.POWERS, curve) == pytest.approx(loss, rel=0.01)


class TestAdaptive:
    @pytest.mark.parametrize("name", list(adaptive.RATES))
    def test_a_scheduled_optimizer_walks_as_in_keras(self, name):
        schedule = schedules.CosineDecay(adaptive.RATES[name], noisy_descent.TOTAL)
        optimizer, w = keras_optimizer(name, schedule), keras.Variable(noisy_descent.START)
        for _ in range(12):
            optimizer.apply([keras.ops.array(noisy_descent.CURVATURE, "float32") * w], [w])
        found = adaptive.descend(name, True, False)[12]
        np.testing.assert_allclose(found, np.tile(w, (adaptive.DRAWS, 1)), atol=1e-4)

    def test_lengths_and_losses_of_a_known_walk(self):
        points = np.array([[[3.0, 0.0], [3.0, 0.0]], [[0.0, 4.0], [3.0, 1.0]]])
        assert adaptive.step_lengths(points) == pytest.approx([np.sqrt((25 + 1) / 2)])
        assert adaptive.mean_losses(points) == pytest.approx([0.225, (8 + 0.225 + 0.5) / 2])


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

    def test_a_table_holds_the_training_that_its_place_says(self):
        rates = warmup.rates(0.1, 32)[:, None]
        expected = training.validation_losses("Adam", rates)[:, 0]
        np.testing.assert_allclose(warmup.table("Adam")[:, 1, 3], expected, rtol=0.02)


class TestCycle:
    def test_the_momentum_is_least_where_the_rate_is_largest(self):
        rates, momenta = (
            curves.slanted_triangle(cycle.STEPS, cycle.TOTAL, 1.0, 0.3),
            cycle.momenta(0.3),
        )
        assert np.argmax(rates) == np.argmin(momenta)
        assert momenta[0] == pytest.approx(0.95)
        assert momenta.min() == pytest.approx(0.85, abs=0.002)


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

    def test_an_epoch_is_twenty_steps_of_the_noisy_descent(self):
        noise = np.zeros((plateau.EPOCH, 2))
        w, loss = plateau.epoch_loss(noisy_descent.START, 0.5, noise)
        kept = 1 - 0.5 * noisy_descent.CURVATURE
        np.testing.assert_allclose(w, noisy_descent.START * kept**20)
        points = noisy_descent.START * kept ** np.arange(1, 21)[:, None]
        assert loss == pytest.approx(np.mean(np.sum(noisy_descent.CURVATURE * points**2, 1) / 2))

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
        decays.draw_stairs: {"boundary": [0, 60, 120], "factor": [2.0, 10.0]},
        decays.draw_decays: {
            "decay_rate": [0.1, 0.9],
            "decay_steps": [15, 120],
            "staircase": [False, True],
        },
        decays.draw_polynomial: {
            "power": [0.5, 3.0],
            "end": [0.0, 0.1],
            "decay_steps": [40, 120],
            "cycle": [False, True],
        },
        decays.draw_cosine: {
            "period": ["no restart", "120 = 4 × 30"],
            "m_mul": [0.3, 1.0],
            "alpha": [0.0, 0.3],
        },
        warmup.draw_warmup: {
            "optimizer": ["Momentum", "Adam"],
            "peak": ["moderate", "too large"],
            "warmup_steps": [0, 128],
        },
        cycle.draw_cycle: {"rise": [0.0, 0.5], "peak": [0.03, 0.6]},
        range_test.draw_range: {
            "optimizer": ["SGD", "Adam"],
            "epochs": [1, 10],
            "keep": [0.0, 0.95],
        },
        plateau.draw_response: {"patience": [1, 8], "cooldown": [0, 6], "floor": [0.0, 0.1]},
        plateau.draw_collision: {"patience": [2, 8], "stop": [2, 8, 12]},
    }
