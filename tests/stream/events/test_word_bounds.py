import numpy as np
import pytest

from whipbird.events.word_bounds import FLOOR_DB, frame_levels_db, is_pause, sound_bounds

FRAME = 160  # 10 ms at 16 kHz


def levels(*parts):
    """Levels of 10 ms frames, from (seconds, decibels)."""
    return np.concatenate([np.full(round(100 * seconds), decibels, np.float32) for seconds, decibels in parts])


@pytest.mark.parametrize(
    ("row", "bounds"),
    [
        (levels((0.3, -60), (0.4, -20), (0.3, -60)), (30, 70)),
        (levels((0.3, -60), (0.1, -25), (0.08, -60), (0.2, -20), (0.3, -60)), (30, 68)),  # the pause in "stop"
        (levels((0.2, -60), (0.2, -25), (0.2, -60), (0.2, -20), (0.2, -60)), (60, 80)),  # a longer pause
        (levels((0.2, -60), (0.2, -20), (0.2, -60), (0.2, -25), (0.2, -60)), (20, 40)),
        (levels((0.3, -20), (0.7, -60)), (0, 30)),
        (levels((0.7, -60), (0.3, -20)), (70, 100)),
        (levels((1, -40)), None),
        (levels((0.5, -40), (0.5, -35)), None),
        (np.empty(0, np.float32), None),
    ],
)
def test_a_word_is_around_its_loudest_frame_if_it_stands_out(row, bounds):
    assert sound_bounds(row) == bounds


def test_silence_has_the_least_level():
    np.testing.assert_allclose(frame_levels_db(np.zeros(3 * FRAME, np.float32), FRAME), [FLOOR_DB] * 3)


def test_only_whole_frames_have_levels():
    sound = np.zeros(2 * FRAME + 1, np.float32)
    assert [frame_levels_db(sound[:count], FRAME).shape for count in (0, FRAME - 1, FRAME, len(sound))] == [
        (0,),
        (0,),
        (1,),
        (2,),
    ]


def test_ten_times_the_amplitude_is_20_db_more(noise):
    soft, loud = frame_levels_db(noise / 10, FRAME), frame_levels_db(noise, FRAME)
    np.testing.assert_allclose(loud - soft, 20, atol=0.001)


@pytest.mark.parametrize("offset", [0.1, -0.5])
def test_a_constant_offset_is_not_loud(offset, noise):
    np.testing.assert_allclose(
        frame_levels_db(noise + np.float32(offset), FRAME), frame_levels_db(noise, FRAME), atol=0.01
    )


def test_hum_does_not_hide_a_word(noise):
    time_s = np.arange(16_000) / 16_000
    hum = 0.3 * np.sin(2 * np.pi * 50 * time_s)
    word = np.where((time_s >= 0.3) & (time_s < 0.7), 0.5 * noise, 0)
    assert sound_bounds(frame_levels_db((hum + word).astype(np.float32), FRAME)) == pytest.approx((30, 70), abs=1)


def test_a_pause_is_between_two_words_and_not_in_them():
    row = levels((0.1, -60), (0.25, -20), (0.2, -60), (0.25, -25), (0.2, -60))
    assert [frame for frame in range(100) if is_pause(row, frame)] == list(range(35, 55))


def test_a_pause_may_be_louder_than_the_sound_before_both_words():
    """Speakers breathe and rooms echo: a pause is compared with the words beside it."""
    row = levels((0.2, -75), (0.25, -20), (0.2, -45), (0.25, -25), (0.1, -75))
    assert [frame for frame in range(100) if is_pause(row, frame)] == list(range(45, 65))


@pytest.mark.parametrize(
    "row",
    [
        levels((0.3, -60), (0.15, -25), (0.1, -60), (0.2, -20), (0.25, -60)),  # the closure in "stop"
        levels((0.2, -60), (0.25, -20), (0.55, -60)),  # the end of a word
        levels((0.2, -60), (0.25, -20), (0.2, -60), (0.03, -20), (0.32, -60)),  # a click after it
        levels((0.3, -40), (0.2, -43), (0.5, -40)),
        levels((1, -40)),
    ],
    ids=["closure", "end", "click", "faint", "flat"],
)
def test_what_is_no_pause(row):
    assert not any(is_pause(row, frame) for frame in range(len(row)))


def test_there_is_no_pause_at_the_ends_or_in_nothing():
    assert not is_pause(levels((0.2, -60), (0.5, -20)), 0)
    assert not is_pause(levels((0.5, -20), (0.2, -60)), 69)
    assert not is_pause(np.empty(0, np.float32), 0)
