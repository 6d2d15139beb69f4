"""Scenes of phrases: they are where the annotations say."""

import numpy as np

from whipbird_train.examples.places import Places
from whipbird_train.phrases.background import Background
from whipbird_train.phrases.scenes import PhraseScenes
from whipbird_train.streams.scenes import Speech

RATE_HZ = 16_000


def tone(hertz, seconds=0.5):
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ).astype(np.float32)


def test_phrases_are_annotated_and_what_sounds_like_them_is_other_words():
    places = Places([], RATE_HZ, 0.0, 0.0, 0.0)
    background = Background([[Speech(tone(400, 3.0))]], [tone(50, 2.0)], [], places, [])
    phrases = {"high": ((1.0, [tone(2000)]), (0.5, []))}
    near = {"high": ((1.0, [tone(600)]),)}
    one, again = (next(PhraseScenes.of(background, phrases, near, RATE_HZ).of_phrases(1, 3)) for _ in range(2))
    np.testing.assert_array_equal(one.sound, again.sound)
    assert {said.label for said in one.truth} == {"high"}
    assert len(one.truth) > 5
    assert {said.label for said in one.others} <= {"_unknown_", "_cut_"}
    assert one.others
    for said in one.truth:
        part = one.sound[round(said.begin_s * RATE_HZ) : round(said.end_s * RATE_HZ)]
        hertz = np.fft.rfftfreq(len(part), 1 / RATE_HZ)[np.abs(np.fft.rfft(part)).argmax()]
        assert 1700 < hertz < 2400
