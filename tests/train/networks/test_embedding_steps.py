"""The speech embedding in steps gives what the published network gives of whole windows."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whipbird.errors import WhipbirdError
from whipbird.models.frontends.speech_embedding import EMBEDDING, MEL, WIDTH, SpeechEmbedding, SpeechNetworks
from whipbird_train.export.convert import convert_steps
from whipbird_train.networks import embedding_steps as module
from whipbird_train.networks.embedding_steps import embedding_steps, published

pytest.importorskip("pyopen_wakeword")
SOUND = (0.05 * np.random.default_rng(1).standard_normal(40_000)).astype(np.float32)


@pytest.fixture(scope="module")
def steps():
    files = published()
    return SpeechNetworks(files[MEL], convert_steps(embedding_steps(files[EMBEDDING])), Path("bundle"), steps=True)


@pytest.fixture(scope="module")
def expected():
    files = published()
    return SpeechEmbedding(SpeechNetworks(files[MEL], files[EMBEDDING], Path("bundle"))).push(SOUND)


def test_it_gives_the_same_embeddings_as_whole_windows(steps, expected):
    found = SpeechEmbedding(steps).push(SOUND)
    assert found.shape == expected.shape == ((len(SOUND) - 13_280) // 1280 + 1, WIDTH)
    np.testing.assert_allclose(found, expected, atol=1e-3, rtol=1e-4)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, len(SOUND)), max_size=8))
def test_they_do_not_depend_on_how_the_sound_is_cut(steps, cuts):
    stream = SpeechEmbedding(steps)
    edges = [0, *sorted(cuts), len(SOUND)]
    pieces = [stream.push(SOUND[begin:end]) for begin, end in itertools.pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate(pieces), SpeechEmbedding(steps).push(SOUND))


def test_silence_is_that_of_the_published_networks(steps):
    files = published()
    whole = SpeechNetworks(files[MEL], files[EMBEDDING], Path("bundle"))
    np.testing.assert_allclose(steps.silence, whole.silence, atol=1e-3)


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(WhipbirdError, match="missing: pyopen_wakeword"):
        published()
