"""What students answer to the exercises of chapter 7, putting it together."""

import numpy as np

from grader.mistakes.bank import Bank

bank = Bank()


# --- split ----------------------------------------------------------------------------------------


@bank.trial("split")
def sizes_and_rows(split):
    """Whether sizes and rows are as they must be, and what one generator and equal ones draw."""
    seen = []
    for n, share in ((100, 0.29), (1000, 0.3), (4000, 0.25)):
        parts = [np.asarray(part) for part in split(n, share, np.random.default_rng(3))]
        sizes = [len(part) for part in parts]
        repeated = any(len(np.unique(part)) < len(part) for part in parts)
        shared = len(np.intersect1d(*parts)) > 0
        seen += [sizes[1] == round(n * share), sum(sizes) == n, sizes[0] > sizes[1]]
        seen += [repeated, shared]
    rng = np.random.default_rng(5)
    first, second = (np.sort(split(40, 0.25, rng)[1]).tolist() for _ in range(2))
    again = np.sort(split(40, 0.25, np.random.default_rng(5))[1]).tolist()
    is_block = first[-1] - first[0] == len(first) - 1
    return [seen, first == second, first == again, is_block, is_block and first == second and first]


@bank.mistake("split")
def last_rows_for_validation(n, validation_share, rng):
    """You take the last rows; a sorted file then has other examples there, so draw them."""
    size = round(n * validation_share)
    return np.arange(n - size), np.arange(n - size, n)


@bank.mistake("split")
def first_rows_for_validation(n, validation_share, rng):
    """You take the first rows; a sorted file then has other examples there, so draw them."""
    size = round(n * validation_share)
    return np.arange(size, n), np.arange(size)


@bank.mistake("split")
def block_of_rows(n, validation_share, rng):
    """You draw where a block begins; neighbors in a file are alike, so draw every row by itself."""
    size = round(n * validation_share)
    start = rng.integers(n - size + 1)
    rows = np.arange(n)
    return np.delete(rows, slice(start, start + size)), rows[start : start + size]


@bank.mistake("split")
def drawn_with_replacement(n, validation_share, rng):
    """You draw with replacement; a row then comes twice, and the parts miss or share others."""
    size = round(n * validation_share)
    return rng.choice(n, n - size), rng.choice(n, size)


@bank.mistake("split")
def all_rows_for_training(n, validation_share, rng):
    """You leave the validation rows among those for training; then nothing is kept apart."""
    rows = rng.permutation(n)
    return rows, rows[: round(n * validation_share)]


@bank.mistake("split")
def size_cut_off(n, validation_share, rng):
    """You cut the size off with int; 100 times 0.29 is 28.999… in a computer, so use round."""
    rows = rng.permutation(n)
    size = int(n * validation_share)
    return rows[size:], rows[:size]


@bank.mistake("split")
def coin_for_each_row(n, validation_share, rng):
    """You toss a coin for each row; the sizes are then right only on average."""
    kept = rng.random(n) < validation_share
    return np.flatnonzero(~kept), np.flatnonzero(kept)


@bank.mistake("split")
def parts_swapped(n, validation_share, rng):
    """You return the validation rows first; those for training come first."""
    rows = rng.permutation(n)
    size = round(n * validation_share)
    return rows[:size], rows[size:]


@bank.mistake("split")
def seed_of_its_own(n, validation_share, rng):
    """You make a generator with a seed of its own; all randomness has to come from rng."""
    rows = np.random.default_rng(0).permutation(n)
    size = round(n * validation_share)
    return rows[size:], rows[:size]


@bank.right("split")
def rows_without_replacement(n, validation_share, rng):
    """Drawn without replacement; the others are for training."""
    validation = rng.choice(n, size=round(n * validation_share), replace=False)
    return np.setdiff1d(np.arange(n), validation), validation


@bank.right("split")
def rows_by_random_numbers(n, validation_share, rng):
    """A random number for each row; those with the smallest are for validation."""
    order = np.argsort(rng.random(n))
    size = round(n * validation_share)
    return np.sort(order[size:]), np.sort(order[:size])


# --- standardize ----------------------------------------------------------------------------------


@bank.mistake("standardize")
def statistics_of_both(train, other):
    """You take mean and spread from both parts; they are to come from the training part alone."""
    both = np.concatenate([train, other])
    mean, spread = both.mean(axis=0), both.std(axis=0)
    spread = np.where(spread == 0, 1, spread)
    return (train - mean) / spread, (other - mean) / spread


@bank.mistake("standardize")
def each_by_its_own(train, other):
    """You give each part its own mean and spread; other has to be treated with those of train."""
    parts = []
    for part in (train, other):
        spread = part.std(axis=0)
        parts.append((part - part.mean(axis=0)) / np.where(spread == 0, 1, spread))
    return parts[0], parts[1]


@bank.mistake("standardize")
def other_left_as_it_was(train, other):
    """You return other as it was; the network will meet it on the scale of train."""
    spread = train.std(axis=0)
    return (train - train.mean(axis=0)) / np.where(spread == 0, 1, spread), other


@bank.mistake("standardize")
def one_mean_for_all_features(train, other):
    """You take one mean and one spread for all features; each feature has its own, with axis=0."""
    mean, spread = train.mean(), train.std()
    return (train - mean) / spread, (other - mean) / spread


@bank.mistake("standardize")
def mean_of_each_example(train, other):
    """You go along axis 1; mean and spread are those of a feature, over the examples."""
    parts = []
    for part in (train, other):
        spread = part.std(axis=1, keepdims=True)
        parts.append((part - part.mean(axis=1, keepdims=True)) / np.where(spread == 0, 1, spread))
    return parts[0], parts[1]


@bank.mistake("standardize")
def divided_by_the_variance(train, other):
    """You divide by the variance; the spread is its root, in the unit of the feature."""
    mean, variance = train.mean(axis=0), train.var(axis=0)
    variance = np.where(variance == 0, 1, variance)
    return (train - mean) / variance, (other - mean) / variance


@bank.mistake("standardize")
def one_less_in_the_spread(train, other):
    """You divide the squares by n − 1; the spread of the task has n, as np.std by default."""
    mean, spread = train.mean(axis=0), train.std(axis=0, ddof=1)
    spread = np.where(spread == 0, 1, spread)
    return (train - mean) / spread, (other - mean) / spread


@bank.mistake("standardize")
def divided_by_zero(train, other):
    """You divide by a spread of 0; where a feature never changes in train, divide by 1."""
    mean, spread = train.mean(axis=0), train.std(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (train - mean) / spread, (other - mean) / spread


@bank.mistake("standardize")
def small_number_in_the_spread(train, other):
    """You add a small number to the spread; what differs a little then becomes a huge number."""
    mean, spread = train.mean(axis=0), train.std(axis=0) + 1e-8
    return (train - mean) / spread, (other - mean) / spread


@bank.mistake("standardize")
def between_zero_and_one(train, other):
    """You stretch each feature from 0 to 1; asked for are mean 0 and spread 1."""
    low, width = train.min(axis=0), np.ptp(train, axis=0)
    width = np.where(width == 0, 1, width)
    return (train - low) / width, (other - low) / width


@bank.mistake("standardize")
def arguments_standardized_in_place(train, other):
    """You standardize the arguments themselves; they belong to the caller, so return new arrays."""
    mean, spread = train.mean(axis=0), train.std(axis=0)
    spread = np.where(spread == 0, 1, spread)
    train -= mean
    train /= spread
    other -= mean
    other /= spread
    return train, other


@bank.right("standardize")
def feature_by_feature(train, other):
    """A loop over the features."""
    parts = [np.zeros(np.shape(train)), np.zeros(np.shape(other))]
    for j in range(train.shape[1]):
        mean = np.sum(train[:, j]) / len(train)
        spread = np.sqrt(np.sum((train[:, j] - mean) ** 2) / len(train))
        for part, values in zip(parts, (train, other), strict=True):
            part[:, j] = (values[:, j] - mean) / (spread if spread > 0 else 1)
    return tuple(parts)


@bank.right("standardize")
def weights_of_zero_replaced(train, other):
    """The spread set to 1 where it is 0."""
    mean = np.mean(train, axis=0, keepdims=True)
    spread = np.sqrt(np.mean((train - mean) ** 2, axis=0, keepdims=True))
    spread[spread == 0] = 1.0
    return [(part - mean) / spread for part in (train, other)]


# --- build_model ----------------------------------------------------------------------------------


@bank.view("build_model")
def size_and_start_and_loss(model):
    """Budget, hidden activations, dropout, the loss and its logits, the rate, and the start."""
    layers = model.get_config()["layers"]
    dense = [layer["config"] for layer in layers if layer["class_name"] == "Dense"]
    acts = [layer["config"] for layer in layers if layer["class_name"] == "Activation"]
    bends = [one["activation"] for one in (*dense[:-1], *acts)]
    compiled = model.get_compile_config()
    loss, rate = "", 0
    if compiled:
        loss, rate = compiled["loss"], float(np.asarray(model.optimizer.learning_rate))
    settings = loss.get("config", {}) if isinstance(loss, dict) else {}
    settings = settings if isinstance(settings, dict) else {}
    name = loss["class_name"] if isinstance(loss, dict) else str(loss)
    kernels = [np.asarray(w) for w in model.get_weights() if np.ndim(w) == 2]
    wide = [int(np.searchsorted([1e-6, 3], np.std(w) * np.sqrt(len(w)))) for w in kernels]
    twice = [np.asarray(model(np.ones((1, model.input_shape[-1]), "float32"))) for _ in range(2)]
    return [
        int(model.count_params()) > 5000,
        any(bend != "linear" for bend in bends),
        len(dense) > 1,
        bool(np.array_equal(*twice)),
        str(dense[-1]["activation"]),
        name.replace("_", "").lower(),
        bool(settings.get("from_logits")),
        rate > 0.0005,
        max(wide),
        min(wide),
        model.output_shape[-1],
    ]


@bank.mistake("build_model")
def over_the_budget(n_features, n_classes):
    """You take two layers of 64 units, as the chapter does; their 8970 parameters are too many."""
    import keras

    dense = keras.layers.Dense
    hidden = [dense(64, activation="relu", kernel_initializer="he_normal") for _ in range(2)]
    model = keras.Sequential([keras.layers.Input((n_features,)), *hidden, dense(n_classes)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def model_not_compiled(n_features, n_classes):
    """You return the model uncompiled; without a loss and an optimizer it cannot be trained."""
    import keras

    hidden = keras.layers.Dense(64, activation="relu", kernel_initializer="he_normal")
    head = keras.layers.Dense(n_classes)
    return keras.Sequential([keras.layers.Input((n_features,)), hidden, head])


@bank.mistake("build_model")
def probabilities_for_logits(n_features, n_classes):
    """You take softmax twice; it is in the head, and the loss adds it once more to what follows."""
    import keras

    hidden = keras.layers.Dense(64, activation="relu", kernel_initializer="he_normal")
    head = keras.layers.Dense(n_classes, activation="softmax")
    flat = keras.layers.Reshape((n_classes,))
    model = keras.Sequential([keras.layers.Input((n_features,)), hidden, head, flat])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def logits_for_probabilities(n_features, n_classes):
    """You give logits to a loss that expects probabilities; say from_logits=True or add softmax."""
    import keras

    hidden = keras.layers.Dense(64, activation="relu", kernel_initializer="he_normal")
    head = keras.layers.Dense(n_classes)
    model = keras.Sequential([keras.layers.Input((n_features,)), hidden, head])
    loss = keras.losses.SparseCategoricalCrossentropy()
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def loss_of_one_hot_labels(n_features, n_classes):
    """You take the loss for one-hot labels; whole numbers need its sparse form."""
    import keras

    hidden = keras.layers.Dense(64, activation="relu", kernel_initializer="he_normal")
    head = keras.layers.Dense(n_classes, activation="softmax")
    model = keras.Sequential([keras.layers.Input((n_features,)), hidden, head])
    model.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy", metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def no_activation(n_features, n_classes):
    """You leave the hidden layer without an activation; two linear layers are only one."""
    import keras

    hidden = keras.layers.Dense(64, kernel_initializer="he_normal")
    head = keras.layers.Dense(n_classes)
    model = keras.Sequential([keras.layers.Input((n_features,)), hidden, head])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def no_hidden_layer(n_features, n_classes):
    """You have no hidden layer; the model then draws only straight lines between classes."""
    import keras

    head = keras.layers.Dense(n_classes)
    model = keras.Sequential([keras.layers.Input((n_features,)), head])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def weights_too_large(n_features, n_classes):
    """You start with weights of spread 1; 64 inputs then add up to a loss far above guessing."""
    import keras

    start = keras.initializers.RandomNormal(stddev=1.0)
    hidden = keras.layers.Dense(64, activation="relu", kernel_initializer=start)
    head = keras.layers.Dense(n_classes, kernel_initializer=start)
    model = keras.Sequential([keras.layers.Input((n_features,)), hidden, head])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def weights_of_zero(n_features, n_classes):
    """You start with weights of 0; all hidden units then stay alike and learn nothing."""
    import keras

    hidden = keras.layers.Dense(64, activation="relu", kernel_initializer="zeros")
    head = keras.layers.Dense(n_classes, kernel_initializer="zeros")
    model = keras.Sequential([keras.layers.Input((n_features,)), hidden, head])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def rate_far_too_low(n_features, n_classes):
    """You let Adam take steps of 0.00001; in 200 of them nothing can be learned by heart."""
    import keras

    hidden = keras.layers.Dense(64, activation="relu", kernel_initializer="he_normal")
    head = keras.layers.Dense(n_classes)
    model = keras.Sequential([keras.layers.Input((n_features,)), hidden, head])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-5), loss, metrics=["accuracy"])
    return model


@bank.mistake("build_model")
def dropout_that_stays_on(n_features, n_classes):
    """You leave dropout on with `training=True`; the same pictures then give other answers."""
    import keras

    pixels = keras.Input((n_features,))
    hidden = keras.layers.Dense(64, activation="relu", kernel_initializer="he_normal")(pixels)
    kept = keras.layers.Dropout(0.2)(hidden, training=True)
    model = keras.Model(pixels, keras.layers.Dense(n_classes)(kept))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


@bank.right("build_model")
def functional_model_with_softmax(n_features, n_classes):
    """The functional interface, probabilities, and two smaller layers of tanh."""
    import keras

    pixels = keras.Input((n_features,))
    h = keras.layers.Dense(40, activation="tanh")(pixels)
    h = keras.layers.Dense(30, activation="tanh")(h)
    model = keras.Model(pixels, keras.layers.Dense(n_classes, activation="softmax")(h))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


@bank.right("build_model")
def momentum_and_an_activation_layer(n_features, n_classes):
    """SGD with momentum, and the activation as a layer of its own."""
    import keras

    model = keras.Sequential()
    model.add(keras.layers.Input((n_features,)))
    model.add(keras.layers.Dense(48, kernel_initializer="he_uniform"))
    model.add(keras.layers.Activation("relu"))
    model.add(keras.layers.Dense(n_classes))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


# --- train_model ----------------------------------------------------------------------------------


@bank.trial("train_model")
def two_small_trainings(train_model):
    """What the returned number is, how many steps it took, and whether validation was learned."""
    random = np.random.default_rng(6)
    places = 3 * np.eye(8)
    truth, other_labels = random.integers(0, 8, size=320), random.integers(0, 8, size=800)
    labels = np.where(random.random(320) < 0.25, random.integers(0, 8, size=320), truth)
    features = places[truth] + random.normal(scale=1.2, size=(320, 8))
    others = places[other_labels] + random.normal(scale=1.2, size=(800, 8))
    model = build_model(8, 8)  # noqa: F821 - the notebook's, or the student's
    returned = float(train_model(model, features, labels, others, other_labels))
    share = float(np.mean(np.asarray(model(others)).argmax(axis=1) == other_labels))
    known = {
        "share": share,
        "share of the training part": np.mean(np.asarray(model(features)).argmax(axis=1) == labels),
        "percent": 100 * share,
        "loss": np.ravel(model.evaluate(others, other_labels, verbose=0))[0],
    }
    kinds = [kind for kind, value in known.items() if abs(value - returned) < 1e-4]
    steps = int(np.searchsorted([1, 15, 400], int(np.asarray(model.optimizer.iterations))))

    others = -places[other_labels]
    other_labels = (other_labels + 3) % 8
    model = build_model(8, 8)  # noqa: F821
    train_model(model, features, labels, others[:80], other_labels[:80])
    taught = np.mean(np.asarray(model(others)).argmax(axis=1) == other_labels) > 0.6
    return [kinds[0] if kinds else 0 <= returned <= 1, steps, bool(taught)]


@bank.mistake("train_model")
def accuracy_of_the_training_part(model, x_train, y_train, x_validation, y_validation):
    """You return the training accuracy; it says how well the pictures are known, not read."""
    import keras

    stop = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
    watched = (x_validation, y_validation)
    model.fit(x_train, y_train, epochs=16, validation_data=watched, callbacks=[stop], verbose=0)
    scores = np.asarray(model(x_train))
    return float(np.mean(scores.argmax(axis=1) == y_train))


@bank.mistake("train_model")
def another_epoch_reported_than_kept(model, x_train, y_train, x_validation, y_validation):
    """You report one epoch and keep the weights of another; report what you hand over."""
    watched = (x_validation, y_validation)
    history = model.fit(x_train, y_train, epochs=30, validation_data=watched, verbose=0)
    return max(history.history["val_accuracy"])


@bank.mistake("train_model")
def learned_from_validation_too(model, x_train, y_train, x_validation, y_validation):
    """You train on the validation pictures too; what is known by heart is no longer a measure."""
    features = np.concatenate([x_train, x_validation])
    labels = np.concatenate([y_train, y_validation])
    model.fit(features, labels, epochs=16, verbose=0)
    scores = np.asarray(model(x_validation))
    return float(np.mean(scores.argmax(axis=1) == y_validation))


@bank.mistake("train_model")
def one_epoch(model, x_train, y_train, x_validation, y_validation):
    """You train for one epoch, which is what fit does by default; the budget has room for many."""
    model.fit(x_train, y_train, batch_size=64, verbose=0)
    scores = np.asarray(model(x_validation))
    return float(np.mean(scores.argmax(axis=1) == y_validation))


@bank.mistake("train_model")
def over_the_budget_of_steps(model, x_train, y_train, x_validation, y_validation):
    """You take small batches for many epochs; each batch is a step, and 1500 are the budget."""
    model.fit(x_train, y_train, batch_size=8, epochs=16, verbose=0)
    scores = np.asarray(model(x_validation))
    return float(np.mean(scores.argmax(axis=1) == y_validation))


@bank.mistake("train_model")
def percent_returned(model, x_train, y_train, x_validation, y_validation):
    """You return percent; a share from 0 to 1 is asked for."""
    model.fit(x_train, y_train, epochs=16, verbose=0)
    scores = np.asarray(model(x_validation))
    return 100 * float(np.mean(scores.argmax(axis=1) == y_validation))


@bank.mistake("train_model")
def loss_returned(model, x_train, y_train, x_validation, y_validation):
    """You return the first number of evaluate, which is the loss; the accuracy is the second."""
    model.fit(x_train, y_train, epochs=16, verbose=0)
    return float(np.ravel(model.evaluate(x_validation, y_validation, verbose=0))[0])


@bank.mistake("train_model")
def nothing_trained(model, x_train, y_train, x_validation, y_validation):
    """You only measure; a fresh model has to be fitted first."""
    scores = np.asarray(model(x_validation))
    return float(np.mean(scores.argmax(axis=1) == y_validation))


@bank.right("train_model")
def fixed_number_of_epochs(model, x_train, y_train, x_validation, y_validation):
    """A fixed number of epochs, and the accuracy from predict."""
    model.fit(x_train, y_train, batch_size=64, epochs=25, verbose=0)
    answers = model.predict(x_validation, verbose=0).argmax(axis=1)
    return np.mean(answers == y_validation)


@bank.right("train_model")
def epoch_by_epoch(model, x_train, y_train, x_validation, y_validation):
    """Batches by hand, and the weights of the best epoch put back."""

    def measured():
        return float(np.mean(np.asarray(model(x_validation)).argmax(axis=1) == y_validation))

    random, best, kept = np.random.default_rng(0), -1.0, model.get_weights()
    for _ in range(12):
        for rows in np.array_split(random.permutation(len(x_train)), len(x_train) // 32):
            model.train_on_batch(x_train[rows], y_train[rows])
        if measured() > best:
            best, kept = measured(), model.get_weights()
    model.set_weights(kept)
    return best


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
    """You add 1 by index arrays, which counts a repeated place once; np.add.at counts them all."""
    if labels.shape != predicted.shape:
        raise ValueError(f"{labels.shape} and {predicted.shape}")
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    matrix[labels, predicted] += 1
    return matrix


@bank.mistake("confusion_matrix")
def classes_that_occur(labels, predicted, n_classes):
    """You take the number of classes from the labels; one that does not occur has its row too."""
    if labels.shape != predicted.shape:
        raise ValueError(f"{labels.shape} and {predicted.shape}")
    seen = np.unique(np.concatenate([labels, predicted]))
    return np.array([[np.sum((labels == j) & (predicted == k)) for k in seen] for j in seen])


@bank.mistake("confusion_matrix")
def shares_of_each_row(labels, predicted, n_classes):
    """You divide each row by its sum; asked for are counts, from which shares can be had."""
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
    """You put all mistakes of a class into one place; which class it is taken for is the column."""
    if labels.shape != predicted.shape:
        raise ValueError(f"{labels.shape} and {predicted.shape}")
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    for label, answer in zip(labels, predicted, strict=True):
        matrix[label, label if answer == label else (label + 1) % n_classes] += 1
    return matrix


@bank.mistake("confusion_matrix")
def shapes_not_compared(labels, predicted, n_classes):
    """You do not compare the shapes; NumPy or zip may then count what does not belong together."""
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    for label, answer in zip(labels, predicted, strict=False):
        matrix[label, answer] += 1
    return matrix


@bank.right("confusion_matrix")
def count_by_a_loop(labels, predicted, n_classes):
    """A loop over the examples."""
    if np.shape(labels) != np.shape(predicted):
        raise ValueError(f"shapes {np.shape(labels)} and {np.shape(predicted)} do not fit")
    matrix = [[0] * n_classes for _ in range(n_classes)]
    for label, answer in zip(labels, predicted, strict=True):
        matrix[label][answer] += 1
    return np.array(matrix)


@bank.right("confusion_matrix")
def count_by_one_number(labels, predicted, n_classes):
    """Each pair as one number, counted by bincount."""
    if labels.shape != predicted.shape:
        raise ValueError(f"{predicted.shape} is not {labels.shape}")
    pairs = labels * n_classes + predicted
    return np.bincount(pairs, minlength=n_classes**2).reshape(n_classes, n_classes)


@bank.right("confusion_matrix")
def product_of_one_hot_rows(labels, predicted, n_classes):
    """A product of one-hot rows."""
    if labels.shape != predicted.shape:
        raise ValueError(f"{labels.shape} against {predicted.shape}")
    eye = np.eye(n_classes)
    return eye[labels].T @ eye[predicted]


# --- calibration_error ----------------------------------------------------------------------------


@bank.mistake("calibration_error")
def bins_count_alike(probabilities, labels, n_bins):
    """You take the mean over the bins; a bin counts by the share of answers in it."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    gaps = [np.abs(np.mean(right[bins == j] - confidence[bins == j])) for j in np.unique(bins)]
    return np.mean(gaps)


@bank.mistake("calibration_error")
def gaps_that_cancel(probabilities, labels, n_bins):
    """You add the gaps with their signs; too sure in one bin then makes up for doubt in another."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    return np.abs(np.mean(right - confidence))


@bank.mistake("calibration_error")
def gap_of_each_answer(probabilities, labels, n_bins):
    """You take the size of each answer's gap; a single answer is right or wrong, never 80%."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    return np.mean(np.abs(right - confidence))


@bank.mistake("calibration_error")
def squared_gaps(probabilities, labels, n_bins):
    """You square the gaps; their sizes are added as they are."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    number = np.bincount(bins, minlength=n_bins)
    gaps = np.bincount(bins, weights=right - confidence, minlength=n_bins)
    return np.sum(gaps**2 / np.maximum(number, 1)) / len(labels)


@bank.mistake("calibration_error")
def confidence_in_the_label(probabilities, labels, n_bins):
    """You take the probability of the label; confidence is the largest, of the answer given."""
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
    """You spread the bins over the confidences that occur; they go from 0 to 1."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    edges = np.linspace(confidence.min(), confidence.max(), n_bins + 1)
    bins = np.clip(np.searchsorted(edges, confidence, side="right") - 1, 0, n_bins - 1)
    gaps = np.bincount(bins, weights=right - confidence, minlength=n_bins)
    return np.sum(np.abs(gaps)) / len(labels)


@bank.mistake("calibration_error")
def nan_from_an_empty_bin(probabilities, labels, n_bins):
    """You divide by the number in a bin that has none; an empty bin adds nothing."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    number = np.bincount(bins, minlength=n_bins)
    with np.errstate(invalid="ignore"):
        gaps = np.bincount(bins, weights=right - confidence, minlength=n_bins) / number
    return np.sum(number * np.abs(gaps)) / len(labels)


@bank.right("calibration_error")
def error_bin_by_bin(probabilities, labels, n_bins):
    """A loop over the bins."""
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
    """Three histograms over the same edges."""
    confidence = probabilities.max(axis=1)
    right = (probabilities.argmax(axis=1) == labels).astype(float)
    edges = np.arange(n_bins + 1) / n_bins
    sums = [np.histogram(confidence, edges, weights=w)[0] for w in (right, confidence)]
    return np.abs(sums[0] - sums[1]).sum() / confidence.size


# --- test_accuracy --------------------------------------------------------------------------------


@bank.trial("test_accuracy")
def accuracy_of_a_linear_model(test_accuracy):
    """The share that a fixed linear model reads, by what it is shown and how it is asked."""
    random = np.random.default_rng(4)
    x_train, x_test = random.gamma(2.0, 3.0, size=(60, 4)), random.normal(7, 3, size=(230, 4))
    x_train[:, 3] = 5.0
    weights, labels = random.normal(size=(4, 3)), random.integers(0, 3, size=230)

    def model(features, **options):
        scores = np.asarray(features) @ weights
        return scores[:, ::-1] if options.get("training") else scores

    parts = [slice(230), slice(45), slice(3, 4)]
    shares = [test_accuracy(model, x_train, x_test[s], labels[s]) for s in parts]
    return [float(share) for share in shares]


@bank.mistake("test_accuracy")
def test_examples_as_they_came(model, x_train, x_test, y_test):
    """You show the test examples as they came; the model was trained on standardized ones."""
    return float(np.mean(np.asarray(model(x_test)).argmax(axis=1) == y_test))


@bank.mistake("test_accuracy")
def statistics_of_the_test(model, x_train, x_test, y_test):
    """You standardize by the test examples; mean and spread are those of the training part."""
    spread = x_test.std(axis=0)
    features = (x_test - x_test.mean(axis=0)) / np.where(spread == 0, 1, spread)
    return float(np.mean(np.asarray(model(features)).argmax(axis=1) == y_test))


@bank.mistake("test_accuracy")
def statistics_of_training_and_test(model, x_train, x_test, y_test):
    """You standardize by all examples; the test part may take no part in any estimate."""
    both = np.concatenate([x_train, x_test])
    spread = both.std(axis=0)
    features = (x_test - both.mean(axis=0)) / np.where(spread == 0, 1, spread)
    return float(np.mean(np.asarray(model(features)).argmax(axis=1) == y_test))


@bank.mistake("test_accuracy")
def share_read_wrong(model, x_train, x_test, y_test):
    """You return the error; the accuracy is the share that is read right."""
    spread = x_train.std(axis=0)
    features = (x_test - x_train.mean(axis=0)) / np.where(spread == 0, 1, spread)
    return float(np.mean(np.asarray(model(features)).argmax(axis=1) != y_test))


@bank.mistake("test_accuracy")
def number_read_right(model, x_train, x_test, y_test):
    """You return how many are read right; divide by how many there are."""
    spread = x_train.std(axis=0)
    features = (x_test - x_train.mean(axis=0)) / np.where(spread == 0, 1, spread)
    return int(np.sum(np.asarray(model(features)).argmax(axis=1) == y_test))


@bank.mistake("test_accuracy")
def percent_read_right(model, x_train, x_test, y_test):
    """You return percent; a share from 0 to 1 is asked for."""
    spread = x_train.std(axis=0)
    features = (x_test - x_train.mean(axis=0)) / np.where(spread == 0, 1, spread)
    return 100 * float(np.mean(np.asarray(model(features)).argmax(axis=1) == y_test))


@bank.mistake("test_accuracy")
def smallest_score(model, x_train, x_test, y_test):
    """You take the smallest score for the answer; the answer is the class with the largest."""
    spread = x_train.std(axis=0)
    features = (x_test - x_train.mean(axis=0)) / np.where(spread == 0, 1, spread)
    return float(np.mean(np.asarray(model(features)).argmin(axis=1) == y_test))


@bank.mistake("test_accuracy")
def asked_in_training_mode(model, x_train, x_test, y_test):
    """You ask with `training=True`; dropout would be on, and a measurement is no training."""
    spread = x_train.std(axis=0)
    features = (x_test - x_train.mean(axis=0)) / np.where(spread == 0, 1, spread)
    scores = np.asarray(model(features, training=True))
    return float(np.mean(scores.argmax(axis=1) == y_test))


@bank.mistake("test_accuracy")
def last_examples_left_out(model, x_train, x_test, y_test):
    """You go in batches and drop the incomplete one; every test example counts."""
    spread = x_train.std(axis=0)
    features = (x_test - x_train.mean(axis=0)) / np.where(spread == 0, 1, spread)
    size = min(32, len(features))
    right = [
        np.asarray(model(features[i : i + size])).argmax(axis=1) == y_test[i : i + size]
        for i in range(0, len(features) - size + 1, size)
    ]
    return float(np.mean(right))


@bank.right("test_accuracy")
def accuracy_in_pieces(model, x_train, x_test, y_test):
    """In pieces of 100, in inference mode, counted."""
    mean, spread = x_train.mean(axis=0), x_train.std(axis=0)
    features = (x_test - mean) / np.where(spread == 0, 1, spread)
    right = 0
    for i in range(0, len(features), 100):
        scores = np.asarray(model(features[i : i + 100], training=False))
        right += int(np.sum(scores.argmax(axis=1) == y_test[i : i + 100]))
    return right / len(features)


@bank.right("test_accuracy")
def accuracy_from_the_matrix(model, x_train, x_test, y_test):
    """The diagonal of the confusion matrix."""
    features = standardize(x_train, x_test)[1]  # noqa: F821 - the notebook's
    scores = np.array(model(features))
    matrix = confusion_matrix(y_test, np.argmax(scores, axis=1), scores.shape[1])  # noqa: F821
    return np.trace(matrix) / np.sum(matrix)


# --- diagnose -------------------------------------------------------------------------------------


@bank.mistake("diagnose")
def one_cause_for_all(run):
    """You give one cause for every run; each of the six has another."""
    return "rate too high"


@bank.mistake("diagnose")
def standstill_without_the_slopes(run):
    """You call every loss near 2.3 dead; the slopes that are passed on tell a plateau from that."""
    if np.abs(run["again"] - run["val_loss"]).max() > 0.001:
        return "dropout left on"
    if run["loss"][-1] > 2.2:
        return "dead ReLUs"
    if run["passing"][0] < 0.1:
        return "saturated start"
    if run["val_accuracy"][-1] > 0.9 and run["loss"][-1] > 1.4:
        return "loss does not fit the head"
    return "rate too high"


@bank.mistake("diagnose")
def dead_at_the_end(run):
    """You look at the slopes of the last epoch; a rate too high ends there, dead units began so."""
    if np.abs(run["again"] - run["val_loss"]).max() > 0.001:
        return "dropout left on"
    if run["passing"][-1] < 0.035:
        return "dead ReLUs"
    if run["passing"][0] < 0.1:
        return "saturated start"
    if len(run["loss"]) < 41:
        return "patience too short"
    if run["val_accuracy"][-1] > 0.9 and run["loss"][-1] > 1.4:
        return "loss does not fit the head"
    return "rate too high"


@bank.mistake("diagnose")
def dead_taken_for_saturated(run):
    """You take units that pass on nothing for saturated; a saturated tanh still passes some 4%."""
    if np.abs(run["again"] - run["val_loss"]).max() > 0.001:
        return "dropout left on"
    if run["passing"][0] < 0.1:
        return "saturated start"
    if len(run["loss"]) < 41:
        return "patience too short"
    if run["val_accuracy"][-1] > 0.9 and run["loss"][-1] > 1.4:
        return "loss does not fit the head"
    return "rate too high"


@bank.mistake("diagnose")
def jagged_taken_for_a_high_rate(run):
    """You take a jagged curve for a rate too high; two evaluations that differ mean dropout."""
    if run["passing"].max() < 0.01:
        return "dead ReLUs"
    if run["passing"][0] < 0.1:
        return "saturated start"
    if len(run["loss"]) < 41:
        return "patience too short"
    if run["val_accuracy"][-1] > 0.9 and run["loss"][-1] > 1.4:
        return "loss does not fit the head"
    return "rate too high"


@bank.mistake("diagnose")
def high_accuracy_taken_for_health(run):
    """You trust a high accuracy; with a loss that stands at 1.47 the softmax is applied twice."""
    if np.abs(run["again"] - run["val_loss"]).max() > 0.001:
        return "dropout left on"
    if run["passing"].max() < 0.01:
        return "dead ReLUs"
    if run["passing"][0] < 0.1:
        return "saturated start"
    if run["val_accuracy"][-1] > 0.9:
        return "patience too short"
    return "loss does not fit the head" if len(run["loss"]) < 41 else "rate too high"


@bank.mistake("diagnose")
def causes_in_words_of_your_own(run):
    """You name the causes in words of your own; only the six of the task are compared."""
    if np.abs(run["again"] - run["val_loss"]).max() > 0.001:
        return "dropout"
    if run["passing"].max() < 0.01:
        return "dead units"
    if run["passing"][0] < 0.1:
        return "saturated"
    if len(run["loss"]) < 41:
        return "stopped too early"
    return "softmax twice" if run["val_accuracy"][-1] > 0.9 else "learning rate too high"


@bank.mistake("diagnose")
def six_runs_by_heart(run):
    """You recognize the six runs by their numbers; the rules have to hold for others too."""
    known = {
        2.8114: "saturated start",
        2.3106: "loss does not fit the head",
        2.3806: "patience too short",
        2.7686: "dropout left on",
        2.3026: "dead ReLUs",
        2.5222: "rate too high",
    }
    return known.get(round(float(run["loss"][0]), 4), "rate too high")


@bank.right("diagnose")
def rules_by_other_numbers(run):
    """Other marks: the climb of the loss first, the shortest run, the floor."""
    loss, passing = list(run["loss"]), list(run["passing"])
    if any(abs(a - b) > 0.01 for a, b in zip(run["val_loss"], run["again"], strict=True)):
        return "dropout left on"
    if len(loss) < 30:
        return "patience too short"
    if sum(passing) / len(passing) < 0.005:
        return "dead ReLUs"
    if passing[0] < 0.15:
        return "saturated start"
    return "loss does not fit the head" if min(loss) > 1.461 else "rate too high"


@bank.right("diagnose")
def rules_with_the_slopes_first(run):
    """The slopes that are passed on come first."""
    start, end = run["passing"][0], run["passing"][-1]
    if start < 0.01:
        return "dead ReLUs"
    if start < 0.1:
        return "saturated start"
    if end < 0.1:
        return "rate too high"
    if np.any(run["again"] != run["val_loss"]):
        return "dropout left on"
    settled = abs(run["loss"][-1] - 1.47) < 0.05
    return "loss does not fit the head" if settled else "patience too short"
