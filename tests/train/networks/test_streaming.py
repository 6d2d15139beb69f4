"""Networks in steps: wherever the stream is cut, their scores are those of whole windows."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from whipbird.errors import BundleError
from whipbird.models.networks.base import NetworkFile
from whipbird.models.networks.streaming import StreamingNetwork
from whipbird_train.export.convert import convert_steps
from whipbird_train.networks.streaming import Windows, step_network
from whipbird_train.networks.tonal import tonal_conv2d

SILENCE_DB = -100.0
HOPS = 30


@dataclass(frozen=True)
class Pair:
    """A network for windows and the same network in steps, both callable with any number of examples."""

    window: int
    hop: int
    bands: int
    trained: keras.Model
    steps: keras.Model
    whole: tf.types.experimental.GenericFunction
    step: tf.types.experimental.GenericFunction

    def sound(self, seed, streams=1):
        return sound(np.random.default_rng(seed), streams, HOPS * self.hop, self.bands)

    @property
    def size(self):
        """Numbers in a state."""
        return self.steps.inputs[1].shape[1]

    def state(self, streams=1):
        """State after enough silence to replace everything earlier."""
        quiet = np.full((streams, self.hop, self.bands), SILENCE_DB, np.float32)
        state = np.zeros((streams, self.size), np.float32)
        for _ in range(-(-self.window // self.hop)):
            _, state = self.step(quiet, state)
        return state

    def scores(self, frames, cuts=()):
        """Scores in steps, cut at these hops: frames (streams, frames, bands) to scores (streams, hops, labels)."""
        state, found = self.state(len(frames)), []
        for piece in np.split(frames, [cut * self.hop for cut in cuts], axis=1):
            if piece.shape[1]:
                scores, state = self.step(piece, state)
                found.append(scores)
        return np.concatenate(found, axis=1)

    def expected(self, frames):
        """Scores of whole windows, for one stream: frames (frames, bands) to scores (hops, labels)."""
        silence = np.full((self.window, self.bands), SILENCE_DB, np.float32)
        heard = np.concatenate((silence, frames))
        ends = range(self.window + self.hop, len(heard) + 1, self.hop)
        return self.whole(np.stack([heard[end - self.window : end] for end in ends])).numpy()


def sound(rng, streams, frames, bands):
    """Decibels of successive sounds and silences: shape (streams, frames, bands)."""
    heard = rng.normal(-40, 6, (streams, frames, bands))
    for one in heard:
        for part in np.split(one, np.sort(rng.integers(0, frames, frames // 20))):
            part += rng.normal(0, 15, bands)
            if rng.random() < 0.2:
                part[:] = SILENCE_DB
    return heard.astype(np.float32)


def made(build, window, hop):
    """Make a network with random weights and the statistics of such sound, as if it were trained."""
    keras.utils.set_random_seed(1)
    trained = build(window, time=Windows())
    bands = trained.input_shape[2]
    rng = np.random.default_rng(1)
    for weight in trained.trainable_weights:
        if weight.name == "kernel" and weight.ndim == 4:
            fan = np.prod(weight.shape[:2]) * (1 if weight.shape[3] == 1 else weight.shape[2])
            weight.assign(rng.normal(0, np.sqrt(2 / fan), weight.shape))
        elif weight.name == "gamma":
            weight.assign(rng.uniform(0.5, 2, weight.shape))
        elif weight.name in ("beta", "bias"):
            weight.assign(rng.normal(0, 0.3, weight.shape))
    for layer in trained._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    heard = sound(rng, 32, window, bands)
    trained(heard, training=True)
    last = trained.get_layer("scores")
    means = keras.Model(trained.inputs, last.input).predict_on_batch(heard)
    kernel = rng.normal(size=last.kernel.shape) / (means.std(axis=0) + 0.15)[:, None]
    last.set_weights([kernel, -means.mean(axis=0) @ kernel])  # so that the scores are far from constant
    steps = step_network(lambda time: build(None, time=time), trained)
    size = steps.inputs[1].shape[1]
    whole = tf.function(partial(trained, training=False), [tf.TensorSpec((None, window, bands))])
    step = tf.function(
        lambda frames, state: steps([frames, state], training=False),
        [tf.TensorSpec((None, None, bands)), tf.TensorSpec((None, size))],
    )
    return Pair(window, hop, bands, trained, steps, whole, step)


PAIRS = {
    "as shipped": lambda: made(partial(tonal_conv2d, bands=64, labels=2, width=0.5), 64, 8),
    "short": lambda: made(partial(tonal_conv2d, bands=64, labels=3, width=0.5, columns=5, hop=2), 40, 2),
}


@pytest.fixture(scope="module", params=PAIRS)
def pair(request):
    return PAIRS[request.param]()


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), cuts=st.lists(st.integers(0, HOPS), max_size=HOPS).map(sorted))
def test_steps_say_what_whole_windows_say(pair, seed, cuts):
    frames = pair.sound(seed)
    np.testing.assert_allclose(pair.scores(frames, cuts)[0], pair.expected(frames[0]), atol=1e-5)


def test_scores_differ_so_that_equal_ones_mean_something(pair):
    scores = pair.scores(pair.sound(1))[0]
    assert np.isfinite(scores).all()
    assert np.ptp(scores, axis=0).min() > 0.03


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), streams=st.integers(2, 9))
def test_many_streams_at_once_are_heard_as_each_alone(pair, seed, streams):
    frames = pair.sound(seed, streams)
    alone = np.concatenate([pair.scores(one[None], [7, 8]) for one in frames])
    np.testing.assert_allclose(pair.scores(frames, [7, 8]), alone, atol=1e-5)


def test_after_one_window_of_silence_the_state_stays_as_it_is(pair):
    quiet = np.full((1, pair.hop, pair.bands), SILENCE_DB, np.float32)
    state = pair.state()
    _, after = pair.step(quiet, state)
    np.testing.assert_allclose(after, state, atol=1e-6)


@pytest.mark.parametrize("left", [1e6, np.nan, np.inf])
def test_after_one_window_nothing_is_left_of_what_was_before(pair, left):
    """Not even of values that are not finite."""
    state = np.full((1, pair.size), left, np.float32)
    window = pair.sound(1)[:, : -(-pair.window // pair.hop) * pair.hop]
    _, spoilt = pair.step(window, state)
    _, clean = pair.step(window, pair.state())
    np.testing.assert_allclose(spoilt, clean, atol=1e-5)


def test_weights_are_those_that_were_trained(pair):
    for one, other in zip(pair.steps.get_weights(), pair.trained.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_network_that_was_trained_in_another_shape_is_no_such_network(pair):
    narrow = partial(tonal_conv2d, None, 64, 2, 0.25)
    with pytest.raises(ValueError, match="weight"):
        step_network(lambda time: narrow(time=time), pair.trained)


@pytest.mark.parametrize(
    ("rows", "kept", "reason"),
    [
        (2, 8, "gives 8 scores for 4 hops of 4 frames"),
        (1, 9, "turns a state of 8 numbers into one of 9"),
    ],
)
def test_what_does_not_run_in_steps_is_refused(rows, kept, reason):
    """A network of four frames a hop."""
    frames, state = keras.Input((None, 5)), keras.Input((8,))
    scores = keras.layers.AveragePooling1D(4 // rows)(keras.layers.Dense(2)(frames))
    network = keras.Model([frames, state], [scores, keras.layers.Dense(kept)(state)])
    with pytest.raises(BundleError) as caught:
        StreamingNetwork(NetworkFile(convert_steps(network), Path("steps.tflite"), 12, 4, 2, np.zeros(5, np.float32)))
    assert str(caught.value) == f"steps.tflite: {reason}"
