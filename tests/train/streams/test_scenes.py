"""Scenes: commands with their times, speech whose commands are uncertain, noise."""

from dataclasses import replace

import numpy as np
import pytest

from whipbird.formats.annotation import Annotation
from whipbird_train.datasets.speech_commands import SILENCE, UNKNOWN, WORDS
from whipbird_train.examples.augment import loud_bounds
from whipbird_train.examples.places import Places
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.soundscapes.mix import CUT_LABEL
from whipbird_train.streams import scenes as module
from whipbird_train.streams.scenes import Scenes, Speech

RATE_HZ = 16_000


def burst(seed, seconds=1.0):
    """A quarter of a second of noise in the middle of silence."""
    sound = np.zeros(round(seconds * RATE_HZ), np.float32)
    middle = len(sound) // 2
    sound[middle - 2000 : middle + 2000] = np.random.default_rng(seed).normal(0, 0.1, 4000)
    return sound


@pytest.fixture
def scenes():
    words = [Sound(burst(number), label, "") for number, label in enumerate((UNKNOWN, *WORDS))]
    speech = [[Speech(burst(9, 2.0), (Annotation(0.9, 1.1, "no"),)), Speech(burst(8, 3.0))], [Speech(burst(7, 1.0))]]
    noises = [np.random.default_rng(1).normal(0, 0.1, 5 * RATE_HZ).astype(np.float32)]
    return Scenes(words, speech, noises, [], Places([], RATE_HZ, 0, 0, 0), RATE_HZ)


def test_streams_have_all_commands_at_their_times(scenes, monkeypatch):
    monkeypatch.setattr(module, "NOISY", 0)
    made = list(scenes.of_words(3, 1))
    assert len(made) == 3
    said = [one.label for scene in made for one in scene.truth]
    assert set(said) == set(WORDS)
    assert 0.6 < len(said) / (3 * module.WORDS_IN_SCENE) < 1
    first = loud_bounds(made[0].sound)[0]
    assert first / RATE_HZ <= made[0].truth[0].begin_s + 0.1
    for one in made[0].truth:
        part = made[0].sound[round(one.begin_s * RATE_HZ) : round(one.end_s * RATE_HZ)]
        assert np.abs(part).max() > 0.2 * np.abs(made[0].sound).max()


def test_in_speech_commands_are_uncertain_and_where_they_are(scenes, monkeypatch):
    monkeypatch.setattr(module, "NOISY", 0)
    made = list(scenes.of_speech(1))
    assert len(made) == 2
    [one] = [said for scene in made for said in scene.truth]
    assert one.label == "no?"
    part = made[0].sound[round(one.begin_s * RATE_HZ) : round(one.end_s * RATE_HZ)]
    assert np.abs(part).max() > 0.5 * np.abs(made[0].sound).max()


def test_long_speech_is_cut_into_scenes(scenes, monkeypatch):
    monkeypatch.setattr(module, "SPEECH_S", 0.5)
    assert len(list(scenes.of_speech(1))) == 3


def test_other_words_are_told_apart_from_commands(scenes):
    [scene] = scenes.of_words(1, 1)
    assert {one.label for one in scene.others} <= {UNKNOWN, CUT_LABEL}
    assert not {one.begin_s for one in scene.truth} & {one.begin_s for one in scene.others}
    assert scene.label == SILENCE


def test_where_nothing_is_said_there_is_silence_and_in_speech_unknown_words(scenes):
    [noise] = scenes.of_noise(1)
    assert (noise.truth, noise.others, noise.label) == ((), (), SILENCE)
    assert {scene.label for scene in scenes.of_speech(1)} == {UNKNOWN}


def test_many_voices_are_unknown_words(scenes, monkeypatch):
    monkeypatch.setattr(module, "NOISY", 1)
    monkeypatch.setattr(module, "BABBLE", 1)
    babbling = replace(scenes, babble=scenes.noises)
    assert [scene.label for scene in babbling.of_words(1, 1)] == [UNKNOWN]
    assert [scene.label for scene in babbling.of_noise(1)] == [SILENCE, UNKNOWN]


def test_noise_fills_the_pauses(scenes, monkeypatch):
    monkeypatch.setattr(module, "NOISY", 1)
    [scene] = scenes.of_words(1, 1)
    assert np.mean(np.abs(scene.sound) > 0) > 0.95


def test_the_same_seed_gives_the_same_scenes(scenes):
    for make in (lambda seed: scenes.of_words(1, seed), scenes.of_speech, scenes.of_noise):
        one, again, other = (next(iter(make(seed))).sound for seed in (1, 1, 2))
        np.testing.assert_array_equal(one, again)
        assert not np.array_equal(one, other)
