"""The front end of small computers equals the original to the last bit, and does not depend on cuts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_of_others import read_sound
from whipbird.models.frontends.micro import MicroFeatures
from whipbird.models.frontends.micro_spectrum import band_magnitudes

RATE_HZ = 16_000


def original(sound):
    """Features of pymicro-features, shape (frames, 40)."""
    package = pytest.importorskip("pymicro_features", reason="pymicro-features is what this is compared with")
    frontend, found = package.MicroFrontend(), []
    rest = np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16).tobytes()
    while len(rest) >= 320:
        result = frontend.process_samples(rest[:320])
        rest = rest[2 * result.samples_read :]
        if result.features:
            found.append(result.features)
    return np.array(found, np.float32)


def noise(loudness, seconds=2):
    """White noise in steps of 16 bits, with a second of silence in the middle."""
    made = np.random.default_rng(1).normal(0, loudness, seconds * RATE_HZ)
    steps = np.clip(np.rint(made * 32768), -32768, 32767) / 32768
    return np.concatenate((steps, np.zeros(RATE_HZ), steps)).astype(np.float32)


@pytest.mark.parametrize("loudness", [5e-5, 1e-3, 0.03, 0.3, 1.0])
def test_features_are_the_originals_however_loud(loudness):
    sound = noise(loudness)
    np.testing.assert_array_equal(MicroFeatures().push(sound), original(sound))


def test_features_of_speech_are_the_originals(data):
    for path in sorted((data / "wake-words" / "alexa").glob("*.opus"))[:10]:
        sound = read_sound(path, RATE_HZ)
        features = MicroFeatures().push(sound)
        np.testing.assert_array_equal(features, original(sound))
        assert features.max() > 5


@given(cuts=st.lists(st.integers(0, 5 * RATE_HZ), max_size=20))
def test_cuts_change_nothing(cuts):
    sound, frontend = noise(0.03), MicroFeatures()
    pieces = [frontend.push(piece) for piece in np.split(sound, sorted(cuts))]
    np.testing.assert_array_equal(np.concatenate(pieces), MicroFeatures().push(sound))


@given(lengths=st.lists(st.lists(st.integers(0, 1_600), min_size=3, max_size=3), min_size=1, max_size=5))
def test_streams_that_are_computed_together_keep_their_own_noise(lengths):
    sounds = [noise(loudness) for loudness in (1e-3, 0.03, 0.3)]
    together, found, places = [MicroFeatures() for _ in sounds], [[], [], []], [0, 0, 0]
    for round_ in lengths:
        pieces = [sounds[number][places[number] :][:length] for number, length in enumerate(round_)]
        for number, own in enumerate(MicroFeatures.push_each(list(zip(together, pieces, strict=True)))):
            found[number].append(own)
            places[number] += len(pieces[number])
    for own, sound, place in zip(found, sounds, places, strict=True):
        np.testing.assert_array_equal(np.concatenate(own), MicroFeatures().push(sound[:place]))


def test_whole_clips_start_anew():
    clips = np.stack([noise(0.03), noise(0.3)])
    features = MicroFeatures().whole(clips)
    assert features.shape == (2, 498, 40)
    np.testing.assert_array_equal(features[1], MicroFeatures().push(clips[1]))


def test_silence_has_no_features():
    frontend = MicroFeatures()
    assert not frontend.silence().any()
    assert not frontend.push(np.zeros(RATE_HZ, np.float32)).any()


def test_a_tone_is_in_one_band():
    tone = np.sin(2 * np.pi * 1000 * np.arange(480) / RATE_HZ).astype(np.float32)
    magnitudes = band_magnitudes(tone[None])[0]
    assert magnitudes.argmax() == 12
    assert np.median(magnitudes) < magnitudes.max() / 100
