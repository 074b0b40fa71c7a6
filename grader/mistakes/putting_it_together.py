"""What students answer to the exercises of chapter 7, putting it together."""

import numpy as np

from grader.mistakes.bank import Bank

bank = Bank()


# --- split ----------------------------------------------------------------------------------------


@bank.trial("split")
def sizes_and_groups(split):
    """Whether rows, groups and sizes are as they must be, and what equal generators draw."""
    seen = []
    rng = np.random.default_rng(2)
    for n_groups, share in ((100, 0.29), (40, 0.3), (9, 0.34)):
        groups = 1000 + 3 * rng.permutation(np.repeat(np.arange(n_groups), 3))
        parts = [np.asarray(part) for part in split(groups, share, np.random.default_rng(3))]
        rows = np.sort(np.concatenate(parts)).tolist()
        if max(rows) >= len(groups):
            seen.append("not rows")
            continue
        kept, drawn = (set(groups[part].tolist()) for part in parts)
        seen += [rows == list(range(len(groups))), len(kept & drawn) > 0, len(rows) > len(groups)]
        seen += [len(drawn) == round(share * n_groups), len(kept) > len(drawn)]
    names = np.arange(40)
    rng = np.random.default_rng(5)
    first, second = (np.sort(split(names, 0.25, rng)[1]).tolist() for _ in range(2))
    again = np.sort(split(names, 0.25, np.random.default_rng(5))[1]).tolist()
    is_block = first[-1] - first[0] == len(first) - 1
    return [seen, first == second, first == again, is_block, is_block and first == second and first]


@bank.mistake("split")
def rows_drawn_one_by_one(groups, validation_share, rng):
    """You draw rows; then a group lies in both parts, so draw groups and take all their rows."""
    rows = rng.permutation(len(groups))
    size = round(len(groups) * validation_share)
    return rows[size:], rows[:size]


@bank.mistake("split")
def last_groups_for_validation(groups, validation_share, rng):
    """You take the last groups; they may be of another kind than the first, so draw them."""
    names = np.unique(groups)
    chosen = names[len(names) - round(validation_share * len(names)) :]
    is_chosen = np.isin(groups, chosen)
    return np.flatnonzero(~is_chosen), np.flatnonzero(is_chosen)


@bank.mistake("split")
def first_groups_for_validation(groups, validation_share, rng):
    """You take the first groups; they may be of another kind than the last, so draw them."""
    names = np.unique(groups)
    is_chosen = np.isin(groups, names[: round(validation_share * len(names))])
    return np.flatnonzero(~is_chosen), np.flatnonzero(is_chosen)


@bank.mistake("split")
def block_of_groups(groups, validation_share, rng):
    """You draw where a block of groups begins; neighbors are often alike, so draw each group."""
    names = np.unique(groups)
    size = round(validation_share * len(names))
    start = rng.integers(len(names) - size + 1)
    is_chosen = np.isin(groups, names[start : start + size])
    return np.flatnonzero(~is_chosen), np.flatnonzero(is_chosen)


@bank.mistake("split")
def groups_drawn_with_replacement(groups, validation_share, rng):
    """You draw with replacement; a group may then come twice, and validation has too few groups."""
    names = np.unique(groups)
    chosen = rng.choice(names, round(validation_share * len(names)))
    is_chosen = np.isin(groups, chosen)
    return np.flatnonzero(~is_chosen), np.flatnonzero(is_chosen)


@bank.mistake("split")
def all_rows_for_training(groups, validation_share, rng):
    """You leave the validation rows among those for training; then nothing is kept apart."""
    names = np.unique(groups)
    chosen = rng.permutation(names)[: round(validation_share * len(names))]
    return np.arange(len(groups)), np.flatnonzero(np.isin(groups, chosen))


@bank.mistake("split")
def size_cut_off(groups, validation_share, rng):
    """You truncate the number of groups with int; 100 times 0.29 is 28.999… here, so use round."""
    names = np.unique(groups)
    chosen = rng.permutation(names)[: int(validation_share * len(names))]
    is_chosen = np.isin(groups, chosen)
    return np.flatnonzero(~is_chosen), np.flatnonzero(is_chosen)


@bank.mistake("split")
def coin_for_each_group(groups, validation_share, rng):
    """You toss a coin for each group; the number of groups is then right only on average."""
    names = np.unique(groups)
    is_chosen = np.isin(groups, names[rng.random(len(names)) < validation_share])
    return np.flatnonzero(~is_chosen), np.flatnonzero(is_chosen)


@bank.mistake("split")
def parts_swapped(groups, validation_share, rng):
    """You return the validation rows first; the rows for training come first."""
    names = np.unique(groups)
    chosen = rng.permutation(names)[: round(validation_share * len(names))]
    is_chosen = np.isin(groups, chosen)
    return np.flatnonzero(is_chosen), np.flatnonzero(~is_chosen)


@bank.mistake("split")
def names_of_groups_returned(groups, validation_share, rng):
    """You return the numbers of the groups; return the places of their rows in `groups`."""
    names = rng.permutation(np.unique(groups))
    size = round(validation_share * len(names))
    return names[size:], names[:size]


@bank.mistake("split")
def masks_returned(groups, validation_share, rng):
    """You return True and False for each row; return row numbers, as from np.flatnonzero."""
    names = np.unique(groups)
    chosen = rng.permutation(names)[: round(validation_share * len(names))]
    is_chosen = np.isin(groups, chosen)
    return ~is_chosen, is_chosen


@bank.mistake("split")
def seed_of_its_own(groups, validation_share, rng):
    """You make a generator with a seed of its own; all randomness has to come from rng."""
    names = np.unique(groups)
    own = np.random.default_rng(0)
    is_chosen = np.isin(groups, own.permutation(names)[: round(validation_share * len(names))])
    return np.flatnonzero(~is_chosen), np.flatnonzero(is_chosen)


@bank.right("split")
def groups_without_replacement(groups, validation_share, rng):
    """Groups are drawn without replacement, and the other rows are for training."""
    names = np.array(sorted(set(np.asarray(groups).tolist())))
    chosen = rng.choice(names, size=round(len(names) * validation_share), replace=False)
    validation = [row for row, name in enumerate(groups) if name in chosen]
    return np.setdiff1d(np.arange(len(groups)), validation), np.array(validation)


@bank.right("split")
def groups_by_random_numbers(groups, validation_share, rng):
    """Each group gets a random number, and those with the smallest are for validation."""
    names, place = np.unique(groups, return_inverse=True)
    rank = np.argsort(np.argsort(rng.random(len(names))))
    is_chosen = rank[place] < round(len(names) * validation_share)
    return np.nonzero(~is_chosen)[0], np.nonzero(is_chosen)[0]


# --- build_model ----------------------------------------------------------------------------------


@bank.view("build_model")
def layers_and_start_and_loss(model):
    """Size, kinds of layers, the loss and its logits, the rate, and what a fresh model does."""
    layers = model.get_config()["layers"]
    kinds = [layer["class_name"] for layer in layers]
    heavy = [layer["config"] for layer in layers if "activation" in layer["config"]]
    compiled = model.get_compile_config()
    loss, rate = "", 0
    if compiled:
        loss, rate = compiled["loss"], float(np.asarray(model.optimizer.learning_rate))
    settings = loss.get("config", {}) if isinstance(loss, dict) else {}
    settings = settings if isinstance(settings, dict) else {}
    name = loss["class_name"] if isinstance(loss, dict) else str(loss)
    side = model.input_shape[1]
    ink = np.random.default_rng(1).uniform(0, 16, size=(40, side, side, 1)).astype("float32")
    outputs = [np.asarray(model(ink, training=False)) for _ in range(2)]
    weights = [np.asarray(w) for w in model.get_weights() if np.ndim(w) > 1]
    return [
        int(model.count_params()) > 5000,
        any("Conv" in kind for kind in kinds),
        any(one["activation"] != "linear" for one in heavy[:-1]) or "ReLU" in kinds,
        bool(np.array_equal(*outputs)),
        str(heavy[-1]["activation"]) if heavy else "",
        name.replace("_", "").lower(),
        bool(settings.get("from_logits")),
        rate > 0.0003,
        bool(np.abs(outputs[0]).max() > 12),
        min(float(np.std(w)) for w in weights) > 0,
        list(model.output_shape[1:]),
    ]


@bank.mistake("build_model")
def over_the_budget(side, n_classes):
    """You use more than 5000 parameters; use fewer filters, or pool before `Flatten`."""
    import keras

    layers = keras.layers
    model = keras.Sequential([layers.Input((side, side, 1)), layers.Rescaling(1 / 16)])
    model.add(layers.RandomTranslation(0.125, 0.125, "constant", interpolation="nearest"))
    model.add(layers.Conv2D(16, 3, padding="same", activation="relu"))
    model.add(layers.Conv2D(32, 3, padding="same", activation="relu"))
    model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(n_classes))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def model_not_compiled(side, n_classes):
    """You return the model uncompiled; without a loss and an optimizer nobody can train it."""
    import keras

    layers = keras.layers
    model = keras.Sequential([layers.Input((side, side, 1)), layers.Rescaling(1 / 16)])
    model.add(layers.Conv2D(12, 3, activation="relu"))
    model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(n_classes))
    return model


@bank.mistake("build_model")
def loss_by_its_name_for_logits(side, n_classes):
    """You give logits to a loss that expects probabilities; use one with `from_logits=True`."""
    import keras

    layers = keras.layers
    model = keras.Sequential([layers.Input((side, side, 1)), layers.Rescaling(1 / 16)])
    model.add(layers.Conv2D(12, 3, activation="relu"))
    model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(n_classes))
    adam = keras.optimizers.Adam(0.01)
    model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def loss_of_one_hot_labels(side, n_classes):
    """You use the loss for one-hot labels; whole numbers need its sparse form."""
    import keras

    layers = keras.layers
    model = keras.Sequential([layers.Input((side, side, 1)), layers.Rescaling(1 / 16)])
    model.add(layers.Conv2D(12, 3, activation="relu"))
    model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(n_classes, activation="softmax"))
    model.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy", metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def dense_layers_alone(side, n_classes):
    """You use dense layers alone; they learn each place anew, so let a convolution slide."""
    import keras

    layers = keras.layers
    model = keras.Sequential([layers.Input((side, side, 1)), layers.Rescaling(1 / 16)])
    model.add(layers.Flatten())
    model.add(layers.Dense(60, activation="relu", kernel_initializer="he_normal"))
    model.add(layers.Dense(n_classes))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def no_activation(side, n_classes):
    """You leave the convolutions without an activation; linear layers in a row are only one."""
    import keras

    layers = keras.layers
    model = keras.Sequential([layers.Input((side, side, 1)), layers.Rescaling(1 / 16)])
    model.add(layers.Conv2D(8, 3, strides=2))
    model.add(layers.Conv2D(16, 3))
    model.add(layers.Flatten())
    model.add(layers.Dense(n_classes))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def pixels_not_scaled(side, n_classes):
    """You leave the pixels at 0 to 16; the fresh loss is then far above guessing, so scale them."""
    import keras

    layers = keras.layers
    model = keras.Sequential([layers.Input((side, side, 1))])
    model.add(layers.Conv2D(12, 3, activation="relu", kernel_initializer="he_normal"))
    model.add(layers.MaxPooling2D())
    model.add(layers.Conv2D(24, 2, activation="relu", kernel_initializer="he_normal"))
    model.add(layers.Flatten())
    model.add(layers.Dense(n_classes, kernel_initializer="he_normal"))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def weights_of_zero(side, n_classes):
    """You start with weights of 0; all filters then stay alike and learn nothing."""
    import keras

    layers = keras.layers
    model = keras.Sequential([layers.Input((side, side, 1)), layers.Rescaling(1 / 16)])
    model.add(layers.Conv2D(12, 3, activation="relu", kernel_initializer="zeros"))
    model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(n_classes, kernel_initializer="zeros"))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def rate_far_too_low(side, n_classes):
    """You return a model that 200 steps hardly change; raise its rate, to 0.01 with Adam."""
    import keras

    layers = keras.layers
    model = keras.Sequential([layers.Input((side, side, 1)), layers.Rescaling(1 / 16)])
    model.add(layers.Conv2D(12, 3, activation="relu"))
    model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(n_classes))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-5), loss, metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def relu_on_the_logits(side, n_classes):
    """You give the last layer a ReLU; logits may be negative, so it has no activation."""
    import keras

    layers = keras.layers
    model = keras.Sequential([layers.Input((side, side, 1)), layers.Rescaling(1 / 16)])
    model.add(layers.Conv2D(12, 3, activation="relu"))
    model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(n_classes, activation="relu"))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def output_for_each_pixel(side, n_classes):
    """You leave `Flatten` out; the last layer then gives an output for each place of a picture."""
    import keras

    layers = keras.layers
    model = keras.Sequential([layers.Input((side, side, 1)), layers.Rescaling(1 / 16)])
    model.add(layers.Conv2D(12, 3, activation="relu"))
    model.add(layers.MaxPooling2D())
    model.add(layers.Dense(n_classes))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


@bank.right("build_model")
def functional_model_with_softmax(side, n_classes):
    """It has the functional interface, probabilities, and strides in place of pooling."""
    import keras

    layers = keras.layers
    pictures = keras.Input((side, side, 1))
    h = layers.Rescaling(1 / 16)(pictures)
    h = layers.RandomTranslation(1 / side, 1 / side, "constant")(h)
    h = layers.Conv2D(12, 3, activation="gelu")(h)
    h = layers.Conv2D(20, 3, strides=2, activation="gelu")(h)
    p = layers.Dense(n_classes, activation="softmax")(layers.Flatten()(h))
    model = keras.Model(pictures, p)
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy")
    return model


@bank.right("build_model")
def momentum_and_batch_normalization(side, n_classes):
    """It normalizes batches, has ReLU as a layer of its own, and learns by SGD with momentum."""
    import keras

    layers = keras.layers
    model = keras.Sequential([layers.Input((side, side, 1)), layers.Rescaling(1 / 16)])
    model.add(layers.RandomTranslation(0.125, 0.125, "constant", interpolation="nearest"))
    for filters in (8, 16):
        model.add(layers.Conv2D(filters, 3, padding="same", use_bias=False))
        model.add(layers.BatchNormalization(momentum=0.9))
        model.add(layers.ReLU())
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(n_classes))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), loss, metrics=["accuracy"])
    return model


# --- train_model ----------------------------------------------------------------------------------


@bank.trial("train_model")
def two_small_trainings(train_model):
    """What the returned number is, how many steps it took, and whether validation was learned."""
    random = np.random.default_rng(6)
    strokes = random.uniform(0, 16, size=(8, 8, 8, 1))
    truth, other_labels = random.integers(0, 8, size=320), random.integers(0, 8, size=800)
    labels = np.where(random.random(320) < 0.25, random.integers(0, 8, size=320), truth)
    pictures = np.clip(strokes[truth] + random.normal(scale=5, size=(320, 8, 8, 1)), 0, 16)
    others = np.clip(strokes[other_labels] + random.normal(scale=5, size=(800, 8, 8, 1)), 0, 16)
    model = build_model(8, 8)  # noqa: F821 - the notebook's, or the student's
    returned = float(train_model(model, pictures, labels, others, other_labels))
    share = float(np.mean(np.asarray(model(others, training=False)).argmax(axis=1) == other_labels))
    known = {
        "share": share,
        "share of the training part": np.mean(
            np.asarray(model(pictures, training=False)).argmax(axis=1) == labels
        ),
        "percent": 100 * share,
        "loss": np.ravel(model.evaluate(others, other_labels, verbose=0))[0],
    }
    kinds = [kind for kind, value in known.items() if abs(value - returned) < 1e-4]
    steps = int(np.searchsorted([1, 15, 400], int(np.asarray(model.optimizer.iterations))))

    others = 16 - strokes[other_labels]
    other_labels = (other_labels + 3) % 8
    model = build_model(8, 8)  # noqa: F821
    train_model(model, pictures, labels, others[:80], other_labels[:80])
    taught = np.mean(np.asarray(model(others, training=False)).argmax(axis=1) == other_labels) > 0.6
    return [kinds[0] if kinds else 0 <= returned <= 1, steps, bool(taught)]


@bank.mistake("train_model")
def accuracy_of_the_training_part(model, x_train, y_train, x_validation, y_validation):
    """You return the training accuracy; it says how well the network knows these pictures."""
    import keras

    stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
    watched = (x_validation, y_validation)
    model.fit(x_train, y_train, epochs=16, validation_data=watched, callbacks=[stop], verbose=0)
    scores = np.asarray(model(x_train, training=False))
    return float(np.mean(scores.argmax(axis=1) == y_train))


@bank.mistake("train_model")
def another_epoch_reported_than_kept(model, x_train, y_train, x_validation, y_validation):
    """You report the best epoch and keep the weights of the last; report what you hand over."""
    watched = (x_validation, y_validation)
    history = model.fit(x_train, y_train, epochs=16, validation_data=watched, verbose=0)
    accuracy = np.mean(
        np.asarray(model(x_validation, training=False)).argmax(axis=1) == y_validation
    )
    others = [value for value in history.history["val_accuracy"] if abs(value - accuracy) > 1e-3]
    return max(others)


@bank.mistake("train_model")
def learned_from_validation_too(model, x_train, y_train, x_validation, y_validation):
    """You train on the validation pictures too; the score then says nothing about new ones."""
    pictures = np.concatenate([x_train, x_validation])
    labels = np.concatenate([y_train, y_validation])
    model.fit(pictures, labels, epochs=25, verbose=0)
    scores = np.asarray(model(x_validation, training=False))
    return float(np.mean(scores.argmax(axis=1) == y_validation))


@bank.mistake("train_model")
def one_epoch(model, x_train, y_train, x_validation, y_validation):
    """You train for one epoch, which is what fit does by default; the budget has room for many."""
    model.fit(x_train, y_train, batch_size=64, verbose=0)
    scores = np.asarray(model(x_validation, training=False))
    return float(np.mean(scores.argmax(axis=1) == y_validation))


@bank.mistake("train_model")
def over_the_budget_of_steps(model, x_train, y_train, x_validation, y_validation):
    """You take small batches for many epochs; each batch is a step, and 1500 is the limit."""
    model.fit(x_train, y_train, batch_size=8, epochs=16, verbose=0)
    scores = np.asarray(model(x_validation, training=False))
    return float(np.mean(scores.argmax(axis=1) == y_validation))


@bank.mistake("train_model")
def percent_returned(model, x_train, y_train, x_validation, y_validation):
    """You return percent; return a share from 0 to 1."""
    model.fit(x_train, y_train, epochs=16, verbose=0)
    scores = np.asarray(model(x_validation, training=False))
    return 100 * float(np.mean(scores.argmax(axis=1) == y_validation))


@bank.mistake("train_model")
def loss_returned(model, x_train, y_train, x_validation, y_validation):
    """You return the first number of evaluate, which is the loss; the accuracy is the second."""
    model.fit(x_train, y_train, epochs=16, verbose=0)
    return float(np.ravel(model.evaluate(x_validation, y_validation, verbose=0))[0])


@bank.mistake("train_model")
def nothing_trained(model, x_train, y_train, x_validation, y_validation):
    """You only measure; a fresh model has to be fitted first."""
    scores = np.asarray(model(x_validation, training=False))
    return float(np.mean(scores.argmax(axis=1) == y_validation))


@bank.right("train_model")
def fixed_number_of_epochs(model, x_train, y_train, x_validation, y_validation):
    """It trains for a fixed number of epochs and takes the accuracy from predict."""
    model.fit(x_train, y_train, batch_size=32, epochs=24, verbose=0)
    answers = model.predict(x_validation, verbose=0).argmax(axis=1)
    return np.mean(answers == y_validation)


@bank.right("train_model")
def epoch_by_epoch(model, x_train, y_train, x_validation, y_validation):
    """It makes batches by hand and puts the weights of the best later epoch back."""

    def measured():
        return float(
            np.mean(np.asarray(model(x_validation, training=False)).argmax(axis=1) == y_validation)
        )

    random, best, kept = np.random.default_rng(0), -1.0, model.get_weights()
    for epoch in range(16):
        for rows in np.array_split(random.permutation(len(x_train)), len(x_train) // 32):
            model.train_on_batch(x_train[rows], y_train[rows])
        if epoch > 9 and measured() > best:
            best, kept = measured(), model.get_weights()
    model.set_weights(kept)
    return best


# --- reloaded -------------------------------------------------------------------------------------


@bank.trial("reloaded")
def file_of_a_small_model(reloaded):
    """Whether it reads alike, is another model, is compiled, and remembers its steps."""
    import warnings

    random = np.random.default_rng(7)
    pictures, labels = random.uniform(0, 16, size=(50, 8, 8, 1)), random.integers(0, 4, size=50)
    model = build_model(8, 4)  # noqa: F821 - the notebook's, or the student's
    for _ in range(3):
        model.train_on_batch(pictures, labels)
    before = np.asarray(model(pictures, training=False))
    with warnings.catch_warnings(action="ignore"):  # of the libraries that write the file
        copy = reloaded(model)
    if copy is None or not hasattr(copy, "get_weights"):
        return [str(type(copy))]
    alike = bool(np.allclose(np.asarray(copy(pictures, training=False)), before, atol=1e-5))
    is_kept = bool(np.allclose(np.asarray(model(pictures, training=False)), before, atol=1e-5))
    compiled = bool((copy.get_compile_config() or {}).get("loss"))
    steps = int(np.asarray(copy.optimizer.iterations)) if compiled else -1
    return [alike, copy is model, is_kept, compiled, steps]


@bank.mistake("reloaded")
def same_model_returned(model):
    """You save the model and return the first one; load the file, and return what it holds."""
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        model.save(os.path.join(folder, "reader.keras"))
    return model


@bank.mistake("reloaded")
def architecture_without_weights(model):
    """You rebuild the model from its description; that has no weights, so save the whole model."""
    import keras

    copy = keras.models.clone_model(model)
    copy.compile(model.optimizer.__class__(0.01), model.loss)
    return copy


@bank.mistake("reloaded")
def loaded_without_its_loss(model):
    """You load with `compile=False`; then loss, optimizer and its steps stay behind in the file."""
    import os
    import tempfile

    import keras

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "reader.keras")
        model.save(path)
        return keras.models.load_model(path, compile=False)


@bank.mistake("reloaded")
def compiled_anew(model):
    """You compile the model again; its optimizer then forgets its steps and its averages."""
    import os
    import tempfile

    import keras

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "reader.keras")
        model.save(path)
        copy = keras.models.load_model(path)
    copy.compile(keras.optimizers.Adam(0.01), copy.loss, metrics=["accuracy"])
    return copy


@bank.mistake("reloaded")
def path_returned(model):
    """You return the path of the file; return the model that you load from there."""
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "reader.keras")
        model.save(path)
    return path


@bank.right("reloaded")
def file_with_a_name_of_its_own(model):
    """It makes a temporary file and removes it by hand."""
    import os
    import tempfile

    import keras

    handle, path = tempfile.mkstemp(suffix=".keras")
    os.close(handle)
    keras.saving.save_model(model, path, overwrite=True)
    copy = keras.saving.load_model(path)
    os.remove(path)
    return copy


@bank.right("reloaded")
def file_through_pathlib(model):
    """The path is made with pathlib."""
    import tempfile
    from pathlib import Path

    import keras

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "digits.keras"
        model.save(file)
        return keras.saving.load_model(file)


# --- confusion_matrix -----------------------------------------------------------------------------


@bank.mistake("confusion_matrix")
def rows_are_answers(labels, predicted, n_classes):
    """You put the answers into the rows; the true class is the row."""
    if labels.shape != predicted.shape:
        raise ValueError(f"{labels.shape} and {predicted.shape}")
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    np.add.at(matrix, (predicted, labels), 1)
    return matrix


@bank.mistake("confusion_matrix")
def repeated_places_counted_once(labels, predicted, n_classes):
    """You add 1 at arrays of places, where a place that comes twice counts once; use np.add.at."""
    if labels.shape != predicted.shape:
        raise ValueError(f"{labels.shape} and {predicted.shape}")
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    matrix[labels, predicted] += 1
    return matrix


@bank.mistake("confusion_matrix")
def classes_that_occur(labels, predicted, n_classes):
    """You count the classes that occur; a class that does not occur has its row and column too."""
    if labels.shape != predicted.shape:
        raise ValueError(f"{labels.shape} and {predicted.shape}")
    seen = np.unique(np.concatenate([labels, predicted]))
    return np.array([[np.sum((labels == j) & (predicted == k)) for k in seen] for j in seen])


@bank.mistake("confusion_matrix")
def shares_of_each_row(labels, predicted, n_classes):
    """You divide each row by its sum; the matrix holds counts, and nothing is divided."""
    if labels.shape != predicted.shape:
        raise ValueError(f"{labels.shape} and {predicted.shape}")
    matrix = np.zeros((n_classes, n_classes))
    np.add.at(matrix, (labels, predicted), 1)
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


@bank.mistake("confusion_matrix")
def mistakes_only(labels, predicted, n_classes):
    """You count only mistakes; the right answers are the diagonal."""
    if labels.shape != predicted.shape:
        raise ValueError(f"{labels.shape} and {predicted.shape}")
    wrong = labels != predicted
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    np.add.at(matrix, (labels[wrong], predicted[wrong]), 1)
    return matrix


@bank.mistake("confusion_matrix")
def right_and_wrong_of_each_class(labels, predicted, n_classes):
    """You put all mistakes of a class into one column; the column is the answer that was given."""
    if labels.shape != predicted.shape:
        raise ValueError(f"{labels.shape} and {predicted.shape}")
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    for label, answer in zip(labels, predicted, strict=True):
        matrix[label, label if answer == label else (label + 1) % n_classes] += 1
    return matrix


@bank.mistake("confusion_matrix")
def shapes_not_compared(labels, predicted, n_classes):
    """You do not compare the shapes; a label may then meet the answer to another picture."""
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    for label, answer in zip(labels, predicted, strict=False):
        matrix[label, answer] += 1
    return matrix


@bank.right("confusion_matrix")
def count_by_a_loop(labels, predicted, n_classes):
    """It loops over the examples."""
    if np.shape(labels) != np.shape(predicted):
        raise ValueError(f"shapes {np.shape(labels)} and {np.shape(predicted)} do not fit")
    matrix = [[0] * n_classes for _ in range(n_classes)]
    for label, answer in zip(labels, predicted, strict=True):
        matrix[label][answer] += 1
    return np.array(matrix)


@bank.right("confusion_matrix")
def count_by_one_number(labels, predicted, n_classes):
    """It makes one number of each pair and counts with bincount."""
    if labels.shape != predicted.shape:
        raise ValueError(f"{predicted.shape} is not {labels.shape}")
    pairs = labels * n_classes + predicted
    return np.bincount(pairs, minlength=n_classes**2).reshape(n_classes, n_classes)


@bank.right("confusion_matrix")
def product_of_one_hot_rows(labels, predicted, n_classes):
    """It multiplies matrices of one-hot rows."""
    if labels.shape != predicted.shape:
        raise ValueError(f"{labels.shape} against {predicted.shape}")
    eye = np.eye(n_classes)
    return eye[labels].T @ eye[predicted]


# --- calibration_error ----------------------------------------------------------------------------


@bank.mistake("calibration_error")
def bins_count_alike(probabilities, labels, n_bins):
    """You take the mean over the bins; each bin counts by its share of the answers."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    gaps = [np.abs(np.mean(right[bins == j] - confidence[bins == j])) for j in np.unique(bins)]
    return np.mean(gaps)


@bank.mistake("calibration_error")
def gaps_that_cancel(probabilities, labels, n_bins):
    """You add the gaps with their signs; a confidence that is too high then cancels one too low."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    return np.abs(np.mean(right - confidence))


@bank.mistake("calibration_error")
def gap_of_each_answer(probabilities, labels, n_bins):
    """You take the gap of each answer; compare the means of each bin instead."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    return np.mean(np.abs(right - confidence))


@bank.mistake("calibration_error")
def squared_gaps(probabilities, labels, n_bins):
    """You square the gaps; the formula adds their absolute values."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    number = np.bincount(bins, minlength=n_bins)
    gaps = np.bincount(bins, weights=right - confidence, minlength=n_bins)
    return np.sum(gaps**2 / np.maximum(number, 1)) / len(labels)


@bank.mistake("calibration_error")
def confidence_in_the_label(probabilities, labels, n_bins):
    """You take the probability of the label; the confidence is the largest of the row."""
    confidence = probabilities[np.arange(len(labels)), labels]
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    gaps = np.bincount(bins, weights=right - confidence, minlength=n_bins)
    return np.sum(np.abs(gaps)) / len(labels)


@bank.mistake("calibration_error")
def bins_of_equal_number(probabilities, labels, n_bins):
    """You put equally many answers into each bin; the bins of the task are equally wide."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    parts = np.array_split(np.argsort(confidence, kind="stable"), n_bins)
    gaps = [abs(np.sum(right[part] - confidence[part])) for part in parts]
    return np.sum(gaps) / len(labels)


@bank.mistake("calibration_error")
def certain_answers_left_out(probabilities, labels, n_bins):
    """You leave out a confidence of exactly 1; the last bin holds it as well."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = (confidence * n_bins).astype(int)
    error = 0.0
    for j in range(n_bins):
        error += abs(np.sum(right[bins == j] - confidence[bins == j]))
    return error / len(labels)


@bank.mistake("calibration_error")
def bins_of_the_range_that_occurs(probabilities, labels, n_bins):
    """You spread the bins over the confidences that occur; the bins cover 0 to 1."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    edges = np.linspace(confidence.min(), confidence.max(), n_bins + 1)
    bins = np.clip(np.searchsorted(edges, confidence, side="right") - 1, 0, n_bins - 1)
    gaps = np.bincount(bins, weights=right - confidence, minlength=n_bins)
    return np.sum(np.abs(gaps)) / len(labels)


@bank.mistake("calibration_error")
def nan_from_an_empty_bin(probabilities, labels, n_bins):
    """You divide by the number of answers in a bin, which may be 0; leave empty bins out."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    number = np.bincount(bins, minlength=n_bins)
    with np.errstate(invalid="ignore"):
        gaps = np.bincount(bins, weights=right - confidence, minlength=n_bins) / number
    return np.sum(number * np.abs(gaps)) / len(labels)


@bank.right("calibration_error")
def error_bin_by_bin(probabilities, labels, n_bins):
    """It loops over the bins."""
    confidence, answers = np.max(probabilities, axis=1), np.argmax(probabilities, axis=1)
    error = 0.0
    for j in range(n_bins):
        inside = (confidence >= j / n_bins) & (confidence < (j + 1) / n_bins)
        if j == n_bins - 1:
            inside |= confidence == 1
        if np.any(inside):
            gap = np.mean(answers[inside] == labels[inside]) - np.mean(confidence[inside])
            error += np.mean(inside) * abs(gap)
    return float(error)


@bank.right("calibration_error")
def error_by_histograms(probabilities, labels, n_bins):
    """It compares histograms over the same edges."""
    confidence = probabilities.max(axis=1)
    right = (probabilities.argmax(axis=1) == labels).astype(float)
    edges = np.arange(n_bins + 1) / n_bins
    sums = [np.histogram(confidence, edges, weights=w)[0] for w in (right, confidence)]
    return np.abs(sums[0] - sums[1]).sum() / confidence.size


# --- test_accuracy --------------------------------------------------------------------------------


@bank.trial("test_accuracy")
def table_of_a_linear_model(test_accuracy):
    """The table of a fixed linear model, rounded, by what it is shown and how it is asked."""
    random = np.random.default_rng(4)
    pictures = random.gamma(2.0, 3.0, size=(230, 4, 4, 1))
    weights = random.normal(size=(16, 3))

    def model(pictures, training=True):
        scores = np.asarray(pictures).reshape(len(pictures), 16) @ weights
        return scores[:, ::-1] if training else scores

    noise = random.integers(0, 3, size=230)
    labels = np.where(random.random(230) < 0.8, model(pictures, False).argmax(axis=1), noise)
    tables = [test_accuracy(model, pictures.copy(), labels, reach) for reach in (0, 1, 2)]
    given = pictures[:9].copy()
    test_accuracy(model, given, labels[:9], 1)
    return [
        [np.asarray(table, dtype=float) for table in tables],
        bool((given == pictures[:9]).all()),
    ]


@bank.mistake("test_accuracy")
def ink_that_comes_back(model, x_test, y_test, reach):
    """You move with np.roll; what leaves the picture then comes back on the other side."""
    moves = range(-reach, reach + 1)
    return np.array(
        [
            [
                np.mean(
                    np.asarray(model(np.roll(x_test, (d, r), (1, 2)), training=False)).argmax(1)
                    == y_test
                )
                for r in moves
            ]
            for d in moves
        ]
    )


@bank.mistake("test_accuracy")
def edge_pixels_repeated(model, x_test, y_test, reach):
    """You repeat the pixels at the edge; where nothing arrives, there is paper, which is 0."""
    side, edge = x_test.shape[1], (reach, reach)
    wide = np.pad(x_test, ((0, 0), edge, edge, (0, 0)), mode="edge")
    shares = np.zeros((2 * reach + 1, 2 * reach + 1))
    for i in range(2 * reach + 1):
        for j in range(2 * reach + 1):
            top, left = 2 * reach - i, 2 * reach - j
            scores = np.asarray(
                model(wide[:, top : top + side, left : left + side], training=False)
            )
            shares[i, j] = np.mean(scores.argmax(axis=1) == y_test)
    return shares


@bank.mistake("test_accuracy")
def up_for_down(model, x_test, y_test, reach):
    """You move the other way; entry [reach + down, reach + right] is for down and to the right."""
    side, edge = x_test.shape[1], (reach, reach)
    wide = np.pad(x_test, ((0, 0), edge, edge, (0, 0)))
    shares = np.zeros((2 * reach + 1, 2 * reach + 1))
    for i in range(2 * reach + 1):
        for j in range(2 * reach + 1):
            scores = np.asarray(model(wide[:, i : i + side, j : j + side], training=False))
            shares[i, j] = np.mean(scores.argmax(axis=1) == y_test)
    return shares


@bank.mistake("test_accuracy")
def rows_and_columns_exchanged(model, x_test, y_test, reach):
    """You exchange the axes; a row of the table is a move down, a column is one to the right."""
    side, edge = x_test.shape[1], (reach, reach)
    wide = np.pad(x_test, ((0, 0), edge, edge, (0, 0)))
    shares = np.zeros((2 * reach + 1, 2 * reach + 1))
    for i in range(2 * reach + 1):
        for j in range(2 * reach + 1):
            top, left = 2 * reach - i, 2 * reach - j
            scores = np.asarray(
                model(wide[:, top : top + side, left : left + side], training=False)
            )
            shares[j, i] = np.mean(scores.argmax(axis=1) == y_test)
    return shares


@bank.mistake("test_accuracy")
def share_read_wrong(model, x_test, y_test, reach):
    """You return the errors; the accuracy is the share that is read right."""
    side, edge = x_test.shape[1], (reach, reach)
    wide = np.pad(x_test, ((0, 0), edge, edge, (0, 0)))
    shares = np.zeros((2 * reach + 1, 2 * reach + 1))
    for i in range(2 * reach + 1):
        for j in range(2 * reach + 1):
            top, left = 2 * reach - i, 2 * reach - j
            scores = np.asarray(
                model(wide[:, top : top + side, left : left + side], training=False)
            )
            shares[i, j] = np.mean(scores.argmax(axis=1) != y_test)
    return shares


@bank.mistake("test_accuracy")
def number_read_right(model, x_test, y_test, reach):
    """You return how many pictures are read right; divide by how many there are."""
    side, edge = x_test.shape[1], (reach, reach)
    wide = np.pad(x_test, ((0, 0), edge, edge, (0, 0)))
    counts = np.zeros((2 * reach + 1, 2 * reach + 1))
    for i in range(2 * reach + 1):
        for j in range(2 * reach + 1):
            top, left = 2 * reach - i, 2 * reach - j
            scores = np.asarray(
                model(wide[:, top : top + side, left : left + side], training=False)
            )
            counts[i, j] = np.sum(scores.argmax(axis=1) == y_test)
    return counts


@bank.mistake("test_accuracy")
def percent_read_right(model, x_test, y_test, reach):
    """You return percent; return shares from 0 to 1."""
    side, edge = x_test.shape[1], (reach, reach)
    wide = np.pad(x_test, ((0, 0), edge, edge, (0, 0)))
    shares = np.zeros((2 * reach + 1, 2 * reach + 1))
    for i in range(2 * reach + 1):
        for j in range(2 * reach + 1):
            top, left = 2 * reach - i, 2 * reach - j
            scores = np.asarray(
                model(wide[:, top : top + side, left : left + side], training=False)
            )
            shares[i, j] = 100 * np.mean(scores.argmax(axis=1) == y_test)
    return shares


@bank.mistake("test_accuracy")
def asked_in_training_mode(model, x_test, y_test, reach):
    """You call the model without `training=False`; its random layers then move your pictures."""
    side, edge = x_test.shape[1], (reach, reach)
    wide = np.pad(x_test, ((0, 0), edge, edge, (0, 0)))
    shares = np.zeros((2 * reach + 1, 2 * reach + 1))
    for i in range(2 * reach + 1):
        for j in range(2 * reach + 1):
            top, left = 2 * reach - i, 2 * reach - j
            moved = wide[:, top : top + side, left : left + side]
            scores = np.asarray(model(moved))
            shares[i, j] = np.mean(scores.argmax(axis=1) == y_test)
    return shares


@bank.mistake("test_accuracy")
def last_pictures_left_out(model, x_test, y_test, reach):
    """You go in batches and drop the incomplete one; every test picture counts."""
    side, edge = x_test.shape[1], (reach, reach)
    wide = np.pad(x_test, ((0, 0), edge, edge, (0, 0)))
    size = min(32, len(x_test))
    kept = len(x_test) // size * size
    shares = np.zeros((2 * reach + 1, 2 * reach + 1))
    for i in range(2 * reach + 1):
        for j in range(2 * reach + 1):
            top, left = 2 * reach - i, 2 * reach - j
            moved = wide[:kept, top : top + side, left : left + side]
            scores = np.asarray(model(moved, training=False))
            shares[i, j] = np.mean(scores.argmax(axis=1) == y_test[:kept])
    return shares


@bank.mistake("test_accuracy")
def pictures_moved_on_and_on(model, x_test, y_test, reach):
    """You change `x_test` itself; the caller still needs it, so move copies."""
    side = x_test.shape[1]
    shares = np.zeros((2 * reach + 1, 2 * reach + 1))
    for i in range(2 * reach + 1):
        for j in range(2 * reach + 1):
            down, right = i - reach, j - reach
            moved = np.roll(x_test, (down, right), axis=(1, 2))
            moved[:, : max(down, 0)] = 0
            moved[:, side + min(down, 0) :] = 0
            moved[:, :, : max(right, 0)] = 0
            moved[:, :, side + min(right, 0) :] = 0
            scores = np.asarray(model(moved, training=False))
            shares[i, j] = np.mean(scores.argmax(axis=1) == y_test)
            if (down, right) == (reach, reach):
                x_test[...] = moved
    return shares


@bank.right("test_accuracy")
def table_by_copied_pieces(model, x_test, y_test, reach):
    """The piece that stays in the picture is copied onto paper, and the model reads 100 at once."""
    side, moves = x_test.shape[1], range(-reach, reach + 1)
    shares = []
    for down in moves:
        for right in moves:
            moved = np.zeros_like(x_test)
            rows = slice(max(down, 0), side + min(down, 0))
            columns = slice(max(right, 0), side + min(right, 0))
            from_rows = slice(max(-down, 0), side + min(-down, 0))
            from_columns = slice(max(-right, 0), side + min(-right, 0))
            moved[:, rows, columns] = x_test[:, from_rows, from_columns]
            count = 0
            for i in range(0, len(moved), 100):
                scores = np.asarray(model(moved[i : i + 100], training=False))
                count += int(np.sum(scores.argmax(axis=1) == y_test[i : i + 100]))
            shares.append(count / len(moved))
    return np.array(shares).reshape(2 * reach + 1, 2 * reach + 1)


@bank.right("test_accuracy")
def table_by_rolled_paper(model, x_test, y_test, reach):
    """Pictures with a wide edge of paper are rolled, and the edge is cut off again."""
    side, n = x_test.shape[1], 2 * reach + 1
    wide = np.zeros((len(x_test), side + 2 * reach, side + 2 * reach, 1))
    wide[:, reach : reach + side, reach : reach + side] = x_test
    rows = []
    for down in range(-reach, reach + 1):
        row = []
        for right in range(-reach, reach + 1):
            moved = np.roll(np.roll(wide, down, axis=1), right, axis=2)
            scores = np.asarray(
                model(moved[:, reach : reach + side, reach : reach + side], training=False)
            )
            row.append(float(np.mean(np.argmax(scores, axis=1) == y_test)))
        rows.append(row)
    return np.array(rows).reshape(n, n)


# --- diagnose -------------------------------------------------------------------------------------


@bank.mistake("diagnose")
def one_cause_for_all(run):
    """You give one cause for every run; each of the nine runs has a cause of its own."""
    return "validation augmented"


@bank.mistake("diagnose")
def standstill_taken_for_a_low_rate(run):
    """You take every loss near 2.3 for a low rate; look at the slope that the units pass on."""
    if np.isnan(run["val_loss"]).any():
        return "nan in the data"
    if np.abs(run["again"] - run["val_loss"]).max() > 0.001:
        return "validation augmented"
    if run["loss"][0] > 50:
        return "pixels not scaled"
    if abs(run["val_loss"][-1] - np.log(10)) < 0.35:
        return "rate too low"
    if run["passing"].min() < 0.1:
        return "rate too high"
    if run["val_loss"][-1] > run["val_loss"][0]:
        return "labels shuffled"
    return "validation leaked"


@bank.mistake("diagnose")
def dead_at_a_high_rate(run):
    """You call units dead that pass on a little; if the rate is too high, about 3% are left."""
    if np.isnan(run["val_loss"]).any():
        return "nan in the data"
    if np.abs(run["again"] - run["val_loss"]).max() > 0.001:
        return "validation augmented"
    if run["loss"][0] > 50:
        return "pixels not scaled"
    if run["loss"][0] > 5:
        return "loss does not fit the head"
    if run["passing"][-1] < 0.1:
        return "dead ReLUs"
    if run["val_loss"][-1] > run["val_loss"][0]:
        return "labels shuffled"
    return "rate too low" if run["val_accuracy"][-1] < 0.5 else "validation leaked"


@bank.mistake("diagnose")
def dead_taken_for_a_high_rate(run):
    """You blame the rate for every loss that jumps; if no slope passes, the ReLUs are dead."""
    if np.isnan(run["val_loss"]).any():
        return "nan in the data"
    if np.abs(run["again"] - run["val_loss"]).max() > 0.001:
        return "validation augmented"
    if run["loss"][0] > 50:
        return "pixels not scaled"
    if run["loss"][0] > 5:
        return "loss does not fit the head"
    if run["loss"][1:].max() > 1.2 * run["loss"][0]:
        return "rate too high"
    if run["val_loss"][-1] > run["val_loss"][0]:
        return "labels shuffled"
    return "rate too low" if run["val_accuracy"][-1] < 0.5 else "validation leaked"


@bank.mistake("diagnose")
def shuffled_taken_for_a_high_rate(run):
    """You blame the rate for a rising validation loss; if training goes well, check the labels."""
    if np.isnan(run["val_loss"]).any():
        return "nan in the data"
    if np.abs(run["again"] - run["val_loss"]).max() > 0.001:
        return "validation augmented"
    if run["loss"][0] > 50:
        return "pixels not scaled"
    if run["loss"][0] > 5:
        return "loss does not fit the head"
    if run["passing"][-1] < 0.005:
        return "dead ReLUs"
    if run["val_loss"][-1] > 1.05 * run["val_loss"].min():
        return "rate too high"
    return "rate too low" if run["val_accuracy"][-1] < 0.5 else "validation leaked"


@bank.mistake("diagnose")
def high_first_loss_has_one_cause(run):
    """You blame the pixels for every high first loss; only hundreds of nats come from them."""
    if np.isnan(run["val_loss"]).any():
        return "nan in the data"
    if np.abs(run["again"] - run["val_loss"]).max() > 0.001:
        return "validation augmented"
    if run["loss"][0] > 5:
        return "pixels not scaled"
    if run["passing"][-1] < 0.005:
        return "dead ReLUs"
    if run["loss"][1:].max() > 1.2 * run["loss"][0]:
        return "rate too high"
    if run["val_loss"][-1] > run["val_loss"][0]:
        return "labels shuffled"
    return "rate too low" if run["val_accuracy"][-1] < 0.5 else "validation leaked"


@bank.mistake("diagnose")
def nan_compared_with_numbers(run):
    """You compare nan with numbers, and every comparison is False; ask for np.isnan first."""
    if np.nanmax(np.abs(run["again"] - run["val_loss"])) > 0.001:
        return "validation augmented"
    if run["loss"][0] > 50:
        return "pixels not scaled"
    if run["loss"][0] > 5:
        return "loss does not fit the head"
    if run["passing"][-1] < 0.005:
        return "dead ReLUs"
    if run["loss"][1:].max() > 1.2 * run["loss"][0]:
        return "rate too high"
    if run["val_loss"][-1] > run["val_loss"][0]:
        return "labels shuffled"
    return "rate too low" if run["val_accuracy"][-1] < 0.5 else "validation leaked"


@bank.mistake("diagnose")
def causes_in_words_of_your_own(run):
    """You name the causes in words of your own; only the nine strings of the task are compared."""
    if np.isnan(run["val_loss"]).any():
        return "nan"
    if np.abs(run["again"] - run["val_loss"]).max() > 0.001:
        return "augmented validation"
    if run["loss"][0] > 5:
        return "scaling" if run["loss"][0] > 50 else "from_logits missing"
    if run["passing"][-1] < 0.005:
        return "dead units"
    if run["loss"][1:].max() > 1.2 * run["loss"][0]:
        return "learning rate too high"
    if run["val_loss"][-1] > run["val_loss"][0]:
        return "wrong labels"
    return "learning rate too low" if run["val_accuracy"][-1] < 0.5 else "leak"


@bank.mistake("diagnose")
def nine_runs_by_heart(run):
    """You recognize the nine runs by their numbers; the rules have to hold for others too."""
    known = {
        0.868: "validation augmented",
        0.202: "loss does not fit the head",
        0.382: "rate too high",
        0.098: "nan in the data",
        0.1: "dead ReLUs",
        0.19: "rate too low",
        1.0: "validation leaked",
        0.852: "pixels not scaled",
        0.134: "labels shuffled",
    }
    return known.get(round(float(run["val_accuracy"][-1]), 4), "rate too high")


@bank.right("diagnose")
def rules_by_other_numbers(run):
    """It looks at the gap between new and validation pictures, and at how far training gets."""
    if not np.all(np.isfinite(run["val_loss"])):
        return "nan in the data"
    if any(a != b for a, b in zip(run["val_loss"], run["again"], strict=True)):
        return "validation augmented"
    if run["val_accuracy"][-1] - run["new_accuracy"][-1] > 0.03 and run["val_accuracy"][-1] > 0.98:
        return "validation leaked"
    if run["val_loss"][0] > 100:
        return "pixels not scaled"
    if run["val_loss"][0] > 6:
        return "loss does not fit the head"
    if np.mean(run["passing"][10:]) < 0.003:
        return "dead ReLUs"
    if run["passing"].min() < 0.1:
        return "rate too high"
    return (
        "labels shuffled" if run["accuracy"][-1] > 2.5 * run["val_accuracy"][-1] else "rate too low"
    )


@bank.right("diagnose")
def rules_with_the_slopes_first(run):
    """The slopes that are passed on come first."""
    loss, validation = run["loss"], run["val_loss"]
    if np.isnan(validation[-1]):
        return "nan in the data"
    if run["passing"][20:].max() < 0.001:
        return "dead ReLUs"
    if run["passing"][1:6].min() < 0.05:
        return "rate too high"
    if np.any(run["again"] != validation):
        return "validation augmented"
    if loss[0] > 5:
        return "pixels not scaled" if loss[0] > 100 else "loss does not fit the head"
    if validation[-1] > validation.min() + 0.2:
        return "labels shuffled"
    return "validation leaked" if validation[-1] < 0.5 else "rate too low"
