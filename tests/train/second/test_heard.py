"""What the first network hears in scenes, and what it is called."""

import numpy as np
import pytest

from whipbird.formats.annotation import Annotation
from whipbird_train.second.heard import MOST_IN_ROW, Ear, Heard
from whipbird_train.streams.scenes import Scene

RATE_HZ, FRAMES = 16_000, 197
UNKNOWN = 1


@pytest.fixture
def ear(commands):
    return Ear(commands, FRAMES, 0.3, UNKNOWN)


@pytest.fixture
def spoken(say):
    """ "stop", which begins after three seconds of faint noise, and when its sound begins and ends."""
    word = say("stop")
    sound = np.random.default_rng(1).normal(0, 1e-4, 6 * RATE_HZ).astype(np.float32)
    sound[3 * RATE_HZ : 3 * RATE_HZ + len(word)] += word
    loud = np.flatnonzero(np.abs(word) > 0.05 * np.abs(word).max()) / RATE_HZ
    return sound, 3 + loud[0], 3 + loud[-1]


def listen(ear, sound, *truth):
    return ear.listen(Scene(sound, truth), np.random.default_rng(1))


def test_a_command_is_heard_as_what_it_is(ear, spoken, commands):
    sound, begin_s, end_s = spoken
    heard = listen(ear, sound, Annotation(begin_s, end_s, "stop"))
    stop = commands.card.labels.index("stop")
    assert 1 <= (heard.labels == stop).sum() <= MOST_IN_ROW
    assert set(heard.labels) <= {stop, UNKNOWN}  # when it is past, what is left of it is no command
    assert heard.windows.shape[1:] == (FRAMES, 40)
    assert heard.windows.dtype == np.float16


def test_what_is_no_command_is_unknown(ear, spoken):
    heard = listen(ear, spoken[0])
    assert len(heard.labels)
    assert set(heard.labels) == {UNKNOWN}


def test_near_an_uncertain_command_nothing_is_learned(ear, spoken):
    sound, begin_s, end_s = spoken
    assert not len(listen(ear, sound, Annotation(begin_s, end_s, "stop?")).labels)


def test_a_command_is_not_learned_before_it_is_said(ear, spoken):
    sound, begin_s, _ = spoken
    assert not len(
        listen(ear, sound[: round((begin_s + 0.4) * RATE_HZ)], Annotation(begin_s, begin_s + 0.5, "stop")).labels
    )


def test_in_silence_nothing_is_heard(ear):
    heard = listen(ear, np.zeros(3 * RATE_HZ, np.float32))
    assert heard.windows.shape == (0, FRAMES, 40)


def test_the_last_frames_are_those_of_the_window_that_was_scored(ear, spoken, commands):
    for window in listen(ear, spoken[0]).windows.astype(np.float32):
        scores = commands.windowed_network.score_window(window[-commands.card.window :])
        assert scores[commands.card.reported].sum() > 0.25


def test_parts_are_joined_in_order():
    parts = [Heard(np.full((n, 2, 3), n, np.float16), np.full(n, n)) for n in (1, 2)]
    joined = Heard.joined(parts)
    assert joined.labels.tolist() == [1, 2, 2]
    assert joined.windows[:, 0, 0].tolist() == [1, 2, 2]
