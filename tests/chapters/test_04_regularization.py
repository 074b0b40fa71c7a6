"""The numbers in the prose of chapter 4 and those of its demos, against independent sources."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import keras
import numpy as np
import pytest
import tensorflow
from claims import assert_claimed
from demos.losses import walk
from demos.nets import images, optimizers
from demos.nets.network import DIGIT_NETWORK
from demos.regularization import (
    augmentation,
    ball,
    mask,
    patience,
    polynomial,
    projection,
    quiz,
    regularizers,
    weight_decay,
)
from figures import FigureRules
from sklearn import linear_model, metrics

VALIDATION = patience.losses()[1]


def polynomial_errors(degree: int) -> tuple[float, ...]:
    """Return both errors of a least squares polynomial, fitted with Chebyshev polynomials."""
    curve = np.polynomial.Chebyshev.fit(*polynomial.readings(15), degree)
    days = polynomial.readings(15), polynomial.fresh()
    return tuple(metrics.root_mean_squared_error(reading, curve(hour)) for hour, reading in days)


def fresh_error(degree: int, pair: int) -> float:
    """Return the validation error of a least squares polynomial on one of many pairs of days."""
    x, fresh = (polynomial.features(np.linspace(0, 24, n), degree) for n in (15, 40))
    w = np.linalg.lstsq(x, polynomial.readings(15, seed=pair + 3)[1])[0]
    other = polynomial.readings(40, seed=pair + 5003)[1]
    return float(metrics.root_mean_squared_error(other, fresh @ w))


def exact_zeros() -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of the 15 readings after steps along L1's slope, and of the Lasso."""
    hour, reading = polynomial.readings(15)
    x, y = polynomial.features(hour)[:, 1:], reading - reading.mean()
    x, w = x - x.mean(axis=0), np.zeros(14)
    for _ in range(20000):
        w = w - 0.1 * (x.T @ (x @ w - y) / 15 + 0.1 * np.sign(w))
    lasso = linear_model.Lasso(alpha=0.1, tol=1e-12, max_iter=1_000_000, fit_intercept=False)
    return w, lasso.fit(x, y).coef_


def returned(waits: int, min_delta: float = 0.0) -> tuple[int, int]:
    """Return the last epoch and the best one, counted from 1."""
    stop, better = patience.stop_epoch(VALIDATION, waits, min_delta)
    return stop, better[-1]


def familiar() -> Iterator[str]:
    errors = {degree: polynomial_errors(degree) for degree in (1, 3, 9, 14)}
    training, validation = np.array(list(errors.values())).T
    assert np.all(np.diff(training) < 0)
    assert np.argmin(validation) == 1
    assert np.all(np.diff(validation[1:]) > 0)
    assert validation[1] < polynomial.NOISE == 1.5
    yield f"a polynomial of degree 3 is off by {validation[1]:.2f} °C."
    yield f"goes through every dot, and its training error is {training[-1]:.2f} °C"
    yield f"On the other day it is off by {validation[-1]:.2f} °C"
    hour, reading = polynomial.fresh()
    curve = np.polynomial.Chebyshev.fit(*polynomial.readings(15), 14)(hour)
    worst = int(np.argmax(np.abs(curve - reading)))
    assert 30 < 60 * (24 - hour[worst]) < 40
    yield "A little more than half an hour before midnight, when the thermometer says"
    yield f"when the thermometer says {reading[worst]:.0f} °C, the curve says {curve[worst]:.0f} °C"
    yield f"without any restraint, they are off by {polynomial.errors(120)[1, 0]:.2f} °C"
    yield f"and λ = 0 already gives an error of {polynomial.errors(120)[1, 0]:.2f} °C"
    cubic, highest = (np.median([fresh_error(n, pair) for pair in range(1000)]) for n in (3, 14))
    yield f"is {cubic:.2f} °C for degree 3, and {highest:.2f} °C for degree 14"
    hour, reading = polynomial.readings(15)
    fits = {n: np.linalg.pinv(polynomial.features(hour, n)) @ reading for n in (14, 16, 20, 50)}
    new = [polynomial.error(w, *polynomial.fresh()) for w in fits.values()]
    assert np.all(np.diff(new) < 0)
    for w in fits.values():
        assert polynomial.error(w, hour, reading) == pytest.approx(0, abs=1e-6)
    yield f"it falls again, to {new[-1]:.2f} °C at degree 50."
    yield f"They reach {np.abs(fits[14][1:]).max():.0f} °C, so large terms cancel at the dots, but"
    assert max(np.abs(fits[n][1:]).max() for n in (16, 20, 50)) < 6.1
    x, w = polynomial.features(hour, 50), np.zeros(51)
    for _ in range(1000):
        w = w - 0.2 * x.T @ (x @ w - reading) / 15
    np.testing.assert_allclose(w, fits[50], atol=1e-3)
    yield "that starts with all coefficients at 0 approaches the same curve, if it runs long"
    rich = np.median([fresh_error(50, pair) for pair in range(1000)])
    assert cubic < rich < highest / 10
    yield f"over the 1000 pairs of days, the median at degree 50 is {rich:.2f} °C, which is"
    training_errors, new = polynomial.errors(15)
    assert np.all(np.diff(training_errors) > 0)
    best = int(np.argmin(new))
    strength = polynomial.STRENGTHS[best]
    yield f"λ = {strength:.2f} gives the smallest error on the other day."
    yield f"the best λ on the slider is {strength:.2f}."
    yield f"brings the validation error down from {new[0]:.2f} to {new[best]:.2f} °C, and the"
    yield f"the training error up from {training_errors[0]:.2f} to {training_errors[best]:.2f} °C."


def stopping() -> Iterator[str]:
    stop, best = returned(5)
    yield f"This loss was lowest after epoch {best}. Which weights"
    yield f"Those of epoch {stop}, because training ends there and nothing is put back."
    assert np.argmin(VALIDATION) + 1 == best
    stop, early = returned(1)
    yield f"patience 1 stops at the first bump, epoch {stop}, and returns epoch {early}; patience 2"
    assert {returned(p)[1] for p in range(2, 60)} == {best}
    assert np.sum(np.diff(VALIDATION[:best]) > 0) == 3
    least = VALIDATION[best - 1]
    yield f"waits through three bumps and returns epoch {best}, with {least:.3f} nats."
    stop, _ = returned(40)
    yield f"at patience 40 you get epoch {stop}, with {VALIDATION[stop - 1]:.3f} nats"
    (coarse,) = {returned(p, 0.05)[1] for p in range(3, 60)}
    yield f"from patience 3 on it returns epoch {coarse}, though epoch {best} is better"
    training = patience.losses()[0]
    wrong = np.mean(regularizers.pictures(patience.WRONG)[1] != regularizers.pictures(0.0)[1])
    assert wrong == pytest.approx(1 / 5, abs=1 / regularizers.COUNT)
    assert training[0] > VALIDATION[0]
    assert training[-1] < VALIDATION[-1]
    yield "one training label in five is wrong on purpose"


def penalties() -> Iterator[str]:
    hour, reading = polynomial.readings(15)
    for strength, before in ((0.0, "has coefficients of up to"), (0.03, "has a size of")):
        w = polynomial.fit(hour, reading, strength)[1:]
        digits = 1 if strength else 0
        yield f"{before} {np.abs(w).max():.{digits}f} °C"
    jumps, stops = exact_zeros()
    assert np.array_equal(np.abs(jumps) < 0.02, stops == 0)
    assert np.all(jumps != 0)
    assert np.sum(stops == 0) == 8
    yield f"sets eight of the {len(stops)} weights to exactly 0."
    best = np.array([2.0, 0.5])
    lasso, ridge = (ball.penalized_minimum(kind, best, 0.9) for kind in ("L1", "L2"))
    assert lasso[1] == 0
    yield f"the rings touch it at ({lasso[0]:.2f}, 0), and $w_2$ is exactly 0"
    yield f"at the same λ the weights are ({ridge[0]:.2f}, {ridge[1]:.2f})"
    lasso, ridge = (ball.penalized_minimum(kind, best, ball.STRONGEST) for kind in ("L1", "L2"))
    assert np.all(lasso == 0)
    yield f"and L2 still has ({ridge[0]:.2f}, {ridge[1]:.2f})."
    low, high = (ball.penalized_minimum("L2", np.array([2.0, -0.5]), s)[1] for s in (0.3, 0.9))
    assert low < 0 < high
    yield "a weight under L2 passes through 0 on its way"


def decays() -> Iterator[str]:
    under = {
        n: {d: weight_decay.weights_over_time(n, 0.1, d)[-1] for d in (False, True)}
        for n in ("SGD", "Adam")
    }
    for weights in under["SGD"].values():
        assert weights == pytest.approx([0.54] * 4, abs=0.02)
    yield "all four weights are at about 0.55 after 300 steps"
    coupled, beside = under["Adam"][False], under["Adam"][True]
    yield f"is at {coupled[0]:.2f} and that with ±10 still at {coupled[-1]:.2f}:"
    assert np.ptp(beside) < 0.01
    yield f"If the decay is decoupled, all four are at {beside[0]:.2f}."
    yield f"anywhere from {coupled[0]:.2f} to {coupled[-1]:.2f}, and decay left all of them at"
    strong = weight_decay.weights_over_time("Adam", 1.0, False)[-1]
    assert np.all(strong[:-1] < 0.01)
    yield f"At λ = 1 the weight with the largest gradients has come down to {strong[-1]:.2f}"
    yield f"about {100 * (1 - 0.01 * 0.1) ** 1000:.0f}% of it is left"
    lost = 100 * (1 - (1 - 0.01 * 0.1) ** 500)
    yield f"At η = 0.01 and ω = 0.1 it is 1000 steps, and such a weight loses only {lost:.0f}%"
    yield f"for 500 steps, $\\omega$ should be {1 / (0.01 * 500):g} or more."
    yield f"or more: {1 / (0.01 * 500):g} for 500 steps at η = 0.01, and"
    adamw = keras.optimizers.AdamW()
    steps = 1 / (float(adamw.learning_rate) * adamw.weight_decay)
    assert steps == pytest.approx(250_000)
    yield "η = 0.001 and ω = 0.004, it is 250 000 steps, so"
    yield f"with a learning rate of 0.001 becomes `weight_decay={0.0001 / 0.001:g}`"


def limits() -> Iterator[str]:
    pair = np.array([[1.9], [1.9]])
    kept = keras.constraints.MaxNorm(2.0)(pair).numpy()
    yield f"shortens both to {kept[0, 0]:.2f}, because together they have a length of"
    yield f"have a length of {np.linalg.norm(pair):.2f}."
    far, near = np.linalg.norm(projection.BEST, axis=0)
    yield f"the weights into unit 1 would reach a length of {far:.2f}, so at max-norm 2"
    yield f"The weights into unit 2 would reach a length of {near:.2f}, and above max-norm 1"
    landed, kept = projection.descend(2.0)
    outside = np.linalg.norm(landed[:, :, 0], axis=1) > 2
    assert not np.any(outside[:2])
    assert np.all(outside[2:])
    yield "they are put back after every step from the second on"
    end = kept[-1, :, 0]
    yield f"to the point of the disk where the loss is least, ({end[0]:.2f}, {end[1]:.2f})."
    free = projection.descend(np.inf)[1]
    for limit in projection.LIMITS[1:]:
        np.testing.assert_array_equal(projection.descend(limit)[1][:, :, 1], free[:, :, 1])
    np.testing.assert_array_equal(projection.descend(4.0)[1], free)
    yield "At max-norm 4 nothing is put back at all."


def dropping() -> Iterator[str]:
    sums = (mask.masks(0.5, True) * mask.UNITS).sum(axis=1)
    yield f"The sums scatter, from {sums.min():.1f} to {sums.max():.1f}, around"
    yield f"around {mask.UNITS.sum():.1f}, which is what all units together give"
    scatter = [np.sqrt(100 * q / (1 - q)) for q in (0.2, 0.5)]
    yield f"which is {scatter[0]:.0f} at $q = 0.2$ and {scatter[1]:.0f} at $q = 0.5$."
    assert np.flatnonzero(np.all(mask.masks(0.8, True) == 0, axis=1)).tolist() == [5]
    yield "in the sixth pass all twelve units are dropped"


def together() -> Iterator[str]:
    last = {r.name: regularizers.curves(r.name, 0.2)[1, -1] for r in regularizers.REGULARIZERS}
    best = {r.name: regularizers.curves(r.name, 0.2)[1].min() for r in regularizers.REGULARIZERS}
    yield f"without help ends at {last['nothing']:.2f} nats, with L2 at {last['L2']:.2f}"
    yield f"with max-norm at {last['max-norm']:.2f}, with dropout at {last['dropout']:.2f}, and"
    yield f"L2 at half strength, at {last['all three']:.2f}."
    l2, limit, drop = (regularizers.regularization(n) for n in ("L2", "max-norm", "dropout"))
    yield f"L2 has λ = {l2.l2:g}, max-norm $R$ = {limit.max_norm:g} and dropout"
    yield f"and dropout $q$ = {drop.dropout:g}; all three together"
    gains = {name: last["nothing"] - loss for name, loss in last.items()}
    single = max(gains[name] for name in ("L2", "max-norm", "dropout"))
    assert single < gains["all three"] < 1.5 * single
    alone = gains["L2"] + gains["max-norm"] + gains["dropout"]
    yield f"would add up to {alone:.2f}; together they bring {gains['all three']:.2f}."
    over = {name: last[name] - best[name] for name in last}
    yield f"costs {over['all three']:.2f} nats over the best epoch, without help"
    yield f"without help {over['nothing']:.2f}."
    half, full = (regularizers.regularization(name).l2 for name in ("all three", "L2"))
    assert half == full / 2
    yield f"the network without help has {best['nothing']:.2f}, below the ends of all the others;"
    assert best["nothing"] < min(loss for name, loss in last.items())
    yield f"stopped at theirs, all three together have {best['all three']:.2f}."
    assert best["all three"] == min(best.values())
    clean = {r.name: regularizers.curves(r.name, 0.0)[1, -1] for r in regularizers.REGULARIZERS}
    low, high = min(clean.values()), max(clean.values())
    yield f"With no wrong label all lie between {low:.2f} and {high:.2f}, and L2 is the worst"
    assert clean["L2"] == high
    alone = regularizers.curves("nothing", 0.0)[1]
    assert alone[-1] - alone.min() < 0.03
    least = {name: regularizers.train(name, 0.2)[1].min(axis=0) for name in last}
    apart = max(np.ptp(losses) for losses in least.values())
    yield f"of three seeds of the same network differ by up to {apart:.2f} nats, so"
    mean = {name: losses.mean() for name, losses in least.items()}
    yield f"the mean is {mean['nothing']:.3f} nats without help, {mean['dropout']:.3f} with dropout"
    yield f"with dropout alone, and {mean['all three']:.3f} with all three."
    gain = mean["nothing"] - mean["all three"]
    yield f"the restraints gain {gain:.2f} nats on average, less than two seeds of one network"
    assert gain < apart
    rate, steps = regularizers.LEARNING_RATE, regularizers.EPOCHS * regularizers.COUNT // 32
    yield f"60 epochs are {steps} steps, so ω should be {1 / (rate * steps):.2f} or more."
    size, count = DIGIT_NETWORK.size, regularizers.COUNT
    yield f"The network of {size} parameters from chapter 3 learns {count} digits"


def breaking() -> Iterator[str]:
    there = []
    for unit in (1, 60, 3600):
        ridge = linear_model.Ridge(alpha=8.0, fit_intercept=False)  # 8 readings, strength 1
        speed = ridge.fit(walk.TIME[:, None] / unit, walk.POSITION).coef_[0]
        there.append(speed * 8 / unit)
    yield f"predicts the walker at {there[0]:.2f} m after 8 seconds if time is in seconds, at"
    yield f"at {there[1]:.2f} m if it is in minutes, and less than a millimeter"
    assert there[2] < 0.001
    random = np.random.default_rng(0)
    truth, guesses = random.integers(2, size=1050), random.integers(2, size=(1000, 1050))
    scores = np.mean(guesses[:, :50] == truth[:50], axis=1)
    best = int(np.argmax(scores))
    assert np.mean(guesses[best, 50:] == truth[50:]) == pytest.approx(0.5, abs=0.03)
    yield f"its validation accuracy is {scores[best]:.2f}."


def today() -> Iterator[str]:
    names = ("nothing", "decay 0.1", "decay 0.3", "label smoothing 0.1", "average 0.99")
    clean, noisy = ({n: regularizers.train(n, s)[1, -1] for n in names} for s in (0.0, 0.2))
    mean = {name: loss.mean() for name, loss in noisy.items()}
    scatter = max(loss.std() for loss in noisy.values())
    assert mean["decay 0.3"] + scatter < mean["decay 0.1"] < mean["nothing"] - 2 * scatter
    assert mean["average 0.99"] < mean["nothing"] - 2 * scatter
    assert abs(mean["label smoothing 0.1"] - mean["nothing"]) < 2 * scatter
    before, after = (clean[name].mean() for name in (names[0], names[3]))
    yield f"raises the cross-entropy from {before:.2f} to {after:.2f} nats"
    yield f"give the right class {1 - 0.1 + 0.1 / 10:.2f} and not 1"
    doubt = -np.log(1 - 0.1 + 0.1 / 10)
    assert doubt == pytest.approx((after - before) / 2, abs=0.02)
    yield f"this alone costs {doubt:.2f} nats, about half of the rise."
    steps = regularizers.EPOCHS * regularizers.COUNT // regularizers.BATCH
    yield f"because {steps} steps at η = {regularizers.LEARNING_RATE:g} are a short training"


def augmenting() -> Iterator[str]:
    def wrong(count: int, moved: bool, validation_moved: bool) -> float:
        return float(augmentation.percent_wrong(count, moved, validation_moved).mean())

    for count in augmentation.COUNTS:
        assert wrong(count, False, True) == pytest.approx(70, abs=1.5)
        assert wrong(count, True, True) < 25
    yield "networks without augmentation read about 70% of them wrong"
    yield f"reads {100 - wrong(100, False, False):.0f}% of other centered digits right"
    few, many = (wrong(count, True, True) for count in (100, 800))
    yield f"100 training pictures bring this down to {few:.0f}%, and 800 to {many:.0f}%."
    with_it, without = wrong(100, True, False), wrong(100, False, False)
    yield f"with 100 training pictures, {with_it:.0f}% are wrong instead of {without:.0f}%, and"
    with_it, without = wrong(800, True, False), wrong(800, False, False)
    yield f"with 800 pictures {with_it:.1f}% instead of {without:.1f}%."
    (units,) = augmentation.NETWORK.layers[1:-1]
    yield f"Networks with {units} hidden units learn from 50 to 800 digits in"
    yield f"in {augmentation.STEPS} steps, once from the pictures"


CLAIMS = [
    *(familiar, stopping, penalties, decays, limits, dropping, together, breaking),
    *(today, augmenting),
]


@pytest.mark.parametrize("claims", CLAIMS, ids=lambda claims: claims.__name__)
def test_the_prose_says_the_numbers_that_come_out(claims):
    assert_claimed("04_regularization", claims())


class ModelWithGivenLosses(keras.Model):
    """A model whose only weight counts the epochs, and whose validation losses are given."""

    def __init__(self, losses: np.ndarray) -> None:
        super().__init__()
        self.epoch = self.add_weight(shape=(), initializer="zeros")
        self.given_losses = losses

    def train(self, callback: keras.callbacks.EarlyStopping) -> int:
        """Report the losses until the callback stops; return the number of epochs."""
        callback.set_model(self)
        callback.on_train_begin()
        self.stop_training, run = False, 0
        while not self.stop_training and run < len(self.given_losses):
            self.epoch.assign(run + 1)
            callback.on_epoch_end(run, {"val_loss": float(self.given_losses[run])})
            run += 1
        callback.on_train_end()
        return run


def early(waits: int, min_delta: float, restored: bool) -> keras.callbacks.EarlyStopping:
    return keras.callbacks.EarlyStopping(
        monitor="val_loss",
        mode="min",
        patience=waits,
        min_delta=min_delta,
        restore_best_weights=restored,
    )


class TestPatience:
    @pytest.mark.parametrize("waits", [1, 2, 4, 20, 40])
    @pytest.mark.parametrize("min_delta", [0.0, 0.02, 0.05])
    def test_it_stops_and_restores_as_keras_does(self, waits, min_delta):
        stop, better = patience.stop_epoch(VALIDATION, waits, min_delta)
        model = ModelWithGivenLosses(VALIDATION)
        assert model.train(early(waits, min_delta, restored=True)) == stop
        assert int(model.epoch) == better[-1]

    def test_without_restoring_the_last_weights_stay(self):
        assert not keras.callbacks.EarlyStopping().restore_best_weights
        model = ModelWithGivenLosses(VALIDATION)
        assert model.train(early(5, 0.0, restored=False)) == int(model.epoch) == 20

    def test_it_restores_when_the_epochs_run_out_first(self):
        model = ModelWithGivenLosses(VALIDATION)
        assert model.train(early(100, 0.0, restored=True)) == 60
        assert int(model.epoch) == 15

    def test_a_patience_of_0_is_that_of_1(self):
        runs = [ModelWithGivenLosses(VALIDATION).train(early(waits, 0.0, True)) for waits in (0, 1)]
        assert runs[0] == runs[1]


class TestKeras:
    """What the chapter says about Keras 3; a version of Keras that changes it fails here."""

    @pytest.mark.parametrize("kind", ["L1", "L2"])
    def test_penalties_and_their_gradients_have_no_half(self, kind):
        values = np.array([3.0, -0.5, 0.0], dtype="float32")
        w = tensorflow.Variable(values)
        with tensorflow.GradientTape() as tape:
            cost = getattr(keras.regularizers, kind)(0.01)(w)
        slope = tape.gradient(cost, w).numpy()
        if kind == "L1":
            assert float(cost) == pytest.approx(0.01 * 3.5)
            np.testing.assert_allclose(slope, [0.01, -0.01, 0.0], atol=1e-8)
        else:
            assert float(cost) == pytest.approx(0.01 * 9.25)
            np.testing.assert_allclose(slope, 0.02 * values, rtol=1e-5)

    def test_the_penalty_is_in_every_loss_and_not_in_a_metric(self):
        head = keras.layers.Dense(1, use_bias=False, kernel_regularizer=keras.regularizers.L2(1.0))
        model = keras.Sequential([keras.Input((1,)), head])
        head.set_weights([np.array([[2.0]])])
        model.compile(loss="mean_squared_error", metrics=["mean_squared_error"])
        x = np.ones((4, 1))
        loss, error = model.evaluate(x, 2 * x, verbose=0)
        assert loss == pytest.approx(4.0)
        assert error == pytest.approx(0.0)

    def test_adamw_takes_the_share_off_weights_and_biases_alike(self):
        adamw = keras.optimizers.AdamW(0.1, weight_decay=0.5)
        w, bias = keras.Variable(np.ones(2), name="kernel"), keras.Variable(np.ones(2), name="bias")
        adamw.apply([keras.ops.zeros(2), keras.ops.zeros(2)], [w, bias])
        np.testing.assert_allclose(w.numpy(), 1 - 0.1 * 0.5, rtol=1e-6)
        np.testing.assert_allclose(bias.numpy(), 1 - 0.1 * 0.5, rtol=1e-6)
        assert keras.optimizers.AdamW().weight_decay == 0.004

    @pytest.mark.parametrize("names", [["bias"], ["bias", "gamma", "beta"]])
    def test_biases_and_normalization_can_be_kept_from_decay(self, names):
        adamw = keras.optimizers.AdamW(0.1, weight_decay=0.5)
        adamw.exclude_from_weight_decay(var_names=names)
        layers = [keras.layers.Dense(3), keras.layers.LayerNormalization()]
        for layer in layers:
            layer.build((None, 4))
        variables = [variable for layer in layers for variable in layer.trainable_variables]
        assert {variable.name for variable in variables} == {"kernel", "bias", "gamma", "beta"}
        for variable in variables:
            variable.assign(np.ones(variable.shape))
        adamw.apply([keras.ops.zeros(variable.shape) for variable in variables], variables)
        for variable in variables:
            expected = 1 if variable.name in names else 0.95
            np.testing.assert_allclose(variable.numpy(), expected, rtol=1e-6)

    @pytest.mark.parametrize("kind", [keras.optimizers.SGD, keras.optimizers.RMSprop])
    def test_every_optimizer_has_decoupled_decay(self, kind):
        optimizer, w = kind(0.1, weight_decay=0.5), keras.Variable(np.ones(2))
        optimizer.apply([keras.ops.zeros(2)], [w])
        np.testing.assert_allclose(w.numpy(), 0.95, rtol=1e-6)

    def test_no_optimizer_lacks_it(self):
        wrappers = ("Optimizer", "LossScaleOptimizer", "MultiOptimizer")
        kinds = [
            kind
            for name, kind in vars(keras.optimizers).items()
            if isinstance(kind, type)
            and issubclass(kind, keras.optimizers.Optimizer)
            and name not in wrappers
        ]
        assert len(kinds) > 10
        for kind in kinds:
            assert "weight_decay" in inspect.signature(kind).parameters, kind

    def test_a_lower_learning_rate_lowers_the_decay(self):
        adamw, w = keras.optimizers.AdamW(0.1, weight_decay=0.5), keras.Variable(np.ones(2))
        adamw.learning_rate = 0.01
        adamw.apply([keras.ops.zeros(2)], [w])
        np.testing.assert_allclose(w.numpy(), 0.995, rtol=1e-6)

    def test_a_layer_with_l1_makes_no_exact_zeros(self):
        keras.utils.set_random_seed(1)
        head = keras.layers.Dense(1, use_bias=False, kernel_regularizer=keras.regularizers.L1(0.5))
        model = keras.Sequential([keras.Input((15,)), head])
        model.compile(keras.optimizers.SGD(0.1), loss="mean_squared_error")
        hour, reading = polynomial.readings(15)
        x = np.tile(polynomial.features(hour), (200, 1))
        y = np.tile(reading - reading.mean(), 200)[:, None]
        model.fit(x, y, batch_size=15, shuffle=False, verbose=0)
        w = head.get_weights()[0]
        assert np.sum(np.abs(w) < 0.06) >= 6
        assert np.sum(w == 0) <= 1

    def test_constraints_have_the_names_and_the_effects_of_the_text(self):
        w = np.array([[0.3, -3.0], [0.4, 4.0]], dtype="float32")
        unit = keras.constraints.UnitNorm(axis=0)(w).numpy()
        np.testing.assert_allclose(np.linalg.norm(unit, axis=0), 1, rtol=1e-5)
        assert keras.constraints.NonNeg()(w).numpy().min() == 0
        kept = keras.constraints.MinMaxNorm(1.0, 2.0, axis=0)(w).numpy()
        np.testing.assert_allclose(np.linalg.norm(kept, axis=0), [1, 2], rtol=1e-5)
        assert keras.constraints.MaxNorm().axis == 0

    def test_layers_mix_pairs_of_pictures_and_their_labels(self):
        rng = np.random.default_rng(0)
        data = {
            "images": rng.random((4, 8, 8, 3)).astype("float32"),
            "labels": np.eye(4, dtype="float32"),
        }
        for layer in (keras.layers.MixUp(seed=1), keras.layers.CutMix(seed=1)):
            labels = np.asarray(layer(data, training=True)["labels"])
            np.testing.assert_allclose(labels.sum(axis=1), 1, rtol=1e-5)
            assert np.any((labels > 0.01) & (labels < 0.99))

    def test_augmenting_layers_act_in_training_only(self):
        x = np.random.default_rng(0).random((4, 8, 8, 3)).astype("float32")
        for name, arguments in (
            ("RandomTranslation", (0.125, 0.125)),
            ("RandomRotation", (0.1,)),
            ("RandAugment", ((0, 1),)),
        ):
            layer = getattr(keras.layers, name)(*arguments, seed=0)
            np.testing.assert_allclose(layer(x, training=False), x, atol=1e-6)
            assert not np.allclose(layer(x, training=True), x, atol=1e-3)

    def test_a_callback_validates_the_average_of_the_weights(self):
        w = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
        model = keras.Sequential([keras.Input((1,)), w])
        sgd = keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9)
        model.compile(sgd, loss="mean_squared_error")
        data = np.ones((4, 1)), np.ones((4, 1))
        swap = keras.callbacks.SwapEMAWeights(swap_on_epoch=True)
        run = model.fit(*data, epochs=3, validation_data=data, callbacks=[swap], verbose=0)
        newest = [loss * 0.8**2 for loss in run.history["loss"]]  # after the step of the epoch
        assert run.history["val_loss"][-1] > newest[-1] + 0.1

    def test_best_epoch_counts_from_0(self):
        stop, model = early(5, 0.0, restored=True), ModelWithGivenLosses(VALIDATION)
        model.train(stop)
        assert stop.best_epoch == 14

    def test_rate_is_the_share_dropped(self):
        x = np.ones((100, 100), dtype="float32")
        layer = keras.layers.Dropout(0.2, seed=1)
        dropped = layer(x, training=True).numpy()
        assert np.mean(dropped == 0) == pytest.approx(0.2, abs=0.02)
        np.testing.assert_allclose(np.unique(dropped), [0, 1.25])
        np.testing.assert_array_equal(layer(x, training=False), x)

    def test_what_older_code_names_is_gone(self):
        for old in ("W_regularizer", "W_constraint"):
            with pytest.raises(ValueError, match=old):
                keras.layers.Dense(1, **{old: None})
        assert not hasattr(keras.constraints, "maxnorm")


class TestPolynomial:
    @pytest.mark.parametrize("strength", [1e-4, 0.03, 1.0])
    def test_fit_is_ridge(self, strength):
        hour, reading = polynomial.readings(15)
        w = polynomial.fit(hour, reading, strength)
        ridge = linear_model.Ridge(alpha=15 * strength)
        ridge.fit(polynomial.features(hour)[:, 1:], reading)
        np.testing.assert_allclose(w[1:], ridge.coef_, rtol=1e-6, atol=1e-9)
        assert w[0] == pytest.approx(ridge.intercept_)

    def test_features_are_the_legendre_polynomials(self):
        hour = np.linspace(0, 24, 7)
        x = hour / 12 - 1
        np.testing.assert_allclose(
            polynomial.features(hour, 3),
            np.stack([x**0, x, (3 * x**2 - 1) / 2, (5 * x**3 - 3 * x) / 2], axis=1),
            atol=1e-12,
        )

    def test_error_is_that_of_scikit_learn(self):
        hour, reading = polynomial.fresh()
        w = polynomial.fit(*polynomial.readings(30), 0.01)
        expected = metrics.root_mean_squared_error(reading, polynomial.features(hour) @ w)
        assert polynomial.error(w, hour, reading) == pytest.approx(expected)

    def test_both_days_have_one_weather_and_noise_of_their_own(self):
        (hour, one), (_, other) = (
            polynomial.readings(4000, seed=1),
            polynomial.readings(4000, seed=2),
        )
        for reading in (one, other):
            noise = reading - polynomial.temperature(hour)
            assert noise.std() == pytest.approx(polynomial.NOISE, rel=0.05)
        assert not np.any(one == other)

    @pytest.mark.parametrize(("strength", "dots"), [(0.0, 1), (0.1, 2)])
    def test_an_error_above_the_scale_has_an_arrow_and_no_dot(self, strength, dots):
        strength = float(polynomial.STRENGTHS[np.argmin(np.abs(polynomial.STRENGTHS - strength))])
        right = polynomial.draw_fit(strength, 15).axes[1]
        assert sum(line.get_marker() == "o" for line in right.lines) == dots
        assert any("↑" in text.get_text() for text in right.texts) == (dots == 1)


class TestBall:
    @pytest.mark.parametrize("second", [-0.5, 0.0, 0.5, 1.5])
    @pytest.mark.parametrize("strength", [0.3, 0.9, 2.1])
    def test_weights_are_those_of_lasso_and_ridge(self, second, strength):
        best = np.array([ball.FIRST, second])
        root = np.linalg.cholesky(ball.CURVATURE).T  # two examples whose loss has these curvatures
        lasso = linear_model.Lasso(alpha=strength / 2, fit_intercept=False, tol=1e-12)
        lasso.fit(root, root @ best)
        ridge = linear_model.Ridge(alpha=2 * strength, fit_intercept=False)
        ridge.fit(root, root @ best)
        for kind, model in (("L1", lasso), ("L2", ridge)):
            w = ball.penalized_minimum(kind, best, strength)
            np.testing.assert_allclose(w, model.coef_, atol=1e-6)
        assert np.array_equal(ball.penalized_minimum("L1", best, strength) == 0, lasso.coef_ == 0)

    @pytest.mark.parametrize("kind", ["L1", "L2"])
    def test_without_a_penalty_the_loss_decides(self, kind):
        best = np.array([2.0, 0.5])
        np.testing.assert_allclose(ball.penalized_minimum(kind, best, 0.0), best)
        assert ball.loss(best, best) == 0

    def test_the_outline_goes_through_the_weights(self):
        figure = ball.draw_ball("L1", 0.9, 0.5)
        w = ball.penalized_minimum("L1", np.array([2.0, 0.5]), 0.9)
        outline = figure.axes[0].lines[-3].get_xydata()
        np.testing.assert_allclose(np.abs(outline).sum(axis=1), np.abs(w).sum())


class TestProjection:
    @pytest.mark.parametrize("limit", [1.0, 2.0])
    def test_project_is_max_norm_of_keras(self, limit):
        w = np.random.default_rng(1).normal(size=(3, 5))
        expected = keras.constraints.MaxNorm(limit, axis=0)(w).numpy()
        np.testing.assert_allclose(projection.project(w, limit), expected, atol=1e-6)

    def test_a_free_walk_is_plain_descent(self):
        def gradient(w: np.ndarray, t: int) -> np.ndarray:
            return projection.CURVATURE @ (w - projection.BEST)

        sgd, rate = optimizers.named("SGD"), projection.LEARNING_RATE
        path = optimizers.descend(sgd, gradient, projection.START, rate, projection.STEPS)
        np.testing.assert_allclose(projection.descend(np.inf)[1], path)

    def test_the_limited_unit_ends_near_the_best_point_of_the_circle(self):
        turn = np.linspace(0, 2 * np.pi, 3601)
        circle = 2.0 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        away = circle - projection.BEST[:, 0]
        best = circle[np.argmin(np.sum(away @ projection.CURVATURE * away, axis=1))]
        np.testing.assert_allclose(projection.descend(2.0)[1][-1, :, 0], best, atol=0.01)


class TestMask:
    @pytest.mark.parametrize("rate", mask.RATES)
    def test_a_unit_is_dropped_or_scaled(self, rate):
        assert set(mask.masks(rate, True).ravel()) <= {0, 1 / (1 - rate)}
        assert np.all(mask.masks(rate, False) == 1)

    def test_the_share_dropped_is_near_the_rate_and_grows_with_it(self):
        shares = [np.mean(mask.masks(rate, True) == 0) for rate in mask.RATES]
        np.testing.assert_allclose(shares, mask.RATES, atol=0.1)
        assert np.all(np.diff(shares) > 0)


class TestWeightDecay:
    @pytest.mark.parametrize("name", ["SGD", "Adam"])
    @pytest.mark.parametrize("decoupled", [False, True])
    def test_it_shrinks_as_keras_does(self, name, decoupled):
        strength, steps = 0.1, 40
        kind = getattr(keras.optimizers, name)
        own = 2 * strength if decoupled else None
        optimizer = kind(weight_decay.LEARNING_RATE, weight_decay=own)
        w = keras.Variable(np.ones(4))
        for t in range(1, steps + 1):
            pull = 0 if decoupled else 2 * strength * w.numpy()
            gradient = weight_decay.SIZES * (-1) ** t + pull
            optimizer.apply([keras.ops.array(gradient, "float32")], [w])
        expected = weight_decay.weights_over_time(name, strength, decoupled)[steps]
        np.testing.assert_allclose(w.numpy(), expected, rtol=1e-4, atol=1e-5)

    def test_under_sgd_both_are_one(self):
        both = [
            weight_decay.weights_over_time("SGD", 0.1, decoupled) for decoupled in (False, True)
        ]
        np.testing.assert_allclose(both[0], both[1])


class TestRegularizers:
    w = DIGIT_NETWORK.first_parameters([1, 2])

    def test_norms_are_limited_as_by_max_norm_on_the_weights_of_both_layers(self):
        limited = regularizers.limit_norms(self.w, 0.8)
        for ours, before, weights in zip(
            DIGIT_NETWORK.split_parameters(limited),
            DIGIT_NETWORK.split_parameters(self.w),
            (True, False, True, False),
            strict=True,
        ):
            expected = [keras.constraints.MaxNorm(0.8)(part).numpy() for part in before]
            np.testing.assert_allclose(ours, expected if weights else before, atol=1e-6)
        assert not np.array_equal(limited, self.w)

    def test_penalties_leave_biases_alone(self):
        assert regularizers.is_weight().sum() == 64 * 32 + 32 * 10

    @pytest.mark.parametrize("wrong", [0.0, 0.2, 0.4])
    def test_that_share_of_the_training_labels_is_wrong_and_no_other(self, wrong):
        x, y, x_new, y_new = regularizers.pictures(wrong)
        x_all, y_all, x_others, y_others = images.digits()
        assert np.sum(y != y_all[: len(y)]) == np.ceil(wrong * len(y))
        assert set(y) <= set(range(10))
        np.testing.assert_array_equal(x, x_all[: len(x)])
        np.testing.assert_array_equal(x_new, x_others)
        np.testing.assert_array_equal(y_new, y_others)

    def test_without_a_regularizer_nothing_is_penalized_limited_or_dropped(self):
        plain = regularizers.regularization("nothing")
        assert (plain.l2, plain.max_norm, plain.dropout) == (0.0, np.inf, 0.0)
        assert (plain.decay, plain.smoothing, plain.average) == (0.0, 0.0, 0.0)

    @pytest.mark.parametrize("name", ["L2", "max-norm", "dropout", "all three"])
    def test_each_regularizer_ends_lower_and_costs_training_loss(self, name):
        helped, plain = regularizers.curves(name, 0.2), regularizers.curves("nothing", 0.2)
        assert helped[1, -1] < plain[1, -1] - 0.05
        assert helped[0, -1] > plain[0, -1]


class TestAugmentation:
    def test_only_moved_networks_have_seen_moved_pictures(self):
        plain, moved = (augmentation.train(50, moved) for moved in (False, True))
        x, labels, _, _ = images.digits()
        for shift in augmentation.SHIFTS:
            logits = [
                augmentation.NETWORK.forward(w, images.shifted(x[:50], *shift)).logits
                for w in (plain, moved)
            ]
            right = [np.mean(z.argmax(-1) == labels[:50]) for z in logits]
            assert right[1] > 0.95
            assert (right[0] > 0.95) == (shift == (0, 0))

    def test_a_share_of_moved_pictures_is_the_mean_of_all_directions(self):
        _, _, x, labels = images.digits()
        w, shares = augmentation.train(50, True), []
        for shift in [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)]:
            read = augmentation.NETWORK.forward(w, images.shifted(x, *shift)).logits.argmax(-1)
            shares.append(100 * np.mean(read != labels, axis=1))
        expected = augmentation.percent_wrong(50, True, True)
        np.testing.assert_allclose(expected, np.mean(shares, axis=0))


class TestQuiz:
    def test_b_is_the_lasso_and_has_zeros_from_degree_4_on(self):
        hour, reading = polynomial.readings(15)
        lasso = linear_model.Lasso(alpha=quiz.STRENGTHS["B"], tol=1e-10, max_iter=100_000)
        lasso.fit(polynomial.features(hour)[:, 1:], reading)
        w = quiz.weights()["B"]
        np.testing.assert_allclose(w, lasso.coef_, atol=1e-4)
        assert np.all(w[:3] != 0)
        assert np.all(w[3:] == 0)

    def test_a_and_c_have_no_zeros_and_c_is_smaller(self):
        a, c = (quiz.weights()[name] for name in "AC")
        assert np.all(a != 0) and np.all(c != 0)
        assert np.mean(np.abs(c) < np.abs(a)) > 0.7
        assert np.abs(a).max() < 5

    def test_d_underfits_e_overfits_and_f_ends_lowest(self):
        curves = {n: regularizers.curves(r, quiz.WRONG) for n, r in quiz.RUNS.items()}
        assert curves["D"].min() > 1.7
        training, validation = curves["E"]
        assert training[-1] < 0.3 < validation[-1]
        assert validation[-1] > validation.min() + 0.2
        assert curves["F"][1, -1] == min(validation[-1] for _, validation in curves.values())


class TestFigures(FigureRules):
    frames = {
        polynomial.draw_fit: {
            "strength": polynomial.STRENGTHS[[0, 15]].tolist(),
            "count": list(polynomial.READINGS),
        },
        patience.draw_waiting: {
            "patience": [1, 40],
            "min_delta": [0.0, 0.05],
            "restored": [False, True],
        },
        ball.draw_ball: {"kind": ["L1", "L2"], "strength": [0.0, 2.4], "second": [-0.5, 1.5]},
        projection.draw_projection: {"limit": [1.0, 4.0], "step": [0, projection.STEPS]},
        mask.draw_mask: {"rate": [0.2, 0.8], "training": [False, True], "number": [1, 10]},
        weight_decay.draw_decay: {"name": ["SGD", "Adam"], "strength": [0.0, 1.0]},
        regularizers.draw_remedies: {"wrong": [0.0, 0.2]},
        augmentation.draw_few_pictures: {"validation_moved": [False, True]},
        quiz.draw_pictures: {},
    }
