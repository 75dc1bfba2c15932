"""What the rules claim, seen in Keras itself: the failure, or the wrong number that nobody is told of.

Each claim is a function named after its code. A rule whose severity is error must have one; the hazards whose harm can
be computed have one too. That the rule tells of just that is in the manual's tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, losses, ops

from archcompiler.codes import CODES
from archcompiler.lint import RULES

RANDOM = np.random.default_rng(0)
READINGS = RANDOM.normal(size=(8, 6, 2)).astype("float32")
CODES_OF_8 = RANDOM.integers(0, 5, 8)
ONE_HOT = np.eye(5, dtype="float32")[CODES_OF_8]


def sequential(*stack: Any, shape: tuple[int | None, ...] = (6, 2), **options: Any) -> Any:
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input(shape, **options), *stack])


def number(value: Any) -> float:
    return float(ops.convert_to_numpy(value))


def fails(action: Callable[[], object]) -> bool:
    try:
        action()
    except (NameError, AttributeError, ImportError):
        raise  # a mistake of this file
    except Exception:
        return True
    return False


def arc301() -> None:
    """Every step is held against the one number of the sample."""
    output, target = RANDOM.normal(size=(8, 6, 1)), RANDOM.normal(size=(8, 1))
    by_broadcasting = ((output[:, :, 0] - target) ** 2).mean()
    assert np.isclose(number(losses.MeanSquaredError()(target, output)), by_broadcasting)
    assert not np.isclose(by_broadcasting, ((output[:, -1] - target) ** 2).mean())


def arc302() -> None:
    output, target = RANDOM.normal(size=(8, 4)), RANDOM.normal(size=(8, 1))
    assert np.isclose(number(losses.MeanSquaredError()(target, output)), ((output - target) ** 2).mean())
    assert fails(lambda: losses.MeanSquaredError()(RANDOM.normal(size=(8, 7)), RANDOM.normal(size=(8, 5))))


def arc304() -> None:
    assert fails(lambda: sequential(layers.LSTM(3, stateful=True)))
    sequential(layers.LSTM(3, stateful=True), batch_size=4)


def arc306() -> None:
    output = np.full((8, 5), 0.2, "float32")
    assert fails(lambda: losses.SparseCategoricalCrossentropy()(ONE_HOT, output))
    assert fails(lambda: losses.CategoricalCrossentropy()(CODES_OF_8, output))
    assert np.isclose(number(losses.CategoricalCrossentropy()(ONE_HOT, output)), np.log(5), atol=1e-4)
    words = np.array(["no", "yes"] * 4)[:, None]
    for loss in ("mse", "binary_crossentropy", "sparse_categorical_crossentropy"):
        model = sequential(layers.Flatten(), layers.Dense(1, activation="sigmoid"))
        model.compile("sgd", loss)
        assert fails(lambda model=model: model.fit(READINGS, words, verbose=0))


def arc307() -> None:
    """A code beyond the output: no number, or a failure."""

    def loss() -> float:
        return number(losses.SparseCategoricalCrossentropy()(np.array([5]), np.full((1, 5), 0.2, "float32")))

    assert fails(loss) or not np.isfinite(loss())


def arc320() -> None:
    model = sequential(layers.LSTM(3, stateful=True), shape=(6, 2), batch_size=4)
    model.compile("sgd", "mse")
    assert fails(lambda: model.predict(READINGS[:6], batch_size=4, verbose=0))


def arc330() -> None:
    for stack in ([layers.Dense(1, activation="softmax")], [layers.Dense(1), layers.Softmax()],
                  [layers.TimeDistributed(layers.Dense(1, activation="softmax"))]):  # fmt: skip
        assert np.all(ops.convert_to_numpy(sequential(*stack)(READINGS * 100)) == 1.0)


def arc430() -> None:
    """A softmax over one number hands no gradient back: the weights before it stay as they are."""
    given = keras.Input((6, 2))
    score = layers.Dense(1, activation="softmax")
    x = layers.Flatten()(layers.Multiply()([given, score(given)]))
    model = keras.Model(given, layers.Dense(1)(x))
    model.compile(keras.optimizers.SGD(1.0), "mse")
    before = ops.convert_to_numpy(score.kernel)
    model.train_on_batch(READINGS, READINGS[:, 0, :1])
    assert np.array_equal(before, ops.convert_to_numpy(score.kernel))


def arc331() -> None:
    """The loss is that of five independent questions, and not that of one class of five."""
    logits = RANDOM.normal(size=(8, 5))
    output = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    by_hand = -(ONE_HOT * np.log(output) + (1 - ONE_HOT) * np.log(1 - output)).mean()
    meant = -np.log(output[np.arange(8), CODES_OF_8]).mean()
    assert np.isclose(number(losses.BinaryCrossentropy()(ONE_HOT, output)), by_hand, atol=1e-4)
    assert abs(by_hand - meant) > 0.5
    # Of two classes as well: TensorFlow's takes what went into the softmax, and puts each number through a sigmoid.
    pair = sequential(layers.Dense(2, activation="softmax"), shape=(4,))
    pair.compile("sgd", "binary_crossentropy")
    given, wanted = (
        RANDOM.normal(size=(64, 4)).astype("float32") * 3,
        np.eye(2, dtype="float32")[RANDOM.integers(0, 2, 64)],
    )
    chances = pair.predict(given, verbose=0)
    of_the_answers = -(wanted * np.log(chances)).sum(-1).mean()
    told = pair.evaluate(given, wanted, batch_size=64, verbose=0)
    assert keras.backend.backend() != "tensorflow" or not np.isclose(told, of_the_answers, rtol=1e-2)
    # Classes along another axis: the losses of classes take that one.
    upright = np.moveaxis(np.stack([output] * 3, 1), -1, 1)
    labels = np.moveaxis(np.stack([ONE_HOT] * 3, 1), -1, 1)
    assert np.isclose(number(losses.CategoricalCrossentropy(axis=1)(labels, upright)), meant, atol=1e-4)
    assert np.isclose(number(losses.BinaryCrossentropy()(labels, upright)), by_hand, atol=1e-4)


def arc437() -> None:
    """Behind `TimeDistributed`, an `Average` or what hands the numbers on, the loss of two classes is that of the
    answers; of three it is not."""
    for count, right in ((2, True), (3, False)):
        head = layers.Dense(count, activation="softmax")
        given = keras.Input((3, 4))
        both = layers.Average()([head(given), layers.Dense(count, activation="softmax")(given)])
        handed_on = (layers.UpSampling1D(2)(head(given)), layers.Cropping1D((0, 1))(head(given)),
                     ops.clip(head(given), 1e-7, 1 - 1e-7), ops.maximum(head(given), 1e-7))  # fmt: skip
        for output in (layers.TimeDistributed(head)(given), both, *handed_on):
            model = keras.Model(given, output)
            model.compile("sgd", "binary_crossentropy")
            x = RANDOM.normal(size=(16, 3, 4)).astype("float32")
            y = np.eye(count, dtype="float32")[RANDOM.integers(0, count, (16, output.shape[1]))]
            of_the_answers = -np.log((model.predict(x, verbose=0) * y).sum(-1)).mean()
            assert np.isclose(model.evaluate(x, y, verbose=0), of_the_answers, rtol=1e-3) == right


def arc332() -> None:
    output = np.full((8, 1), 0.3, "float32")
    assert number(losses.SparseCategoricalCrossentropy()(np.zeros(8), output)) == 0
    assert number(losses.CategoricalCrossentropy()(np.ones((8, 1)), output)) < 1e-6
    assert number(losses.CategoricalCrossentropy()(np.zeros((8, 1)), output)) < 1e-6


def two_outputs(loss: Any) -> Any:
    given = keras.Input((2,))
    outputs = {name: layers.Dense(3, activation="softmax", name=name)(given) for name in ("a", "b")}
    model = keras.Model(given, outputs)
    model.compile("sgd", loss)
    return model


def arc333() -> None:
    x, y = READINGS[:, 0], np.zeros((8, 3))
    assert fails(lambda: two_outputs({"a": "mse", "b": "mse"}).fit(x, {"a": y}, verbose=0))
    two_outputs({"a": "mse"}).fit(x, {"a": y, "b": y}, verbose=0)  # the reverse is a warning: ARC427


def arc334() -> None:
    """All numbers between 0 and 1 are code 0."""
    table = layers.Embedding(5, 3)
    assert np.array_equal(table(np.array([0.2])), table(np.array([0.9])))


def arc446() -> None:
    """It trains, and the loss is the same number each time."""
    model = sequential(layers.Flatten(), layers.Dense(1, trainable=False))
    model.compile("adam", "mse")
    losses_of_epochs = model.fit(READINGS, READINGS[:, 0, :1], batch_size=8, epochs=3, verbose=0).history["loss"]
    assert np.allclose(losses_of_epochs, losses_of_epochs[0], rtol=1e-6)


def arc431() -> None:
    """What is before an Embedding has no gradient."""
    model = sequential(layers.Dense(4, name="before"), layers.Embedding(5, 3), layers.Flatten(), layers.Dense(1),
                       shape=(4,))  # fmt: skip
    model.compile(keras.optimizers.SGD(1.0), "mse")
    before = [ops.convert_to_numpy(one) for one in model.get_layer("before").weights]
    model.train_on_batch(np.abs(RANDOM.normal(size=(8, 4))), np.ones((8, 1)))
    after = [ops.convert_to_numpy(one) for one in model.get_layer("before").weights]
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def arc335() -> None:
    loss = "sparse_categorical_crossentropy"
    codes = {"a": np.zeros(8, "int32"), "b": np.zeros(8, "int32")}
    model = two_outputs({"a": loss, "b": loss})
    assert fails(lambda: model.fit(READINGS[:, 0], codes, class_weight={0: 1.0, 1: 2.0, 2: 2.0}, verbose=0))
    model = sequential(layers.Dense(3, activation="softmax"))
    model.compile("sgd", loss)
    steps = np.zeros((8, 6), "int32")
    assert fails(lambda: model.fit(READINGS, steps, class_weight={0: 1.0, 1: 2.0, 2: 2.0}, verbose=0))


def arc404() -> None:
    """Behind what loses the mask, the padding counts; behind what keeps it, it does not."""
    words = np.array([[1, 2, 0, 0]])
    longer = np.array([[1, 2, 0, 0, 0, 0]])
    table = layers.Embedding(5, 3, mask_zero=True)
    memory = layers.LSTM(3)
    kept = [ops.convert_to_numpy(memory(table(one))) for one in (words, longer)]
    other = layers.Embedding(5, 3)

    def added(one: Any) -> Any:
        return ops.convert_to_numpy(memory(layers.Add()([table(one), other(one)])))

    assert np.allclose(*kept, atol=1e-6) and not np.allclose(added(words), added(longer), atol=1e-6)


def arc406() -> None:
    """What comes at step 3 changes what is said at step 2."""
    later = READINGS.copy()
    later[:, 3] += 1
    for stack, leaks in (
        ([layers.Bidirectional(layers.LSTM(3, return_sequences=True))], True),
        ([layers.Conv1D(3, 3, padding="same")], True),
        ([layers.LSTM(3), layers.RepeatVector(6)], True),
        ([layers.LSTM(3, return_sequences=True)], False),
        ([layers.Conv1D(3, 3, padding="causal")], False),
        ([layers.Bidirectional(layers.GRU(3, return_sequences=True)), layers.Dense(1), layers.Reshape([-1])], True),
    ):
        model = sequential(*stack, shape=(None, 2))
        one, other = (ops.convert_to_numpy(model(x))[:, 2] for x in (READINGS, later))
        assert np.allclose(one, other, atol=1e-6) != leaks
    for mask, leaks in ((lambda scores: scores, True), (ops.tril, False)):  # attention by hand
        one, other = (
            ops.convert_to_numpy(layers.Dot([2, 1])([mask(layers.Dot(2)([x, x])), x]))[:, 2] for x in (READINGS, later)
        )
        assert np.allclose(one, other, atol=1e-6) != leaks


def arc410() -> None:
    padded = np.concatenate([READINGS, np.zeros((8, 4, 2), "float32")], axis=1)
    plain, masked = layers.LSTM(3), [layers.Masking(), layers.LSTM(3)]
    assert not np.allclose(plain(READINGS), plain(padded), atol=1e-6)
    model = sequential(*masked, shape=(None, 2))
    assert np.allclose(model(READINGS), model(padded), atol=1e-6)


def arc411() -> None:
    logits = RANDOM.normal(size=(8, 5)) * 2
    meant = (np.log(np.exp(logits).sum(-1)) - logits[np.arange(8), CODES_OF_8]).mean()
    assert np.isclose(
        number(losses.SparseCategoricalCrossentropy(from_logits=True)(CODES_OF_8, logits)), meant, atol=1e-4
    )
    assert abs(number(losses.SparseCategoricalCrossentropy()(CODES_OF_8, logits)) - meant) > 0.5
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    twice = number(losses.SparseCategoricalCrossentropy(from_logits=True)(CODES_OF_8, probabilities))
    assert abs(twice - meant) > 0.1


def arc412() -> None:
    for activation, low, high in (("sigmoid", 0, 1), ("tanh", -1, 1), ("relu", 0, np.inf)):
        given = ops.convert_to_numpy(sequential(layers.Dense(3, activation=activation))(READINGS * 100))
        assert given.min() >= low and given.max() <= high
    given = ops.convert_to_numpy(sequential(layers.LSTM(3))(READINGS * 100))
    assert np.abs(given).max() <= 1


def arc413() -> None:
    """Two linear layers are one, with the product of their kernels."""
    model = sequential(layers.Dense(25), layers.Dense(1), shape=(2,))
    first, bias, second, other = (ops.convert_to_numpy(one) for one in model.weights)
    x = READINGS[:, 0]
    assert np.allclose(model(x), x @ (first @ second) + bias @ second + other, atol=1e-5)


def arc414() -> None:
    numbers = RANDOM.normal(size=(8, 5)).astype("float32") * 10
    relu = ops.relu(numbers)
    assert np.array_equal(layers.LeakyReLU()(relu), relu)
    twice = ops.convert_to_numpy(ops.softmax(ops.softmax(numbers)))
    assert twice.max() < np.e / (np.e + 4) + 1e-6  # however sure the first one was


def arc415() -> None:
    model = sequential(layers.Dense(50), layers.Dropout(0.5), shape=(2,))
    assert (ops.convert_to_numpy(model(READINGS[:, 0], training=True)) == 0).mean() > 0.2


def arc417() -> None:
    norm = layers.BatchNormalization()
    x = READINGS[:, 0]
    assert np.allclose(norm(x, training=True), norm(x + 5, training=True), atol=1e-4)


def arc418() -> None:
    """The spread that is kept is that of training, which dropout made wider."""
    x = 1 + RANDOM.normal(size=(4000, 1)).astype("float32") * 0.1
    wide = ops.convert_to_numpy(layers.Dropout(0.5)(x, training=True)).var()
    assert wide > 10 * ops.convert_to_numpy(layers.Dropout(0.5)(x)).var()


def arc419() -> None:
    for initializer in ("zeros", "ones"):
        hidden = layers.Dense(4, activation="tanh", kernel_initializer=initializer)
        last = layers.Dense(1, kernel_initializer="ones" if initializer == "ones" else "glorot_uniform")
        model = sequential(hidden, last, shape=(2,))
        model.compile(keras.optimizers.SGD(0.1), "mse")
        for _ in range(3):
            model.train_on_batch(READINGS[:, 0], READINGS[:, 1, :1])
        kernel = ops.convert_to_numpy(hidden.kernel)
        if initializer == "ones":
            assert np.allclose(kernel, kernel[:, :1], atol=1e-6) and not np.allclose(kernel, 1)


def arc424() -> None:
    def deep(count: int) -> None:
        given = x = keras.Input((2,))
        for _ in range(count):
            x = layers.Identity()(x)
        keras.Model(given, x)

    assert fails(lambda: deep(1000))
    deep(700)  # pytest itself takes some of the depth


def arc336() -> None:
    """A size that is open when the model is made, and too small when it is run."""
    for layer, enough in ((layers.Conv1D(3, 4), 4), (layers.MaxPooling1D(4), 4), (layers.Cropping1D(2), 5)):
        model = sequential(layer, layers.LSTM(3), layers.Dense(1), shape=(None, 2))
        assert fails(lambda model=model: model.predict(READINGS[:, :3], verbose=0))
        assert model.predict(READINGS[:, :enough], verbose=0).shape == (8, 1)


def arc337() -> None:
    def fit(*stack: Any, loss: str, metric: Any, target: Any) -> None:
        model = sequential(*stack, layers.Dense(5, activation="softmax"))
        model.compile("sgd", loss, metrics=[metric])
        model.fit(READINGS, target, verbose=0)

    steps = RANDOM.integers(0, 5, (8, 6))
    vectors, codes = "categorical_crossentropy", "sparse_categorical_crossentropy"
    for metric in ("sparse_categorical_accuracy", "sparse_top_k_categorical_accuracy"):
        assert fails(lambda metric=metric: fit(layers.LSTM(3), loss=vectors, metric=metric, target=ONE_HOT))
    assert fails(lambda: fit(layers.LSTM(3), loss=codes, metric="top_k_categorical_accuracy", target=CODES_OF_8))
    assert fails(
        lambda: fit(layers.LSTM(3, return_sequences=True), loss=codes, metric="categorical_accuracy", target=steps)
    )
    for metric in (
        "Precision",
        "Recall",
        "AUC",
        keras.metrics.MeanIoU(5),
        "binary_accuracy",
        "mse",
        "categorical_crossentropy",
    ):
        assert fails(lambda metric=metric: fit(layers.LSTM(3), loss=codes, metric=metric, target=CODES_OF_8))
    fit(layers.LSTM(3), loss=codes, metric=keras.metrics.MeanIoU(5, sparse_y_pred=False), target=CODES_OF_8)
    flat = keras.metrics.F1Score()
    assert fails(lambda: fit(layers.LSTM(3, return_sequences=True), loss=vectors, metric=flat, target=np.eye(5)[steps]))
    fit(layers.LSTM(3), loss=vectors, metric="accuracy", target=ONE_HOT)
    fit(layers.LSTM(3), loss=codes, metric="accuracy", target=CODES_OF_8)


def epochs_of(model: Any, x: Any, y: Any, **options: Any) -> list[float]:
    return model.fit(x, y, batch_size=len(x), verbose=0, shuffle=False, **options).history["loss"]


def arc440() -> None:
    """A share of 1 and more: no number. Clipping at 0: nothing is clipped. Warm-up without a target: none."""

    def steps(optimizer: Any) -> list[float]:
        model = sequential(layers.Dense(1), shape=(2,))
        model.compile(optimizer, "mse")
        return epochs_of(model, READINGS[:, 0], 100 * READINGS[:, 1, :1], epochs=3)

    optimizers = keras.optimizers
    for optimizer in (optimizers.Adam(beta_1=1.0), optimizers.Adam(beta_2=999.0), optimizers.RMSprop(rho=9.0)):
        assert not np.isfinite(steps(optimizer)[-1])
    assert steps(optimizers.SGD(clipnorm=0.0)) == steps(optimizers.SGD()) != steps(optimizers.SGD(clipnorm=0.1))
    decay = optimizers.schedules.CosineDecay
    assert number(decay(0.01, 100, warmup_steps=50)(0)) == number(decay(0.01, 100)(0))
    assert number(decay(0.0, 100, warmup_steps=50, warmup_target=0.01)(0)) == 0


def arc441() -> None:
    """A class that there is not: the same loss. Several labels: the first of the greatest is the class."""

    def loss(weights: Any, target: Any = CODES_OF_8, of: str = "sparse_categorical_crossentropy") -> float:
        activation = "softmax" if of[0] == "s" else "sigmoid"
        model = sequential(layers.Dense(5, activation=activation), shape=(2,))
        model.compile(keras.optimizers.SGD(0.0), of)
        return epochs_of(model, READINGS[:, 0], target, class_weight=weights)[0]

    assert loss({7: 9.0}) == loss(None) and not np.isclose(loss({int(CODES_OF_8[0]): 9.0}), loss(None))
    labels = np.tile(np.array([[1, 1, 0, 0, 1]], "float32"), (8, 1))
    assert np.isclose(loss({1: 9.0, 4: 9.0}, labels, "binary_crossentropy"), loss(None, labels, "binary_crossentropy"))
    assert not np.isclose(loss({0: 9.0}, labels, "binary_crossentropy"), loss(None, labels, "binary_crossentropy"))


def arc442() -> None:
    """The loss is that of other numbers than the model gives."""
    model = sequential(layers.Dense(5, activation="sigmoid"), shape=(2,))
    model.compile("sgd", "sparse_categorical_crossentropy")
    given = model.predict(READINGS[:, 0], verbose=0)
    of_the_answers = -np.log(given[np.arange(8), CODES_OF_8]).mean()
    assert not np.isclose(model.evaluate(READINGS[:, 0], CODES_OF_8, verbose=0), of_the_answers, rtol=0.05)


def arc443() -> None:
    """What a normalization gives is no probability: the loss begins many times as high."""

    def first(*after: Any) -> float:
        model = sequential(layers.Dense(5, activation="softmax"), *after, shape=(2,))
        model.compile("sgd", "categorical_crossentropy")
        return epochs_of(model, READINGS[:, 0], ONE_HOT)[0]

    assert first(layers.BatchNormalization()) > 2 * first()


def arc445() -> None:
    """Data to validate on go before a share: as many steps as without one. A share that leaves nothing is refused."""

    def steps(**options: Any) -> int:
        model = sequential(layers.Flatten(), layers.Dense(1))
        model.compile("sgd", "mse")
        model.fit(READINGS, READINGS[:, 0, :1], batch_size=1, verbose=0, **options)
        return int(model.optimizer.iterations)

    assert steps(validation_split=0.5, validation_data=(READINGS, READINGS[:, 0, :1])) == steps() == 8
    assert steps(validation_split=0.5) == 4
    assert fails(lambda: steps(validation_split=0.99))


def arc338() -> None:
    left, right = keras.Input((6, 2)), keras.Input((6, 2))
    model = keras.Model([left, right], layers.Dense(1)(layers.LSTM(3)(layers.Concatenate(axis=0)([left, right]))))
    model.compile("sgd", "mse")
    assert fails(lambda: model.fit([READINGS, READINGS], np.zeros((8, 1)), verbose=0))
    assert fails(lambda: model.fit([READINGS, READINGS], np.zeros((16, 1)), verbose=0))


def arc339() -> None:
    """No steps: a failure. Fewer units than classes: a loss below zero, which no loss of CTC is."""
    model = sequential(layers.LSTM(3), layers.Dense(5))
    model.compile("sgd", "ctc")
    assert fails(lambda: model.fit(READINGS, np.ones((8, 3)), verbose=0))
    labels = np.full((2, 2), 3)
    assert fails(lambda: losses.CTC()(labels, np.zeros((2, 6, 3), "float32"))) or not (
        number(losses.CTC()(labels, np.zeros((2, 6, 3), "float32"))) > 0
    )
    assert number(losses.CTC()(labels, np.zeros((2, 6, 4), "float32"))) > 0


def arc340() -> None:
    made = keras.callbacks.ModelCheckpoint
    assert fails(lambda: made("best.hdf5")) and fails(lambda: made("best"))
    assert fails(lambda: made("best.keras", save_weights_only=True))
    assert fails(lambda: made("best.h5", save_weights_only=True))
    for path in ("best.keras", "best.h5", "best.weights.h5"):
        made(path)
    made("best.weights.h5", save_weights_only=True)


def arc432() -> None:
    """Accuracies that say nothing: nought of forecasts that are nearly right, much of a model that knows nothing."""
    near = RANDOM.normal(size=(8, 1))
    accuracy = keras.metrics.Accuracy()
    accuracy.update_state(near, near + 1e-3)
    assert number(accuracy.result()) == 0
    binary = keras.metrics.BinaryAccuracy()
    binary.update_state(ONE_HOT, np.full((8, 5), 0.2))
    assert np.isclose(number(binary.result()), 0.8)
    best = keras.metrics.SparseTopKCategoricalAccuracy(k=5)
    best.update_state(CODES_OF_8, RANDOM.random((8, 5)).astype("float32"))
    assert number(best.result()) == 1
    of_one = keras.metrics.CategoricalAccuracy()
    of_one.update_state(CODES_OF_8[:, None] % 2, RANDOM.random((8, 1)))
    assert number(of_one.result()) == 1
    cut = keras.metrics.MeanIoU(2)
    cut.update_state(np.ones((8, 1)), np.full((8, 1), 0.99))
    assert number(cut.result()) == 0
    on_logits, known = keras.metrics.AUC(), keras.metrics.AUC(from_logits=True)
    for auc in (on_logits, known):
        auc.update_state([0, 0, 1, 1], [-3.0, -2.0, -1.0, 2.0])
    assert number(on_logits.result()) < number(known.result()) == 1


def arc433() -> None:
    stopping = keras.callbacks.EarlyStopping(monitor="val_acc")
    model = sequential(layers.LSTM(3), layers.Dense(1, activation="sigmoid"))
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    target = CODES_OF_8 % 2
    assert "val_accuracy" in model.fit(READINGS, target, validation_split=0.25, verbose=0).history
    assert fails(lambda: model.fit(READINGS, target, validation_split=0.25, callbacks=[stopping], verbose=0))


def arc434() -> None:
    """From 1 on nothing is dropped, or everything, and nobody says so."""
    for made, drops in ((layers.LSTM, False), (layers.GRU, False), (layers.SimpleRNN, True)):
        layer = made(3, dropout=20.0)
        assert np.allclose(layer(READINGS, training=True), layer(READINGS), atol=1e-6) != drops
    assert fails(lambda: layers.Attention(dropout=20.0)([READINGS, READINGS], training=True))


def arc435() -> None:
    """A label longer than the steps: no path leads to it."""
    output = RANDOM.normal(size=(1, 3, 5)).astype("float32")
    assert number(losses.CTC()(np.array([[1, 2, 3, 4, 1]]), output)) > 100 * number(
        losses.CTC()(np.array([[1, 2, 3]]), output)
    ) or not np.isfinite(number(losses.CTC()(np.array([[1, 2, 3, 4, 1]]), output)))


def arc436() -> None:
    given = ops.convert_to_numpy(sequential(layers.Dense(5), layers.Softmax(axis=1))(READINGS))
    assert np.allclose(given.sum(1), 1, atol=1e-5) and not np.allclose(given.sum(-1), 1, atol=1e-2)


CLAIMS = {name.upper(): claim for name, claim in list(globals().items()) if name.startswith("arc")}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("code", CLAIMS)
def test_what_a_rule_claims(code: str) -> None:
    assert code in CODES
    CLAIMS[code]()


def test_every_certain_rule_has_a_claim() -> None:
    assert {rule.code for rule in RULES if CODES[rule.code].severity == "error"} <= set(CLAIMS)
