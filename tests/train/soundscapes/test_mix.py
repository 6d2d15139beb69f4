"""Streams of sounds at known times."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whipbird.errors import DataError
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.soundscapes.mix import CUT_LABEL, MixSettings, build, mixed

RATE_HZ = 8_000
STEP_S = 1 / RATE_HZ
LABELS = ("left", "right", "yes")


def make_clip(label="yes", group="", begin_s=0.3, end_s=0.7, hiss=1e-4):
    """A second of hiss, with a tone from ``begin_s`` to ``end_s``."""
    time = np.arange(RATE_HZ) * STEP_S
    tone = 0.3 * np.sin(2 * np.pi * 440 * time) * ((time >= begin_s) & (time < end_s))
    noise = np.random.default_rng(0).normal(0, hiss, len(time))
    return Sound((tone + noise).astype(np.float32), label, group)


CLIPS = [
    make_clip(label, f"speaker {take % 2}", 0.2 + 0.05 * take, 0.6 + 0.05 * take)
    for label in LABELS
    for take in range(4)
]
NOISE = [np.random.default_rng(seed).normal(0, 0.1, 5 * RATE_HZ).astype(np.float32) for seed in range(3)]
SETTINGS = MixSettings(rate_hz=RATE_HZ, level_dbfs=(-20.0, -20.0))
QUIET = replace(SETTINGS, snr_db=None, level_dbfs=(-30.0, -20.0))


def level_db(samples):
    return 10 * np.log10(np.mean(np.square(samples, dtype=np.float64)))


def part(stream, event):
    return stream[round(event.begin_s * RATE_HZ) : round(event.end_s * RATE_HZ)]


def gaps(events):
    return [after.begin_s - before.end_s for before, after in pairwise(events)]


def test_in_loud_noise_the_bounds_are_the_best_estimate():
    _, (event,) = build([make_clip(hiss=0.02)], [], QUIET, 1)
    assert event.end_s - event.begin_s == pytest.approx(0.4, abs=0.02)


def test_each_clip_is_placed_once():
    stream, events = build(CLIPS, NOISE, SETTINGS, 1)
    assert Counter(event.label for event in events) == dict.fromkeys(LABELS, 4)
    assert stream.dtype == np.float32


def test_a_stream_of_one_clip():
    clip = make_clip()
    stream, (event,) = build([clip], [], QUIET, 1)
    assert event.label == "yes"
    assert event.end_s - event.begin_s == pytest.approx(0.4)
    assert len(stream) >= len(clip.samples)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.tuples(st.floats(0, 1), st.floats(0, 2)), st.integers(1, 20))
def test_sounds_are_in_order_and_their_gaps_as_asked(seed, gap, count):
    low, high = gap[0], gap[0] + gap[1]
    stream, events = build(CLIPS, [], replace(QUIET, gap_s=(low, high), count=count), seed)
    assert len(events) == count
    assert events == sorted(events)
    assert events[0].begin_s >= 0
    assert events[-1].end_s <= len(stream) * STEP_S
    assert all(low - STEP_S <= gap <= high + STEP_S for gap in gaps(events))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
def test_the_same_seed_makes_the_same_stream(seed):
    asked = replace(SETTINGS, runs=0.3, cut=0.2, count=10)
    stream, events = build(CLIPS, NOISE, asked, seed)
    again, same = build(CLIPS, NOISE, asked, seed)
    assert stream.tobytes() == again.tobytes()
    assert events == same
    assert build(CLIPS, NOISE, asked, seed + 1)[1] != events


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32), st.floats(-5, 20))
def test_every_sound_has_the_ratio_asked_for(seed, snr):
    stream, events = build(CLIPS, NOISE, replace(SETTINGS, snr_db=(snr, snr)), seed)
    below = replace(SETTINGS, snr_db=(-80.0, -80.0), level_dbfs=(-100.0, -100.0))  # background at the level of 0 dB
    background, _ = build(CLIPS, NOISE, below, seed)
    background *= 10 ** (-snr / 20)
    for event in events:
        word, noise = part(stream - background, event), part(background, event)
        assert level_db(word) - level_db(noise) == pytest.approx(snr, abs=0.5)


def test_ratios_fill_their_range():
    stream, events = build(CLIPS, NOISE, replace(SETTINGS, snr_db=(10.0, 30.0), count=100), 1)
    levels = [level_db(part(stream, event)) for event in events]
    assert min(levels) == pytest.approx(-30, abs=1.5)
    assert max(levels) == pytest.approx(-10, abs=1.5)


def test_without_background_each_sound_has_its_own_level():
    stream, events = build(CLIPS, [], replace(QUIET, count=100), 1)
    levels = [level_db(part(stream, event)) for event in events]
    assert -30.1 < min(levels) < -29
    assert -21 < max(levels) < -19.9


def test_nothing_is_digital_silence():
    stream, (event,) = build([make_clip(hiss=0)], [], replace(QUIET, gap_s=(2.0, 2.0)), 1)
    before = stream[: round((event.begin_s - 0.3) * RATE_HZ)]
    assert level_db(before) == pytest.approx(-70, abs=0.5)


def test_another_ratio_does_not_move_the_sounds():
    _, events = build(CLIPS, NOISE, SETTINGS, 1)
    assert build(CLIPS, NOISE, replace(SETTINGS, snr_db=(0.0, 20.0)), 1)[1] == events
    assert build(CLIPS, [], QUIET, 1)[1] == events


def test_backgrounds_are_at_one_level_whatever_they_were():
    loud_and_faint = [NOISE[0], NOISE[1] / 100]
    stream, _ = build([make_clip()], loud_and_faint, replace(SETTINGS, gap_s=(60.0, 60.0)), 1)
    seconds = stream[: 50 * RATE_HZ].reshape(-1, RATE_HZ // 4)
    assert np.ptp([level_db(quarter) for quarter in seconds]) < 3


def test_the_stream_is_as_long_as_asked():
    stream, events = build(CLIPS, NOISE, replace(SETTINGS, seconds=30.0), 1)
    assert len(stream) == 30 * RATE_HZ
    assert events[-1].end_s > 24


def test_the_same_again_is_of_the_same_speaker():
    pitch = {"a": 1.0, "b": 0.5}  # speakers differ in the length of their clips
    clips = [make_clip("yes", group, 0.2, 0.2 + pitch[group] * 0.4) for group in "aabb" for _ in range(3)]
    _, events = build(clips, [], replace(QUIET, gap_s=(1.0, 1.0), runs=1.0), 1)
    for before, after in pairwise(events):
        if after.begin_s - before.end_s < 0.5:
            assert before.end_s - before.begin_s == pytest.approx(after.end_s - after.begin_s)


def test_runs_are_back_to_back_of_one_label_or_of_several():
    _, events = build(CLIPS, [], replace(QUIET, gap_s=(1.0, 1.0), runs=1.0, count=200), 1)
    between = np.array(gaps(events))
    close = between < 0.5
    assert between[close].min() >= 0.1 - STEP_S
    assert between[close].max() <= 0.3 + STEP_S
    lengths = [len(run) for run in np.split(np.arange(200), np.flatnonzero(~close) + 1)][:-1]  # the last is cut short
    assert set(lengths) == {2, 3, 4}
    same = [before.label == after.label for (before, after), near in zip(pairwise(events), close, strict=True) if near]
    assert 0.3 < np.mean(same) < 0.7


def test_a_share_is_cut_in_half():
    stream, events = build([make_clip()], [], replace(QUIET, cut=0.3, count=200), 1)
    halves = [event for event in events if event.label == CUT_LABEL]
    assert 0.2 < len(halves) / len(events) < 0.4
    for event in halves:
        assert event.end_s - event.begin_s == pytest.approx(0.2, abs=2 * STEP_S)
        begin, end = round(event.begin_s * RATE_HZ), round(event.end_s * RATE_HZ)
        before, after = level_db(stream[begin - 80 : begin]), level_db(stream[end : end + 80])
        assert max(before, after) < -50


def test_halves_come_on_top_of_every_clip_once():
    _, events = build(CLIPS, [], replace(QUIET, cut=0.5), 1)
    counts = Counter(event.label for event in events)
    assert counts.pop(CUT_LABEL)
    assert counts == dict.fromkeys(LABELS, 4)


def test_a_sum_too_loud_is_made_quieter():
    stream, _, attenuation_db = mixed(CLIPS, NOISE, replace(SETTINGS, level_dbfs=(0.0, 0.0)), 1)
    assert np.abs(stream).max() == pytest.approx(1)
    assert attenuation_db > 0
    assert mixed(CLIPS, NOISE, SETTINGS, 1)[2] == 0


def test_clips_are_not_changed():
    clip = make_clip(begin_s=0.0, end_s=1.0)
    before = clip.samples.copy()
    build([clip], NOISE, replace(SETTINGS, cut=0.5, count=10), 1)
    assert np.array_equal(clip.samples, before)


def test_no_clips_make_no_stream():
    with pytest.raises(DataError, match="no clips"):
        build([], NOISE, SETTINGS, 1)


def test_a_silent_clip_cannot_be_placed():
    with pytest.raises(DataError, match="it is silent"):
        build([Sound(np.zeros(RATE_HZ, np.float32), "yes")], [], QUIET, 1)


def test_a_stream_too_short_for_any_clip():
    with pytest.raises(DataError, match=r"no clip fits into 0\.6 s"):
        build([make_clip()], [], replace(QUIET, seconds=0.6), 1)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"gap_s": (3.0, 1.0)}, "gap 3:1: give the lower end first"),
        ({"gap_s": (-1.0, 1.0)}, "gap -1:1: must be within 0"),
        ({"level_dbfs": (-20.0, float("nan"))}, "level"),
        ({"snr_db": (0.0, float("inf"))}, "signal-to-noise ratio"),
        ({"runs": 0.8, "cut": 0.4}, "shares"),
        ({"cut": 1.0}, "shares"),
        ({"count": 0}, "at least one"),
        ({"seconds": 0.0}, "more than 0"),
        ({"seconds": 10.0, "count": 3}, "not both"),
    ],
)
def test_settings_out_of_range_are_refused(wrong, says):
    with pytest.raises(DataError, match=says):
        MixSettings(**wrong)
