"""The numbers in the prose of chapter 1 and those of its demos, against independent sources."""

from __future__ import annotations

import math
from collections.abc import Iterator

import keras
import numpy as np
import pytest
import tensorflow
from claims import assert_claimed
from demos.losses import (
    boundary,
    confidence,
    descent,
    first_network,
    log_loss,
    logits,
    outlier,
    overflow,
    quiz,
    surface,
    walk,
)
from demos.nets.functions import probabilities
from demos.show.numerals import minus
from figures import FigureRules, difference
from sklearn import linear_model, metrics


def familiar() -> Iterator[str]:
    best = outlier.fit(walk.POSITION).squared
    yield f"Your number stopped at {walk.mean_square(best):.2f} m² because"
    y_true = np.array([1, 1, 0, 0, 1])
    ana, ben = np.array([0.9, 0.8, 0.2, 0.1, 0.4]), np.array([0.6, 0.6, 0.4, 0.4, 0.01])
    right, also = (int(np.sum((p > 0.5) == y_true)) for p in (ana, ben))
    assert right == also
    yield f"Both are right on {right} of 5 days."
    yield f"so both have an accuracy of {right / 5}."
    cost = [float(keras.losses.BinaryCrossentropy()(y_true, p)) for p in (ana, ben)]
    yield f"{cost[0]:.3f} for Ana and {cost[1]:.3f} for Ben: the accuracy is the same, and Ben's"
    yield "and Ben's loss is four times Ana's."
    assert round(cost[1] / cost[0]) == 4

    yield f"There are {len(boundary.RAIN)} days on a scale of 100 points"
    path = range(45, 64)
    assert np.sum(np.diff([boundary.mistakes(at) for at in path]) > 0) == 1
    assert np.all(np.diff([boundary.cross_entropy(at) for at in path]) < 0)
    assert min(range(40, 91), key=boundary.cross_entropy) == 63
    yield "Between 45 and 63 it even rises once, although the forecast gets better all the way"


def distance() -> Iterator[str]:
    near, far = outlier.fit(walk.POSITION), outlier.fit(outlier.readings(30.0))
    yield f"the squared loss has a speed of {far.squared:.2f} m/s, a jog, for a walk at"
    yield f"for a walk at {near.squared:.1f} m/s."
    yield f"the speed goes from {near.absolute:.2f} to {far.absolute:.2f} m/s and stays there."
    yield f"for a meter or two and then stops, at {far.huber:.2f}."
    assert outlier.fit(outlier.readings(13.0)).huber == pytest.approx(far.huber)
    wide = {at: outlier.fit(outlier.readings(at), 5.0) for at in (3.0, 4.0, 18.0, 19.0, 22.0, 30.0)}
    for at in (4.0, 18.0):
        assert wide[at].huber == pytest.approx(wide[at].squared)
    for at in (3.0, 19.0):
        assert abs(wide[at].huber - wide[at].squared) > 0.001
    assert wide[22.0].huber == pytest.approx(wide[30.0].huber)
    yield "between readings of 4 and 18 m it is the same as the squared loss"
    yield f"and above them it soon stops, at {wide[30.0].huber:.2f}."
    yield f"pulls {2 * 19.0 / (2 * 0.5):.0f} times as hard as an error of half a meter"
    values = [1, 2, 3, 4, 100]
    mean, median = np.mean(values), np.median(values)
    yield f"1, 2, 3, 4 and 100, the mean is {mean:.0f} and the median is {median:.0f}."
    assert np.all(np.abs(walk.errors(1.4)) < 1.0)
    yield "No error here reaches `delta`"
    yield f"typically off by about {round(100 * walk.mean_square(1.4) ** 0.5, -1):.0f} cm"


def surprise() -> Iterator[str]:
    half, rare = log_loss.surprise(0.5), log_loss.surprise(0.02)
    yield f"At p = 0.5 it is {half:.2f}, at p = 0.02 it is {rare:.2f}"
    assert log_loss.surprise_slope(0.02) / log_loss.surprise_slope(1.0) == pytest.approx(50)
    yield "which is fifty times as steep at 0.02 as at 1"
    yield f"rises by $\\\\log 2 = {half:.2f}$ each time."
    yield f"from {half:.2f} to {2 * half:.2f} to {log_loss.surprise(0.125):.2f}"
    fair, coin = (-sum(p * math.log(p) for p in (q, 1 - q)) for q in (0.5, 0.9))
    yield f"A fair coin has an entropy of {fair:.3f} nats"
    yield f"a coin that falls heads nine times in ten has {coin:.3f} nats."
    yield f"No forecast of that second coin can cost less than {coin:.3f} nats on average"
    divergence = float(keras.losses.KLDivergence()(np.array([[0.9, 0.1]]), np.full((1, 2), 0.5)))
    yield f"pays {fair:.3f} − {coin:.3f} = {divergence:.3f} nats for that mistake"
    opposite = float(keras.losses.KLDivergence()(np.full((1, 2), 0.5), np.array([[0.9, 0.1]])))
    yield f"someone who takes a fair coin for the second one pays {opposite:.3f} nats"
    yield f"For ten classes this is {math.log(10):.3f}, so an untrained classifier"

    right, wrong = confidence.costs(0.8)
    bold, shy = confidence.costs(0.9), confidence.costs(0.7)
    saved, lost = 8 * (right - bold[0]), 2 * (bold[1] - wrong)
    yield f"From 0.8 to 0.9, the eight right answers together save {saved:.1f} nats"
    yield f"and the two wrong ones cost {lost:.1f} more."
    saved, lost = 2 * (wrong - shy[1]), 8 * (shy[0] - right)
    yield f"From 0.8 to 0.7, the two wrong answers together save {saved:.1f} nats"
    yield f"and the eight right ones cost {lost:.1f} more."
    right, wrong = confidence.costs(0.99)
    yield f"At 0.99 a right answer costs {right:.3f} and a wrong one {wrong:.3f}"
    yield f"so {wrong / right:.0f} right answers cost as much as one wrong one"


def scores() -> Iterator[str]:
    first, second, _ = probabilities(np.array([1.0, 0.0, 0.0]))
    yield f"the logits 1, 0 and 0 give {first:.3f}, {second:.3f} and {second:.3f}."
    share = probabilities(logits.scores(8.0))[logits.RIGHT]
    yield f"slope is flatter than −0.1, and at 8 it is {minus(share - 1, 3)}"
    before, at = (probabilities(logits.scores(dog))[logits.RIGHT] - 1 for dog in (3.5, 3.52))
    assert before < -0.1 < at
    yield "from a score just above 3.5 on, the slope is flatter than −0.1"
    gap, loss = logits.scores(-8.0).max() + 8, logits.loss(-8.0)
    yield f"the gap to the cat is {gap:.0f} at a score of −8, and the loss is {loss:.2f}."
    twice = probabilities(np.eye(10)[0])
    yield f"the loss with ten classes is still $\\log(e + 9) - 1 = {-math.log(twice[0]):.2f}$"


def descending() -> Iterator[str]:
    best = outlier.fit(walk.POSITION).squared
    good, slow = (walk.mean_square(descent.descend(rate, 4)[-1]) for rate in (0.01, 0.002))
    yield f"After four steps, 0.01 is at {good:.2f} m², close to the least possible"
    yield f"least possible {walk.mean_square(best):.2f}; 0.002 is still at {slow:.2f}."
    swing, climb = (np.abs(descent.descend(rate, 12) - best) for rate in (0.035, 0.04))
    assert np.all(np.diff(swing) < 0)
    assert np.all(np.diff(climb) > 0)
    curvature = 2 * float(np.mean(walk.TIME**2))
    yield f"it multiplies the distance by $1 - {curvature:.0f}\\,\\eta$"
    yield f"Beyond $\\eta = 2/{curvature:.0f} \\approx {2 / curvature:.3f}$"
    yield f"At $\\eta = 1/{curvature:.0f} \\approx {1 / curvature:.3f}$ this factor is 0"
    assert -1 < 1 - 0.035 * curvature < 0
    yield f"Between 1/{curvature:.0f} and 2/{curvature:.0f} the factor is negative but above −1"
    assert curvature == pytest.approx(difference(descent.slope, best))
    yield f"for our eight readings it is ${curvature:.0f}\\,d$ at a distance of $d$ m/s"
    yield f"\\sum_i t_i^2 = {curvature:.0f}$ for each m/s, so it is ${curvature:.0f}\\,d$ at"
    turn = 0.04 * curvature
    yield f"0.04 \\\\cdot {curvature:.0f}\\\\,d = {turn:.2f}\\\\,d$, so it ends ${turn - 1:.2f}"


def two_parameters() -> Iterator[str]:
    flat, steep = surface.curvatures()
    yield f"Across the valley, the slope changes {steep / flat:.0f} times as fast as along it"
    slow = [surface.mean_square(w) for w in surface.descend(0.01, 400)]
    yield f"after ten of them the loss at a rate of 0.01 is {slow[10]:.2f} m²."
    yield f"after 100 steps the loss is still {slow[100]:.2f} m²"
    yield f"and after 400 it is {slow[400]:.2f}."
    assert 0.9 < 0.037 / (2 / steep) < 1
    yield f"the slope grows by {steep:.1f} for each unit there, so a rate beyond 2/{steep:.1f} = "
    yield f"beyond 2/{steep:.1f} = {2 / steep:.3f} would diverge"
    first = {}
    for rate in (0.01, 0.03, 0.037):
        losses = [surface.mean_square(w) for w in surface.descend(rate, surface.STEPS[-1])]
        first[rate] = next(step for step, loss in enumerate(losses) if loss < 1)
        assert first[rate] in surface.STEPS  # so that the slider can show it
    yield f"first time at step {first[0.01]} for a rate of 0.01, at step {first[0.03]} for 0.03"
    yield f"and at step {first[0.037]} for 0.037, so near the limit a higher rate gains little."
    across = 1 - 0.037 * steep
    assert -1 < across < 0
    yield f"and each jump is only {100 * (1 + across):.0f}% shorter than the one before"
    yield f"a step from the same place goes {0.037 / 0.01:.1f} times as far as at 0.01"


def today() -> Iterator[str]:
    softened = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
    p = np.full((1, 10), 0.01 / 9)
    p[0, 0] = 0.99
    kept = 0.1 / 10 + 0.9
    y = np.where(np.arange(10) == 0, kept, 0.1 / 10)
    expected = -np.sum(y * np.log(p))
    assert float(softened(np.eye(10)[:1], p)) == pytest.approx(expected, rel=1e-5)
    yield f"with 10 classes the right one then keeps {kept:.2f}."
    for name in ("BinaryFocalCrossentropy", "CategoricalFocalCrossentropy"):
        assert hasattr(keras.losses, name)
        yield f"`{name}`"


def quizzes() -> Iterator[str]:
    yield f"$\\\\log 100 = {math.log(100):.1f}$ is the loss of equal probabilities."
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5), keras.layers.Dense(1)])
    yield f'right={{"{model.count_params()}": "The hidden layer has'
    assert sorted(quiz.RATES, key=quiz.RATES.get) == ["E", "F", "D"]
    ends = {name: values[[0, -1]] for name, values in quiz.runs().items()}
    assert ends["D"][1] > ends["D"][0] > ends["E"][1] > ends["F"][1]
    yield f"E crawls at {quiz.RATES['E']}, F fits at {quiz.RATES['F']}, and D jumps too far at 0.04"


def breaking() -> Iterator[str]:
    loss, slope = overflow.from_clipped(40)
    assert slope == 0
    yield f"The clipped way stops at {loss:.1f}, where p falls below 1e-7"
    assert np.isfinite(overflow.from_probability(88)[1])
    assert np.isinf(overflow.from_probability(89)[1])
    assert np.isfinite(overflow.from_probability(103)[0])
    assert np.isinf(overflow.from_probability(104)[0])
    for gap, is_right in ((99, True), (100, False), (101, False)):
        loss_at = float(overflow.from_probability(gap)[0])
        assert (abs(loss_at - gap) < 0.01) == is_right
    yield "has a finite loss up to 103, although its decimals are wrong from 100 on"
    yield "but beyond 88 it cannot compute the slope"
    yield "From 104 on, p is 0 and the loss is infinite."
    with np.errstate(over="ignore"):
        assert np.isfinite(np.exp(np.float32(88)))
        assert np.isinf(np.exp(np.float32(89)))
    yield "because $e^{89}$ already overflows"
    assert f"{np.finfo(np.float32).max:.1e}" == "3.4e+38"
    yield "A number above $3.4 \\cdot 10^{38}$ is too large for float32"
    yield f"Clipping keeps the loss finite, at {loss:.1f}"
    column, row = np.array([[1.0], [2.0], [3.0]]), np.array([1.0, 2.0, 3.0])
    yield f"a perfect model gets a loss of {np.mean((row - column) ** 2):.3f}."


def old_tutorials() -> Iterator[str]:
    yield f"a perfect prediction of 2 a loss of {(2 * 2) ** 2}, and a model that always answers 0"
    wrong = -math.log(0.01)
    yield f"the squared error is {(1 - 0.01) ** 2:.2f} and the cross-entropy is {wrong:.2f}."
    p = 1 / (1 + math.exp(10))
    yield f"slope of the squared error is {minus(2 * (p - 1) * p * (1 - p), 5)}"
    yield f"that of cross-entropy {minus(p - 1, 3)}"
    standing = keras.metrics.R2Score()(walk.POSITION[:, None], 0 * walk.TIME[:, None])
    yield f"It is {minus(float(standing), 2)} for the model"


CLAIMS = [
    *(familiar, distance, surprise, scores, descending, two_parameters, breaking, today),
    *(old_tutorials, quizzes),
]


@pytest.mark.parametrize("claims", CLAIMS, ids=lambda claims: claims.__name__)
def test_the_prose_says_the_numbers_that_come_out(claims):
    assert_claimed("01_loss_functions", claims())


class TestKeras:
    """What the chapter says about Keras 3; a version of Keras that changes it fails here."""

    scores = np.array([[40.0, 0.0, -5.0]], dtype="float32")

    def slope(self, of_scores) -> np.ndarray:
        variable = tensorflow.Variable(self.scores)
        with tensorflow.GradientTape() as tape:
            loss = of_scores(variable)
        return tape.gradient(loss, variable).numpy()[0]

    def test_it_finds_the_logits_behind_its_own_softmax(self):
        loss = keras.losses.SparseCategoricalCrossentropy()
        slope = self.slope(lambda z: loss(np.array([1]), keras.ops.softmax(z)))
        assert slope[1] == pytest.approx(-1)

    def test_it_warns_of_a_second_softmax_and_uses_the_first_ones_logits(self):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        with pytest.warns(UserWarning, match="from_logits=True"):
            slope = self.slope(lambda z: loss(np.array([1]), keras.ops.softmax(z)))
        assert slope[1] == pytest.approx(-1)

    def test_clipping_has_two_ends(self):
        loss = keras.losses.BinaryCrossentropy()
        for answer, p in ((1.0, 0.0), (0.0, 1.0)):
            value = float(loss(np.array([[answer]]), np.array([[p]])))
            # In float32, 1 - 1e-7 is rounded, and its distance from 1 is 1.19e-7.
            assert value == pytest.approx(-math.log(keras.backend.epsilon()), rel=0.02)

    def test_a_multiplication_by_1_hides_them_and_the_slope_is_gone(self):
        loss = keras.losses.SparseCategoricalCrossentropy()
        slope = self.slope(lambda z: loss(np.array([1]), keras.ops.softmax(z) * 1.0))
        assert np.all(slope == 0)

    def test_what_older_code_names_is_gone_and_what_replaces_it_is_there(self):
        assert not hasattr(keras.losses, "mse")
        assert not hasattr(keras.losses, "Reduction")
        assert keras.losses.get("mse") is keras.losses.mean_squared_error
        named = ("sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", "none")
        assert_claimed("01_loss_functions", (f'`"{reduction}"`' for reduction in named))
        for reduction in (*named, None):
            keras.losses.MeanSquaredError(reduction=reduction)
        with pytest.raises(ValueError, match="reduction=auto"):
            keras.losses.MeanSquaredError(reduction="auto")

    def test_logits_without_from_logits_train_badly_and_no_error_says_so(self):
        score = tensorflow.Variable([[-3.0]])
        with tensorflow.GradientTape() as tape:
            loss = keras.losses.BinaryCrossentropy()(np.array([[1.0]]), score)
        assert float(loss) == pytest.approx(-math.log(keras.backend.epsilon()), rel=0.01)
        assert tape.gradient(loss, score).numpy() == 0

    def test_a_binary_loss_from_logits_is_the_formula_of_the_chapter(self):
        z, y = np.array([[3.0, -2.0, 0.5]]), np.array([[1.0, 0.0, 1.0]])
        loss = keras.losses.BinaryCrossentropy(from_logits=True)(y, z)
        toward_yes = np.where(y == 1, z, -z)  # a no at z costs what a yes costs at -z
        assert float(loss) == pytest.approx(np.mean(np.log(1 + np.exp(-toward_yes))), rel=1e-5)


class TestWalk:
    @pytest.mark.parametrize("speed", [0.6, 1.4, 2.2])
    def test_mean_area_is_the_mean_squared_error(self, speed):
        expected = metrics.mean_squared_error(walk.POSITION, speed * walk.TIME)
        assert walk.mean_square(speed) == pytest.approx(expected)

    def test_mean_area_keeps_the_shape_of_its_argument(self):
        speeds = np.linspace(0, 2, 6).reshape(2, 3)
        areas = walk.mean_square(speeds)
        assert areas.shape == (2, 3)
        assert areas[1, 2] == pytest.approx(walk.mean_square(2.0))

    def test_a_miss_is_positive_where_the_line_is_above(self):
        assert np.all(walk.errors(3.0) > 0)
        assert np.all(walk.errors(0.0) == -walk.POSITION)


class TestOutlier:
    times = walk.TIME[:, None]

    @pytest.mark.parametrize("stray", [0.0, 11.0, 30.0])
    def test_squared_fit_is_least_squares(self, stray):
        position = outlier.readings(stray)
        expected = linear_model.LinearRegression(fit_intercept=False).fit(self.times, position)
        assert outlier.fit(position).squared == pytest.approx(expected.coef_[0])

    @pytest.mark.parametrize("stray", [0.0, 11.0, 30.0])
    def test_absolute_fit_is_median_regression(self, stray):
        position = outlier.readings(stray)
        median = linear_model.QuantileRegressor(quantile=0.5, alpha=0, fit_intercept=False)
        expected = median.fit(self.times, position).coef_[0]
        assert outlier.fit(position).absolute == pytest.approx(expected)

    @pytest.mark.parametrize("stray", [0.0, 11.0, 30.0])
    @pytest.mark.parametrize("delta", [0.3, 1.0, 5.0])
    def test_huber_fit_has_the_least_huber_loss_of_keras(self, stray, delta):
        position = outlier.readings(stray)
        best = outlier.fit(position, delta).huber

        def loss(speed: float) -> float:
            return float(keras.losses.huber(position, speed * walk.TIME, delta=delta))

        assert loss(best) <= min(loss(best - 0.002), loss(best + 0.002))

    def test_huber_fit_becomes_least_squares_for_a_huge_delta(self):
        speeds = outlier.fit(outlier.readings(30.0), delta=1000.0)
        assert speeds.huber == pytest.approx(speeds.squared)

    def test_huber_fit_becomes_the_absolute_one_for_a_tiny_delta(self):
        speeds = outlier.fit(outlier.readings(30.0), delta=0.001)
        assert speeds.huber == pytest.approx(speeds.absolute, abs=0.01)

    def test_only_the_last_reading_moves(self):
        before = walk.POSITION.copy()
        assert np.array_equal(outlier.readings(30.0)[:-1], walk.POSITION[:-1])
        assert np.array_equal(walk.POSITION, before)


class TestBoundary:
    @pytest.mark.parametrize("at", [40, 57, 63, 90])
    def test_cross_entropy_is_the_log_loss(self, at):
        expected = metrics.log_loss(boundary.RAIN, boundary.forecast(at))
        assert boundary.cross_entropy(at) == pytest.approx(expected)

    @pytest.mark.parametrize("at", [40, 57, 63, 90])
    def test_mistakes_agree_with_accuracy(self, at):
        accuracy = metrics.accuracy_score(boundary.RAIN, boundary.forecast(at) > 0.5)
        assert boundary.mistakes(at) == round(16 * (1 - accuracy))

    @pytest.mark.parametrize("at", [40, 57, 63, 90])
    def test_cross_entropy_slope_is_the_derivative(self, at):
        assert boundary.cross_entropy_slope(at) == pytest.approx(
            difference(boundary.cross_entropy, at), abs=1e-6
        )

    def test_no_day_lies_on_a_boundary_that_the_slider_has(self):
        assert not set(boundary.HUMIDITY) & set(range(40, 91))


class TestLogLoss:
    @pytest.mark.parametrize("p", [0.02, 0.3, 0.98])
    def test_surprise_is_the_cross_entropy_of_keras(self, p):
        loss = keras.losses.BinaryCrossentropy()(np.array([1.0]), np.array([p]))
        assert log_loss.surprise(p) == pytest.approx(float(loss), rel=1e-5)

    @pytest.mark.parametrize("p", [0.02, 0.3, 0.98])
    def test_surprise_slope_is_the_derivative(self, p):
        expected = difference(log_loss.surprise, p, 1e-7)
        assert float(log_loss.surprise_slope(p)) == pytest.approx(expected, rel=1e-5)

    def test_certainty_is_no_surprise_and_no_negative_zero(self):
        assert str(log_loss.surprise(1.0)) == "0.0"


class TestConfidence:
    @pytest.mark.parametrize("stated", [0.5, 0.8, 0.99])
    def test_costs_are_log_losses(self, stated):
        right, wrong = confidence.costs(stated)
        assert right == pytest.approx(metrics.log_loss([1], [[1 - stated, stated]], labels=[0, 1]))
        assert wrong == pytest.approx(metrics.log_loss([0], [[1 - stated, stated]], labels=[0, 1]))

    @pytest.mark.parametrize("right_of_10", [6, 8, 9])
    def test_mean_cost_is_the_log_loss_of_ten_answers(self, right_of_10):
        y_true = np.repeat([1, 0], [right_of_10, 10 - right_of_10])
        expected = metrics.log_loss(y_true, np.full(10, 0.7))
        assert confidence.mean_cost(0.7, right_of_10 / 10) == pytest.approx(expected)

    @pytest.mark.parametrize("share", [0.6, 0.8, 0.9])
    def test_mean_cost_is_least_at_the_honest_confidence(self, share):
        grid = np.linspace(0.5, 0.999, 500)
        assert grid[np.argmin(confidence.mean_cost(grid, share))] == pytest.approx(share, abs=0.001)


class TestLogits:
    @pytest.mark.parametrize("dog", [-8.0, 0.0, 8.0])
    def test_loss_is_that_of_keras_from_logits(self, dog):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        expected = float(loss(np.array([logits.RIGHT]), logits.scores(dog)[None]))
        assert logits.loss(dog) == pytest.approx(expected, rel=1e-5, abs=1e-6)

    @pytest.mark.parametrize("dog", [-8.0, 0.0, 8.0])
    def test_slope_is_probability_minus_one(self, dog):
        share = probabilities(logits.scores(dog))[logits.RIGHT]
        assert difference(logits.loss, dog) == pytest.approx(share - 1, abs=1e-6)


class TestDescent:
    def test_slope_is_the_derivative_of_the_loss(self):
        assert descent.slope(0.5) == pytest.approx(difference(walk.mean_square, 0.5), rel=1e-6)

    def test_five_steps_are_those_of_keras(self):
        speed = keras.layers.Dense(1, use_bias=False)
        model = keras.Sequential([keras.Input((1,)), speed])
        speed.set_weights([np.array([[descent.START]])])
        model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mean_squared_error")
        model.fit(walk.TIME[:, None], walk.POSITION[:, None], epochs=5, verbose=0)
        assert descent.descend(0.01, 5)[-1] == pytest.approx(float(speed.kernel[0, 0]), rel=1e-5)

    def test_it_ends_where_least_squares_is(self):
        best = outlier.fit(walk.POSITION).squared
        assert descent.descend(0.01, 100)[-1] == pytest.approx(best)

    def test_no_steps_stay_at_the_start(self):
        assert list(descent.descend(0.01, 0)) == [descent.START]


class TestSurface:
    def test_gradient_is_both_derivatives(self):
        w = np.array([0.7, 2.0])
        along_speed = difference(lambda s: surface.mean_square(np.array([s, 2.0])), 0.7)
        along_start = difference(lambda b: surface.mean_square(np.array([0.7, b])), 2.0)
        assert surface.gradient(w) == pytest.approx([along_speed, along_start], rel=1e-5)

    def test_the_best_parameters_are_those_of_a_linear_regression(self):
        expected = linear_model.LinearRegression().fit(walk.TIME[:, None], walk.POSITION)
        assert surface.best() == pytest.approx([expected.coef_[0], expected.intercept_])

    def test_a_rate_settles_below_two_over_the_largest_curvature(self):
        limit = 2 / surface.curvatures()[-1]
        near, far = (surface.descend(rate * limit, 400)[-1] for rate in (0.98, 1.02))
        assert np.linalg.norm(near - surface.best()) < 0.1
        assert np.linalg.norm(far - surface.best()) > 10


class TestFirstNetwork:
    def test_keras_computes_the_same_probability(self):
        model = keras.Sequential(
            [
                keras.Input((2,)),
                keras.layers.Dense(2, activation="relu"),
                keras.layers.Dense(1, activation="sigmoid"),
            ]
        )
        output, bias = first_network.OUTPUT[:, None], np.array([first_network.OUTPUT_BIAS])
        model.set_weights([first_network.HIDDEN, first_network.HIDDEN_BIAS, output, bias])
        assert model.count_params() == first_network.PARAMETERS
        for inputs in ([0.8, 0.0], [0.3, -2.0], [1.0, 2.0]):
            expected = float(model(np.array([inputs]))[0, 0])
            assert first_network.forward(*inputs)[2] == pytest.approx(expected, rel=1e-5)


class TestQuiz:
    def test_the_losses_are_those_of_keras(self):
        error = np.array([-2.5, -0.5, 0.0, 0.5, 3.0])
        for name, loss in {
            "A": keras.losses.Huber(delta=1.0),
            "B": keras.losses.MeanSquaredError(),
            "C": keras.losses.MeanAbsoluteError(),
        }.items():
            ours = quiz.losses(error)[name]
            keras_losses = [float(loss(np.zeros(1), np.array([e]))) for e in error]
            assert ours == pytest.approx(keras_losses)


class TestOverflow:
    gaps = np.arange(0, 124, 4)

    def test_from_logits_is_exact_to_float32(self):
        exact = np.logaddexp(0, self.gaps.astype(float))
        np.testing.assert_allclose(overflow.from_logits(self.gaps)[0], exact, rtol=1e-6)

    def test_slope_from_logits_is_the_derivative(self):
        exact = [difference(lambda g: np.logaddexp(0, g), g) for g in self.gaps]
        np.testing.assert_allclose(overflow.from_logits(self.gaps)[1], exact, atol=1e-6)

    def test_the_probability_underflows_just_beyond_the_last_gap(self):
        assert overflow.probability(overflow.LAST) > 0
        assert overflow.probability(overflow.LAST + 1) == 0
        loss, slope = overflow.from_probability(overflow.LAST + 1)
        assert np.isinf(loss)
        assert np.isnan(slope)

    @pytest.mark.parametrize("gap", [0.0, 8.0, 40.0])
    def test_clipping_is_what_keras_does(self, gap):
        scores = tensorflow.Variable([[0.0, gap]])
        loss = keras.losses.SparseCategoricalCrossentropy()
        with tensorflow.GradientTape() as tape:
            # Keras does not look for logits behind the product.
            value = loss(np.array([0]), keras.ops.softmax(scores) * 1.0)
        slope = -float(tape.gradient(value, scores)[0, 0])
        ours = overflow.from_clipped(gap)
        assert float(ours[0]) == pytest.approx(float(value), rel=1e-5)
        assert float(ours[1]) == pytest.approx(slope, abs=1e-5)

    def test_epsilon_is_that_of_keras(self):
        assert pytest.approx(keras.backend.epsilon()) == float(overflow.EPSILON)


class TestFigures(FigureRules):
    frames = {
        walk.draw_squares: {"speed": [0.6, 1.4, 2.2]},
        outlier.draw_fits: {"stray": [0, 11, 30], "delta": [0.3, 5.0]},
        boundary.draw_two_scores: {"boundary": [40, 63, 90]},
        log_loss.draw_surprise: {"p": [0.02, 0.3, 1.0]},
        confidence.draw_costs: {"confidence": [0.5, 0.8, 0.999], "right_of_10": [6, 9]},
        logits.draw_softmax: {"dog": [-8.0, 0.0, 8.0]},
        descent.draw_descent: {"step": [0, 12], "learning_rate": [0.002, 0.04]},
        overflow.draw_three_ways: {"gap": [0, 40, 120]},
        surface.draw_surface: {"step": [0, 1, 400], "learning_rate": [0.01, 0.037]},
        first_network.draw_network: {"humidity": [0.0, 0.8, 1.0], "pressure": [-2, 0, 2]},
        quiz.draw_pictures: {},
    }
