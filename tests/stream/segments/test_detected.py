"""Segments of events, balanced over scores."""

from collections import Counter

import pytest

from made_events import event
from whipbird.activity.recorded_events import RecordedEvents
from whipbird.errors import DataError
from whipbird.segments.detected import balanced, event_segments


def heard(path, *detections):
    return RecordedEvents(path or "mic", path, None, None, "none", 16_000, 1, None, 60.0, 0.0, 0.0, detections)


@pytest.fixture
def card(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"")
    return str(tmp_path / "a.wav")


def test_events_are_drawn_from_all_scores(card):
    scores = [0.95] * 50 + [0.55] * 3 + [0.31] * 30
    found = event_segments(
        [heard(card, *(event(n, 1, score=score, label="owl") for n, score in enumerate(scores)))], 2, pytest.fail
    )
    drawn = balanced(found, 20, seed=1)
    assert Counter(one.score for one in drawn) == {0.95: 9, 0.55: 3, 0.31: 8}
    assert drawn == balanced(found, 20, seed=1)
    assert (drawn[0].name, drawn[0].margin_s, drawn[0].label) == ("a.wav", 2, "owl")


def test_recordings_that_are_gone_are_reported(card):
    told = []
    found = event_segments([heard(card, event(1, 1)), heard("/gone/b.wav", event(1, 1))], 0, told.append)
    assert len(found) == 1
    assert told == ["1 recording no longer there: /gone/b.wav"]


def test_live_sources_have_no_recording():
    with pytest.raises(DataError, match="live sources"):
        event_segments([heard(None, event(1, 1))], 0, pytest.fail)
