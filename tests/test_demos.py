"""What the demos of chapter 1 compute, against references that share no code with them."""

from __future__ import annotations

import inspect
import itertools
import os
import types
from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow
from demos import (
    boundary,
    confidence,
    descent,
    log_loss,
    logits,
    numerals,
    outlier,
    overflow,
    quiet,
    walk,
)
from matplotlib.figure import Figure
from sklearn import linear_model, metrics

SMALL = 1e-6


def difference(function, at: float, step: float = SMALL) -> float:
    """The slope of a function of one number, by central difference."""
    return float((function(at + step) - function(at - step)) / (2 * step))


class TestWalk:
    @pytest.mark.parametrize("speed", [0.6, 1.4, 2.2])
    def test_mean_area_is_the_mean_squared_error(self, speed):
        expected = metrics.mean_squared_error(walk.POSITION, speed * walk.TIME)
        assert walk.mean_area(speed) == pytest.approx(expected)

    def test_mean_area_keeps_the_shape_of_its_argument(self):
        speeds = np.linspace(0, 2, 6).reshape(2, 3)
        areas = walk.mean_area(speeds)
        assert areas.shape == (2, 3)
        assert areas[1, 2] == pytest.approx(walk.mean_area(2.0))

    def test_a_miss_is_positive_where_the_line_is_above(self):
        assert np.all(walk.misses(3.0) > 0)
        assert np.all(walk.misses(0.0) == -walk.POSITION)


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
    def test_clipped_fit_has_the_least_huber_loss_of_keras(self, stray, delta):
        position = outlier.readings(stray)
        best = outlier.fit(position, delta).clipped

        def loss(speed: float) -> float:
            return float(keras.losses.huber(position, speed * walk.TIME, delta=delta))

        assert loss(best) <= min(loss(best - 0.002), loss(best + 0.002))

    def test_clipped_fit_becomes_least_squares_for_a_huge_delta(self):
        speeds = outlier.fit(outlier.readings(30.0), delta=1000.0)
        assert speeds.clipped == pytest.approx(speeds.squared)

    def test_clipped_fit_becomes_the_absolute_one_for_a_tiny_delta(self):
        speeds = outlier.fit(outlier.readings(30.0), delta=0.001)
        assert speeds.clipped == pytest.approx(speeds.absolute, abs=0.01)

    def test_only_the_last_reading_moves(self):
        before = walk.POSITION.copy()
        assert np.array_equal(outlier.readings(30.0)[:-1], walk.POSITION[:-1])
        assert np.array_equal(walk.POSITION, before)


class TestBoundary:
    @pytest.mark.parametrize("at", [40, 57, 63, 90])
    def test_price_is_the_log_loss(self, at):
        expected = metrics.log_loss(boundary.RAIN, boundary.forecast(at))
        assert boundary.price(at) == pytest.approx(expected)

    @pytest.mark.parametrize("at", [40, 57, 63, 90])
    def test_mistakes_agree_with_accuracy(self, at):
        accuracy = metrics.accuracy_score(boundary.RAIN, boundary.forecast(at) > 0.5)
        assert boundary.mistakes(at) == round(16 * (1 - accuracy))

    @pytest.mark.parametrize("at", [40, 57, 63, 90])
    def test_price_slope_is_the_derivative(self, at):
        assert boundary.price_slope(at) == pytest.approx(difference(boundary.price, at), abs=1e-6)

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
    @pytest.mark.parametrize("given", [0.5, 0.8, 0.99])
    def test_costs_are_log_losses(self, given):
        right, wrong = confidence.costs(given)
        assert right == pytest.approx(metrics.log_loss([1], [[1 - given, given]], labels=[0, 1]))
        assert wrong == pytest.approx(metrics.log_loss([0], [[1 - given, given]], labels=[0, 1]))

    @pytest.mark.parametrize("right_of_10", [6, 8, 9])
    def test_average_is_the_log_loss_of_ten_answers(self, right_of_10):
        y_true = np.repeat([1, 0], [right_of_10, 10 - right_of_10])
        expected = metrics.log_loss(y_true, np.full(10, 0.7))
        assert confidence.average(0.7, right_of_10 / 10) == pytest.approx(expected)

    @pytest.mark.parametrize("share", [0.6, 0.8, 0.9])
    def test_average_is_least_at_the_honest_confidence(self, share):
        grid = np.linspace(0.5, 0.999, 500)
        assert grid[np.argmin(confidence.average(grid, share))] == pytest.approx(share, abs=0.001)


class TestLogits:
    @pytest.mark.parametrize("dog", [-8.0, 0.0, 8.0])
    def test_loss_is_that_of_keras_from_logits(self, dog):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        expected = float(loss(np.array([logits.RIGHT]), logits.scores(dog)[None]))
        assert logits.loss_of(dog) == pytest.approx(expected, rel=1e-5, abs=1e-6)

    @pytest.mark.parametrize("dog", [-8.0, 0.0, 8.0])
    def test_shares_are_the_softmax_of_keras(self, dog):
        expected = keras.ops.convert_to_numpy(keras.ops.softmax(logits.scores(dog)))
        np.testing.assert_allclose(logits.shares(logits.scores(dog)), expected, rtol=1e-6)

    @pytest.mark.parametrize("dog", [-8.0, 0.0, 8.0])
    def test_slope_is_share_minus_one(self, dog):
        share = logits.shares(logits.scores(dog))[logits.RIGHT]
        assert difference(logits.loss_of, dog) == pytest.approx(share - 1, abs=1e-6)


class TestDescent:
    def test_slope_is_the_derivative_of_the_loss(self):
        assert descent.slope(0.5) == pytest.approx(difference(walk.mean_area, 0.5), rel=1e-6)

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
            # The product hides from Keras that these are probabilities of its own making.
            value = loss(np.array([0]), keras.ops.softmax(scores) * 1.0)
        slope = -float(tape.gradient(value, scores)[0, 0])
        ours = overflow.from_clipped(gap)
        assert float(ours[0]) == pytest.approx(float(value), rel=1e-5)
        assert float(ours[1]) == pytest.approx(slope, abs=1e-5)

    def test_epsilon_is_that_of_keras(self):
        assert pytest.approx(keras.backend.epsilon()) == float(overflow.EPSILON)


class TestNumerals:
    @pytest.mark.parametrize(
        ("number", "plus", "written"),
        [
            (-1.5, False, "−1.50"),
            (1.5, False, "1.50"),
            (1.5, True, "+1.50"),
            (-0.001, True, "0.00"),
        ],
    )
    def test_minus(self, number, plus, written):
        assert numerals.minus(number, 2, plus=plus) == written


class TestQuiet:
    def test_descriptor_2_is_silent_inside_and_speaks_again_after(self, capfd):
        with quiet.quietly():
            os.write(2, b"loading\n")
        os.write(2, b"heard\n")
        assert capfd.readouterr().err == "heard\n"

    def test_an_error_still_comes_through(self):
        with pytest.raises(ValueError, match="mine"), quiet.quietly():
            raise ValueError("mine")


FRAMES = {
    walk.draw_squares: {"speed": [0.6, 1.4, 2.2]},
    outlier.draw_fits: {"stray": [0, 11, 30], "delta": [0.3, 5.0]},
    boundary.draw_two_scores: {"boundary": [40, 63, 90]},
    log_loss.draw_surprise: {"p": [0.02, 0.3, 1.0]},
    confidence.draw_costs: {"confidence": [0.5, 0.8, 0.999], "right_of_10": [6, 9]},
    logits.draw_softmax: {"dog": [-8.0, 0.0, 8.0]},
    descent.draw_descent: {"step": [0, 12], "learning_rate": [0.002, 0.04]},
    overflow.draw_three_ways: {"gap": [0, 40, 120]},
}


@pytest.fixture(params=FRAMES, ids=lambda draw: draw.__name__)
def draw(request) -> Callable[..., Figure]:
    """Each demo's drawing function in turn."""
    return request.param


@pytest.fixture
def drawn(draw) -> list[tuple[dict, Figure]]:
    """The values and the figure at the first, a middle and the last place of each control."""
    controls = FRAMES[draw]
    combinations = itertools.product(*controls.values())
    values = [dict(zip(controls, combination, strict=True)) for combination in combinations]
    return [(v, draw(**v)) for v in values]


class TestFigures:
    def test_axes_are_labelled_with_their_units(self, drawn):
        for _, figure in drawn:
            for axes in figure.axes:
                assert axes.get_xlabel()
                assert axes.get_ylabel()

    def test_alternative_text_is_of_these_values(self, drawn):
        texts = [figure.get_label() for _, figure in drawn]
        assert len(set(texts)) == len(texts)
        assert all(text.endswith(".") for text in texts)

    def test_drawing_twice_gives_the_same(self, draw, drawn):
        values, figure = drawn[0]
        again = draw(**values)
        assert again is not figure
        assert again.get_label() == figure.get_label()
        for one, other in zip(figure.axes, again.axes, strict=True):
            for line, same in zip(one.lines, other.lines, strict=True):
                np.testing.assert_array_equal(line.get_xydata(), same.get_xydata())

    def test_text_stays_inside_the_figure(self, drawn):
        for values, figure in drawn:
            figure.draw_without_rendering()
            width, height = figure.bbox.width, figure.bbox.height
            for text in itertools.chain.from_iterable(axes.texts for axes in figure.axes):
                box = text.get_window_extent()
                where = f"{text.get_text()!r} at {values}"
                assert box.x0 >= 0 and box.x1 <= width + 1, where
                assert box.y0 >= 0 and box.y1 <= height + 1, where

    def test_a_curve_has_few_points(self, drawn):
        for _, figure in drawn:
            for line in itertools.chain.from_iterable(axes.lines for axes in figure.axes):
                assert len(line.get_xdata()) <= 201


ASKED = {
    "mean_squared_error",
    "mean_absolute_error",
    "r_squared",
    "huber",
    "binary_cross_entropy",
    "log_sum_exp",
    "categorical_cross_entropy_from_logits",
    "sparse_categorical_cross_entropy_from_logits",
    "accuracy",
    "lower_loss",
    "output_head",
    "build_classifier",
}
MODULES = [boundary, confidence, descent, log_loss, logits, numerals, outlier, overflow, walk]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_no_demo_answers_an_exercise(module: types.ModuleType):
    functions = {name for name, _ in inspect.getmembers(module, inspect.isfunction)}
    assert not functions & ASKED
