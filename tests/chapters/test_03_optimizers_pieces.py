"""The demos of single optimizers in chapter 3, against independent sources."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
from demos.optimizers import bias_correction, lookahead, momentum, step_size, units
from figures import FigureRules

SETTINGS = [(0.04, 0.0), (0.16, 0.0), (0.32, 0.7), (0.12, 0.9), (0.4, 0.3)]


def walked(
    optimizer: keras.optimizers.Optimizer,
    gradient: Callable[[np.ndarray], np.ndarray],
    start: float | np.ndarray,
    steps: int,
) -> np.ndarray:
    """Return the points that an optimizer of Keras visits, shape (steps + 1, ...)."""
    variable = keras.Variable(start, dtype="float64")
    points = [variable.numpy()]
    for _ in range(steps):
        optimizer.apply([keras.ops.convert_to_tensor(gradient(points[-1]))], [variable])
        points.append(variable.numpy())
    return np.array(points)


class TestMomentum:
    @pytest.mark.parametrize(("learning_rate", "kept"), SETTINGS)
    @pytest.mark.parametrize("curvature", [momentum.FLAT, momentum.STEEP])
    def test_rate_is_the_spectral_radius_of_a_step(self, learning_rate, kept, curvature):
        pull = learning_rate * curvature
        step = np.array([[1 - pull, kept], [-pull, kept]])  # of (distance, velocity)
        expected = np.max(np.abs(np.linalg.eigvals(step)))
        assert momentum.convergence_rate(learning_rate, kept, curvature) == pytest.approx(expected)

    def test_rate_broadcasts(self):
        table = momentum.convergence_rate(np.array([0.1, 0.2, 0.3]), np.array([[0.0], [0.5]]), 10.0)
        assert table.shape == (2, 3)
        assert table[1, 2] == momentum.convergence_rate(0.3, 0.5, 10.0)

    @pytest.mark.parametrize(("learning_rate", "kept"), SETTINGS)
    def test_a_long_path_shrinks_or_grows_at_the_rate(self, learning_rate, kept):
        size = np.abs(momentum.descend(learning_rate, kept, 600)).max(axis=1)
        # Measured over many steps, because an oscillation does not shrink evenly.
        measured = (size[400:600].max() / size[200:400].max()) ** (1 / 200)
        assert momentum.ravine_rate(learning_rate, kept) == pytest.approx(measured, abs=4e-3)

    @pytest.mark.parametrize(("learning_rate", "kept"), SETTINGS)
    def test_the_path_is_that_of_keras(self, learning_rate, kept):
        curvatures = np.array([momentum.FLAT, momentum.STEEP])
        optimizer = keras.optimizers.SGD(learning_rate, momentum=kept)
        expected = walked(optimizer, lambda point: curvatures * point, momentum.START, 30)
        points = momentum.descend(learning_rate, kept, 30)
        np.testing.assert_allclose(points, expected, rtol=1e-5, atol=1e-5)

    @pytest.mark.parametrize("value", [0.9, 0.95, 0.98])
    def test_all_sides_of_a_level_have_its_rate(self, value):
        corners = momentum.level(value)
        for share in (0.02, 0.5, 0.98):
            for along in share * corners[:-1] + (1 - share) * corners[1:]:
                assert momentum.ravine_rate(*along) == pytest.approx(value)

    def test_nothing_on_the_map_is_faster_than_the_best(self):
        least = momentum.ravine_rate(*momentum.best_settings())
        rates, kept = np.linspace(0.001, 0.42, 300), np.linspace(0, 1, 301)[:, None]
        assert least <= momentum.ravine_rate(rates, kept).min()
        assert least == pytest.approx(momentum.ravine_rate(rates, kept).min(), abs=0.01)

    @pytest.mark.parametrize("learning_rate", np.arange(0.04, 0.41, 0.04))
    @pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.9])
    @pytest.mark.parametrize("direction", [0, 1])
    def test_behavior_is_what_the_path_does(self, learning_rate, kept, direction):
        curvature = (momentum.FLAT, momentum.STEEP)[direction]
        place = momentum.descend(learning_rate, kept, 200)[:, direction]
        place = place[np.abs(place) > 1e-9]  # at the minimum there is no side
        changes = int(np.sum(place[1:] * place[:-1] < 0))
        behaves = {
            "diverges": np.abs(place[-1]) > 100 * np.abs(place[0]),
            "glides in": changes == 0,
            "oscillates": changes >= len(place) - 3,
            "swings": changes > 0,
        }
        assert behaves[momentum.behavior(learning_rate, kept, curvature)]


class TestLookahead:
    @pytest.mark.parametrize("kept", [0.5, 0.9])
    def test_momentum_is_that_of_keras(self, kept):
        optimizer = keras.optimizers.SGD(lookahead.LEARNING_RATE, momentum=kept)
        expected = walked(optimizer, lookahead.gradient, lookahead.START, lookahead.STEPS)
        points, _ = lookahead.descend(kept, ahead=False)
        np.testing.assert_allclose(points, expected, rtol=1e-5, atol=1e-6)

    @pytest.mark.parametrize("kept", [0.5, 0.9])
    def test_keras_keeps_the_look_ahead_points_of_nesterov(self, kept):
        optimizer = keras.optimizers.SGD(lookahead.LEARNING_RATE, momentum=kept, nesterov=True)
        expected = walked(optimizer, lookahead.gradient, lookahead.START, lookahead.STEPS)
        points, velocities = lookahead.descend(kept, ahead=True)
        np.testing.assert_allclose(points + kept * velocities, expected, rtol=1e-5, atol=1e-6)

    def test_the_drawn_steps_are_those_of_the_descents(self):
        for ahead in (False, True):
            points, velocities = lookahead.descend(0.9, ahead)
            for step in range(lookahead.STEPS):
                ends = lookahead.next_points(points[step], 0.9 * velocities[step])
                np.testing.assert_allclose(ends[ahead], points[step + 1])

    def test_nesterov_swings_less_across_the_ravine(self):
        across = [np.abs(lookahead.descend(0.9, ahead)[0][3:, 1]).max() for ahead in (False, True)]
        assert across[1] < across[0] / 2


class TestStepSize:
    @pytest.mark.parametrize("later", [0.1, 1.0, 10.0])
    def test_adagrad_moves_as_in_keras(self, later):
        optimizer = keras.optimizers.Adagrad(
            step_size.LEARNING_RATE, initial_accumulator_value=0.0, epsilon=1e-12
        )
        self.compare(optimizer, step_size.adagrad_rates(step_size.gradients(later)), later)

    @pytest.mark.parametrize("later", [0.1, 1.0, 10.0])
    @pytest.mark.parametrize("rho", [0.5, 0.9, 0.999])
    def test_rmsprop_moves_as_in_keras(self, later, rho):
        optimizer = keras.optimizers.RMSprop(step_size.LEARNING_RATE, rho=rho, epsilon=1e-12)
        self.compare(optimizer, step_size.rmsprop_rates(step_size.gradients(later), rho), later)

    def compare(self, optimizer, rates, later):
        size = step_size.gradients(later)
        moves = iter(size)
        path = walked(optimizer, lambda _: next(moves), 0.0, step_size.STEPS)
        np.testing.assert_allclose(rates * size, -np.diff(path), rtol=1e-4)

    def test_adagrad_shrinks_as_one_over_the_root_of_the_steps(self):
        rates = step_size.adagrad_rates(step_size.gradients(1.0))
        np.testing.assert_allclose(rates * np.sqrt(np.arange(1, 201)), step_size.LEARNING_RATE)

    @pytest.mark.parametrize("later", [0.1, 10.0])
    def test_rmsprop_steps_again_by_the_learning_rate(self, later):
        size = step_size.gradients(later)
        last = step_size.rmsprop_rates(size, 0.9)[-1] * size[-1]
        assert last == pytest.approx(step_size.LEARNING_RATE, rel=0.01)


class TestUnits:
    keras_settings: dict[str, Callable[[], keras.optimizers.Optimizer]] = {
        "SGD": lambda: keras.optimizers.SGD(0.03),
        "AdaGrad": lambda: keras.optimizers.Adagrad(
            0.2, initial_accumulator_value=0.0, epsilon=1e-30
        ),
        "RMSProp": lambda: keras.optimizers.RMSprop(0.01, rho=0.9, epsilon=1e-30),
        "Adam": lambda: keras.optimizers.Adam(0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-30),
        "AdaDelta": lambda: keras.optimizers.Adadelta(1.0, rho=0.95, epsilon=units.EPSILON),
    }

    @pytest.mark.parametrize("name", units.NAMES)
    @pytest.mark.parametrize("unit", [0.01, 1.0])
    def test_a_path_is_that_of_keras(self, name, unit):
        optimizer = self.keras_settings[name]()
        expected = walked(optimizer, lambda w: (unit * w - units.TARGET) * unit, 0.0, 100)
        np.testing.assert_allclose(units.descend(name, unit, steps=100), unit * expected, rtol=1e-3)

    @pytest.mark.parametrize("unit", [0.001, 0.3048, 10.0])
    def test_adadelta_takes_the_same_path_in_any_unit_if_epsilon_changes_with_it(self, unit):
        path = units.descend("AdaDelta", unit, carried=True)
        np.testing.assert_allclose(path, units.descend("AdaDelta", 1.0))

    @pytest.mark.parametrize(
        ("name", "power"), [("SGD", 2), ("AdaGrad", 1), ("RMSProp", 1), ("Adam", 1)]
    )
    def test_the_first_move_goes_with_a_power_of_the_unit(self, name, power):
        small, one = (units.descend(name, unit, steps=1)[1] for unit in (0.01, 1.0))
        assert small / one == pytest.approx(0.01**power)

    def test_adadelta_with_its_epsilon_left_moves_by_a_number_too(self):
        one, ten = (units.descend("AdaDelta", unit, steps=1)[1] for unit in (1.0, 10.0))
        assert ten / one == pytest.approx(10, rel=1e-3)

    def test_moving_average_is_that_of_the_textbooks(self):
        values, average = np.array([3.0, -1.0, 0.0, 2.0]), 0.0
        for value in values:
            average = 0.8 * average + 0.2 * value
        assert units.moving_average(values, 0.8) == pytest.approx(average)
        assert units.moving_average(np.zeros(0), 0.8) == 0


class TestWarmStart:
    betas = pytest.mark.parametrize(
        ("beta_1", "beta_2"), [(0.0, 0.9), (0.5, 0.9999), (0.9, 0.999), (0.95, 0.9)]
    )

    @betas
    def test_corrected_is_adam_of_keras(self, beta_1, beta_2):
        optimizer = keras.optimizers.Adam(
            bias_correction.LEARNING_RATE, beta_1=beta_1, beta_2=beta_2, epsilon=1e-30
        )
        expected = walked(optimizer, lambda w: w, bias_correction.START, bias_correction.STEPS)
        path = bias_correction.descend(beta_1, beta_2, corrected=True)
        np.testing.assert_allclose(path, expected, rtol=1e-3, atol=1e-3)

    @pytest.mark.parametrize("beta_2", [0.9, 0.999])
    def test_uncorrected_without_a_mean_is_rmsprop_of_keras(self, beta_2):
        optimizer = keras.optimizers.RMSprop(
            bias_correction.LEARNING_RATE, rho=beta_2, epsilon=1e-30
        )
        expected = walked(optimizer, lambda w: w, bias_correction.START, bias_correction.STEPS)
        path = bias_correction.descend(0.0, beta_2, corrected=False)
        np.testing.assert_allclose(path, expected, rtol=1e-3, atol=1e-3)

    @betas
    def test_ratio_is_what_the_averages_of_equal_gradients_give(self, beta_1, beta_2):
        equal = np.ones(300)
        averages = units.moving_average(equal, beta_1), units.moving_average(equal**2, beta_2)
        expected = averages[0] / np.sqrt(averages[1])
        assert bias_correction.step_ratio(300, beta_1, beta_2) == pytest.approx(expected)

    @betas
    def test_the_first_moves_differ_by_the_ratio(self, beta_1, beta_2):
        plain, right = (
            np.diff(bias_correction.descend(beta_1, beta_2, corrected))[0]
            for corrected in (False, True)
        )
        assert plain / right == pytest.approx((1 - beta_1) / np.sqrt(1 - beta_2))
        assert right == pytest.approx(-bias_correction.LEARNING_RATE)


class TestFigures(FigureRules):
    frames = {
        momentum.draw_convergence: {
            "learning_rate": [0.04, 0.2, 0.32, 0.4],
            "momentum": [0.0, 0.7, 0.9],
        },
        lookahead.draw_vectors: {"step": [0, 3, 8, 12], "momentum": [0.5, 0.9]},
        step_size.draw_step_sizes: {"later": [0.1, 1.0, 10.0], "rho": [0.5, 0.9, 0.999]},
        units.draw_units: {"unit": [0.001, 0.3048, 10.0], "carried": [False, True]},
        bias_correction.draw_first_steps: {"beta_1": [0.0, 0.95], "beta_2": [0.9, 0.999, 0.9999]},
    }
