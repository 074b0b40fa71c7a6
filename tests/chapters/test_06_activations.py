"""The numbers in the prose of chapter 6 and those of its demos, against independent sources."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from typing import ClassVar

import keras
import numpy as np
import pytest
import tensorflow
from claims import assert_claimed
from demos.activations import (
    dead,
    depth,
    functions,
    hidden_layer,
    learned_slope,
    quiz,
    remedies,
    stack,
    temperature,
)
from demos.nets import images
from demos.nets.network import DIGIT_NETWORK, losses_and_slopes
from demos.show.numerals import minus
from figures import FigureRules, difference
from sklearn import linear_model

IN_KERAS = {
    "none": keras.activations.linear,
    "sigmoid": keras.activations.sigmoid,
    "tanh": keras.activations.tanh,
    "ReLU": keras.activations.relu,
    "Leaky ReLU": lambda x: keras.activations.leaky_relu(x, negative_slope=0.3),
    "ELU": keras.activations.elu,
    "SiLU": keras.activations.silu,
    "Swish": keras.activations.silu,
    "GELU": keras.activations.gelu,
}

GAUSS = np.vectorize(statistics.NormalDist().cdf)


def extreme(curve, between: tuple[float, float], sign: int = 1) -> tuple[float, float]:
    """Return the minimum of a curve between two inputs, and its value; sign -1: the maximum."""
    inputs = np.linspace(*between, 4001)
    best = inputs[np.argmin(sign * curve(inputs))]
    return float(best), float(curve(best))


def size(array: np.ndarray) -> float:
    """Return the root mean square of an array or a tensor."""
    return float(np.sqrt(np.mean(np.square(array))))


def silent(bias: float, rate: float, side: float = 0.0) -> tuple[int, int]:
    """Return the number of units that are never active, and the accuracy in percent."""
    active, accuracy = dead.outcome(bias, side)
    here = dead.RATES.index(rate)
    return int(np.sum(active[here] == 0)), round(100 * accuracy[here])


def back(activation: str, scale: str) -> str:
    """Return the size of the gradient by the inputs, as the figure writes it."""
    return depth.written(depth.sizes(activation, depth.SCALES[scale])[1][0])


def read(activation: str, scale: str) -> int:
    """Return the percentage of the digits that trained networks of ten layers read correctly."""
    return round(100 * depth.read_correctly(activation)[list(depth.SCALES).index(scale)])


def values_of_sigmoids(scale: float) -> list[np.ndarray]:
    """Return the values of ten layers of sigmoids, each of shape (64, 64): examples and units."""
    random = np.random.default_rng(0)
    values, layers = random.standard_normal((64, 64)), []
    for _ in range(depth.LAYERS):
        w = random.standard_normal((64, 64)) * scale / 8
        values = functions.ACTIVATIONS["sigmoid"].value(values @ w)
        layers.append(values)
    return layers


def familiar() -> Iterator[str]:
    straight = {f"{hidden_layer.error(units, 'none'):.2f}" for units in range(1, 11)}
    assert straight == {"1.00"}
    yield "is typically off by 1.00 m, with one unit and with ten."
    relus, tanhs = (hidden_layer.error(10, activation) for activation in ("ReLU", "tanh"))
    yield f"Ten ReLUs are off by {relus:.2f} m, and ten units with tanh are off by {tanhs:.2f} m."
    yield f"The {3 * 8 + 8} weights of the two layers can compute no more than the 3 weights of"


def bends() -> Iterator[str]:
    sigmoid, tanh, elu, silu, gelu = (
        functions.ACTIVATIONS[name] for name in ("sigmoid", "tanh", "ELU", "SiLU", "GELU")
    )
    yield f"and tanh 3 is {math.tanh(3):.3f}."
    yield f"$1 - 0.995^2 = {tanh.slope(3):.2f}$"
    assert tanh.value(3.1) - tanh.value(3.0) == pytest.approx(0.001, abs=0.0002)
    yield f"never steeper than {sigmoid.slope(0)}, which it is at 0; at −4 and at 4 its slope is"
    yield f"its slope is {sigmoid.slope(4):.4f}."
    yield f"The slope of tanh is 1 at 0 and {tanh.slope(4):.4f} at 4."
    yield f"falls smoothly, to {elu.slope(-4):.4f} at −4."
    (at, low), (also, lower) = (extreme(f.value, (-4, 0)) for f in (gelu, silu))
    yield f"to {minus(lower, 3)} near {minus(also, 2)} and to {minus(low, 3)} near {minus(at, 2)}"
    most = [extreme(f.slope, (0, 4), sign=-1)[1] for f in (silu, gelu)]
    yield f"goes up to {most[0]:.2f} and {most[1]:.2f}, and then it comes back"
    swish = silu.function(functions.LINE, 10.0)
    assert np.max(np.abs(swish - np.maximum(functions.LINE, 0))) < 0.03
    np.testing.assert_allclose(silu.function(functions.LINE, 0.0), functions.LINE / 2)
    for name in ("Leaky ReLU", "ELU"):
        np.testing.assert_allclose(
            functions.ACTIVATIONS[name].function(functions.LINE, 0.0), np.maximum(functions.LINE, 0)
        )
    for alpha in (0.3, 1.0, 3.0):
        from_the_left = elu.derivative(np.array(-1e-9), alpha)
        assert (from_the_left == pytest.approx(1)) == (alpha == 1)


def through_ten_layers() -> Iterator[str]:
    yield f"$0.25^{{10}} = {0.25**10:.8f}$"
    ends = [depth.sizes("none", depth.SCALES[scale]) for scale in ("0.5", "1 (Glorot)", "2")]
    kept = np.array([[values[-1], gradients[0]] for values, gradients in ends])
    np.testing.assert_allclose(np.log10(kept), np.array([[-3], [0], [3]]) * [1, 1], atol=0.15)
    yield "a thousandth is left after ten layers, and at twice the scale the gradient is a thousand"
    small, he = float(back("ReLU", "1 (Glorot)")), back("ReLU", "1.41 (He)")
    yield f"the training the networks read {read('none', '1 (Glorot)')} percent of the digits."
    yield f"is too small: {small:.3f} of the gradient arrives, and the networks read"
    yield f"the networks read {read('ReLU', '1 (Glorot)')} percent of the digits."
    yield f"where {he} arrives, they read {read('ReLU', '1.41 (He)')} percent of them, and at 2"
    assert read("ReLU", "2") <= 10
    yield f"cannot grow: at 1, {back('tanh', '1 (Glorot)')} of the gradient arrives, and at 2 the"
    yield f"and at 2 the gradient becomes {back('tanh', '2')} times as large."
    reached = [read("tanh", scale) for scale in ("1 (Glorot)", "2")]
    yield f"the networks with tanh read {reached[0]} and {reached[1]} percent of the digits."
    five = round(100 * remedies.read_correctly("neither")[0].mean())
    yield f"at a rate of {remedies.RATE}, networks of five layers with ReLU read {five} percent."
    for activation in ("none", "tanh", "ReLU"):
        best = list(depth.SCALES)[int(np.argmax(depth.read_correctly(activation)))]
        first = depth.sizes(activation, depth.SCALES[best])[1][0]
        assert depth.NEAR[0] < first < depth.NEAR[1]
    yield f"only {back('sigmoid', '1 (Glorot)')} of the gradient arrives"
    yield f"is still only {back('sigmoid', '4')}; at no scale"
    most = max(read("sigmoid", scale) for scale in depth.SCALES)
    yield f"at no scale do the networks read more than {most} percent"
    first = [depth.sizes("sigmoid", scale)[1][0] for scale in depth.SCALES.values()]
    assert max(first) < depth.NEAR[0]
    yield f"At 10, {depth.written(depth.sizes('sigmoid', 10.0)[1][0])} of the gradient would arrive"
    saturated = [np.mean((v < 0.01) | (v > 0.99)) for v in values_of_sigmoids(scale=10)]
    assert np.mean(saturated) == pytest.approx(0.5, abs=0.06)
    yield "but about half of the values would be within a hundredth of 0 or 1, which is a saturated"
    for scale in (1, 10):
        layers = values_of_sigmoids(scale)
        assert [np.mean(v) for v in layers] == pytest.approx([0.5] * depth.LAYERS, abs=0.05)
        spreads = [np.mean(np.std(v, axis=0)) for v in layers]  # over the examples
        assert spreads[-1] < spreads[4] < spreads[0] / 2
        assert spreads[-1] < spreads[0] / 4
    faded = np.mean(np.std(values_of_sigmoids(scale=1)[-1], axis=0))
    yield f"a unit's values over the examples is only {depth.written(float(faded))},"
    assert keras.optimizers.Adam().epsilon == 1e-7
    yield "far below its $\\epsilon$, in Keras 10⁻⁷."
    yield "At every scale, their mean is about 0.5."
    yield "the part that depends on the input becomes smaller beside it."
    yield (
        f"{stack.EPOCHS} epochs".replace("3", "three")
        + f" of SGD with the learning rate {depth.RATE}"
    )
    assert round(1 / small, -1) == 30
    yield "its first layer gets about a thirtieth of the gradient"


def beyond_ten_layers() -> Iterator[str]:
    at = remedies.at_the_start
    x = stack.pictures()[0][: remedies.MEASURED].astype(float)
    inputs = remedies.correlation(x[None])
    likenesses = [at("neither", layers)[1] for layers in (10, 50)]
    yield f"it is {inputs:.2f} on average at the inputs, {likenesses[0]:.2f} after ten layers, and"
    yield f"after ten layers, and {likenesses[1]:.2f} after fifty, so the last layer"
    glorot = stack.first_parameters(10, [1.0] * 3, remedies.SEEDS)
    tanh = stack.forward(glorot, x, stack.Design(activation="tanh")).values[-1]
    likeness = remedies.correlation(tanh.astype(float))
    yield f"With tanh and Glorot's weights, it is {likeness:.2f} after ten layers,"
    assert at("neither", 50)[0] == pytest.approx(1, abs=0.1)
    both = [round(100 * share) for share in remedies.read_correctly("both").mean(axis=1)]
    yield f"they read {both[3]} percent of the digits, and with a hundred layers still {both[4]}"
    for name in ("neither", "normalization", "residual connections"):
        assert np.all(remedies.read_correctly(name)[3] < 0.15)
    growth, likeness = at("normalization", 50)
    yield f"their correlation is {likeness:.2f} after fifty layers."
    yield f"about {growth ** (1 / 50):.2f} in each layer, to {round(growth, -3):,.0f} times"
    growth = at("residual connections", 50)[0]
    assert round(math.log10(growth)) == 11
    p = stack.first_parameters(50, [remedies.HE] * 3, remedies.SEEDS)
    values = stack.forward(p, stack.pictures()[0][:200], remedies.DESIGNS["residual connections"])[
        1
    ]
    sizes = [np.sqrt(np.mean(value.astype(float) ** 2)) for value in (values[0], values[-1])]
    assert round((sizes[1] / sizes[0]) ** (1 / 50), 1) == round(growth ** (1 / 50), 1)
    yield f"by a factor of {growth ** (1 / 50):.1f} in each layer, to 10¹¹ times the size."
    growth, likeness = at("both", 50)
    yield f"grows only to {growth:.0f} times its size, and the correlation is {likeness:.2f}."
    yield f"At the learning rate of this figure, {remedies.RATE}, only the networks with both"
    others = [
        np.mean(remedies.trained(name, 50, 0.01)) for name in remedies.DESIGNS if name != "both"
    ]
    yield f"with 0.01 in place of {remedies.RATE}, none of them reads more than"
    yield f"none of them reads more than {100 * max(others):.0f} percent at fifty layers."
    z = np.sqrt(2) * np.random.default_rng(0).standard_normal(10**6)
    mean, deviation = 1 / math.sqrt(math.pi), math.sqrt(1 - 1 / math.pi)
    assert np.maximum(z, 0).mean() == pytest.approx(mean, abs=0.002)
    assert np.maximum(z, 0).std() == pytest.approx(deviation, abs=0.002)
    yield f"a mean of {mean:.2f} and a standard deviation of {deviation:.2f}."
    yield f"their mean of {mean:.2f} is less than their standard deviation of {deviation:.2f}, so"
    yield f"$1/{deviation:.2f} = {1 / deviation:.2f}$"
    assert 10**4 < deviation**-50 < 2 * 10**4
    yield f"Dividing by {deviation:.2f} multiplies by {1 / deviation:.2f}, forward and back,"
    yield "fifty such factors multiply to more than ten thousand."


def silence() -> Iterator[str]:
    x = images.digits()[0]
    for bias, number in ((0.0, 3), (-1.0, 21)):
        untrained = DIGIT_NETWORK.first_parameters([0], bias=bias, dtype=np.float32)
        hidden = DIGIT_NETWORK.forward(untrained, x).inputs[1][0]
        assert np.sum(hidden.max(axis=0) == 0) == number
    assert [silent(0.0, rate)[0] for rate in (0.1, 0.2, 0.5)] == [3, 3, 3]
    yield "three units are dead at all rates up to 0.5, and they were dead from the start"
    units, right = silent(0.0, 2.0)
    assert units == dead.HIDDEN
    yield f"At a rate of 1.5, {silent(0.0, 1.5)[0]} units are dead, and at 2 all {units} are."
    yield f"gets {units} zeros for every picture, so the network gives the same answer to all"
    yield f"to all of them and reads {right} percent correctly."
    units, right = silent(-1.0, 0.5)
    yield f"{silent(-1.0, 0.1)[0]} are dead at the start and after the lowest rate."
    assert units == silent(-1.0, 0.1)[0] + 1
    yield f"one more has died, and the {dead.HIDDEN - units} units that are left read {right}"
    leaky, plain = silent(-1.0, 1.0, side=0.1), silent(-1.0, 1.0)
    assert leaky[0] < silent(-1.0, 0.1)[0] <= plain[0]
    yield f"the network reads {leaky[1]} percent, where ReLU reads {plain[1]}"
    leaky, plain = silent(0.0, 2.0, side=0.1), silent(0.0, 2.0)
    yield f"a rate of 2, the network reads {leaky[1]} percent, where ReLU reads {plain[1]}, but"
    for side in (0.0, 0.1):
        assert all(silent(bias, 3.0, side)[1] < 15 for bias in dead.BIASES)


def learning_a_slope() -> Iterator[str]:
    for truth in learned_slope.TRUTHS:
        slopes, y = learned_slope.train(truth), learned_slope.readings(truth)
        assert abs(slopes[-1] - learned_slope.TRUTHS[truth]) < 0.05
        pulls = np.abs([learned_slope.gradient(slope, y) for slope in slopes])
        assert np.all(np.diff(pulls) < 0)
        assert pulls[10] < 0.03 * pulls[0]
    yield "It does, and it needs about ten steps."


def heating() -> Iterator[str]:
    cold, warm, hot = (temperature.probabilities_at(t)[0] for t in temperature.TEMPERATURES)
    yield f"*mat* has {cold:.3f} at a temperature of 0.5, {warm:.3f} at 1, and {hot:.3f} at 2."
    assert temperature.TEMPERATURES == (0.5, 1.0, 2.0)
    for t in temperature.TEMPERATURES:
        assert np.all(np.diff(temperature.probabilities_at(t)) < 0)


def today() -> Iterator[str]:
    glorot = math.sqrt(2 / (768 + 768))
    yield f"about half of Glorot's {glorot:.3f} for a layer with 768 inputs and units."
    assert 0.02 / glorot == pytest.approx(0.5, abs=0.1)


def mixed_quiz() -> Iterator[str]:
    ends = [depth.sizes(a, depth.SCALES[scale])[1][0] for a, scale in quiz.STARTS.values()]
    assert ends[0] > 10
    assert 0.1 < ends[1] < 1
    assert ends[2] < 0.01
    assert quiz.STARTS == {"D": ("ReLU", "2"), "E": ("tanh", "1 (Glorot)"), "F": ("ReLU", "0.7")}
    yield "D had 2, E had 1 and F had 0.7"
    assert quiz.SLOPES == {"A": "ELU", "B": "tanh", "C": "SiLU"}
    yield f"and at 1 it would end at {float(back('ReLU', '1 (Glorot)')):.2f}"
    low = depth.sizes("tanh", 0.5)[1][0]
    yield f"With tanh at 0.5, it would end at {low:.4f}."
    yield f"a loss of 8.6 nats before its first step. Guessing would cost {math.log(10):.3f} nats"


def old_tutorials() -> Iterator[str]:
    yield f"at 1 it gives {(1 - math.exp(-1)) / (1 + math.exp(-1)):.3f}, and tanh 1 is"
    yield f"tanh 1 is {math.tanh(1):.3f}."
    assert round(2**10, -3) == 1000
    yield "so ten layers of it lose a factor of a thousand"
    yield f"with an input of 2, it gives {minus(2 * (1 - 2), 2)}, where the slope is"
    yield f"where the slope is {functions.ACTIVATIONS['sigmoid'].slope(2):.3f}"
    x = np.linspace(-8, 8, 1601)
    exact, tilde = (keras.ops.convert_to_numpy(keras.activations.gelu(x, a)) for a in (False, True))
    yield f"which is off by up to {np.max(np.abs(exact - tilde)):.4f}."
    twice = float(losses_and_slopes(np.eye(10)[None, :1], np.eye(10)[:1])[0][0, 0])
    yield f"even a perfect answer costs {twice:.3f} nats instead of 0"


CLAIMS = [
    familiar,
    bends,
    through_ten_layers,
    beyond_ten_layers,
    silence,
    learning_a_slope,
    heating,
    today,
    mixed_quiz,
    old_tutorials,
]


@pytest.mark.parametrize("claims", CLAIMS, ids=lambda claims: claims.__name__)
def test_the_prose_says_the_numbers_that_come_out(claims):
    assert_claimed("06_activations", claims())


class TestKeras:
    """What the chapter says about Keras 3; a version of Keras that changes it fails here."""

    def test_the_layer_and_the_function_have_different_leaks(self):
        x = np.array([-1.0])
        assert float(keras.layers.LeakyReLU()(x)[0]) == pytest.approx(-0.3)
        assert float(keras.layers.Activation("leaky_relu")(x)[0]) == pytest.approx(-0.2)

    def test_alpha_still_works_with_a_warning(self):
        with pytest.warns(UserWarning, match="negative_slope"):
            layer = keras.layers.LeakyReLU(alpha=0.1)
        assert layer.negative_slope == pytest.approx(0.1)

    @pytest.mark.parametrize(("shared", "shape"), [(None, (8, 8, 3)), ([1, 2], (1, 1, 3))])
    def test_prelu_has_a_slope_for_each_unit_unless_axes_are_shared(self, shared, shape):
        layer = keras.layers.PReLU(shared_axes=shared)
        layer.build((None, 8, 8, 3))
        assert layer.get_weights()[0].shape == shape
        assert not np.any(layer.get_weights()[0])

    def test_gelu_is_exact_unless_asked_for_less(self):
        x = np.linspace(-4, 4, 33)
        expected = x * GAUSS(x)
        np.testing.assert_allclose(keras.activations.gelu(x), expected, atol=1e-6)
        np.testing.assert_allclose(keras.layers.Activation("gelu")(x), expected, atol=1e-6)

    def test_relu_has_a_slope_of_0_at_0(self):
        x = tensorflow.Variable([0.0])
        with tensorflow.GradientTape() as tape:
            y = keras.activations.relu(x)
        assert float(tape.gradient(y, x)[0]) == 0

    def test_dense_starts_with_glorot_and_biases_of_0(self):
        layer = keras.layers.Dense(3)
        assert isinstance(layer.kernel_initializer, keras.initializers.GlorotUniform)
        assert isinstance(layer.bias_initializer, keras.initializers.Zeros)

    @pytest.mark.parametrize(
        ("start", "variance"),
        [("glorot_uniform", 2 / 500), ("glorot_normal", 2 / 500), ("he_normal", 2 / 200)],
    )
    def test_starts_have_the_variance_of_the_formula(self, start, variance):
        weights = keras.initializers.get(start)((200, 300))
        assert float(np.var(weights)) == pytest.approx(variance, rel=0.05)

    def test_the_branch_that_is_not_taken_makes_the_gradient_nan(self):
        ops = keras.ops
        for ceiling, good in ((np.inf, False), (0.0, True)):
            z = tensorflow.Variable([100.0])
            with tensorflow.GradientTape() as tape:
                y = ops.where(z > 0, z, ops.exp(ops.minimum(z, ceiling)) - 1)
            assert float(y[0]) == 100
            assert np.isfinite(tape.gradient(y, z).numpy()[0]) == good

    @pytest.mark.parametrize("seed", [4, 5, 6])
    def test_after_a_saturated_start_about_half_of_the_digits_are_read(self, seed):
        x, y, x_validation, y_validation = images.digits()
        right = []
        assert math.sqrt(2 / (64 + 64)) == 1 / 8
        for s in (1 / 8, 1.0):
            keras.utils.set_random_seed(seed)  # An initializer draws its seed when it is made.
            starts = [keras.initializers.RandomNormal(stddev=s) for _ in range(5)]
            hidden = [keras.layers.Dense(64, "tanh", kernel_initializer=start) for start in starts]
            model = keras.Sequential([keras.Input((64,)), *hidden, keras.layers.Dense(10)])
            if s == 1:
                flat = np.mean(np.abs(hidden[0](x)) > 0.99)
                assert flat == pytest.approx(0.5, abs=0.1)  # "half of the units"
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            model.compile(keras.optimizers.SGD(0.1), loss, metrics=["accuracy"])
            model.fit(x, y, epochs=5, verbose=0)
            right.append(model.evaluate(x_validation, y_validation, verbose=0)[1])
        assert right[0] > 0.9
        assert right[1] == pytest.approx(0.55, abs=0.12)

    @staticmethod
    def five_layers(seed: int, s: float) -> list[keras.layers.Layer]:
        """Return five layers of tanh with the deviation s of their weights, and a last layer."""
        keras.utils.set_random_seed(seed)
        starts = [keras.initializers.RandomNormal(stddev=s) for _ in range(5)]
        hidden = [keras.layers.Dense(64, "tanh", kernel_initializer=start) for start in starts]
        layers = [*hidden, keras.layers.Dense(10)]
        keras.Sequential([keras.Input((64,)), *layers])
        return layers

    @pytest.mark.parametrize("seed", [4, 5, 6])
    def test_a_saturated_start_magnifies_gradients_and_small_changes(self, seed):
        x, y = images.digits()[0][:200].astype("float32"), images.digits()[1][:200]
        noise = np.random.default_rng(seed).normal(size=x.shape).astype("float32")
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        for s, growth, share in ((1 / 8, (0.4, 0.7), 0.01), (1.0, (40, 80), 0.24)):
            *hidden, last = self.five_layers(seed, s)
            inputs = tensorflow.Variable(x)
            with tensorflow.GradientTape() as tape:
                values = inputs
                for layer in hidden:
                    values = layer(values)
                cost = loss(y, last(values))
            behind, arriving = tape.gradient(cost, [values, inputs])
            assert growth[0] < size(arriving) / size(behind) < growth[1]
            changed = x + 0.01 * size(x) * noise
            for layer in hidden:
                changed = layer(changed)
            assert size(changed - values) / size(values) == pytest.approx(share, rel=0.25)
        sentences = [
            "the gradient becomes more than 40 times as large; from Glorot's start, about half of",
            "last hidden layer change by about a quarter of theirs, and by about 1 percent from",
        ]
        assert_claimed("06_activations", sentences)

    @pytest.mark.parametrize("seed", [4, 5, 6])
    def test_after_a_saturated_start_the_gradient_promises_too_much(self, seed):
        x, y, rate = images.digits()[0][:32], images.digits()[1][:32], 0.1
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        for s, least, most in ((1 / 8, 2 / 3, 1), (1.0, -0.1, 0.1)):
            model = keras.Sequential(self.five_layers(seed, s))
            with tensorflow.GradientTape() as tape:
                before = loss(y, model(x))
            weights = model.trainable_weights
            gradients = tape.gradient(before, [w.value for w in weights])
            for w, g in zip(weights, gradients, strict=True):
                w.assign(w - rate * g)
            promised = rate * sum(float(np.sum(np.square(g))) for g in gradients)
            assert least < float(before - loss(y, model(x))) / promised < most
        product = "the loss falls by the learning rate times the squared length of the gradient"
        sentence = "by less than a tenth of what the gradient promises, and from Glorot's start by"
        assert_claimed("06_activations", [product, f"{sentence} more than two thirds."])

    def test_an_initializer_that_is_used_twice_gives_the_same_weights(self):
        start = keras.initializers.RandomNormal(stddev=1.0)
        np.testing.assert_array_equal(start((3, 2)), start((3, 2)))

    @staticmethod
    def trained(seed: int, layers: list[keras.layers.Layer], loss, optimizer, epochs: int):
        """Return a model that has read the digits, and its training losses."""
        x, y, _, _ = images.digits()
        keras.utils.set_random_seed(seed)
        model = keras.Sequential([keras.Input((64,)), *layers])
        model.compile(optimizer, loss, metrics=["accuracy"])
        return model, model.fit(x, y, epochs=epochs, verbose=0).history["loss"]

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_a_network_without_hidden_layers_reads_nine_of_ten_digits(self, seed):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        layers = [keras.layers.Dense(10)]
        model, _ = self.trained(seed, layers, loss, keras.optimizers.SGD(0.5), epochs=3)
        assert model.evaluate(*images.digits()[2:], verbose=0)[1] >= 0.9

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_logits_with_a_loss_by_its_name_end_at_the_loss_of_guessing(self, seed, recwarn):
        layers = [keras.layers.Dense(32, "relu"), keras.layers.Dense(10)]
        name, adam = "sparse_categorical_crossentropy", keras.optimizers.Adam(0.01)
        _, losses = self.trained(seed, layers, name, adam, epochs=8)
        assert losses[-1] == pytest.approx(math.log(10), abs=0.0005)
        assert not [w for w in recwarn if "logits" in str(w.message)]

    def test_softmax_and_from_logits_warn_and_train(self):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        layers = [keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")]
        with pytest.warns(UserWarning, match="from_logits=True"):
            model, losses = self.trained(1, layers, loss, keras.optimizers.Adam(0.01), epochs=8)
        assert losses[-1] < 0.15
        p = model.predict(images.digits()[2], verbose=0)
        assert np.mean(p.argmax(axis=1) == images.digits()[3]) > 0.9

    def test_normalization_has_two_parameters_for_each_unit(self):
        layer = keras.layers.LayerNormalization()
        layer.build((None, 64))
        gamma, beta = layer.get_weights()
        np.testing.assert_array_equal(gamma, np.ones(64))
        np.testing.assert_array_equal(beta, np.zeros(64))
        assert 2 * 64 + 64 * 64 + 64 == 4288  # with the dense layer of the chapter's block
        assert layer.epsilon == stack.EPSILON

    def test_batch_normalization_keeps_running_averages_for_use(self):
        layer, x = keras.layers.BatchNormalization(momentum=0.5), np.array([[1.0], [3.0]])
        layer(x, training=True)
        assert float(layer.moving_mean[0]) == pytest.approx(0.5 * 2)
        in_use, in_training = (layer(x, training=training).numpy() for training in (False, True))
        assert np.max(np.abs(in_use - in_training)) > 0.1

    def test_rms_normalization_divides_by_the_root_mean_square_only(self):
        x = np.array([[3.0, 4.0]])
        expected = x / np.sqrt(12.5)
        np.testing.assert_allclose(keras.layers.RMSNormalization()(x), expected, rtol=1e-4)

    def test_glu_has_a_sigmoid_for_its_gate_and_there_is_no_swiglu(self):
        a, b = np.array([[2.0, -1.0]]), np.array([[0.5, 3.0]])
        expected = a * keras.activations.sigmoid(b)
        found = keras.activations.glu(np.concatenate([a, b], axis=1))
        np.testing.assert_allclose(found, expected, rtol=1e-5)
        assert not hasattr(keras.activations, "swiglu")


class TestFunctions:
    inputs = np.array([[-3.7, -1.0, -0.2], [0.3, 1.0, 3.9]])

    @pytest.mark.parametrize("name", functions.ACTIVATIONS)
    def test_value_is_that_of_keras(self, name):
        expected = keras.ops.convert_to_numpy(IN_KERAS[name](keras.ops.array(self.inputs)))
        np.testing.assert_allclose(
            functions.ACTIVATIONS[name].value(self.inputs), expected, rtol=1e-5, atol=1e-6
        )

    @pytest.mark.parametrize("name", functions.ACTIVATIONS)
    @pytest.mark.parametrize("x", [-3.7, -0.2, 0.3, 3.9])
    def test_slope_is_the_derivative(self, name, x):
        one = functions.ACTIVATIONS[name]
        assert float(one.slope(x)) == pytest.approx(difference(one.value, x), abs=1e-8)

    @pytest.mark.parametrize("name", functions.PARAMETER_NAMES)
    @pytest.mark.parametrize("parameter", [0.0, 0.3, 10.0])
    def test_slope_is_the_derivative_for_every_parameter(self, name, parameter):
        one = functions.ACTIVATIONS[name]
        for x in (-1.3, 0.7):
            expected = difference(lambda at: one.function(np.array(at), parameter), x)
            assert float(one.derivative(np.array(x), parameter)) == pytest.approx(
                expected, abs=1e-7
            )

    def test_at_a_kink_the_slope_is_that_of_the_left(self):
        steep = [
            float(functions.ACTIVATIONS[name].slope(0.0)) for name in ("ReLU", "Leaky ReLU", "ELU")
        ]
        assert steep == [0.0, 0.3, 1.0]

    def test_normal_cdf_is_the_normal_distribution(self):
        np.testing.assert_allclose(functions.normal_cdf(self.inputs), GAUSS(self.inputs))

    def test_tanh_is_a_scaled_sigmoid(self):
        twice = 2 * keras.activations.sigmoid(2 * self.inputs) - 1
        np.testing.assert_allclose(
            functions.ACTIVATIONS["tanh"].value(self.inputs), twice, rtol=1e-5
        )


class TestHiddenLayer:
    @pytest.mark.parametrize("activation", ["ReLU", "tanh"])
    def test_no_other_weights_fit_better(self, activation):
        columns = hidden_layer.hidden_outputs(hidden_layer.HOURS, 5, activation)
        best = linear_model.LinearRegression().fit(columns[:, :-1], hidden_layer.TIDE)
        off = best.predict(columns[:, :-1]) - hidden_layer.TIDE
        assert hidden_layer.error(5, activation) == pytest.approx(np.sqrt(np.mean(off**2)))

    def test_without_an_activation_it_is_the_line_of_least_squares(self):
        hours = hidden_layer.HOURS[:, None]
        expected = linear_model.LinearRegression().fit(hours, hidden_layer.TIDE).predict(hours)
        np.testing.assert_allclose(
            hidden_layer.fitted(hidden_layer.HOURS, 7, "none"), expected, atol=1e-9
        )

    def test_a_tanh_is_steepest_in_the_middle_of_its_share_of_the_day(self):
        np.testing.assert_allclose(hidden_layer.centers(4, "tanh"), [3, 9, 15, 21])

    def test_relus_bend_at_their_own_hours_and_nowhere_else(self):
        hours = np.linspace(0, 24, 241)
        turns = np.diff(hidden_layer.fitted(hours, 4, "ReLU"), n=2)
        np.testing.assert_allclose(hours[1:-1][np.abs(turns) > 1e-9], [6, 12, 18])


class TestDepth:
    @pytest.mark.parametrize("activation", ["sigmoid", "tanh", "ReLU", "GELU"])
    def test_sizes_are_those_of_a_network_in_keras(self, activation):
        random, scale = np.random.default_rng(6), 1.0
        weights = random.standard_normal((depth.LAYERS, depth.UNITS, depth.UNITS)) / np.sqrt(64)
        inputs = random.standard_normal((depth.EXAMPLES, depth.UNITS))
        arriving = random.standard_normal((depth.EXAMPLES, depth.UNITS))
        x = tensorflow.Variable(inputs)
        with tensorflow.GradientTape() as tape:
            values = x
            for w in weights:
                values = IN_KERAS[activation](values @ w)
            total = tensorflow.reduce_sum(values * arriving)
        forward, backward = depth.sizes(activation, scale)
        assert forward[-1] == pytest.approx(np.sqrt(np.mean(values.numpy() ** 2)))
        gradient = tape.gradient(total, x).numpy()
        assert backward[0] == pytest.approx(np.sqrt(np.mean(gradient**2)))

    @pytest.mark.parametrize(("scale", "factor"), [(0.5, 0.5), (1.0, 1.0), (2.0, 2.0)])
    def test_a_layer_without_activation_multiplies_by_the_scale(self, scale, factor):
        for sizes in depth.sizes("none", scale):
            change = np.abs(np.log(sizes[-1] / sizes[0])) / depth.LAYERS
            assert change == pytest.approx(abs(math.log(factor)), abs=0.03)

    def test_every_scale_has_a_pale_line(self):
        left = depth.draw_depth("ReLU", "2").axes[0]
        pale = [line.get_ydata() for line in left.lines if line.get_alpha()]
        np.testing.assert_array_equal(
            pale, [depth.sizes("ReLU", scale)[1] for scale in depth.SCALES.values()]
        )

    def test_trained_networks_are_means_over_seeds(self):
        design = stack.Design(activation="tanh")
        alone = stack.train(design, depth.LAYERS, [2.0] * 3, depth.SEEDS, depth.RATE)
        here = list(depth.SCALES).index("2")
        assert depth.read_correctly("tanh")[here] == pytest.approx(alone.mean(), abs=0.02)

    def test_with_he_a_layer_of_relus_multiplies_by_1(self):
        _, gradients = depth.sizes("ReLU", float(np.sqrt(2)))
        assert gradients[0] == pytest.approx(1, rel=0.1)

    @pytest.mark.parametrize(
        ("size", "written"),
        [(0.0301, "0.03"), (5.6e-7, "5.6·10⁻⁷"), (412.0, "410"), (1234.0, "1.2·10³")],
    )
    def test_written(self, size, written):
        assert depth.written(size) == written


class TestStack:
    designs: ClassVar = [
        stack.Design(normalizes, skips, activation)
        for normalizes in (False, True)
        for skips in (False, True)
        for activation in ("ReLU", "tanh")
    ]

    @pytest.mark.parametrize("design", designs, ids=str)
    def test_forward_and_back_are_those_of_keras(self, design):
        x, labels, _, _ = stack.pictures()
        x, labels = x[:16].astype(np.float32), labels[:16]
        p = stack.first_parameters(3, [1.2], [5])
        value = inputs = tensorflow.Variable(x)
        norm = keras.layers.LayerNormalization() if design.normalizes else keras.ops.copy
        with tensorflow.GradientTape() as tape:
            for weights, bias in zip(p.weights, p.biases, strict=True):
                z = keras.ops.matmul(norm(value), weights[0]) + bias[0]
                output = IN_KERAS[design.activation](z)
                value = value + output if design.skips else output
            logits = keras.ops.matmul(norm(value), p.last[0]) + p.last_bias[0]
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)
        now = stack.forward(p, x, design)
        np.testing.assert_allclose(now.logits[0], logits.numpy(), atol=1e-4)
        slopes = losses_and_slopes(now.logits, images.one_hot(labels, np.float32))[1] / 16
        gradients = stack.backward(p, now, slopes, design)[1]
        expected = tape.gradient(loss, inputs).numpy()
        np.testing.assert_allclose(gradients[0][0], expected, atol=1e-6)

    @pytest.mark.parametrize("design", designs[::2], ids=str)
    def test_the_gradient_in_the_parameters_is_that_of_the_loss(self, design):
        x, labels, _, _ = stack.pictures()
        x, y = x[:8], images.one_hot(labels[:8], np.float64)
        p = stack.first_parameters(2, [1.2], [5])
        p = stack.Parameters(*([v.astype(float) for v in g] for g in p[:2]), *p[2:])
        now = stack.forward(p, x, design)
        slopes = losses_and_slopes(now.logits, y)[1] / 8
        gradient = stack.backward(p, now, slopes, design)[0]
        for array, expected in (
            (p.weights[0], gradient.weights[0]),
            (p.biases[1], gradient.biases[1]),
        ):
            place = (0, 0, 7)

            def loss(number: float, array=array, place=place) -> float:
                array[place], before = number, array[place]
                logits = stack.forward(p, x, design).logits
                array[place] = before
                return float(losses_and_slopes(logits, y)[0].mean())

            found = difference(loss, array[place])
            assert float(expected[place]) == pytest.approx(found, rel=1e-3, abs=1e-6)

    def test_a_network_that_diverged_guesses(self):
        shares = stack.train(stack.Design(skips=True), 20, [2.0], [0], rate=1.0)
        assert shares[0] == pytest.approx(0.1, abs=0.03)


class TestRemedies:
    def test_correlation_is_that_of_numpy(self):
        rows = np.random.default_rng(0).normal(size=(5, 9))
        pairs = np.corrcoef(rows)[np.triu_indices(5, k=1)]
        assert remedies.correlation(rows[None]) == pytest.approx(pairs.mean())

    def test_pictures_that_are_measured_once_are_those_of_a_training_at_the_same_rate(self):
        again = remedies.trained("both", 5, remedies.RATE)
        np.testing.assert_array_equal(remedies.read_correctly("both")[0], again)


class TestDead:
    x, y, x_new, y_new = images.digits()

    def test_a_dead_unit_has_no_gradient_and_a_silent_one_has(self):
        y = images.one_hot(self.y[:50])
        w = DIGIT_NETWORK.first_parameters([1])
        DIGIT_NETWORK.split_parameters(w)[1][0, 0, 4] = -100.0
        for side in (0.0, 0.1):
            network = dead.network(side)
            gradient = network.loss_and_gradient(w, self.x[:50], y)[1]
            kernel, bias, _, _ = network.split_parameters(gradient)
            assert np.any(kernel[0, :, 4]) == (side > 0)
            assert (bias[0, 0, 4] != 0) == (side > 0)

    def test_without_a_leak_it_is_the_network_of_chapter_3(self):
        assert dead.network(0.0) == DIGIT_NETWORK

    def test_outcome_counts_on_the_training_and_reads_the_validation_pictures(self):
        active, accuracy = dead.outcome(1.0, 0.0)
        w = dead.trained(0.0)[dead.BIASES.index(1.0), 2][None]
        weights, bias, *_ = DIGIT_NETWORK.split_parameters(w)
        share = np.mean(self.x @ weights[0] + bias[0] > 0, axis=0)
        np.testing.assert_allclose(np.sort(share)[::-1], active[2])
        answers = DIGIT_NETWORK.forward(w, self.x_new).logits[0].argmax(axis=1)
        assert accuracy[2] == pytest.approx(np.mean(answers == self.y_new))


class TestLearnedSlope:
    @pytest.mark.parametrize("truth", learned_slope.TRUTHS)
    def test_gradient_is_the_derivative_of_the_mean_squared_error(self, truth):
        y = learned_slope.readings(truth)

        def loss(slope: float) -> float:
            return float(np.mean((learned_slope.prelu(learned_slope.X, slope) - y) ** 2))

        assert learned_slope.gradient(0.4, y) == pytest.approx(difference(loss, 0.4), rel=1e-6)

    def test_twelve_steps_are_those_of_keras(self):
        unit = keras.layers.PReLU()
        model = keras.Sequential([keras.Input((1,)), unit])
        model.compile(keras.optimizers.SGD(learned_slope.LEARNING_RATE), "mean_squared_error")
        column = learned_slope.X[:, None], learned_slope.readings("an absolute value")[:, None]
        model.fit(*column, batch_size=24, epochs=learned_slope.STEPS, verbose=0)
        expected = learned_slope.train("an absolute value")[-1]
        assert float(unit.get_weights()[0][0]) == pytest.approx(expected, rel=1e-4)

    def test_prelu_is_the_leaky_relu_of_keras(self):
        expected = keras.activations.leaky_relu(learned_slope.X, negative_slope=0.25)
        np.testing.assert_allclose(learned_slope.prelu(learned_slope.X, 0.25), expected, rtol=1e-6)


class TestTemperature:
    @pytest.mark.parametrize("heat", [0.1, 1.0, 30.0])
    @pytest.mark.parametrize("shift", [0.0, 100.0, -100.0])
    def test_probabilities_are_the_softmax_of_scaled_scores(self, heat, shift):
        expected = keras.activations.softmax(temperature.SCORES[None] / heat)[0]
        np.testing.assert_allclose(temperature.probabilities_at(heat, shift), expected, rtol=1e-4)

    def test_the_sigmoid_is_the_softmax_of_two(self):
        of_two = keras.activations.softmax(np.array([[1.5, 0.0]]))[0, 0]
        assert float(of_two) == pytest.approx(float(keras.activations.sigmoid(1.5)))


class TestFigures(FigureRules):
    frames = {
        hidden_layer.draw_fit: {"units": [1, 10], "activation": ["none", "ReLU", "tanh"]},
        functions.draw_activation: {
            "activation": ["sigmoid", "ReLU", "GELU"],
            "x": [-4.0, 0.0, 4.0],
        },
        functions.draw_shape: {"activation": ["Leaky ReLU", "Swish"], "parameter": [0.0, 10.0]},
        depth.draw_depth: {"activation": ["none", "sigmoid"], "scale": ["0.5", "6"]},
        remedies.draw_remedies: {},
        dead.draw_units: {
            "learning_rate": [0.1, 3.0],
            "bias": [-1.0, 1.0],
            "side": ["0 (ReLU)", "0.1 (Leaky ReLU)"],
        },
        learned_slope.draw_learning: {
            "step": [0, 12],
            "truth": ["a small leak", "an absolute value"],
        },
        temperature.draw_temperature: {},
        quiz.draw_pictures: {},
    }
