"""Claims of exercise 7 about Keras and about augmentation, tried with its solutions."""

from collections.abc import Iterator
from contextlib import chdir

import numpy as np
import pytest
from exercises.grading import Namespace, exercises_named
from scipy import stats

EXERCISES = exercises_named("putting_it_together")


@pytest.fixture(scope="module")
def there() -> Iterator[Namespace]:
    """Yield the names of the notebook when its set-up and its solutions have run."""
    namespace = EXERCISES.set_up()
    with chdir(EXERCISES.folder):
        for source in EXERCISES.solutions.values():
            exec(source, namespace)
        namespace["keras"].utils.set_random_seed(0)
        yield namespace


def test_convolutional_layers_have_the_parameters_of_the_text(there: Namespace) -> None:
    layers, text = there["keras"].layers, EXERCISES.texts["build-model-task"]
    first, second = layers.Conv2D(8, 3), layers.Conv2D(16, 3)
    second(first(np.zeros((1, 8, 8, 1))))
    assert f"8 · (9 + 1) = {first.count_params()} parameters" in text
    assert f"16 · (8 · 9 + 1) = {second.count_params()}," in text


def test_the_margin_of_the_report_is_wilsons_interval() -> None:
    low, high = stats.binomtest(321, 324).proportion_ci(method="wilson")
    text = EXERCISES.texts["report-what-you-built"]
    assert f"3 mistakes in 324 mean {low:.1%} to {high:.1%} (Wilson's interval)" in text


def test_a_direct_call_moves_pictures_unless_it_is_told_not_to(there: Namespace) -> None:
    x, model = there["x"][:50], there["build_model"](8, 10)
    assert (
        "`model(pictures)` leaves these layers of Keras on" in EXERCISES.texts["build-model-task"]
    )

    def outputs(**options: bool) -> list[np.ndarray]:
        return [np.asarray(model(x, **options)) for _ in range(2)]

    assert not np.array_equal(*outputs())
    np.testing.assert_array_equal(*outputs(training=False))
    np.testing.assert_array_equal(model.predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.slow  # trains twice; a cell of the solution trains the augmented network every time
def test_augmentation_costs_nothing_in_place_and_doubles_what_is_read_when_moved(
    there: Namespace,
) -> None:
    assert (
        "reads 98% of the digits in place may read only half of the moved ones"
        in EXERCISES.texts["train-model-task"]
    )
    keras, x, y = there["keras"], there["x"], there["y"]
    rows = np.random.default_rng(0).permutation(len(x))
    learn, choose = rows[324:], rows[:324]
    found = {}
    for is_augmented in (True, False):
        model = there["build_model"](8, 10)
        if not is_augmented:
            kept = [layer for layer in model.layers if "Random" not in type(layer).__name__]
            model = keras.Sequential([keras.layers.Input((8, 8, 1)), *kept])
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            model.compile(keras.optimizers.AdamW(0.01), loss)
        there["train_model"](model, x[learn], y[learn], x[choose], y[choose])
        shares = there["test_accuracy"](model, x[choose], y[choose], 1)
        found[is_augmented] = shares[1, 1], (shares.sum() - shares[1, 1]) / 8
    for in_place, _ in found.values():
        assert in_place >= 0.97
    assert found[True][1] >= 0.9
    assert 0.35 <= found[False][1] <= 0.6
