"""The numbers in the prose of chapter 7 and those of its demos, against independent sources."""

from __future__ import annotations

import importlib
import json
import math
import warnings
from collections.abc import Iterator
from dataclasses import replace

import keras
import numpy as np
import pytest
import recorded_convolutions as convolutions
from claims import assert_claimed
from demos.nets import images, recipe
from demos.nets.functions import probabilities
from demos.together import (
    calibration,
    choices,
    confusion,
    drift,
    failures,
    filters,
    growth,
    quiz,
    reading,
    selection_bias,
)
from figures import FigureRules
from scipy import stats
from sklearn import datasets, metrics

FIRST = choices.FIRST
CLEAN, FEW, WRONG = choices.SITUATIONS


RECORDED = json.loads(convolutions.FILE.read_text(encoding="utf-8"))


def errors(choice: str, name: str, situation: str = CLEAN) -> np.ndarray:
    return choices.error_rates(choices.recipe(situation, choice, name))[-1]


def mean(choice: str, name: str, situation: str = CLEAN) -> str:
    return f"{errors(choice, name, situation).mean():.1f}%"


def uncertain(choice: str, name: str) -> str:
    e = errors(choice, name)
    return f"{e.mean():.1f} ± {choices.standard_error(e):.1f}%"


def not_learned(choice: str, name: str) -> float:
    """Return the training error with wrong labels, in percent."""
    record = recipe.train(choices.recipe(WRONG, choice, name), choices.SEEDS)
    return 100 * (1 - float(record.accuracy[-1].mean()))


def pictures_on_top() -> Iterator[str]:
    p, y = reading.predictions(), images.load().y_validation
    wrong_all_along = [
        name
        for name, place in reading.PICTURES.items()
        if len({int(k) for k in p[1:, place].argmax(axis=1)} | {int(y[place])}) == 2
        and np.all(p[1:, place].argmax(axis=1) != y[place])
    ]
    assert wrong_all_along == ["D"]
    place = reading.PICTURES["D"]
    assert (y[place], p[-1, place].argmax()) == (8, 1)
    stated = f"{p[-1, place, 1]:.2f}"
    yield f"Picture D at the top of the page is an eight, and the network gives {stated} to a one"


def familiar() -> Iterator[str]:
    score = (np.random.default_rng(0).random((64, 100)) < 0.9).mean(axis=1)
    yield f"The best of the 64 scores {score.max():.2f}, but it is worth 0.90."
    yield f"The other {score.max() - 0.9:.2f} were luck"
    many, few, more = (selection_bias.best_of(64, size) for size in (100, 50, 200))
    yield f"the best of 64 networks reports {many[0]:.1f}% and is worth {many[1]:.1f}%, "
    yield f"so {many[0] - many[1]:.1f} points of its report are luck"
    yield f"rises to {few[0]:.1f}%, and the worth falls to {few[1]:.1f}%"
    yield f"With 200 pictures, they are {more[0]:.1f}% and {more[1]:.1f}%"


def choosing() -> Iterator[str]:
    constant, cosine = errors("schedule", "constant"), errors("schedule", "cosine")
    yield f"goes from {uncertain('schedule', 'constant')} to {uncertain('schedule', 'cosine')}"
    apart = math.hypot(choices.standard_error(constant), choices.standard_error(cosine))
    more = cosine.mean() - constant.mean()
    yield f"difference is {more:.2f} before rounding, and its own uncertainty is {apart:.1f}, as"
    apart = math.hypot(0.5, 0.3)
    yield f"the uncertainty $\\sqrt{{0.5^2 + 0.3^2}} = {apart:.1f}$ points"
    five = choices.standard_error(np.array([2, 3, 3, 3, 4]))
    yield f"is $\\sqrt{{2 / (5 \\cdot 4)}} = {five:.2f}$ points"
    yield f"range from {constant.min():.1f}% to {constant.max():.1f}%"
    yield f"have errors from {constant.min():.1f}% to {constant.max():.1f}%"

    schedules = [errors("schedule", name).mean() for name in choices.CHOICES["schedule"]]
    yield f"the schedules end between {min(schedules):.1f}% and {max(schedules):.1f}%"
    for name in list(choices.CHOICES["regularization"])[1:]:
        assert errors("regularization", name).mean() > constant.mean()
    small, large = mean("size", "8 units"), mean("size", "64 and 64 units")
    first = f"{constant.mean():.1f}%"
    yield f"8 units raise the error from {first} to {small}, and two layers of 64 units"
    yield f"two layers of 64 units halve it, to {large}"
    large = mean("activation and start", "ReLU, He × 10")
    yield f"weights that are ten times too large raise it to {large}"
    yield f"has not arrived yet, at {mean('optimizer', 'Adam at 0.001')}"
    rows = [(choice, name) for choice, names in choices.CHOICES.items() for name in names]
    distinct = {choices.recipe(CLEAN, *row) for row in rows}
    yield f"And {len(distinct)} recipes were tried in each situation"
    yield f"an error of 3% the second is {math.sqrt(0.03 * 0.97 / 100):.1%}"


def wrong_labels() -> Iterator[str]:
    first = errors("schedule", "constant", WRONG)
    yield f"The first attempt ends at {first.mean():.1f}%."
    yield f"A cosine brings it down to {mean('schedule', 'cosine', WRONG)}"
    yield f"weight decay to {mean('regularization', 'weight decay 0.3', WRONG)}"
    yield f"dropout to {mean('regularization', 'dropout 0.5', WRONG)}"
    yield f"half-pixel shifts to {mean('regularization', 'half-pixel shifts', WRONG)}"
    remedies = [("schedule", "cosine")]
    remedies += [("regularization", name) for name in list(choices.CHOICES["regularization"])[1:]]
    assert all(errors(*remedy, WRONG).max() < first.min() for remedy in remedies)
    yield "the worst seed of each of them is better than the best seed of the first attempt"
    course = choices.error_rates(choices.recipe(WRONG, "schedule", "constant")).mean(axis=1)
    assert 7 <= course.min() < 7.5 and course.argmin() < 10
    yield "the error falls to about 7% in the first third of the training and then rises again"
    yield f"sigmoids ({mean('activation and start', 'sigmoid, Glorot', WRONG)})"
    yield f"low rate of 0.001 ({mean('optimizer', 'Adam at 0.001', WRONG)})"
    yield f"64 and 64 units end at {mean('size', '64 and 64 units', WRONG)}"
    yield f"They read only {not_learned('size', '64 and 64 units'):.1f}% of the training pictures"
    slow = [("activation and start", "sigmoid, Glorot"), ("optimizer", "Adam at 0.001")]
    assert min(not_learned(*row) for row in slow) > not_learned("schedule", "constant") + 1
    _, large, tuned, all_of_them = (
        mean("together", name, WRONG) for name in choices.CHOICES["together"]
    )
    yield f"128 units alone end at {large}, with a cosine and a decay of 0.1 at {tuned}"
    yield f"and with half-pixel shifts as well at {all_of_them}"
    last = errors("together", "half-pixel shifts too", WRONG).mean()
    assert last / first.mean() == pytest.approx(1 / 3, abs=0.01)
    yield "That is a third of the first attempt's error"


def few_pictures() -> Iterator[str]:
    first = errors("schedule", "constant", FEW)
    yield f"*With 100 pictures*, the first attempt has {first.mean():.1f}%"
    for choice, names in choices.CHOICES.items():
        for name in names:
            e = errors(choice, name, FEW)
            apart = math.hypot(choices.standard_error(e), choices.standard_error(first))
            assert first.mean() - e.mean() < 2 * apart
    yield "nothing in this list is clearly better"


def convolving() -> Iterator[str]:
    text = "| {} | " + " | ".join(["{:.1f} then {:.1f}"] * 3) + " |"
    names = {"0.0": "0 pixels", "0.5": "half a pixel", "1.0": "1 pixel"}
    table = {s: {k: np.array(rows) for k, rows in v.items()} for s, v in RECORDED.items()}
    for shift, name in names.items():
        means = [m for s in (CLEAN, FEW, WRONG) for m in table[s][shift].mean(axis=0)]
        yield text.format(name, *means)
    none, half, one = (table[CLEAN][shift][:, 0].mean() for shift in names)
    yield f"{none:.1f}%, {half:.1f}% and {one:.1f}% are too close"
    dense = mean("schedule", "constant"), mean("size", "64 and 64 units")
    yield f"reads only {none:.1f}% of the pictures wrong; the first attempt"
    yield f"the first attempt has an error of {dense[0]}, and"
    yield f"and two dense layers of 64 units have {dense[1]}."
    plain = errors("schedule", "constant").mean()
    for choice, name in ("schedule", "cosine"), ("regularization", "weight decay 0.3"):
        assert errors(choice, name).mean() >= plain
    before, after = table[WRONG]["0.0"], table[WRONG]["1.0"]
    assert after[:, 0].max() < before[:, 0].min()
    yield f"bring it from {before[:, 0].mean():.1f}% down to {after[:, 0].mean():.1f}%"
    moved = [table[CLEAN][shift][:, 1].mean() for shift in ("0.0", "1.0")]
    yield f"from {moved[0]:.1f}% to {moved[1]:.1f}% in the first"
    gave_up = errors("regularization", "half-pixel shifts") - errors("schedule", "constant")
    assert gave_up.mean() == pytest.approx(1, abs=0.2)
    shifted = choices.error_rates(replace(FIRST, shift=1.0))[-1].mean()
    assert shifted - plain == pytest.approx(9, abs=0.6)
    yield f"whole-pixel shifts raised it by about nine, from {plain:.1f}% to {shifted:.1f}%"
    yield f"9 + 16 = {16 * 9 + 16}$ parameters"
    yield f"64 = {16 * 64}$, has {64 * 1024 + 1024}."
    yield "it takes only 2.5% off a weight in all 500 steps"
    model, steps = convolutions.build(1.0), convolutions.STEPS
    rates = [float(model.optimizer._learning_rate(step)) for step in range(steps)]
    assert 1 - np.prod(1 - 0.01 * np.array(rates)) == pytest.approx(0.025, abs=0.0005)
    yield f"$3 \\cdot 3 \\cdot 16 = {3 * 3 * 16}$ weights"
    head = 4 * 4 * 32 * 10 + 10
    yield f"\\cdot 10 + 10 = {head}$ parameters"
    yield f"160 + {32 * 144 + 32} + {head} = {160 + 32 * 144 + 32 + head}$"
    assert convolutions.build(1.0).count_params() == 160 + 32 * 144 + 32 + head


def growing() -> Iterator[str]:
    ends = {
        units: [[curve[-1] for curve in growth.errors(n, units)] for n in growth.PICTURES]
        for units in growth.UNITS
    }
    small, first = ends[8], ends[32]
    yield (
        f"The training error is {first[-1][0]:.1f}% and the validation error {first[-1][1]:.1f}%."
    )
    yield f"and the validation error is {small[-1][1]:.1f}%."
    yield (
        f"falls from {first[0][1]:.1f}% to {first[1][1]:.1f}%, {first[2][1]:.1f}% and "
        f"{first[3][1]:.1f}%"
    )
    assert max(training for training, _ in first) < 0.4
    assert small[0][0] == small[1][0] == 0
    assert small[2][0] < 0.4 < small[3][0]
    yield f"with 400 pictures, at {small[2][0]:.1f}%, and rises to {small[3][0]:.1f}% with 797"
    yield f"hardly falls any more, from {small[2][1]:.1f}% to {small[3][1]:.1f}%"


def confusing() -> Iterator[str]:
    before, after = confusion.table(1), confusion.table(30)
    yield f"only {before[8, 8]} of the {before[8].sum()} eights are read as eights"
    yield f"and {before[8, 1]} are read as ones"
    wrong = after * (1 - np.eye(10, dtype=int))
    assert np.unravel_index(wrong.argmax(), wrong.shape) == (8, 1)
    yield f"After 30 epochs {after[8, 8]} are, and {wrong.max()} are still ones"
    assert after[1, 8] == 3
    yield "a one is read as an eight only three times"
    everything = confusion.coverage_and_error(30, 0.0)[1]
    sure, surest = confusion.coverage_and_error(30, 0.9), confusion.coverage_and_error(30, 0.99)
    yield f"answer {sure[0]:.0f}% of the pictures, and {sure[1]:.1f}% of these answers are wrong"
    yield f"of 99%, they answer {surest[0]:.0f}%, and {surest[1]:.1f}% of these answers are wrong"
    yield f"{sure[1]:.1f}% in place of {everything:.1f}%, for declining one picture in ten"
    yield "most answers are surer than 99%"


def calibrated() -> Iterator[str]:
    first, second, third = calibration.RECIPES
    sure = [calibration.confidence_and_hits(name, 1.0)[0].mean() for name in (first, second)]
    right = [calibration.confidence_and_hits(name, 1.0)[1].mean() for name in (first, second)]
    assert round(100 * right[0]) == round(100 * right[1]) == 91
    yield f"{sure[0]:.0%} and {sure[1]:.0%}. Training goes on"

    def lost(name: str) -> float:
        return min(calibration.TEMPERATURES, key=lambda t: calibration.cross_entropy(name, t))

    def gap(name: str, temperature: float) -> str:
        answers = calibration.confidence_and_hits(name, temperature)
        return f"{100 * calibration.expected_calibration_error(*answers):.1f}%"

    assert lost(first) == 1.5
    yield (
        f"its loss falls from {calibration.cross_entropy(first, 1.0):.3f} to "
        f"{calibration.cross_entropy(first, 1.5):.3f} nats, its calibration error from "
        f"{gap(first, 1.0)} to {gap(first, 1.5)}"
    )
    assert lost(second) < 1
    yield f"about 0.5: its calibration error falls from {gap(second, 1.0)} to {gap(second, 0.5)}"
    assert lost(third) == 1.0
    yield f"The third is calibrated as it is, to {gap(third, 1.0)}"


def reporting() -> Iterator[str]:
    true, n = 0.987, 500
    right = np.arange(n + 1)
    margin = 1.96 * np.sqrt(right / n * (1 - right / n) / n)
    chances = stats.binom.pmf(right, n, true)
    simple = chances[np.abs(right / n - true) <= margin].sum()
    ranges = [stats.binomtest(k, n).proportion_ci(method="wilson") for k in right]
    wilson = chances[[low <= true <= high for low, high in ranges]].sum()
    yield f"if the true accuracy is {true:.1%}, it is inside the simple margin from {n} pictures"
    yield (
        f"pictures in only {100 * simple:.0f} of 100 cases, and inside Wilson's interval in "
        f"{100 * wilson:.0f}."
    )
    low, high = ranges[n - 5]
    yield f"5 mistakes in {n} pictures mean {low:.1%} to {high:.1%}"
    yield f"the simple margin gives {100 * (n - 5) / n:.1f} ± {100 * margin[n - 5]:.1f}%"
    sure, hits = np.repeat([0.95, 0.6], [80, 20]), np.repeat([1, 0, 1, 0], [72, 8, 14, 6])
    error = calibration.expected_calibration_error(sure, hits.astype(bool))
    yield f"the ECE is $0.8 \\cdot 0.05 + 0.2 \\cdot 0.1 = {error:.2f}$"
    assert "43 people, 30 contributed to the training set and different 13" in " ".join(
        datasets.load_digits().DESCR.split()
    )
    yield "13 people wrote these digits"


def breaking_down() -> Iterator[str]:
    runs = {letter: failures.run(letter, False) for letter in failures.LETTERS}
    last = {letter: {k: float(v[-1]) for k, v in run.items()} for letter, run in runs.items()}
    yield f"The training accuracy climbs to {last['A']['accuracy']:.0%}"
    yield f"stays at {last['A']['val_accuracy']:.0%}, about that of guessing"
    yield f"the validation loss rises to {last['A']['val_loss']:.2f}"
    slow = runs["B"]
    yield f"from {slow['loss'][0]:.2f} to {slow['loss'][-1]:.2f} in 40 epochs"
    assert np.abs(slow["loss"] - slow["val_loss"]).max() < 0.05
    yield f"It starts at {runs['C']['loss'][0]:.2f}, four times the loss of guessing"
    assert runs["C"]["loss"][0] / math.log(10) == pytest.approx(4, abs=0.1)
    assert np.allclose(runs["C"]["loss"][3:], math.log(10), atol=0.0005)
    yield "then stands at 2.303 to the third digit"
    yield f"pass on {last['C']['passing']:.0%} of the slope, so the fault lies between them"
    assert last["D"]["val_accuracy"] == 1
    yield f"On new pictures it reads {last['D']['new_accuracy']:.0%}."
    dead = runs["E"]
    yield f"The loss jumps to {dead['loss'][1]:.2f} in the first epoch"
    yield f"falls from {dead['passing'][0]:.0%} to {dead['passing'][1]:.1%} in that epoch"
    assert dead["passing"][5:].max() < 0.0005
    assert np.abs(dead["val_loss"][5:] - math.log(10)).max() < 0.1
    yield f"The loss starts at {runs['F']['loss'][0]:.0f}, because"
    cured = failures.run("F", True)["val_accuracy"][-1]
    yield f"but only to {last['F']['val_accuracy']:.0%}, where the cured run reaches {cured:.0%}"
    yield f"in the end, they pass on {last['F']['passing']:.0%} of the slope"
    assert np.isnan(runs["G"]["loss"]).all()
    yield f"while the validation loss is still {runs['G']['val_loss'][0]:.2f}"
    augmented = runs["H"]
    apart = float(np.abs(augmented["again"] - augmented["val_loss"]).max())
    yield f"but {last['H']['val_accuracy']:.0%} is less than the {last['H']['new_accuracy']:.0%} on"
    yield f"are up to {apart:.2f} nats apart"
    yield f"the same training is at {failures.run('H', True)['val_accuracy'][-1]:.0%}"
    fast = runs["I"]
    assert fast["loss"][1] > fast["loss"][0]
    dying, jumping = (failures.FAILURES[failures.LETTERS[letter]] for letter in "EI")
    yield (
        f"plain SGD, at a rate {dying.recipe.learning_rate / dying.cure.learning_rate:.0f} times "
        "that of its cured run"
    )
    assert jumping.recipe.learning_rate == pytest.approx(20 * jumping.cure.learning_rate)
    settings = [(one.recipe.optimizer, one.recipe.schedule) for one in failures.FAILURES.values()]
    assert sorted(settings) == [("Adam", "constant")] * 8 + [("SGD", "cosine")]
    assert (dying.recipe.optimizer, last["E"]["passing"]) == ("SGD", 0)
    yield "Eight of them use Adam at a constant rate, and one uses plain SGD along a cosine."
    late = fast["loss"][10:]
    yield f"up and down, between {late.min():.1f} and {late.max():.1f}"
    yield f"The units pass on {last['I']['passing']:.0%} of the slope"
    yield f"{math.log(10):.3f} is $\\\\log 10$"
    yield f"the loss is $-\\log \\epsilon = {-math.log(1e-7):.1f}$"
    failed = failures.FAILURES["loss does not fit the head"].recipe
    weights = recipe.train(failed, [failures.SEED]).weights
    x, y = images.load().x_train[: failures.PICTURES], images.load().y_train[: failures.PICTURES]
    z = failed.logits(weights[0, 0], x)[0]
    by_name = keras.losses.SparseCategoricalCrossentropy(reduction="none")
    start, is_negative = np.array(by_name(y, z)), z[np.arange(len(y)), y] < 0
    yield f"in {is_negative.mean():.0%} of the training pictures, and their mean loss is "
    yield f"their mean loss is {start[is_negative].mean():.1f}."
    yield (
        f"The other pictures have a mean loss of {start[~is_negative].mean():.1f}, so all of them "
        f"together start at {start.mean():.2f}."
    )
    assert start.mean() == pytest.approx(runs["C"]["loss"][0], abs=0.005)
    assert failed.logits(weights[-1], images.load().x_validation).max() < 0
    yield "with all logits of all pictures below 0"


def drifting() -> Iterator[str]:
    right, sure = drift.accuracy_and_confidence(1, 0, False)
    yield f"reads {right:.0f}% correctly and is {sure:.0f}% sure."
    yield f"the networks read {right:.0f}% correctly and are {sure:.0f}% sure."
    yield f"the dense networks above state {sure:.0f}% and are right in {right:.0f}% of the cases"
    far, still_sure = drift.accuracy_and_confidence(0, 2, False)
    yield f"Two pixels down: {far:.0f}% correctly, which is guessing"
    yield f"and they are {still_sure:.0f}% sure."
    moved, unmoved = (
        drift.accuracy_and_confidence(1, 0, True)[0],
        drift.accuracy_and_confidence(0, 0, True)[0],
    )
    yield f"read {moved:.0f}% after that move, and {unmoved:.0f}% of those that stay, where"
    yield f"where the others had {drift.accuracy_and_confidence(0, 0, False)[0]:.0f}%"
    assert drift.accuracy_and_confidence(2, 0, True)[0] < 60


CLAIMS = [
    pictures_on_top,
    familiar,
    choosing,
    wrong_labels,
    few_pictures,
    convolving,
    growing,
    confusing,
    calibrated,
    reporting,
    breaking_down,
    drifting,
]


@pytest.mark.parametrize("claims", CLAIMS, ids=lambda claims: claims.__name__)
def test_the_prose_says_the_numbers_that_come_out(claims):
    assert_claimed("07_putting_it_together", claims())


@pytest.mark.slow
def test_a_training_with_shifts_is_recorded_as_it_comes_out() -> None:
    recorded = RECORDED[FEW]["1.0"]
    assert convolutions.errors(FEW, 1.0, 1) == pytest.approx(recorded[0], abs=2.5)


@pytest.mark.slow
@pytest.mark.parametrize("shift", convolutions.SHIFTS)
@pytest.mark.parametrize("situation", choices.SITUATIONS)
def test_all_recorded_means_come_out_again(situation: str, shift: float) -> None:
    again = np.mean([convolutions.errors(situation, shift, s) for s in convolutions.SEEDS], axis=0)
    recorded = np.mean(RECORDED[situation][str(shift)], axis=0)
    np.testing.assert_allclose(again, recorded, atol=2, rtol=0.2)


class TestKeras:
    """What the chapter says about Keras 3; a version of Keras that changes it fails here."""

    def fitted(self, loss: object, **last: str) -> list[float]:
        """Return the losses of 30 epochs on 64 digits."""
        keras.utils.set_random_seed(2)
        data = images.load()
        layers = [keras.layers.Dense(32, "relu"), keras.layers.Dense(10, **last)]
        model = keras.Sequential([keras.Input((64,)), *layers])
        model.compile(keras.optimizers.Adam(0.01), loss)
        x, y = data.x_train[:64], data.y_train[:64]
        return model.fit(x, y, epochs=30, verbose=0).history["loss"]

    def test_a_softmax_before_a_loss_from_logits_warns_and_learns(self):
        from_logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        with pytest.warns(UserWarning, match="does not represent logits"):
            losses = self.fitted(from_logits, activation="softmax")
        assert losses[-1] < 0.5

    def test_softmax_twice_cannot_cost_less_than_the_text_says(self):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        sure = np.eye(10, dtype=np.float32)  # probabilities, taken for logits
        lowest = float(loss(np.arange(10), sure))
        assert_claimed("07_putting_it_together", [f"the loss cannot fall below {lowest:.2f}"])

    def test_logits_and_the_loss_by_name_stall_in_silence(self):
        with warnings.catch_warnings(action="error"):
            losses = self.fitted("sparse_categorical_crossentropy")
        assert losses[0] > 6
        assert losses[-1] > 1.9

    def test_a_shift_layer_shifts_unless_it_is_told_not_to(self):
        layer = keras.layers.RandomTranslation(1 / 8, 1 / 8, "constant", seed=0)
        x = images.load().x_train[:5].reshape(5, 8, 8, 1)
        np.testing.assert_array_equal(layer(x, training=False), x)
        moved = np.array(layer(np.ones((50, 8, 8, 1), np.float32)))
        assert moved[:, 0].min() < 0.1
        assert moved[:, 1:-1, 1:-1].min() == pytest.approx(1)  # no shift is longer than a pixel

    @pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
    def test_a_file_keeps_the_logits_and_the_state_of_the_optimizer(self, tmp_path):
        model, data = convolutions.build(1.0), images.load()
        model.fit(data.x_train[:64], data.y_train[:64], batch_size=32, verbose=0)
        model.save(tmp_path / "digits.keras")
        loaded = keras.models.load_model(tmp_path / "digits.keras")
        x = data.x_validation[:20]
        z = model.predict(x, verbose=0)
        np.testing.assert_array_equal(loaded.predict(x, verbose=0), z)
        np.testing.assert_allclose(model(x, training=False), z, atol=1e-5)
        assert not np.allclose(model(x), z, atol=0.01)  # shifted
        assert int(loaded.optimizer.iterations) == 2

    def test_a_convolution_is_the_sum_of_the_chapter(self):
        picture, w = images.load().x_validation[7], filters.FILTERS["left edges"]
        kernel = w[:, :, None, None].astype(np.float32)
        maps = keras.ops.conv(picture.reshape(1, 8, 8, 1), kernel, padding="same")
        np.testing.assert_allclose(
            np.array(maps)[0, :, :, 0], filters.feature_map(picture, w), atol=1e-5
        )

    def test_what_people_use_is_there(self):
        for name in "RandAugment", "MixUp", "RandomTranslation", "Rescaling":
            assert hasattr(keras.layers, name)
        assert hasattr(keras.utils, "PyDataset")

    @pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
    def test_h5_is_written_with_a_warning(self, tmp_path, caplog):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.save(tmp_path / "model.h5")
        assert "legacy" in caplog.text

    def test_what_older_code_calls_is_gone(self):
        assert not hasattr(keras.Sequential, "predict_classes")
        assert not hasattr(keras.Sequential, "evaluate_generator")
        assert not hasattr(keras.preprocessing.image, "ImageDataGenerator")

    def test_tf_keras_keeps_the_class_for_old_programs(self):
        images_of_tf = importlib.import_module("keras._tf_keras.keras.preprocessing.image")
        assert hasattr(images_of_tf, "ImageDataGenerator")

    def test_the_precision_of_a_class_that_is_never_answered_is_reported_as_0(self):
        precision = keras.metrics.Precision(class_id=2, top_k=1)
        assert float(precision(np.eye(3)[[2, 0]], np.eye(3)[[1, 0]])) == 0
        assert_claimed("07_putting_it_together", ["it is undefined, although Keras reports 0"])

    def test_recall_and_precision_of_one_class_are_those_of_the_matrix(self):
        random = np.random.default_rng(0)
        y, z = random.integers(10, size=300), random.standard_normal((300, 10))
        settings = {"labels": [4], "average": "macro"}
        for kind, score in (
            (keras.metrics.Recall, metrics.recall_score),
            (keras.metrics.Precision, metrics.precision_score),
        ):
            ours = float(kind(class_id=4, top_k=1)(np.eye(10)[y], z))
            assert ours == pytest.approx(score(y, z.argmax(axis=1), **settings), abs=1e-6)


class TestChoices:
    @pytest.mark.slow
    def test_rates_are_the_best_of_seven_or_within_their_noise(self):
        for name in "SGD", "Momentum", "Adam":
            at = {
                rate: choices.error_rates(replace(FIRST, optimizer=name, learning_rate=rate))[-1]
                for rate in choices.RATES
            }
            rows = choices.CHOICES["optimizer"]
            tried = [choices.recipe(CLEAN, "optimizer", row) for row in rows]
            chosen = next(r for r in tried if r.optimizer == name).learning_rate
            best = min(at.values(), key=np.mean)
            assert at[chosen].mean() <= best.mean() + choices.standard_error(at[chosen])

    def test_a_choice_changes_one_thing(self):
        for choice, rows in choices.CHOICES.items():
            assert next(iter(rows.values())) == {}
            changed = [set(row) - {"learning_rate"} for row in rows.values()]
            assert choice == "together" or all(len(fields) <= 1 for fields in changed)

    def test_spread_is_the_standard_error(self):
        assert choices.standard_error(np.array([1.0, 2.0, 3.0])) == pytest.approx(1 / math.sqrt(3))


class TestSelectionBias:
    def test_a_single_try_flatters_nobody(self):
        reported, elsewhere = selection_bias.best_of(1, 100)
        assert reported == pytest.approx(elsewhere, abs=0.5)

    def test_the_best_is_the_largest_and_its_worth_is_its_own(self):
        few, rest = selection_bias.scores(50)
        largest = np.sort(few[:, :8], axis=1)[:, -1].mean()
        assert selection_bias.best_of(8, 50)[0] == pytest.approx(largest)
        own = [row[np.flatnonzero(f == f.max())[0]] for f, row in zip(few, rest, strict=True)]
        assert selection_bias.best_of(64, 50)[1] == pytest.approx(np.mean(own))


class TestConfusion:
    def test_the_table_is_that_of_scikit_learn(self):
        y, guess, sure = confusion.answers(3)
        expected = metrics.confusion_matrix(y[sure >= 0.7], guess[sure >= 0.7], labels=range(10))
        np.testing.assert_array_equal(confusion.table(3, 0.7), expected)

    def test_what_is_kept_is_counted(self):
        coverage, error = confusion.coverage_and_error(3, 0.7)
        counts = confusion.table(3, 0.7)
        assert coverage == pytest.approx(100 * counts.sum() / 2500)
        assert error == pytest.approx(100 * (1 - np.trace(counts) / counts.sum()))

    def test_nothing_kept_has_no_error(self):
        assert confusion.coverage_and_error(1, 0.999) == (0.0, 0.0)


class TestCalibration:
    first = next(iter(calibration.RECIPES))

    def test_cross_entropy_is_the_log_loss(self):
        y = np.tile(images.load().y_validation, 5)
        p = probabilities(calibration.logits(self.first) / 1.5).reshape(-1, 10)
        expected = metrics.log_loss(y, p, labels=range(10))
        assert calibration.cross_entropy(self.first, 1.5) == pytest.approx(expected)

    def test_calibration_error_is_a_sum_over_bins(self):
        sure, right = calibration.confidence_and_hits(self.first, 1.5)
        total = 0.0
        for low in np.arange(10) / 10:
            inside = (sure >= low) & (sure < low + 0.1) if low < 0.9 else sure >= low
            if inside.any():
                total += inside.sum() * abs(sure[inside].mean() - right[inside].mean())
        assert calibration.expected_calibration_error(sure, right) == pytest.approx(
            total / len(sure), abs=1e-9
        )

    def test_certainty_falls_into_the_last_bin(self):
        sure, hits = np.array([1.0, 0.95]), np.array([True, False])
        number, mean, share = calibration.reliability(sure, hits)
        assert list(number) == [0] * 9 + [2]
        assert (mean[-1], share[-1]) == pytest.approx((0.975, 0.5))

    def test_the_honest_have_no_gap(self):
        sure = np.array([1.0] * 4 + [0.75] * 4)
        right = np.array([True] * 4 + [True, True, True, False])
        assert calibration.expected_calibration_error(sure, right) == pytest.approx(0)

    @pytest.mark.parametrize("temperature", [0.3, 6.0])
    def test_a_temperature_moves_no_answer(self, temperature):
        _, before = calibration.confidence_and_hits(self.first, 1.0)
        _, after = calibration.confidence_and_hits(self.first, temperature)
        assert np.array_equal(before, after)


class TestDrift:
    def test_a_listener_hears_where_the_pictures_went(self):
        text = drift.draw_drift(-1, 2, False).get_label()
        assert text.startswith("With the pictures moved 1 pixel to the left and 2 pixels down, ")


class TestFailures:
    def test_every_cause_has_a_letter_and_a_cure_that_helps(self):
        assert sorted(failures.LETTERS.values()) == sorted(failures.FAILURES)
        for letter, cause in failures.LETTERS.items():
            sick, well = (failures.run(letter, cured)["val_loss"][-1] for cured in (False, True))
            assert cause in ("validation leaked", "nan in the data") or well < 0.7 * sick, cause

    def test_a_leak_does_not_change_the_network(self):
        sick, well = (failures.curves("validation leaked", cured) for cured in (False, True))
        np.testing.assert_array_equal(sick["new_accuracy"], well["new_accuracy"])
        assert sick["val_accuracy"][-1] > well["val_accuracy"][-1] + 0.03

    def test_only_an_augmented_validation_gives_two_answers(self):
        for letter, cause in failures.LETTERS.items():
            for cured in False, True:
                record = failures.run(letter, cured)
                apart = np.nanmax(np.abs(record["again"] - record["val_loss"]))
                assert (apart > 0.01) == (cause == "validation augmented" and not cured)

    def test_other_seeds_and_sizes_can_be_asked_for(self):
        record = failures.curves("dead ReLUs", seed=5, hidden=(7,), epochs=3)
        assert len(record["loss"]) == 4
        assert np.all(record["passing"][2:] < 0.01)


class TestQuiz:
    def test_the_curves_show_what_the_answers_say(self):
        (slow, slow_val), (_, fast_val), (heart, heart_val), (leak, leak_val) = map(
            quiz.losses, quiz.RUNS.values()
        )
        assert slow[-1] - slow[-6] == pytest.approx(slow[-6] - slow[-11], abs=0.12)
        assert abs(slow[-1] - slow_val[-1]) < 0.05
        assert fast_val[-1] < 0.2 < slow_val[-1]
        assert heart_val.min() < heart_val[-1] - 0.1
        assert heart[-1] < heart[heart_val.argmin()] - 0.2
        assert leak[-1] < 0.05
        assert abs(leak - leak_val)[10:].max() < 0.05


class TestFilters:
    def test_a_single_one_in_the_middle_returns_the_picture(self):
        picture = images.load().x_validation[7]
        middle = np.zeros((3, 3))
        middle[1, 1] = 1
        np.testing.assert_allclose(filters.feature_map(picture, middle).ravel(), picture)

    def test_a_moved_picture_moves_the_sums(self):
        picture = images.load().x_validation[filters.PICTURE]
        for weights in filters.FILTERS.values():
            sums = filters.feature_map(picture, weights)
            moved = filters.feature_map(images.shifted(picture[None], 1, 0)[0], weights)
            np.testing.assert_allclose(moved[:, 2:-1], sums[:, 1:-2], atol=1e-6)
            assert np.array_equal(
                np.unravel_index(moved.argmax(), (8, 8)) - np.array([0, 1]),
                np.unravel_index(sums.argmax(), (8, 8)),
            )


class TestFigures(FigureRules):
    frames = {
        reading.draw_reading: {"picture": list("ADF"), "epoch": [0, 1, 12]},
        selection_bias.draw_best: {"tries": [1, 64], "size": [50, 200]},
        choices.draw_choice: {
            "choice": list(choices.CHOICES),
            "situation": list(choices.SITUATIONS),
        },
        growth.draw_growth: {"pictures": [100, 797], "units": [8, 32]},
        confusion.draw_confusion: {"epoch": [1, 30], "level": [0.0, 0.99]},
        calibration.draw_reliability: {
            "network": list(calibration.RECIPES),
            "temperature": [0.3, 1.0, 6.0],
        },
        failures.draw_run: {
            "letter": list(failures.LETTERS),
            "show": ["loss and accuracy", "instruments"],
        },
        filters.draw_filter: {"name": list(filters.FILTERS), "right": [-1, 0, 1]},
        quiz.draw_curves: {},
        drift.draw_drift: {"right": [-2, 0, 2], "down": [0, 2], "on_moved": [False, True]},
    }
