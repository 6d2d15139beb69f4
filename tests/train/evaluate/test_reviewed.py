"""Thresholds from verdicts on events, which are scored again."""

from dataclasses import replace

import pytest

from made_verdicts import verdict
from whipbird.activity.recorded_events import RecordedEvents
from whipbird.engine.run import run_source
from whipbird.events.detection import Detection
from whipbird.review.precision import LEAST_JUDGED
from whipbird.review.sampling import candidates_of
from whipbird.sources.replay import Replay
from whipbird_train.evaluate.reviewed import reviewed_card, reviewed_labels


@pytest.fixture(scope="module")
def found(demo, commands):
    """The events of the demo."""
    source = Replay(str(demo))
    source.open()
    events = []
    run_source(source, [commands], events.append)
    return [one for one in events if isinstance(one, Detection)]


def judged(found, path, right):
    """Events of one label, each judged."""
    events = [
        replace(one, label="yes", source=path, verdict=verdict("yes" if right(one) else "no", drawn=True))
        for one in found
        if one.label == "yes"
    ]
    recording = RecordedEvents(path, path, None, None, "none", 16_000, 1, None, 10.0, 0.0, 0.0, events)
    return candidates_of([recording] * -(-LEAST_JUDGED // len(events)))


@pytest.fixture(scope="module")
def right(found, demo, commands):
    """The label whose events are all right."""
    (one,) = reviewed_labels(judged(found, str(demo), lambda event: True), commands, 0.9)
    return one


def test_right_events_keep_their_threshold(right, commands):
    assert right.label == "yes"
    assert right.before.precision == 1
    assert right.after.threshold <= commands.card.debounce["yes"].on
    assert right.why_not == ""


def test_wrong_events_leave_no_threshold(found, demo, commands):
    (one,) = reviewed_labels(judged(found, str(demo), lambda event: False), commands, 0.9)
    assert one.after is None
    assert one.why_not == "no threshold is so precise"


def test_events_without_sound_are_left_out(found, demo, commands, tmp_path):
    notes = []
    gone = judged(found, str(tmp_path / "gone.flac"), lambda event: True)
    assert reviewed_labels(gone, commands, 0.9, notify=notes.append) == []
    assert "judged events are left out: " in notes[0]


def test_a_card_gets_the_thresholds(right, commands):
    high = replace(right, after=replace(right.after, threshold=0.97))
    card = reviewed_card(commands.card, [high], 0.9)
    assert card.debounce["yes"].on == 0.97
    assert card.debounce["no"] == commands.card.debounce["no"]
    assert all(point["yes"].on >= 0.97 for name, point in card.operating_points.items() if name == "strict")
    assert card.results["reviews"]["labels"]["yes"]["threshold"] == 0.97
