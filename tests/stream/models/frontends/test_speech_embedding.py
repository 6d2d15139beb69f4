"""The speech embedding of a stream depends on its sound alone, however it is computed."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_networks import made_network
from whipbird.errors import BundleError
from whipbird.models.frontends.embedding_steps import BANDS, CHUNK_ROWS, CHUNKS, WIDTH, make_embedding
from whipbird.models.frontends.speech_embedding import STEP, SpeechEmbedding, SpeechNetworks
from whipbird.models.runtimes.batched import AT_ONCE, BatchedNetwork


@pytest.fixture(scope="module")
def folder():
    package = pytest.importorskip("pyopen_wakeword", reason="it has the networks of the embedding")
    return Path(package.__file__).parent / "models"


@pytest.fixture(scope="module")
def networks(folder):
    files = ("melspectrogram.tflite", "embedding_model.tflite")
    return SpeechNetworks(*((folder / name).read_bytes() for name in files), folder)


def made_sound(seed, seconds):
    random = np.random.default_rng(seed)
    loudness = 10 ** random.uniform(-4, -0.5)
    return random.normal(0, loudness, round(seconds * 16_000)).astype(np.float32)


def test_an_embedding_in_steps_is_that_of_the_whole_network(folder):
    content = (folder / "embedding_model.tflite").read_bytes()
    embedding = make_embedding(content, folder)
    whole = BatchedNetwork(content, (76, BANDS, 1), WIDTH, folder)
    rows = np.random.default_rng(2).normal(1, 3, (30, CHUNK_ROWS, BANDS)).astype(np.float32)
    states = [embedding.new_state()]
    found = np.concatenate([embedding.push(states, one[None]) for one in rows])[CHUNKS - 1 :]
    every = rows.reshape(-1, BANDS)
    windows = np.stack([every[CHUNK_ROWS * first :][:76] for first in range(len(found))])
    np.testing.assert_array_equal(found, whole.run(windows[..., None]))
    assert type(embedding).__name__ == "_Steps"


@settings(max_examples=8, deadline=None)
@given(seeds=st.lists(st.integers(0, 99), min_size=1, max_size=AT_ONCE + 3), draw=st.data())
def test_streams_that_are_pushed_together_are_computed_as_each_alone(networks, seeds, draw):
    """Whatever the sizes of the pieces."""
    sounds = [made_sound(seed, 1.2) for seed in seeds]
    together, found, places = [SpeechEmbedding(networks) for _ in seeds], [[] for _ in seeds], [0] * len(seeds)
    for _ in range(8):
        sizes = [draw.draw(st.sampled_from((0, 500, STEP, 5 * STEP))) for _ in seeds]
        pieces = [sound[place : place + size] for sound, place, size in zip(sounds, places, sizes, strict=True)]
        places = [place + size for place, size in zip(places, sizes, strict=True)]
        frames = SpeechEmbedding.push_each(list(zip(together, pieces, strict=True)))
        for own, new in zip(found, frames, strict=True):
            own.append(new)
    for sound, place, own in zip(sounds, places, found, strict=True):
        np.testing.assert_array_equal(np.concatenate(own), SpeechEmbedding(networks).push(sound[:place]))


def test_a_network_that_is_made_otherwise_runs_whole(folder):
    content = made_network(WIDTH, "sigmoid", shape=(1, 76, BANDS, 1))
    embedding = make_embedding(content, folder)
    rows = np.random.default_rng(3).normal(0, 0.1, (CHUNKS, 1, CHUNK_ROWS, BANDS)).astype(np.float32)
    states = [embedding.new_state()]
    found = [embedding.push(states, one)[0] for one in rows][-1]
    expected = BatchedNetwork(content, (76, BANDS, 1), WIDTH, folder).run(rows.reshape(1, -1, BANDS)[:, :76, :, None])
    np.testing.assert_array_equal(found, expected[0])


def test_a_network_of_another_size_is_refused_in_one_line(folder):
    with pytest.raises(BundleError, match=r"it gives 95 numbers, not 96") as caught:
        make_embedding(made_network(95, shape=(1, 76, BANDS, 1)), folder / "embedding.tflite")
    assert "\n" not in str(caught.value)
