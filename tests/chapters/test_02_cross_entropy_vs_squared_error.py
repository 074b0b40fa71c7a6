"""The numbers in the prose of chapter 2 and those of its demos, against independent sources."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import keras
import numpy as np
import pytest
import tensorflow
from claims import assert_claimed
from demos.backprop import (
    finite_differences,
    label_noise,
    neuron,
    operations,
    penalty,
    quiz,
    scores,
    two_layers,
)
from demos.losses import first_network
from demos.nets.functions import logistic, logistic_slope
from demos.nets.network import DIGIT_NETWORK
from demos.show.numerals import minus
from figures import FigureRules, difference
from sklearn import linear_model, metrics

ENTROPY, SQUARED = neuron.LOOKS


def at(epochs: int, loss: str) -> float:
    """Return the output of the badly started neuron after some epochs."""
    return float(logistic(neuron.train(neuron.STARTS["badly"], loss, epochs)[-1]))


def half(start: str, loss: str) -> int | None:
    """Return the first epoch at which a neuron with this start answers below one half."""
    return neuron.epochs_to_half(neuron.train(neuron.STARTS[start], loss))


def opening() -> Iterator[str]:
    start = math.log(0.99 / 0.01)
    fast, slow = (neuron.epochs_to_half(neuron.train(start, loss)) for loss in (ENTROPY, SQUARED))
    yield f"from 0.99, it is below one half after {fast} epochs"
    yield f"the longer it waits: from 0.99, it needs {slow} epochs"
    waits = [
        neuron.epochs_to_half(neuron.train(math.log(p / (1 - p)), SQUARED))
        for p in (0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
    ]
    assert waits == sorted(set(waits))


def familiar() -> Iterator[str]:
    well = [
        logistic(neuron.train(neuron.STARTS["well"], loss, 30)[-1]) for loss in (SQUARED, ENTROPY)
    ]
    yield f"it is at {well[0]:.2f} under squared error and at {well[1]:.2f} under cross-entropy."
    yield f"turns it into the output $p = {logistic(4.0):.3f}$."
    yield f"the neuron that is trained on cross-entropy gives {at(30, ENTROPY):.3f}."
    yield f"The neuron that is trained on squared error gives {at(30, SQUARED):.3f}."
    assert neuron.LEARNING_RATE == 0.15
    yield "with the same learning rate of 0.15, once under each loss"
    yield "on our two losses, with a learning rate of 0.15, and all goes well"
    square, surprise = ([float(f(p)) for p in (0.9, 0.01, 0.0001)] for f in PENALTIES)
    rise = 100 * (square[2] / square[1] - 1)
    yield f"from 0.01 to 0.0001 it rises by {rise:.0f} percent, while cross-entropy"
    assert surprise[2] / surprise[1] == pytest.approx(2)
    yield "cross-entropy, which has no bound, doubles"
    yield f"From 0.9 to 0.01 it even grows {square[1] / square[0]:.0f}-fold, and"
    yield f"and cross-entropy only {surprise[1] / surprise[0]:.0f}-fold."


def graph() -> Iterator[str]:
    values = operations.forward_values(operations.W, operations.X)
    slopes = operations.backward_slopes(values)
    assert len(operations.OPERATIONS) == 8
    yield "A neuron with two inputs consists of eight: two products, two sums, and the four"
    yield f"which gets {values['below']:.2f} and gives {values['p']:.2f}. You raise"
    yield f"It falls by {1 / values['below'] ** 2:.2f} h, because"
    yield f"It falls by {values['p']:.2f} h, because 1/x has the value {values['p']:.2f} at"
    yield f"$-1/1.37^2 = {-1 / values['below'] ** 2:.2f}$"
    yield f"Forward, the output is {values['p']:.2f}."
    yield f"1/x makes it {minus(slopes['below'], 2)}, adding 1 leaves it, exp makes it"
    yield f"exp makes it {minus(slopes['-z'], 2)}, and × −1 turns it into {slopes['z']:.2f}."
    w, x = (", ".join(minus(slopes[n], 2) for n in names) for names in (("w0", "w1"), ("x0", "x1")))
    yield f"times the *input*, {w.replace(',', ' and')}, and that in an input"
    yield f"times the *weight*, {x.replace(',', ' and')}."
    yield f"The figure rounds: 0.20 is {slopes['z']:.3f}, and twice that is {2 * slopes['z']:.2f}."
    yield f"this is $0.73 \\cdot 0.27 = {0.73 * 0.27:.2f}$"

    far = operations.forward_values(np.array([2.0, -3.0, -9.0]), operations.X)
    less = operations.backward_slopes(far)["z"]
    yield f"With −9 the logit is {minus(far['z'], 0)} and the output {far['p']:.4f}."
    assert round(slopes["z"] / less) == 30
    local = operations.local_slopes(far)
    assert abs(local["p"]["below"]) < 1e-4
    assert local["exp"]["-z"] > 100
    yield f"Now a slope of only {less:.4f} arrives at the logit, thirty times less than the"
    yield f"thirty times less than the {slopes['z']:.2f} before."


def hidden() -> Iterator[str]:
    values = two_layers.forward_values(1.0)
    slopes = two_layers.backward_slopes(values)
    probability = f"{values['p']:.2f}"
    yield f"computes a logit of {minus(float(values['logit']), 1)}, which is a probability of rain"
    yield f"a probability of rain of {probability}, and then it rains"
    yield f"$-\\log p = -\\log {probability} = {values['loss']:.2f}$ nats."
    yield f"the slope in the logit, $p - 1 = {float(slopes['logit']):.2f}$."
    paths = [float(w * slope) for w, slope in zip(two_layers.W_1[0], slopes["sums"], strict=True)]
    first, second = (minus(path, 1) for path in paths)
    yield f"first path multiply to {first}, and along the second to {second}. What is"
    assert f"{sum(paths):.1f}" == "-7.9"
    yield "About −7.9, because a nudge"
    yield f"${first.replace('−', '-')} - {abs(paths[1]):.1f} = -7.9$"
    shown = [round(path, 1) for path in paths]
    yield f"About {math.prod(shown):.1f}, because slopes are multiplied all the way"
    yield f"About {minus(sum(shown) / 2, 2)}, because the loss depends on the mean"

    def pair(name: str) -> str:
        return " and ".join(minus(float(slope), 2) for slope in slopes[name])

    yield f"The slope in the logit is {minus(float(slopes['logit']), 2)}."
    first, second = values["hidden"]
    yield f"Multiplied by the hidden values, {first:.0f} and {second:.1f}, it gives the slopes in"
    yield f"the slopes in the last two weights: {pair('w_2')}."
    yield f"it gives the slopes in the hidden values: {pair('hidden')}."
    upper, lower = (minus(float(slope), 2) for slope in slopes["sums"])
    meet = minus(float(slopes["inputs"][0]), 2)
    yield f"two paths meet: 5 · ({upper}) + (−1) · {lower} = {meet}."

    off = two_layers.forward_values(4.0)
    less = two_layers.backward_slopes(off)
    yield f"With 4 hPa, the first sum is {minus(off['sums'][0], 0)}, ReLU turns it into 0"
    assert off["hidden"][0] == 0
    assert not less["w_1"][:, 0].any()
    assert less["w_2"][0] == 0
    yield f"the humidity gets {minus(less['inputs'][0], 2)} from the other path alone"


def checking() -> Iterator[str]:
    wrong = {
        (way.__name__, i): abs(
            float(way(finite_differences.LOGIT, 10.0**-i))
            - finite_differences.exact_slope(finite_differences.LOGIT)
        )
        for way in (finite_differences.one_sided, finite_differences.central)
        for i in range(15)
    }
    assert wrong["one_sided", 2] / wrong["one_sided", 3] == pytest.approx(10, rel=0.02)
    assert wrong["central", 2] / wrong["central", 3] == pytest.approx(100, rel=0.02)
    yield "the one-sided error becomes ten times smaller, and the central error a hundred times"
    ways = ("central", "one_sided")
    best = [min(range(15), key=lambda i, way=way: wrong[way, i]) for way in ways]
    powers = [round(math.log10(wrong[way, i])) for way, i in zip(ways, best, strict=True)]
    for way, i, power, words in zip(ways, best, powers, ("ten", "eight"), strict=True):
        name = way.replace("_", "-")
        yield f"The {name} difference is best at 1e-{i}: its error is about 1e{power}, so {words}"
        assert math.floor(-math.log10(wrong[way, i])) == {"ten": 10, "eight": 8}[words]
    yield "At 1e-13 both are down to three digits"
    assert all(1e-4 < wrong[way, 13] < 1e-3 for way in ("central", "one_sided"))
    yield f"About 1e-{best[0]}, because rounding spoils nudges that are far smaller"
    yield f"equal where h³ is 1e-16, at about {1e-16 ** (1 / 3):.0e}".replace("e-06", "e-6")
    yield f"About 1e-{best[1]}, because that is the square root of the rounding, 1e-16"
    size = DIGIT_NETWORK.size
    yield f"with its {size} parameters, would need {2 * size} forward passes for one gradient"
    yield f"gets the same {size} slopes from one forward and one backward pass"
    assert keras.config.floatx() == "float32"
    for z in (-1.0, 0.5, 1.0, 2.0, 4.0):
        with_32 = {
            i: abs(
                float(finite_differences.central(np.float32(z), np.float32(10.0**-i)))
                / finite_differences.exact_slope(z)
                - 1
            )
            for i in range(8)
        }
        assert min(with_32, key=with_32.__getitem__) == 2
        assert 1e-6 < with_32[2] < 1e-4
    yield "In float32, Keras's default, take a nudge of about 1e-2, and expect four or five right"


def stall() -> Iterator[str]:
    well, badly = (neuron.STARTS[start] for start in ("well", "badly"))
    outputs = [float(logistic(z)) for z in (well, badly)]
    yield f"*well*, at an output of {outputs[0]:.3f}, and *badly*, at {outputs[1]:.3f}."
    yield f"The start at {outputs[1]:.3f} is more wrong than the one at {outputs[0]:.3f}. How long"
    # A reader gets the same answer from the three digits that the question gives.
    read = [round(p, 3) for p in outputs]
    flat, error = (read[0] - read[0] ** 2) / (read[1] - read[1] ** 2), read[1] / read[0]
    assert (f"{flat:.1f}", f"{error:.1f}", round(flat / error)) == ("8.4", "1.2", 7)
    assert round(float(logistic_slope(well) / logistic_slope(badly))) == 8
    errors = outputs[1] / outputs[0]
    yield "An eighth as long, because its sigmoid is an eighth as steep as the other"
    flatter = f"{logistic_slope(well) / logistic_slope(badly):.1f}"
    yield f"but its sigmoid is {flatter} times as flat"
    assert round(neuron.slope(well, SQUARED) / neuron.slope(badly, SQUARED)) == 7
    yield "A seventh as long, because"
    yield f"{errors:.1f} times as large, but its sigmoid"
    yield f"{errors:.1f} times as large as that of the other"
    yield f"changes by the factor {errors:.1f}/{flatter}, which is a seventh"
    compared = f"{outputs[1]:.3f} and {outputs[0]:.3f}."
    yield f"{errors:.1f} times as long, because the two errors are {compared}"
    slow, fast = neuron.slope(badly, SQUARED), neuron.slope(badly, ENTROPY)
    factors = f"{outputs[1]:.3f}", f"{logistic_slope(badly):.4f}"
    yield f"the error is {factors[0]} and σ′ is {factors[1]}, so the slope of squared error is"
    yield f"squared error is 2 · {factors[0]} · {factors[1]} = {slow:.3f}."
    yield f"and its slope is {fast:.3f}, {fast / slow:.0f} times as much."
    seen = [neuron.slope(float(z), SQUARED) for z in neuron.train(badly, SQUARED)]
    steepest = int(np.argmax(seen))
    yield f"is largest in epoch {steepest}: it is {max(seen):.3f} there, and the output is"
    yield f"there, and the output is {at(steepest, SQUARED):.2f}."
    mirrored = [abs(at(epoch, SQUARED) - 2 / 3) for epoch in range(neuron.EPOCHS)]
    assert int(np.argmin(mirrored)) == steepest
    yield f"largest in epoch {steepest} above: of all epochs, this one came closest to 2/3"
    of_sigmoid = logistic_slope(neuron.train(badly, SQUARED))
    assert int(np.argmax(of_sigmoid)) - steepest == 8
    yield "steepest eight epochs later, near one half, but by then the error has shrunk."
    yield f"the neuron passes one half after {half('badly', SQUARED)} epochs, and under"
    yield f"and under cross-entropy after {half('badly', ENTROPY)}."
    yield f"the two need {half('well', SQUARED)} and {half('well', ENTROPY)} epochs."
    ratio = [neuron.slope(z, ENTROPY) / neuron.slope(z, SQUARED) for z in (4.0, 8.0)]
    freed = badly
    outputs_freed = []
    for _ in range(20):
        freed -= 2 * round(ratio[0]) * neuron.LEARNING_RATE * neuron.slope(freed, SQUARED)
        outputs_freed.append(float(logistic(freed)))
    first = next(i for i, p in enumerate(outputs_freed, 1) if p < 0.5)
    yield f"squared error is {slow:.3f} and that of cross-entropy is {fast:.3f}, so with"
    yield f"so with {ratio[0]:.0f} times the rate the first step is equally long"
    yield f"The neuron is then below one half after {first} epochs."
    yield f"at $z = 8$, an output of {logistic(8.0):.4f}, needs {ratio[1]:.0f} times the rate"
    step = 2 * ratio[1] * neuron.LEARNING_RATE * neuron.slope(well, SQUARED)
    assert step > 100
    yield "one step for an example at 0.82 moves the logits by more than 100"
    z = badly
    for _ in range(300):  # Nielsen's slope of half the squared error, at the same rate
        z -= neuron.LEARNING_RATE * neuron.slope(z, SQUARED)
    yield f"his neuron is at {logistic(z):.2f} after 300 epochs"

    line = np.linspace(-8, 8, 1601)
    peak = float(line[np.argmin(penalty.squared_error_slope(line))])
    assert logistic(peak) == pytest.approx(1 / 3, abs=0.002)
    depth = minus(float(penalty.squared_error_slope(peak)), 3)
    yield f"Its curve is steepest near z = {minus(peak, 2)}, where p = 1/3."
    yield f"The slope is {depth} there; farther to the left it fades"
    fading = [minus(float(penalty.squared_error_slope(z)), 4) for z in (-4.0, -8.0)]
    yield f"it fades, to {fading[0]} at z = −4 and {fading[1]} at z = −8."
    flatter = {
        round(float(penalty.cross_entropy_slope(z) / penalty.squared_error_slope(z)))
        for z in (4.0, -4.0)
    }
    assert len(flatter) == 1
    yield f"At z = 4, squared error is {flatter.pop()} times flatter than cross-entropy, just as"


def classes() -> Iterator[str]:
    z = np.array([6.0, -3.0, 0.0])
    square = scores.squared_error_slopes(z)
    assert square[2] / square[1] == pytest.approx(10, abs=0.1)
    yield "is ten times that in the dog's."
    p = np.exp(z) / np.exp(z).sum()
    assert p[2] / p[1] == pytest.approx(20, abs=0.5)
    brackets = p - scores.TRUTH - p @ (p - scores.TRUTH)
    np.testing.assert_allclose(2 * p * brackets, square)
    assert brackets[1] / brackets[2] == pytest.approx(2, abs=0.02)
    yield "is 20 times as large; the bracket of the dog is only twice as large."
    assert abs(square.sum()) < 1e-12
    yield f"the slope that leads there is only {minus(square[1], 4)} here"
    even = [
        minus(f(np.zeros(3))[1], 4)
        for f in (scores.cross_entropy_slopes, scores.squared_error_slopes)
    ]
    yield f"at three equal scores, the slope in the dog's score is {even[0]} under"
    yield f"under cross-entropy and {even[1]} under squared error."
    ahead = [
        minus(scores.squared_error_slopes(np.array([lead, 0.0, 0.0]))[1], 4)
        for lead in (3.0, 6.0, 9.0)
    ]
    yield f"With the cat 3 ahead of both others, squared error still has {ahead[0]}."
    yield f"With the cat 6 ahead, it has {ahead[1]}, and with the cat 9 ahead, {ahead[2]}: almost"
    sure = np.array([6.0, -6.0, -6.0])
    square, cross = (f(sure)[1] for f in (scores.squared_error_slopes, scores.cross_entropy_slopes))
    yield f"it has {minus(square, 5)}, which the figure rounds to {minus(square, 4)}, while"
    yield f"while cross-entropy has {minus(cross, 4)}."


def undecided(classes: int, loss: str) -> float:
    """Return the slope of a loss in the right score, if all scores are equal."""

    def of_score(score: float) -> float:
        exponentials = np.array([np.exp(score), *np.ones(classes - 1)])
        p, y = exponentials / exponentials.sum(), np.eye(classes)[0]
        return float(np.sum((p - y) ** 2) if loss == SQUARED else -np.log(p[0]))

    return difference(of_score, 0.0)


def undecided_classes() -> Iterator[str]:
    three, thousand = (minus(undecided(k, SQUARED), d) for k, d in ((3, 2), (1000, 3)))
    steep = minus(undecided(1000, ENTROPY), 3)
    for k in (3, 1000):
        assert undecided(k, SQUARED) == pytest.approx(-2 * (k - 1) / k**2, rel=1e-4)
    yield f"is $-2(K - 1)/K^2$, {three} for three classes and {thousand} for a thousand"
    yield f"for a thousand, where cross-entropy has {steep}."


def beliefs() -> Iterator[str]:
    square, surprise = (
        [float(mean(p, 0.7) / mean(0.7, 0.7)) for p in (0.98, 0.02)]
        for mean in (penalty.expected_squared_error, penalty.expected_cross_entropy)
    )
    yield f"a forecast of 0.98 costs {surprise[0]:.1f} times the least cross-entropy, but only"
    yield f"but only {square[0]:.1f} times the least squared error; a forecast of 0.02"
    yield f"a forecast of 0.02 costs {surprise[1]:.1f} and {square[1]:.1f} times the least."
    yield f"a miss of ten spreads costs only {10**2 / 2:.0f} nats more than a hit."


def wrong_labels() -> Iterator[str]:
    def fitted(case: str, rate: float, loss: str) -> tuple[float, str]:
        boundary, _ = label_noise.fitted(case, rate, loss)
        return (
            boundary,
            f"{100 * label_noise.right_share(boundary, label_noise.CASES[case][0]):.0f}",
        )

    alike, far, one_way = label_noise.CASES
    clean, moved = fitted(one_way, 0.0, ENTROPY), fitted(one_way, 0.3, ENTROPY)
    yield f"its boundary from {clean[0]:.1f} to {moved[0]:.1f} words and sorts {moved[1]} percent"
    clean, moved = fitted(one_way, 0.0, SQUARED), fitted(one_way, 0.3, SQUARED)
    yield f"squared error has moved it from {clean[0]:.1f} to {moved[0]:.1f} and sorts {moved[1]}"
    wrong = label_noise.labels(0.3, "spam") != label_noise.labels(0.0, "spam")
    yield f"a share of the spam: 30 percent means {wrong.sum()} wrong labels in the hundred."
    assert len(wrong) == 100
    both = [fitted(far, 0.2, loss)[1] for loss in (ENTROPY, SQUARED)]
    yield f"cross-entropy sorts {both[0]} percent correctly and squared error {both[1]}."
    shares = {fitted(alike, rate, loss)[1] for rate in label_noise.RATES for loss in neuron.LOOKS}
    assert len(shares) == 1
    yield f"both losses sort {shares.pop()} percent correctly at every rate, and both models only"
    for loss in neuron.LOOKS:
        assert (
            label_noise.fitted(alike, 0.4, loss)[1] < label_noise.fitted(alike, 0.0, loss)[1] / 10
        )
    share = fitted(one_way, 0.4, SQUARED)[1]
    yield f"squared error fails, too: it sorts {share} percent correctly."
    boundary, sharpness = label_noise.fitted(one_way, 0.0, ENTROPY)
    yield f"boundary, sharpness = {boundary:.1f}, {sharpness:.1f}  # words, per word"


def old_tutorials() -> Iterator[str]:
    nonsense = math.log(0.1) - 2 * math.log(0.9)
    yield f"at $y = -1$ and $p = 0.1$ it gives {minus(nonsense, 2)}, a loss below 0"
    for y in (-1, 1):
        written = float(np.log1p(np.exp(-y * 1.3)))
        usual = keras.losses.BinaryCrossentropy(from_logits=True)
        assert written == pytest.approx(float(usual(np.array([(y + 1) / 2]), np.array([1.3]))))


def mixed_quiz() -> Iterator[str]:
    at_4 = {name: float(slope) for name, slope in quiz.slopes(np.array(4.0)).items()}
    assert at_4["B"] < 0.05 < 0.95 < at_4["A"] < 1 < at_4["C"]
    described = f"At a logit of 4, A is {at_4['A']:.2f}, B is {at_4['B']:.2f}, and C"
    assert described in quiz.draw_pictures().get_label()
    yield "With B, because it is close to 0 there"
    whole = difference(lambda u: quiz.values(u)["+"], quiz.U)
    paths = [difference(lambda u, n=name: quiz.values(u)[n], quiz.U) for name in ("× 3", "square")]
    assert whole == pytest.approx(sum(paths))
    yield f"{whole:.0f}, because the slopes along both of the two paths are added"
    yield f"{math.prod(paths):.0f}, because the slopes along the two paths are multiplied"
    ratio = quiz.values(quiz.U)["+"] / quiz.U
    yield f"{ratio:.0f}, because the value of L is five times as large as that of u"
    z = math.log(0.99 / 0.01)
    sure = neuron.slope(z, SQUARED)
    yield f"error is 2 · 0.99 · 0.99 · 0.01 = {sure:.2f}, because it fades"
    yield f"The penalty is {0.99**2:.2f}, but its slope in the logit has the factor σ′, which is"
    yield f"which is {logistic_slope(z):.2f} here."
    yield f"and that of cross-entropy is {neuron.slope(z, ENTROPY):.2f} here."
    slopes = np.array([0.2, 0.5, 0.3]) - [0, 1, 0]
    yield f"{slopes[0]:.1f}, {minus(slopes[1], 1)} and {slopes[2]:.1f}"


PENALTIES = (penalty.squared_error, penalty.cross_entropy)
CLAIMS = [familiar, graph, hidden, checking, stall, classes, beliefs, wrong_labels, old_tutorials]
CLAIMS += [opening, mixed_quiz, undecided_classes]


@pytest.mark.parametrize("claims", CLAIMS, ids=lambda claims: claims.__name__)
def test_the_prose_says_the_numbers_that_come_out(claims):
    assert_claimed("02_cross_entropy_vs_squared_error", claims())


class TestKeras:
    """What the chapter says about Keras 3; a version of Keras that changes it fails here."""

    def test_a_step_at_learning_rate_1_is_minus_the_slope(self):
        layer = keras.layers.Dense(1, activation="sigmoid")
        model = keras.Sequential([keras.Input((2,)), layer])
        layer.set_weights([operations.W[:2, None], operations.W[2:]])
        model.compile(keras.optimizers.SGD(1.0), loss=lambda y_true, y_pred: keras.ops.mean(y_pred))
        model.train_on_batch(operations.X[None], np.zeros((1, 1)))
        kernel, bias = layer.get_weights()
        moved = operations.W - np.append(kernel[:, 0], bias)
        slopes = operations.backward_slopes(operations.forward_values(operations.W, operations.X))
        np.testing.assert_allclose(moved, [slopes[n] for n in ("w0", "w1", "b")], rtol=1e-5)

    def test_its_mean_squared_error_divides_by_the_classes(self):
        y_true, y_pred = np.array([[0.0, 1.0, 0.0]]), np.array([[1.0, 0.0, 0.0]])
        assert float(keras.losses.MeanSquaredError()(y_true, y_pred)) == pytest.approx(2 / 3)

    def test_it_takes_a_number_for_a_probability_and_falls_below_0(self):
        loss = keras.losses.BinaryCrossentropy()
        falling = [float(loss(np.array([[2.0]]), np.array([[p]]))) for p in (0.5, 0.9, 0.99)]
        assert falling[0] > 0 > falling[1] > falling[2]

    def test_what_older_code_asks_for_slopes_is_gone(self):
        assert not hasattr(keras.backend, "gradients")

    def test_it_has_what_people_use_today(self):
        assert callable(keras.ops.custom_gradient)
        assert callable(keras.remat)
        assert callable(keras.optimizers.LossScaleOptimizer)
        assert callable(keras.config.set_dtype_policy)

    def test_bfloat16_has_fewer_digits_but_the_range_of_float32(self):
        assert keras.DTypePolicy("mixed_bfloat16").compute_dtype == "bfloat16"
        small, large = (tensorflow.constant(n, "float32") for n in (1e-30, 1e30))
        for number in (small, large):
            kept = tensorflow.cast(tensorflow.cast(number, "bfloat16"), "float32")
            assert float(kept) == pytest.approx(float(number), rel=1e-2)
            assert float(kept) != float(number)
        assert float(tensorflow.cast(small, "float16")) == 0

    def test_tensorflow_computes_both_gradients_for_a_comparison(self):
        logit = tensorflow.constant([1.0], "float64")
        derived, measured = tensorflow.test.compute_gradient(
            lambda z: tensorflow.math.softplus(z), [logit], delta=1e-5
        )
        np.testing.assert_allclose(derived[0], measured[0], rtol=1e-7)
        assert derived[0].item() == pytest.approx(finite_differences.exact_slope(1.0))

    @pytest.mark.parametrize(
        ("q", "expected"), [(1e-4, -math.log(0.3)), (0.5, 2 - 2 * 0.3**0.5), (1 - 1e-4, 1 - 0.3)]
    )
    def test_the_loss_in_between_goes_from_cross_entropy_to_absolute_error(self, q, expected):
        loss = keras.losses.CategoricalGeneralizedCrossEntropy(q=q)
        found = loss(np.array([1]), np.array([[0.7, 0.3]]))
        assert float(found) == pytest.approx(expected, rel=2e-3)

    def test_a_relu_has_the_slope_0_at_its_corner(self):
        z = tensorflow.constant([0.0])
        with tensorflow.GradientTape() as tape:
            tape.watch(z)
            value = keras.ops.relu(z)
        assert tape.gradient(value, z).numpy() == 0


class TestOperations:
    @pytest.mark.parametrize("bias", [-3.0, -9.0, 4.0])
    def test_values_and_slopes_are_those_of_tensorflow(self, bias):
        w, x = np.array([2.0, -3.0, bias]), operations.X
        values = operations.forward_values(w, x)
        leaves = {n: tensorflow.constant(values[n], "float64") for n in operations.LEAVES}
        with tensorflow.GradientTape() as tape:
            tape.watch(list(leaves.values()))
            t = dict(leaves)
            t["w0x0"], t["w1x1"] = t["w0"] * t["x0"], t["w1"] * t["x1"]
            t["sum"] = t["w0x0"] + t["w1x1"]
            t["z"] = t["sum"] + t["b"]
            t["-z"] = -t["z"]
            t["exp"] = tensorflow.exp(t["-z"])
            t["below"] = t["exp"] + 1
            t["p"] = 1 / t["below"]
        expected = tape.gradient(t["p"], t)
        slopes = operations.backward_slopes(values)
        assert slopes.keys() == values.keys() == t.keys()
        for name, slope in slopes.items():
            assert values[name] == pytest.approx(float(t[name]))
            assert slope == pytest.approx(float(expected[name]))

    def test_the_textbook_numbers(self):
        values = operations.forward_values(operations.W, operations.X)
        slopes = operations.backward_slopes(values)
        assert round(values["p"], 2) == 0.73
        expected = {"below": -0.53, "exp": -0.53, "-z": -0.20, "z": 0.20, "sum": 0.20, "b": 0.20}
        expected |= {"w0": -0.20, "x0": 0.39, "w1": -0.39, "x1": -0.59}
        assert {name: round(slopes[name], 2) for name in expected} == expected

    def test_slopes_become_known_one_operation_after_the_other(self):
        assert operations.known_slopes(operations.FORWARD) == set()
        assert operations.known_slopes(operations.FORWARD + 1) == {"p"}
        assert operations.known_slopes(operations.FORWARD + 2) == {"p", "below"}
        everything = operations.forward_values(operations.W, operations.X).keys()
        assert operations.known_slopes(operations.STEPS) == everything


class TestTwoLayers:
    def test_it_is_the_network_of_the_page_on_networks(self):
        np.testing.assert_array_equal(two_layers.W_1, first_network.HIDDEN)
        np.testing.assert_array_equal(two_layers.B_1, first_network.HIDDEN_BIAS)
        np.testing.assert_array_equal(two_layers.W_2, first_network.OUTPUT)
        assert first_network.OUTPUT_BIAS == two_layers.B_2

    @pytest.mark.parametrize("pressure", [-1.0, 1.0, 4.0])
    def test_values_and_slopes_are_those_of_tensorflow(self, pressure):
        t = {name: tensorflow.constant(getattr(two_layers, name)) for name in ("W_1", "W_2")}
        t["inputs"] = tensorflow.constant([two_layers.HUMIDITY, pressure], "float64")
        with tensorflow.GradientTape() as tape:
            tape.watch(list(t.values()))
            t["sums"] = tensorflow.linalg.matvec(t["W_1"], t["inputs"], transpose_a=True)
            t["sums"] += two_layers.B_1
            t["hidden"] = tensorflow.nn.relu(t["sums"])
            t["logit"] = tensorflow.reduce_sum(t["hidden"] * t["W_2"]) + two_layers.B_2
            label = tensorflow.constant(two_layers.LABEL, "float64")
            loss = tensorflow.nn.sigmoid_cross_entropy_with_logits(label, t["logit"])
        values = two_layers.forward_values(pressure)
        assert float(values["loss"]) == pytest.approx(float(loss))
        expected = tape.gradient(loss, t)
        slopes = two_layers.backward_slopes(values)
        for name in ("inputs", "sums", "hidden", "logit"):
            np.testing.assert_allclose(values[name], t[name].numpy())
            np.testing.assert_allclose(slopes[name], expected[name].numpy(), atol=1e-15)
        np.testing.assert_allclose(slopes["w_1"], expected["W_1"].numpy(), atol=1e-15)
        np.testing.assert_allclose(slopes["w_2"], expected["W_2"].numpy(), atol=1e-15)

    def test_each_step_shows_one_thing_more(self):
        steps = [*two_layers.FORWARD.values(), *two_layers.BACKWARD.values()]
        assert steps == list(range(1, two_layers.STEPS + 1))
        told = [
            two_layers.draw_paths(step).get_label().partition("Slopes so far: ")[2]
            for step in range(two_layers.STEPS + 1)
        ]
        assert told[:5] == ["none."] * 5
        assert [len(text) for text in told[4:]] == sorted({len(text) for text in told[4:]})


class TestNudge:
    def test_loss_is_that_of_keras(self):
        expected = keras.losses.BinaryCrossentropy(from_logits=True)(np.zeros(1), np.ones(1))
        assert float(finite_differences.loss(1.0)) == pytest.approx(float(expected))

    def test_exact_slope_is_the_output(self):
        assert finite_differences.exact_slope(1.0) == pytest.approx(float(keras.ops.sigmoid(1.0)))

    def test_errors_are_the_next_terms_of_taylor(self):
        p, h = finite_differences.exact_slope(1.0), 1e-3
        one_sided, central = (
            finite_differences.one_sided(1.0, h) - p,
            finite_differences.central(1.0, h) - p,
        )
        assert float(one_sided) == pytest.approx(h / 2 * p * (1 - p), rel=1e-2)
        assert float(central) == pytest.approx(h**2 / 6 * p * (1 - p) * (1 - 2 * p), rel=1e-2)


class TestNeuron:
    @pytest.mark.parametrize("start", neuron.STARTS.values())
    @pytest.mark.parametrize(
        ("loss", "name"), [(SQUARED, "mean_squared_error"), (ENTROPY, "binary_crossentropy")]
    )
    def test_it_learns_as_keras_does(self, start, loss, name):
        layer = keras.layers.Dense(1, activation="sigmoid")
        model = keras.Sequential([keras.Input((1,)), layer])
        layer.set_weights([np.array([[start / 2]]), np.array([start / 2])])
        model.compile(keras.optimizers.SGD(neuron.LEARNING_RATE), loss=name)
        model.fit(np.ones((1, 1)), np.zeros((1, 1)), epochs=30, verbose=0)
        logit = float(sum(np.sum(weight) for weight in layer.get_weights()))
        assert neuron.train(start, loss, 30)[-1] == pytest.approx(logit, rel=1e-4)

    def test_the_first_output_below_one_half_is_found(self):
        assert neuron.epochs_to_half(np.array([2.0, 0.0, -0.1, -1.0])) == 2
        assert neuron.epochs_to_half(np.array([-1.0])) == 0
        assert neuron.epochs_to_half(np.array([2.0, 0.0])) is None

    def test_from_the_worst_start_squared_error_does_not_come_down_in_time(self):
        worst = neuron.draw_learning(0.995).get_label()
        assert "under squared error not in 300 epochs" in worst


class TestPenalty:
    @pytest.mark.parametrize("p", [0.02, 0.3, 0.98])
    def test_penalties_are_the_scores_of_scikit_learn(self, p):
        assert float(penalty.squared_error(p)) == pytest.approx(metrics.brier_score_loss([1], [p]))
        expected = metrics.log_loss([1], [[1 - p, p]], labels=[0, 1])
        assert float(penalty.cross_entropy(p)) == pytest.approx(expected)

    @pytest.mark.parametrize("z", [-8.0, -0.7, 0.0, 6.0])
    def test_slopes_are_the_derivatives(self, z):
        square = difference(lambda at: penalty.squared_error(logistic(at)), z)
        assert float(penalty.squared_error_slope(z)) == pytest.approx(square, abs=1e-8)
        surprise = difference(lambda at: np.logaddexp(0, -at), z)
        assert float(penalty.cross_entropy_slope(z)) == pytest.approx(surprise, abs=1e-8)

    @pytest.mark.parametrize("p", [0.02, 0.3, 0.98])
    def test_means_are_the_scores_of_ten_answers(self, p):
        y_true, y_pred = np.repeat([1, 0], [7, 3]), np.full(10, p)
        expected = metrics.brier_score_loss(y_true, y_pred)
        assert float(penalty.expected_squared_error(p, 0.7)) == pytest.approx(expected)
        assert float(penalty.expected_cross_entropy(p, 0.7)) == pytest.approx(
            metrics.log_loss(y_true, y_pred)
        )

    @pytest.mark.parametrize("share", [0.5, 0.7, 0.9])
    @pytest.mark.parametrize(
        "mean", [penalty.expected_squared_error, penalty.expected_cross_entropy]
    )
    def test_means_are_least_at_the_true_share(self, mean, share):
        grid = np.linspace(0.001, 0.999, 999)
        assert grid[np.argmin(mean(grid, share))] == pytest.approx(share)


class TestScores:
    @pytest.mark.parametrize("z", [(0, 0, 0), (6, -3, 0), (-6, 6, 3)])
    def test_slopes_are_those_of_tensorflow(self, z):
        logits = tensorflow.constant([z], "float64")
        truth = scores.TRUTH[None]
        for pulls, loss in (
            (
                scores.cross_entropy_slopes,
                lambda: keras.losses.categorical_crossentropy(truth, logits, from_logits=True),
            ),
            (
                scores.squared_error_slopes,
                lambda: tensorflow.reduce_sum((tensorflow.nn.softmax(logits) - truth) ** 2),
            ),
        ):
            with tensorflow.GradientTape() as tape:
                tape.watch(logits)
                value = loss()
            expected = tape.gradient(value, logits).numpy()[0]
            np.testing.assert_allclose(pulls(np.array(z, float)), expected, atol=1e-9)

    def test_the_jacobian_is_that_of_tensorflow_and_its_columns_and_rows_add_up_to_0(self):
        z = tensorflow.constant([1.0, 0.0, -2.5], "float64")
        with tensorflow.GradientTape() as tape:
            tape.watch(z)
            p = tensorflow.nn.softmax(z)
        expected = tape.jacobian(p, z).numpy()
        jacobian = np.diag(p.numpy()) - np.outer(p.numpy(), p.numpy())  # as in the chapter's cell
        np.testing.assert_allclose(jacobian, expected, atol=1e-12)
        np.testing.assert_allclose(jacobian.sum(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(jacobian.sum(axis=1), 0, atol=1e-12)


class TestNoise:
    def test_only_absolute_errors_for_all_labels_add_up_to_the_same_number(self):
        answers = np.array([[0.2, 0.3, 0.5], [0.9, 0.05, 0.05]])
        errors = answers[:, None] - np.eye(3)  # of each answer, for each label
        absolute = np.abs(errors).sum(axis=(1, 2))
        assert absolute[0] == pytest.approx(absolute[1])
        for other in ((errors**2).sum(axis=(1, 2)), -np.log(answers).sum(axis=1)):
            assert abs(other[0] - other[1]) > 0.1

    def test_the_share_of_wrong_labels_is_the_rate(self):
        truth = label_noise.labels(0.0, "both")
        assert list(truth) == [False] * label_noise.EACH + [True] * label_noise.EACH
        for rate in label_noise.RATES:
            both, spam = (label_noise.labels(rate, wrong) != truth for wrong in ("both", "spam"))
            for kind in (
                both[: label_noise.EACH],
                both[label_noise.EACH :],
                spam[label_noise.EACH :],
            ):
                assert kind.mean() == pytest.approx(rate, abs=0.011)
            assert not spam[: label_noise.EACH].any()

    def test_wrong_labels_stay_wrong_at_higher_rates(self):
        truth = label_noise.labels(0.0, "both")
        wrong = [label_noise.labels(rate, "both") != truth for rate in label_noise.RATES]
        assert all(np.all(more >= less) for less, more in pairwise(wrong))

    def test_kinds_are_alike_only_where_the_case_says_so(self):
        mail, spam = np.split(label_noise.word_counts("even"), 2)
        assert np.std(mail) == pytest.approx(np.std(spam))
        mail, spam = np.split(label_noise.word_counts("tail"), 2)
        assert np.std(spam) > 3 * np.std(mail)
        assert np.median(mail) == pytest.approx(4.0)

    @pytest.mark.parametrize("case", label_noise.CASES)
    @pytest.mark.parametrize("rate", [0.0, 0.2, 0.4])
    def test_cross_entropy_fits_logistic_regression(self, case, rate):
        spread, wrong = label_noise.CASES[case]
        x, y = label_noise.word_counts(spread)[:, None], label_noise.labels(rate, wrong)
        expected = linear_model.LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x, y)
        sharpness = expected.coef_[0, 0]
        boundary = -expected.intercept_[0] / sharpness
        assert label_noise.fitted(case, rate, ENTROPY) == pytest.approx(
            (boundary, sharpness), rel=1e-2
        )

    @pytest.mark.parametrize("case", label_noise.CASES)
    @pytest.mark.parametrize("rate", [0.0, 0.2, 0.4])
    def test_squared_error_has_no_better_fit(self, case, rate):
        spread, wrong = label_noise.CASES[case]
        x, y = label_noise.word_counts(spread), label_noise.labels(rate, wrong)

        def brier(boundary: float, sharpness: float) -> float:
            return metrics.brier_score_loss(y, logistic(sharpness * (x - boundary)))

        boundary, sharpness = label_noise.fitted(case, rate, SQUARED)
        least = brier(boundary, sharpness)
        for b in np.linspace(-5, 25, 31):
            for k in np.geomspace(0.01, 8, 12):
                assert least <= brier(b, k) + 1e-9
        assert difference(lambda b: brier(b, sharpness), boundary) == pytest.approx(0, abs=1e-4)
        assert difference(lambda k: brier(boundary, k), sharpness) == pytest.approx(0, abs=1e-4)

    def test_mean_loss_is_the_score_of_scikit_learn(self):
        x, y = label_noise.word_counts("tail"), label_noise.labels(0.2, "both")
        p = logistic(0.7 * (x - 6.0))
        b, k = np.array([6.0]), np.array([0.7])
        assert label_noise.mean_loss(b, k, x, y, ENTROPY)[0] == pytest.approx(
            metrics.log_loss(y, p)
        )
        expected = metrics.brier_score_loss(y, p)
        assert label_noise.mean_loss(b, k, x, y, SQUARED)[0] == pytest.approx(expected)

    @pytest.mark.parametrize("boundary", [3.0, 6.5, 12.0])
    def test_right_share_is_the_accuracy_on_true_labels(self, boundary):
        expected = metrics.accuracy_score(
            label_noise.labels(0.0, "both"), label_noise.word_counts("tail") > boundary
        )
        assert label_noise.right_share(boundary, "tail") == pytest.approx(expected)


class TestFigures(FigureRules):
    frames = {
        operations.draw_graph: {"step": [0, 1, 8, 9, 17], "bias": [-3.0, -9.0]},
        two_layers.draw_paths: {"step": [0, 1, 4, 5, 8, 10], "pressure": [1.0, 4.0]},
        quiz.draw_pictures: {},
        finite_differences.draw_check: {"exponent": [0, 5, 14]},
        neuron.draw_learning: {"start": [0.6, 0.9, 0.995]},
        neuron.draw_epochs: {"epoch": [0, 6, 300], "start": ["well", "badly"]},
        penalty.draw_against_logit: {"z": [-8.0, 0.0, 8.0]},
        penalty.draw_honesty: {"p": [0.02, 0.98], "share": [0.5, 0.9]},
        scores.draw_pulls: {"cat": [-6, 6], "dog": [-3, 0], "fox": [-6, 6]},
        label_noise.draw_boundaries: {"rate": [0.0, 0.4], "case": list(label_noise.CASES)},
    }
