"""What surrounds sounds, where no data set is."""

import numpy as np

from whipbird_train.streams.surroundings import RATE_HZ, read_people, read_surroundings


def test_without_data_sets_noises_and_rooms_are_made(tmp_path, caplog):
    voices = [np.random.default_rng(1).normal(0, 0.1, RATE_HZ).astype(np.float32)]
    noises, babble, places, training = read_surroundings(tmp_path, voices, 3, np.random.default_rng(2))
    assert len(noises) == 3
    assert all(np.any(sound) for sound in (*noises, *babble))
    assert np.any(places.sound(voices[0], np.random.default_rng(3)))
    assert not any(one.recordings for one in training)
    assert f"no read-speech, continuous-speech, noise/esc-10, rooms, speech-commands in {tmp_path}" in caplog.text


def test_without_data_sets_nobody_talks(tmp_path):
    people, training = read_people(tmp_path, lambda words: [])
    assert people == [[]]
    assert not any(one.recordings for one in training)
