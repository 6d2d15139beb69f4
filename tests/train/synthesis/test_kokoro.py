"""Kokoro: what goes into the network, and what that comes out is no speech."""

import shutil

import numpy as np
import pytest

from whipbird.errors import WhipbirdError
from whipbird_train.synthesis import kokoro
from whipbird_train.synthesis.kokoro import ACCENTS, Kokoro, Said, phonemes

OUT_HZ, RATE_HZ = 24_000, 16_000
VOICES = {
    "low": np.arange(40, dtype=np.float32).reshape(10, 4),
    "high": np.full((10, 4), 100, np.float32),
}
needs_espeak = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng turns texts into phonemes")


class Network:
    """Remembers what it was given, and answers with a sound between two silences."""

    def __init__(self, sound):
        self.sound = sound
        self.given = []

    def run(self, names, given):
        self.given.append(given)
        silence = np.zeros(OUT_HZ // 10, np.float32)
        return [np.concatenate((silence, self.sound, silence))]


@pytest.fixture
def speaker(monkeypatch):
    monkeypatch.setattr(kokoro, "phonemes", lambda text, accent: text)

    def make(sound):
        made = Kokoro(VOICES)
        made.__dict__["_network"] = Network(np.asarray(sound, np.float32))
        made.__dict__["_vocabulary"] = {"a": 5, "b": 7}
        return made

    return make


def tone(seconds, peak=0.5):
    return peak * np.sin(0.2 * np.arange(round(seconds * OUT_HZ)))


def said(text="ab", voices=(("low", 0.5), ("high", 0.5)), speed=1.25):
    return Said(text, "en-us", voices, speed)


def test_phonemes_a_mixed_voice_and_the_speed_go_in_and_speech_without_silence_comes_out(speaker):
    one = speaker(tone(0.3))
    sound = one.speak(said("a?b"), RATE_HZ)
    [given] = one._network.given
    assert given["tokens"].dtype == np.int64
    assert given["tokens"].tolist() == [[0, 5, 7, 0]]  # what is not in the vocabulary is not said
    np.testing.assert_allclose(given["style"], [[54, 54.5, 55, 55.5]])  # of two phonemes
    np.testing.assert_allclose(given["speed"], [1.25])
    assert len(sound) == pytest.approx(0.3 * RATE_HZ, rel=0.01)


@pytest.mark.parametrize(
    ("sound", "message"),
    [
        (np.zeros(5000), "silence came out"),
        (tone(0.3, 0.01), "silence came out"),
        (np.full(5000, np.nan), "silence came out"),
        (tone(0.01), "no speech came out"),  # far too fast
        (tone(3), "no speech came out"),  # far too long
        (np.clip(tone(0.3, 4), -1, 1), "no speech came out"),
    ],
)
def test_what_is_no_speech_is_an_error(speaker, sound, message):
    with pytest.raises(WhipbirdError, match=f"{message} for 'ab'"):
        speaker(sound).speak(said(), RATE_HZ)


@pytest.mark.parametrize("text", ["", "?", "ab" * 5])
def test_a_text_has_phonemes_but_not_more_than_a_voice(speaker, text):
    with pytest.raises(WhipbirdError, match="cannot be spoken"):
        speaker(tone(0.3)).speak(said(text), RATE_HZ)


def test_without_the_packages_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(kokoro, "PARTS", ("no_such_package",))
    monkeypatch.setattr(kokoro, "VOCABULARY", "no_such_vocabulary")
    for part in ("_network", "_vocabulary"):
        with pytest.raises(WhipbirdError, match=r"no_such_\w+.*voices"):
            getattr(Kokoro(VOICES), part)


def test_only_the_same_text_in_the_same_voice_has_the_same_key():
    others = [said("ba"), said(voices=(("low", 1.0),)), said(speed=1.2), Said("ab", "en-gb", said().voices, 1.25)]
    assert said().key == said().key
    assert len({said().key, *(one.key for one in others)}) == 5


@needs_espeak
def test_punctuation_stays_between_phonemes():
    spoken = phonemes("Stop, now!", "en-us")
    assert spoken.startswith("st")
    assert spoken.endswith("!")
    assert ", " in spoken


@needs_espeak
def test_every_accent_exists_and_some_differ():
    assert len({phonemes("go down and off", accent) for accent in ACCENTS}) > 3
