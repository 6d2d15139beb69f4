"""Training one network: it learns, it resumes, it stops when it should."""

from dataclasses import replace
from functools import partial

import keras
import numpy as np
import pytest

from whipbird.models.frontends.raw import RawFrames
from whipbird_train.fitting.batches import Batches, Variation
from whipbird_train.fitting.epoch_cache import EpochCache
from whipbird_train.fitting.fit import FitSettings, _optimizer, _schedule, fit, history

SETTINGS = FitSettings(epochs=4, batch=8, optimizer="adam", peak_rate=0.05, warmup_epochs=0)


class UpOrDown:
    """Makes noise around 0.5 or -0.5, 32 examples of 16 samples."""

    key = "up or down"
    makes_features = False

    def __len__(self):
        return 32

    def __call__(self, index, rng):
        return (rng.normal(0, 0.3, 16) + (index % 2) - 0.5).astype(np.float32), index % 2


class Interrupted(Batches):
    """Batches that stop before the third epoch is in the history, as Ctrl-C would."""

    def on_epoch_end(self):
        if self._epoch == 2:
            raise KeyboardInterrupt
        super().on_epoch_end()


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return EpochCache(tmp_path_factory.mktemp("epochs"), 2, UpOrDown(), {"raw": RawFrames()}, 1)


@pytest.fixture(scope="module")
def unseen():
    made = [UpOrDown()(index, np.random.default_rng(index)) for index in range(32)]
    return np.stack([sound for sound, _ in made])[..., None], np.array([label for _, label in made])


@pytest.fixture(scope="module")
def train_in(cache, unseen):
    """Train a network in a folder; return it."""

    def run(folder, settings=SETTINGS, kind=Batches, validation=unseen):
        keras.utils.set_random_seed(1)
        network = keras.Sequential(
            [keras.Input((16, 1)), keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")]
        )
        batches = kind(cache, "raw", 2, settings.batch, settings.variation, 1)
        fit(network, batches, validation, settings, folder, "test")
        return network

    return run


@pytest.fixture
def train(train_in, tmp_path):
    """Train in the test's own folder."""
    return partial(train_in, tmp_path)


@pytest.fixture(scope="module")
def learnt(train_in, tmp_path_factory):
    """A finished training: the network and its folder."""
    folder = tmp_path_factory.mktemp("learnt")
    return train_in(folder), folder


def accuracy(network, unseen):
    return (network.predict_on_batch(unseen[0]).argmax(axis=1) == unseen[1]).mean()


def loss_of(network, unseen):
    scores = network.predict_on_batch(unseen[0])
    return -np.log(scores[np.arange(len(scores)), unseen[1]]).mean()


def test_what_can_be_separated_is_learnt(learnt, unseen):
    network, folder = learnt
    assert accuracy(network, unseen) > 0.9
    rows = history(folder)
    assert [int(row["epoch"]) for row in rows] == [0, 1, 2, 3]
    assert set(rows[0]) == {"epoch", "accuracy", "loss", "seconds", "val_accuracy", "val_loss"}
    assert float(rows[-1]["val_loss"]) < float(rows[0]["val_loss"])


def test_without_validation_it_learns_too(train, unseen):
    assert accuracy(train(validation=None), unseen) > 0.9


def interrupted(train, settings=SETTINGS):
    with pytest.raises(KeyboardInterrupt):
        train(settings, Interrupted)


def same_weights(one, other):
    for weights, others in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(weights, others, rtol=1e-3, atol=1e-5)


def resumed(train, folder, settings=SETTINGS):
    interrupted(train, settings)
    assert len(history(folder)) == 2
    return train(settings)


def test_an_interrupted_training_goes_on_and_ends_as_one_that_was_not(train, learnt, tmp_path):
    same_weights(resumed(train, tmp_path), learnt[0])
    assert [int(row["epoch"]) for row in history(tmp_path)] == [0, 1, 2, 3]


class Noted(Batches):
    """Batches that record the epoch of each batch taken."""

    def __init__(self, *settings):
        self.taken = []
        super().__init__(*settings)

    def __getitem__(self, batch):
        self.taken.append((self._epoch, batch))
        return super().__getitem__(batch)


def test_keras_takes_every_batch_of_an_epoch_once(train, tmp_path):
    made = []

    def noted(*settings):
        made.append(Noted(*settings))
        return made[0]

    train(kind=noted)
    looked_at = 2  # for their shapes, before the first epoch
    taken = made[0].taken[looked_at:]
    assert sorted(taken) == [(epoch, batch) for epoch in range(4) for batch in range(4)]


def test_what_is_done_is_not_trained_again(learnt, train_in):
    network, folder = learnt
    before = (folder / "history.csv").read_text()
    same_weights(train_in(folder), network)
    assert (folder / "history.csv").read_text() == before


def test_patience_stops_early_and_goes_back_to_the_best(train, unseen, tmp_path):
    """Validation labels are swapped: learning makes the loss on them worse, so the first epoch is the best."""
    settings = replace(SETTINGS, epochs=9, patience=2)
    turned = (unseen[0], 1 - unseen[1])
    network = train(settings, validation=turned)
    rows = history(tmp_path)
    assert len(rows) == 3
    assert min(rows, key=lambda row: float(row["val_loss"]))["epoch"] == "0"
    assert loss_of(network, turned) == pytest.approx(float(rows[0]["val_loss"]), rel=1e-4)


def test_after_an_interruption_the_best_is_still_that_of_all_epochs(train, unseen, tmp_path):
    settings = replace(SETTINGS, epochs=9, patience=2)
    turned = (unseen[0], 1 - unseen[1])
    with pytest.raises(KeyboardInterrupt):
        train(settings, Interrupted, validation=turned)
    network = train(settings, validation=turned)
    best = min(float(row["val_loss"]) for row in history(tmp_path))
    assert loss_of(network, turned) == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_weights_decay_but_not_normalization_and_biases(optimizer):
    network = keras.Sequential(
        [keras.Input((4, 1)), keras.layers.Conv1D(3, 2), keras.layers.BatchNormalization(), keras.layers.Dense(2)]
    )
    for variable in network.trainable_variables:
        variable.assign(np.ones(variable.shape))
    step = _optimizer(FitSettings(1, optimizer=optimizer, peak_rate=0.5, warmup_epochs=0, weight_decay=0.1), 10)
    step.apply([np.zeros(v.shape, np.float32) for v in network.trainable_variables], network.trainable_variables)
    decayed = {f"{v.path}": float(np.mean(v)) for v in network.trainable_variables}
    assert len(decayed) == 6
    for path, value in decayed.items():
        assert value == pytest.approx(0.95 if path.endswith("kernel") else 1.0), path


def test_the_rate_rises_in_a_line_and_falls_in_half_a_cosine():
    schedule = _schedule(FitSettings(epochs=3, peak_rate=2.0, warmup_epochs=1), batches=10)
    rates = [float(schedule(step)) for step in (0, 5, 10, 15, 20, 25, 30, 31)]
    assert rates == pytest.approx([0, 1, 2, 1 + 0.5**0.5, 1, 1 - 0.5**0.5, 0, 0], abs=1e-6)


def test_without_a_warm_up_the_rate_begins_at_its_peak():
    schedule = _schedule(FitSettings(epochs=2, peak_rate=2.0, warmup_epochs=0), batches=10)
    assert [float(schedule(step)) for step in (0, 10, 20)] == pytest.approx([2, 1, 0], abs=1e-6)


def test_a_training_shorter_than_its_warm_up_only_warms_up():
    schedule = _schedule(FitSettings(epochs=1, peak_rate=2.0, warmup_epochs=5), batches=10)
    assert [float(schedule(step)) for step in (0, 5, 10)] == pytest.approx([0, 0.2, 0.4])


def test_batches_of_the_settings_are_used(cache):
    settings = FitSettings(1, batch=5, variation=Variation(mixup=0.2))
    assert len(Batches(cache, "raw", 2, settings.batch, settings.variation, 1)) == 7


class Master:
    """Knows all labels, and gives hints of them."""

    step = 2

    def __init__(self, cache):
        self._cache = cache

    def targets(self, number):
        return np.eye(2, dtype=np.float32)[self._cache.labels(number)]

    def hints(self, number):
        return np.ones((32, 8, 1), np.float32) * self._cache.labels(number)[:, None, None] * 2 - 1


def test_hints_are_learnt_but_what_is_kept_does_not_need_them(cache, unseen, tmp_path):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((16, 1))
    columns = keras.layers.Conv1D(4, 3, padding="same", activation="relu")(inputs)
    columns = keras.layers.Reshape((16, 1, 4), name="columns")(columns)
    pooled = keras.layers.GlobalAveragePooling2D()(columns)
    network = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(pooled))
    batches = Batches(cache, "raw", 2, 8, Variation(), 1, teacher=Master(cache))
    before = network.count_params()
    fit(network, batches, unseen, SETTINGS, tmp_path, "test")
    assert network.count_params() == before
    assert accuracy(network, unseen) > 0.9
    rows = history(tmp_path)
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])
    assert set(rows[0]) == {"epoch", "accuracy", "loss", "seconds", "val_accuracy", "val_loss"}
    again = keras.models.clone_model(network)
    again.load_weights(tmp_path / "final.weights.h5")
    for one, other in zip(again.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
