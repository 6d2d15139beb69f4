"""Events get the verdicts on their sounds."""

import shutil

from made_events import event
from made_verdicts import recorded, verdict
from whipbird.activity.judged import with_verdicts
from whipbird.database.fingerprint import fingerprint, identity
from whipbird.database.verdicts import KnownVerdicts


def answers(recording, *verdicts):
    (found,) = with_verdicts([recording], KnownVerdicts(verdicts))
    return [None if one.verdict is None else one.verdict.answer.value for one in found.detections]


def test_an_event_has_the_verdict_on_its_sound():
    assert answers(recorded(event(1.0), event(9.0)), verdict("no")) == ["no", None]


def test_a_verdict_holds_for_an_event_of_another_run():
    """With other bounds, from another model."""
    assert answers(recorded(event(0.9, 0.8, model="other")), verdict("no")) == ["no"]


def test_a_recording_that_was_moved_keeps_its_verdicts(tmp_path, demo):
    first, moved = tmp_path / "first.flac", tmp_path / "moved.flac"
    shutil.copy(demo, moved)
    given = verdict(recording=str(first), identity=identity(fingerprint(str(moved)), str(moved)))
    assert answers(recorded(event(1.0), source=str(moved)), given) == ["yes"]


def test_another_recording_of_that_name_has_none(tmp_path, demo):
    path = tmp_path / "a.flac"
    shutil.copy(demo, path)
    assert answers(recorded(event(1.0), source=str(path)), verdict(recording=str(path), identity="another")) == [None]
