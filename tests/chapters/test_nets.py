"""The networks, optimizers and pictures that several chapters share, against Keras."""

from __future__ import annotations

import gzip
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow
from demos.nets import functions, images, optimizers, recipe, training
from demos.nets.network import DIGIT_NETWORK, Network, losses_and_slopes
from demos.schedules import curves
from demos.together.choices import FIRST
from figures import difference
from references import (
    entropy_from_logits,
    keras_digit_network,
    keras_optimizer,
    keras_weights,
)
from sklearn import datasets

NAMES = [optimizer.name for optimizer in optimizers.OPTIMIZERS]


class TestImages:
    def test_the_digits_are_those_of_scikit_learn(self):
        x, y, x_new, y_new = images.digits()
        ours = np.column_stack([np.concatenate([x, x_new]) * 16, np.concatenate([y, y_new])])
        theirs = np.column_stack(datasets.load_digits(return_X_y=True))
        assert np.array_equal(sorted(map(tuple, ours)), sorted(map(tuple, theirs)))

    def test_the_parts_are_all_digits_and_share_none(self):
        data = images.load()
        assert [len(p) for p in (data.x_train, data.x_validation, data.x_test)] == [797, 500, 500]
        everything = np.concatenate([data.x_train, data.x_validation, data.x_test])
        x, _, x_more, _ = images.digits()
        assert np.array_equal(everything, np.concatenate([x, x_more]))

    @pytest.mark.parametrize(("right", "down"), [(1, 0), (-1, 0), (0, 2), (0, -1)])
    def test_a_shift_moves_what_stays_inside_and_drops_the_rest(self, right, down):
        x = np.random.default_rng(0).random((3, 8, 8))
        inside = np.zeros_like(x)
        inside[:, 2:6, 2:6] = x[:, 2:6, 2:6]
        rolled = np.roll(inside, (down, right), axis=(1, 2))
        shifted = images.shifted(inside.reshape(3, 64), right, down)
        np.testing.assert_array_equal(shifted.reshape(3, 8, 8), rolled)
        assert not images.shifted(x.reshape(3, 64), 8, 0).any()

    def test_another_name_is_refused(self):
        with pytest.raises(ValueError, match="fashion"):
            images.load("letters")

    def test_fashion_is_read_as_keras_keeps_it(self, tmp_path, monkeypatch):
        folder = tmp_path / "datasets" / "fashion-mnist"
        folder.mkdir(parents=True)
        for name, count in ("train", 60), ("t10k", 10):
            pixels = np.full(count * 28 * 28, 255, dtype=np.uint8)
            labels = np.arange(count, dtype=np.uint8) % 10
            for kind, head, body in (("images-idx3", 16, pixels), ("labels-idx1", 8, labels)):
                with gzip.open(folder / f"{name}-{kind}-ubyte.gz", "wb") as file:
                    file.write(bytes(head) + body.tobytes())
        monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
        data = images.load.__wrapped__("fashion")  # the cache must not keep the fake pictures
        assert [len(part) for part in data] == [50, 50, 10, 10, 10, 10, 10]
        assert data.x_train.shape[1] == 784
        assert data.x_test.max() == 1

    def test_one_hot_rows_have_their_1_at_the_class(self):
        rows = images.one_hot(np.array([3, 0]), np.float32)
        assert rows.dtype == np.float32
        np.testing.assert_array_equal(rows, np.eye(10)[[3, 0]])


class TestFunctions:
    @pytest.mark.parametrize("z", [-30.0, -1.0, 0.0, 4.0])
    def test_logistic_is_the_sigmoid_of_keras(self, z):
        expected = float(keras.ops.sigmoid(z))
        assert float(functions.logistic(z)) == pytest.approx(expected, rel=1e-5)
        slope = difference(functions.logistic, z)
        assert float(functions.logistic_slope(z)) == pytest.approx(slope, abs=1e-9)

    def test_logistic_never_overflows(self):
        assert functions.logistic(np.array([-1e4, 1e4])) == pytest.approx([0, 1])

    @pytest.mark.parametrize("shift", [0.0, 1000.0])
    def test_probabilities_are_the_softmax_of_keras(self, shift):
        logits = 4 * np.random.default_rng(0).standard_normal((2, 7, 10)) + shift
        expected = keras.ops.convert_to_numpy(keras.ops.softmax(logits - shift))
        p, logs = functions.probabilities_and_logs(logits)
        np.testing.assert_array_equal(functions.probabilities(logits), p)
        np.testing.assert_allclose(p, expected, rtol=1e-5)
        np.testing.assert_allclose(np.exp(logs), p)
        np.testing.assert_allclose(p.sum(axis=-1), 1)


class TestNetwork:
    x, y, _, _ = images.digits()
    x, y = x[:50], y[:50]
    one_hot = images.one_hot(y)

    @pytest.mark.parametrize("side", [0.0, 0.1])
    def test_loss_and_gradient_are_those_of_keras(self, side):
        network = Network(DIGIT_NETWORK.layers, negative_slope=side)
        w = network.first_parameters([3], dtype=np.float32)
        model = keras.Sequential([keras.Input((64,))])
        for units in network.layers[1:]:
            model.add(keras.layers.Dense(units))
        model.set_weights(keras_weights(network, w))
        with tensorflow.GradientTape() as tape:
            hidden = keras.activations.leaky_relu(model.layers[0](self.x), negative_slope=side)
            value = entropy_from_logits()(self.y, model.layers[1](hidden))
        slopes = [np.ravel(g) for g in tape.gradient(value, model.trainable_weights)]
        y = images.one_hot(self.y, np.float32)
        loss, gradient, _ = network.loss_and_gradient(w, self.x, y)
        assert loss[0] == pytest.approx(float(value), rel=1e-5)
        assert network.mean_loss(w, self.x, y)[0] == pytest.approx(float(value), rel=1e-5)
        np.testing.assert_allclose(gradient[0], np.concatenate(slopes), atol=1e-6)
        assert gradient.dtype == np.float32

    def test_with_units_dropped_the_gradient_is_that_of_keras(self):
        w = DIGIT_NETWORK.first_parameters([1, 2])
        mask = np.random.default_rng(3).integers(0, 2, (2, 50, 32)) * 2.0
        parts = [tensorflow.Variable(part[0]) for part in DIGIT_NETWORK.split_parameters(w)]
        with tensorflow.GradientTape() as tape:
            hidden = keras.ops.relu(self.x.astype(float) @ parts[0] + parts[1]) * mask[0]
            loss = entropy_from_logits()(self.y, hidden @ parts[2] + parts[3])
        expected = np.concatenate([g.numpy().ravel() for g in tape.gradient(loss, parts)])
        gradient = DIGIT_NETWORK.loss_and_gradient(w, self.x, self.one_hot, masks=[mask])[1]
        np.testing.assert_allclose(gradient[0], expected, atol=1e-6)

    def test_a_mask_of_ones_drops_nothing(self):
        w = DIGIT_NETWORK.first_parameters([1, 2])
        masked, plain = (
            DIGIT_NETWORK.loss_and_gradient(w, self.x, self.one_hot, masks=masks)[1]
            for masks in ([np.ones((2, 50, 32))], None)
        )
        np.testing.assert_allclose(masked, plain, atol=1e-12)

    @pytest.mark.parametrize("head", ["softmax", "sigmoid", "linear"])
    @pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
    def test_gradient_is_the_derivative_of_the_loss(self, head, activation):
        network = Network((64, 5, 4, 10), activation)
        random = np.random.default_rng(0)
        x, y = random.random((1, 6, 64)), np.eye(10)[random.integers(10, size=(1, 6))]
        masks = [2.0 * random.integers(2, size=(1, 6, units)) for units in (5, 4)]
        w = network.first_parameters([1])
        gradient = network.loss_and_gradient(w, x, y, head, masks)[1][0]

        def loss(place: int, value: float) -> float:
            changed = w.copy()
            changed[0, place] = value
            return float(network.loss_and_gradient(changed, x, y, head, masks)[0][0])

        for place in random.choice(w.size, 20):
            slope = difference(lambda v, p=place: loss(p, v), w[0, place], 1e-6)
            assert gradient[place] == pytest.approx(slope, abs=1e-7)

    @pytest.mark.parametrize(
        ("head", "loss"),
        [
            ("softmax", keras.losses.CategoricalCrossentropy(from_logits=True)),
            ("sigmoid", keras.losses.BinaryCrossentropy(from_logits=True)),
            ("linear", keras.losses.MeanSquaredError()),
        ],
    )
    def test_loss_is_that_of_keras(self, head, loss):
        random = np.random.default_rng(0)
        z, y = 4 * random.standard_normal((1, 7, 10)), np.eye(10)[random.integers(10, size=7)]
        ours = losses_and_slopes(z, y, head)[0].mean()
        assert ours == pytest.approx(float(loss(y, z[0])), rel=1e-5)

    def test_logits_are_taken_for_probabilities_as_keras_takes_them(self):
        random = np.random.default_rng(0)
        z = tensorflow.Variable(2 * random.standard_normal((7, 10)))
        y = random.integers(10, size=7)
        with tensorflow.GradientTape() as tape:
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=False)(y, z)
        head = "logits taken for probabilities"
        losses, slopes = losses_and_slopes(z.numpy()[None], np.eye(10)[y], head)
        assert losses.mean() == pytest.approx(float(loss), rel=1e-5)
        expected = tape.gradient(loss, z).numpy()
        np.testing.assert_allclose(slopes[0] / 7, expected, rtol=1e-4, atol=1e-6)

    @pytest.mark.parametrize(
        ("initializer", "variance"), [("he_normal", 2 / 64), ("glorot_normal", 2 / 2064)]
    )
    def test_first_parameters_have_the_variance_of_their_authors(self, initializer, variance):
        network = Network((64, 2000, 10))
        w = network.first_parameters([1], initializer, scale=3.0, bias=-0.5)
        first, bias, last, last_bias = network.split_parameters(w)
        assert first.var() == pytest.approx(9 * variance, rel=0.02)
        assert last.var() == pytest.approx(2 / 2010, rel=0.02)
        assert np.all(bias == -0.5)
        assert np.all(last_bias == 0)


class TestOptimizers:
    @pytest.mark.parametrize("name", NAMES)
    def test_every_step_is_that_of_keras(self, name):
        random = np.random.default_rng(2)
        gradients = random.standard_normal((60, 5)) * [1, 100, 0.01, 1, 0]
        gradients[:, 3] *= random.random(60) < 0.2  # mostly 0
        ours = optimizers.descend(
            optimizers.named(name), lambda w, t: gradients[t - 1], np.ones(5), 0.01, 60
        )
        w, optimizer = keras.Variable(np.ones(5)), keras_optimizer(name, 0.01)
        for t, g in enumerate(gradients, start=1):
            optimizer.apply([keras.ops.array(g)], [w])
            np.testing.assert_allclose(
                ours[t], w.numpy(), rtol=2e-4, atol=2e-6, err_msg=f"step {t}"
            )


class TestTraining:
    x, y, x_new, y_new = images.digits()

    @pytest.mark.parametrize(("name", "place"), [("SGD", 7), ("Adam", 4)])
    def test_the_first_epoch_at_a_constant_rate_is_that_of_keras(self, name, place):
        model = keras_digit_network(1)
        model.compile(keras_optimizer(name, training.RATES[place]), entropy_from_logits())
        order = np.random.default_rng(1).permutation(len(self.x))
        x, y = self.x[order], self.y[order]
        model.fit(x, y, batch_size=training.BATCH, shuffle=False, verbose=0)
        rates = np.tile(training.RATES, (training.EPOCH, 1))
        ours = training.train(name, rates, seed=1).validation[0, place]
        expected = model.evaluate(self.x_new, self.y_new, verbose=0)
        assert ours == pytest.approx(expected, rel=1e-3)

    @pytest.mark.parametrize("name", ["SGD", "Momentum", "Adam"])
    def test_an_epoch_under_a_schedule_is_that_of_keras(self, name):
        peak = 0.01 if name == "Adam" else 0.1
        schedule = keras.optimizers.schedules.CosineDecay(peak, training.EPOCH)
        model = keras_digit_network(1)
        model.compile(keras_optimizer(name, schedule), entropy_from_logits())
        order = np.random.default_rng(1).permutation(len(self.x))
        batches = np.split(order, training.EPOCH)
        losses = [model.train_on_batch(self.x[batch], self.y[batch]) for batch in batches]
        rates = curves.cosine(np.arange(training.EPOCH), peak, training.EPOCH)
        ours = training.train(name, rates[:, None], 1)
        np.testing.assert_allclose(ours.batches[:, 0], losses, atol=2e-3)
        expected = model.evaluate(self.x_new, self.y_new, verbose=0)
        assert ours.validation[0, 0] == pytest.approx(expected, abs=2e-3)

    def test_networks_side_by_side_do_not_mix(self):
        rates = np.tile([0.05, 0.2], (training.EPOCH, 1))
        both = training.train("Momentum", rates, 2).validation
        alone = training.train("Momentum", rates[:, 1:], 2).validation
        np.testing.assert_allclose(both[:, 1], alone[:, 0], rtol=1e-4)

    def test_a_momentum_of_zero_is_sgd(self):
        rates = np.full((training.EPOCH, 1), 0.2)
        still = training.train("Momentum", rates, 1, 0.0).validation
        np.testing.assert_allclose(still, training.train("SGD", rates, 1).validation, rtol=1e-4)

    def test_what_diverges_is_infinite_and_no_nan(self):
        losses = training.train("SGD", np.full((training.EPOCH, 1), 1e30), 1)
        assert not np.any(np.isnan(losses.batches))
        assert np.isinf(losses.validation[-1, 0])

    def test_the_losses_at_constant_rates_are_means_over_seeds(self):
        rates = np.tile(training.RATES, (training.EPOCHS * training.EPOCH, 1))
        runs = [training.train("SGD", rates, seed).validation for seed in training.SEEDS]
        np.testing.assert_allclose(training.constant_rate_losses("SGD"), np.mean(runs, axis=0))


class TestRecipe:
    def test_the_first_epoch_is_that_of_keras(self):
        settings = replace(FIRST, hidden=(16, 8), activation="tanh", weight_decay=0.1, epochs=1)
        data = images.load()
        record = recipe.train(settings, [3])
        layers = [keras.layers.Dense(16, "tanh"), keras.layers.Dense(8, "tanh")]
        model = keras.Sequential([keras.Input((64,)), *layers, keras.layers.Dense(10)])
        model.set_weights(keras_weights(settings.network, settings.first_parameters([3])))
        model.compile(keras.optimizers.AdamW(0.01, weight_decay=0.1), entropy_from_logits())
        order = np.random.default_rng([3, 1]).permutation(797)[: 24 * 32]
        x, y = data.x_train[order], data.y_train[order]
        log = model.fit(x, y, batch_size=32, shuffle=False, verbose=0).history
        after = model.evaluate(data.x_validation, data.y_validation, verbose=0)
        assert record.loss[1, 0] == pytest.approx(log["loss"][0], rel=1e-3)
        assert record.val_loss[1, 0] == pytest.approx(after, rel=1e-3)

    def test_a_seed_trains_the_same_alone_and_next_to_others(self):
        settings = replace(FIRST, dropout=0.3, shift=0.5, epochs=2)
        alone, together = recipe.train(settings, [2]), recipe.train(settings, [1, 2])
        np.testing.assert_allclose(alone.val_loss[:, 0], together.val_loss[:, 1])
        assert not np.allclose(together.val_loss[:, 0], together.val_loss[:, 1])

    def test_cosine_is_that_of_keras(self):
        schedule = keras.optimizers.schedules.CosineDecay(1.0, 100)
        for step in 0, 30, 99:
            ours = recipe.schedule_factor("cosine", step / 100)
            assert ours == pytest.approx(float(schedule(step)), abs=1e-6)

    def test_warm_up_climbs_and_the_staircase_descends(self):
        warm_up = [recipe.schedule_factor("warm-up", done) for done in (0, 0.05)]
        assert warm_up == pytest.approx([0, 0.5])
        stairs = [recipe.schedule_factor("staircase", done) for done in (0.4, 0.6, 0.9)]
        assert stairs == [1.0, 0.1, 0.01]

    def test_dropout_keeps_the_mean_of_a_unit(self):
        trainer = recipe._Trainer(replace(FIRST, dropout=0.3), [1])
        (mask,) = trainer.masks(20_000, trainer.random_validation)
        assert mask.mean() == pytest.approx(1, abs=0.01)
        assert set(np.unique(mask)) == {0, 1 / 0.7}

    def test_a_shift_by_half_a_pixel_mixes_two_places(self):
        x = images.load().x_train[:4]
        views = recipe.shifted_views(x, 0.5)
        assert views.shape == (9, 4, 64)
        np.testing.assert_array_equal(views[4], x)
        np.testing.assert_allclose(views[7], (x + images.shifted(x, 1, 0)) / 2)
        np.testing.assert_allclose(
            recipe.shifted_views(x, 1.0)[0], images.shifted(x, -1, -1), atol=1e-7
        )
        np.testing.assert_array_equal(recipe.shifted_views(x, 0.0), x[None])

    def test_a_share_of_the_labels_is_wrong(self):
        data = images.load()
        y = recipe.training_pictures(replace(FIRST, wrong_labels=0.2))[1].argmax(axis=1)
        assert np.mean(y != data.y_train) == pytest.approx(0.2, abs=0.03)
        assert set(y) == set(range(10))

    @pytest.mark.parametrize("mistake", recipe.MISTAKES)
    def test_a_mistake_changes_what_its_name_says_and_nothing_else(self, mistake):
        sick, well = (replace(FIRST, shift=1.0, mistake=name) for name in (mistake, ""))
        (x, y), (x_well, y_well) = map(recipe.training_pictures, (sick, well))
        x_val, x_val_well = (recipe.validation_pictures(r)[0] for r in (sick, well))
        scale = 255 if mistake == "pixels not scaled" else 1
        different = x != x_well * scale
        assert np.argwhere(different).tolist() == ([[0, 20]] if mistake == "missing pixel" else [])
        assert np.array_equal(y, y_well) == (mistake != "labels shuffled")
        np.testing.assert_array_equal(y.sum(axis=0), y_well.sum(axis=0))
        np.testing.assert_array_equal(x_val, x if mistake == "leaked" else x_val_well * scale)
        views = recipe._Trainer(sick, [1]).views_val
        assert len(views) == (9 if mistake == "validation shifted" else 1)

    def test_first_parameters_have_the_variance_of_their_authors(self):
        wide = replace(FIRST, hidden=(2000,))
        for activation, variance in ("relu", 2 / 64), ("tanh", 2 / 2064):
            settings = replace(wide, activation=activation)
            first = settings.network.split_parameters(settings.first_parameters([1]))[0]
            assert first.var() == pytest.approx(variance, rel=0.02)
