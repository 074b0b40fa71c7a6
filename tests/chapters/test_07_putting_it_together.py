"""The numbers in the prose of chapter 7 and those of its demos, against independent sources."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import keras
import numpy as np
import pytest
from claims import assert_claimed
from demos.nets import images, recipe
from demos.nets.functions import probabilities
from demos.together import (
    calibration,
    choices,
    confusion,
    drift,
    failures,
    learning_curves,
    reading,
    selection_bias,
)
from figures import FigureRules
from sklearn import metrics

FIRST = choices.FIRST


def errors(choice: str, name: str, epoch: int = choices.EPOCHS) -> np.ndarray:
    return choices.error_rates(choices.CHOICES[choice][name])[epoch]


def mean(choice: str, name: str, epoch: int = choices.EPOCHS) -> str:
    return f"{errors(choice, name, epoch).mean():.1f}%"


def uncertain(choice: str, name: str) -> str:
    e = errors(choice, name)
    return f"{e.mean():.1f} ± {choices.standard_error(e):.1f}%"


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
    yield f"The best of 64 scores {score.max():.2f}, and is worth 0.90."
    many, few, more = (selection_bias.best_of(64, size) for size in (100, 50, 200))
    yield f"the best of 64 reports {many[0]:.1f}% and is worth {many[1]:.1f}%: "
    yield f"{many[0] - many[1]:.1f} points of its report are luck"
    yield f"rises to {few[0]:.1f}% and the worth falls to {few[1]:.1f}%"
    yield f"with 200 they are {more[0]:.1f}% and {more[1]:.1f}%"


def choosing() -> Iterator[str]:
    constant, cosine = errors("schedule", "constant"), errors("schedule", "cosine")
    yield f"goes from {uncertain('schedule', 'constant')} to {uncertain('schedule', 'cosine')}"
    apart = math.hypot(choices.standard_error(constant), choices.standard_error(cosine))
    more = cosine.mean() - constant.mean()
    yield f"difference is {more:.2f} before rounding, and its standard error {apart:.1f}"
    yield f"range from {constant.min():.1f}% to {constant.max():.1f}%"
    yield f"have errors from {constant.min():.1f}% to {constant.max():.1f}%"

    early = [mean("head and loss", name, 3) for name in choices.CHOICES["head and loss"]]
    assert float(early[0][:-1]) == min(float(words[:-1]) for words in early)
    yield f"after 3 epochs it is at {early[0]}, squared error at {early[2]}"
    large = errors("activation and start", "ReLU, He × 10").mean() - constant.mean()
    yield f"weights ten times too large cost {large:.1f} points"
    late, soon = mean("optimizer", "Adam at 0.001", 3), mean("optimizer", "Adam at 0.01", 3)
    yield f"far behind after 3 epochs, {late[:-3]}% against {soon}"
    assert errors("optimizer", "Adam at 0.001").min() > constant.max()
    yield "and not yet there after 30"
    yield f"moved pictures make the unmoved ones harder: {mean('regularization', 'moved pictures')}"
    yield f"two layers of 64 halve the error, to {mean('size', '64 and 64 units')};"
    assert errors("size", "64 and 64 units").max() < errors("size", "8 units").min()
    yield "no mark overlaps with those of 8 units"
    distinct = {recipe for row in choices.CHOICES.values() for recipe in row.values()}
    yield f"And {len(distinct)} recipes were tried here"
    yield f"with $n = 100$ and an error of 3% the second is {math.sqrt(0.03 * 0.97 / 100):.1%}"


def growing() -> Iterator[str]:
    ends = {
        units: [
            [curve[-1] for curve in learning_curves.errors(n, units)]
            for n in learning_curves.PICTURES
        ]
        for units in learning_curves.UNITS
    }
    small, first = ends[8], ends[32]
    yield f"Training error {first[-1][0]:.1f}%, validation error {first[-1][1]:.1f}%."
    yield f"and the validation error is {small[-1][1]:.1f}%."
    yield (
        f"falls from {first[0][1]:.1f}% over {first[1][1]:.1f}% and {first[2][1]:.1f}% to "
        f"{first[3][1]:.1f}%"
    )
    assert max(training for training, _ in first) < 0.4
    assert small[0][0] == small[1][0] == 0
    yield f"leaves the floor, {small[2][0]:.1f}% at 400 pictures and {small[3][0]:.1f}% at 797"
    yield f"hardly falls any more, from {small[2][1]:.1f}% to {small[3][1]:.1f}%"


def confusing() -> Iterator[str]:
    before, after = confusion.table(1), confusion.table(30)
    yield f"only {before[8, 8]} of the {before[8].sum()} eights are read as eights"
    yield f"and {before[8, 1]} as ones"
    wrong = after * (1 - np.eye(10, dtype=int))
    assert np.unravel_index(wrong.argmax(), wrong.shape) == (8, 1)
    yield f"After 30 epochs {after[8, 8]} are, and {wrong.max()} are still ones"
    assert after[1, 8] == 3
    yield "a one is read as an eight only three times"
    everything = confusion.coverage_and_error(30, 0.0)[1]
    sure, surest = confusion.coverage_and_error(30, 0.9), confusion.coverage_and_error(30, 0.99)
    yield f"leaves {sure[0]:.0f}% of the pictures, and an error of {sure[1]:.1f}%"
    yield f"from 99% it is {surest[0]:.0f}% and {surest[1]:.1f}%"
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


def breaking_down() -> Iterator[str]:
    runs = {letter: failures.run(letter, False) for letter in failures.LETTERS}
    apart = float(np.abs(runs["A"]["again"] - runs["A"]["val_loss"]).max())
    yield f"give losses up to {apart:.2f} nats apart"
    yield f"the same training is at {failures.run('A', True)['val_accuracy'][-1]:.0%}"
    assert len(runs["B"]["loss"]) - 1 == 4
    yield f"the units pass on {runs['B']['passing'][-1]:.0%} of their slope"
    left_alone = failures.run("B", True)["val_loss"]
    assert left_alone[12] > 2.25 > 2.0 > left_alone[22]
    yield f"It reads {runs['C']['val_accuracy'][-1]:.0%} right, and its loss stands at "
    yield f"{runs['C']['val_loss'][-1]:.2f}: softmax twice"
    yield f"It learns at first, to {runs['D']['val_accuracy'][1]:.0%}, then"
    assert runs["D"]["loss"][-1] > 2 * runs["D"]["loss"][5]
    yield f"Its units pass on {runs['D']['passing'][0]:.0%} at the start and next to nothing"
    assert runs["D"]["passing"][-1] < 0.05
    assert np.allclose(runs["E"]["loss"], math.log(10), atol=0.003)
    assert np.all(runs["E"]["passing"] < 0.0005)
    yield f"{runs['E']['val_loss'][0]:.3f} from the start, and the units pass on nothing"
    yield f"{runs['F']['passing'][0]:.0%} of the slope from the start on"
    assert runs["F"]["accuracy"][-1] > 0.8
    assert runs["F"]["val_accuracy"][-1] == pytest.approx(2 / 3, abs=0.03)
    yield "which does for most training pictures and for two thirds of the others"
    yield f"{math.log(10):.3f} is $\\\\log 10$"
    floor = math.log(math.e + 9) - 1
    yield f"a loss that can never fall below {floor:.2f}"
    assert runs["C"]["loss"].min() > floor
    yield f"For $K = 2$ the floor is {math.log(math.e + 1) - 1:.3f}"


def drifting() -> Iterator[str]:
    right, sure = drift.accuracy_and_confidence(1, 0, False)
    yield f"To {right:.0f}% right at {sure:.0f}% sure."
    yield f"One pixel to the right: {right:.0f}% right, {sure:.0f}% sure."
    yield f"Moved by a pixel, the networks above state {sure:.0f}% and are right on {right:.0f}%."
    far, still_sure = drift.accuracy_and_confidence(0, 2, False)
    yield f"Two pixels down: {far:.0f}% right, which is guessing, and {still_sure:.0f}% sure."
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
    growing,
    confusing,
    calibrated,
    breaking_down,
    drifting,
]


@pytest.mark.parametrize("claims", CLAIMS, ids=lambda claims: claims.__name__)
def test_the_prose_says_the_numbers_that_come_out(claims):
    assert_claimed("07_putting_it_together", claims())


def test_a_lost_digit_is_what_raises_two_of_the_means():
    data = images.load()
    for name in "linear, squared error", "softmax twice":
        chosen = choices.CHOICES["head and loss"][name]
        w = recipe.train(chosen, choices.SEEDS).weights[-1]
        z = chosen.logits(w, data.x_validation)
        lost = [
            min(np.mean(g[data.y_validation == k] == k) for k in range(10)) < 0.05
            for g in z.argmax(axis=-1)
        ]
        assert sum(lost) == 1


class TestKeras:
    """What the chapter says about Keras 3; a version of Keras that changes it fails here."""

    def fitted(self, *after: keras.layers.Layer) -> None:
        model = keras.Sequential([keras.layers.Dense(3, activation="softmax"), *after])
        entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("sgd", entropy)
        model.train_on_batch(np.ones((2, 4)), np.array([0, 1]))

    def test_it_warns_of_a_softmax_right_before_a_loss_from_logits(self):
        with pytest.warns(UserWarning, match="does not represent logits"):
            self.fitted()

    def test_and_of_none_with_something_between(self, recwarn):
        self.fitted(keras.layers.Rescaling(1.0))
        assert not [w for w in recwarn if "logits" in str(w.message)]

    def test_what_older_code_calls_is_gone(self):
        assert not hasattr(keras.Sequential, "predict_classes")
        assert not hasattr(keras.Sequential, "evaluate_generator")

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
    def test_rates_are_the_best_of_seven_or_within_their_noise(self):
        for name in "SGD", "Momentum", "Adam":
            at = {
                rate: choices.error_rates(replace(FIRST, optimizer=name, learning_rate=rate))[-1]
                for rate in choices.RATES
            }
            chosen = next(
                r for r in choices.CHOICES["optimizer"].values() if r.optimizer == name
            ).learning_rate
            best = min(at.values(), key=np.mean)
            assert at[chosen].mean() <= best.mean() + choices.standard_error(at[chosen])

    def test_a_choice_changes_one_thing(self):
        for rows in choices.CHOICES.values():
            assert next(iter(rows.values())) == FIRST
            for other in rows.values():
                changed = [f for f in vars(FIRST) if getattr(other, f) != getattr(FIRST, f)]
                assert set(changed) <= {*changed[:1], "learning_rate"}

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
    @pytest.mark.parametrize("patience", [1, 3, 8])
    def test_a_run_stops_where_that_of_keras_does(self, patience):
        losses = np.concatenate([[3.0], 2 + np.random.default_rng(patience).random(40)])
        callback = keras.callbacks.EarlyStopping(monitor="val_loss", patience=patience)
        model = keras.Sequential()
        model.stop_training = False
        callback.set_model(model)
        callback.on_train_begin()
        for epoch, loss in enumerate(losses[1:], start=1):
            callback.on_epoch_end(epoch, {"val_loss": loss})
            if model.stop_training:
                break
        assert failures.last_epoch(losses, patience) == epoch

    def test_every_cause_has_a_letter_and_a_cure_that_helps(self):
        assert sorted(failures.LETTERS.values()) == sorted(failures.FAILURES)
        for letter, cause in failures.LETTERS.items():
            sick, well = failures.run(letter, False), failures.run(letter, True)
            assert well["val_loss"][-1] < sick["val_loss"][-1] / 2, cause

    def test_only_a_dropout_that_is_left_on_gives_two_answers(self):
        for letter, cause in failures.LETTERS.items():
            for cured in False, True:
                record = failures.run(letter, cured)
                apart = np.abs(record["again"] - record["val_loss"]).max()
                assert (apart > 0.01) == (cause == "dropout left on" and not cured)

    def test_other_seeds_and_sizes_can_be_asked_for(self):
        record = failures.curves("dead ReLUs", seed=5, hidden=(7,), epochs=3)
        assert len(record["loss"]) == 4
        assert np.all(record["passing"] < 0.01)


class TestFigures(FigureRules):
    frames = {
        reading.draw_reading: {"picture": list("ADF"), "epoch": [0, 1, 12]},
        selection_bias.draw_best: {"tries": [1, 64], "size": [50, 200]},
        choices.draw_choice: {"choice": list(choices.CHOICES), "epoch": [3, 30]},
        learning_curves.draw_growth: {"pictures": [100, 797], "units": [8, 32]},
        confusion.draw_confusion: {"epoch": [1, 30], "level": [0.0, 0.99]},
        calibration.draw_reliability: {
            "network": list(calibration.RECIPES),
            "temperature": [0.3, 1.0, 6.0],
        },
        failures.draw_run: {"letter": list("ABDF"), "show": ["instruments", "after the cure"]},
        drift.draw_drift: {"right": [-2, 0, 2], "down": [0, 2], "on_moved": [False, True]},
    }
