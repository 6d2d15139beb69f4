"""The sound of clips: background without the parts that calls were cut out of, and with synthetic noise."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_calls import made_clips, made_recording
from whipbird_train.calls.clips import CallClip, read_folder
from whipbird_train.calls.sounds import SHORTEST_S, Call, Quiet, Sounds, _parts, read_clips
from whipbird_train.calls.train import LEAST_BACKGROUND_S, _warn_of_events, _with_background

RATE_HZ = 16_000


def test_parts_that_calls_were_cut_out_of_are_no_background(tmp_path, caplog):
    clips = made_clips(tmp_path / "clips")
    (tmp_path / "nights").mkdir()
    made_recording(tmp_path / "nights" / "night 0.wav", 0, [3.0, 9.0])
    made_recording(tmp_path / "nights" / "wind.wav", 9)
    folder = read_folder(clips, tmp_path / "nights")
    assert "cut out of 1 recording of the background (night 0.wav)" in caplog.text
    night = next(one for one in folder.background if one.path.parent.name == "nights" and one.left_out_s)
    assert night.source == folder.calls[0].source  # they are never apart
    assert np.allclose(night.left_out_s, [(2.0, 4.6), (8.0, 10.6)])
    pieces = [one for one in read_clips(folder, RATE_HZ).background if one.path == str(night.path)]
    lengths = [(one.begin_s, len(one.wave) / RATE_HZ) for one in pieces]
    assert np.allclose(lengths, [(0.0, 2.0), (4.6, 3.4), (10.6, 9.4)])


@given(st.lists(st.tuples(st.floats(0, 70), st.floats(0, 9)), max_size=6), st.integers(1, 60 * 100))
def test_the_parts_of_background_are_apart_from_what_is_left_out(spans, length):
    left_out_s, end_s = [], 0.0
    for gap_s, length_s in spans:
        left_out_s.append((end_s + gap_s, end_s + gap_s + length_s))
        end_s = left_out_s[-1][1]
    clip = CallClip("a.wav", "", "a", left_out_s=tuple(left_out_s))
    used = np.zeros(length, int)
    for begin, end in _parts(clip, length, 100):
        assert 0 <= begin <= end <= length
        assert not spans or end - begin >= SHORTEST_S * 100
        used[begin:end] += 1
    assert used.max() <= 1
    for begin_s, until_s in left_out_s:
        assert not used[round(begin_s * 100) : round(until_s * 100)].any()
    if not spans:
        assert used.all()


def test_synthetic_noise_is_no_background():
    call = Call(np.ones(RATE_HZ, np.float32), 0, 100, 1, "a")
    found = _with_background(Sounds([call], [Quiet(np.ones(10 * RATE_HZ, np.float32), "a")], RATE_HZ))
    assert found.background_s == 10
    assert found.noise_s > LEAST_BACKGROUND_S
    assert found.judged.sources == frozenset()


def test_calls_in_events_are_found_by_those_that_are_annotated(tmp_path, caplog):
    folder = read_folder(made_clips(tmp_path / "clips"))
    first = folder.calls[0]
    event = replace(first, bounds_s=(0.0, 2.6), is_exact=False)
    mixed = replace(folder, calls=(event, *folder.calls[1:]))
    found, *others = read_clips(mixed, RATE_HZ).calls
    assert found.begin / RATE_HZ == pytest.approx(first.bounds_s[0], abs=0.05)
    assert found.end - found.begin == others[0].end - others[0].begin
    _warn_of_events(replace(mixed, calls=mixed.calls * 2))
    assert not caplog.text
    _warn_of_events(replace(folder, calls=(event,) * 5))
    assert "5 clips of 'whistle': only the event is known" in caplog.text
