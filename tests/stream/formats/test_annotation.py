"""Annotations, and the recordings they belong to."""

from pathlib import Path

import pytest

from whipbird.formats.annotation import Annotation, RecordingNames, annotations_of

YES, NO = Annotation(1.0, 2.5, "yes"), Annotation(4.0, 5.0, "no?")


def test_a_label_with_a_question_mark_is_uncertain():
    assert (YES.uncertain, YES.name) == (False, "yes")
    assert (NO.uncertain, NO.name) == (True, "no")


@pytest.mark.parametrize(
    "key", ["/site/day/rec.wav", "site/day/rec.wav", "./day/rec.wav", "day\\rec.wav", "day/rec", "rec.wav", "rec"]
)
def test_a_recording_is_found_by_any_end_of_its_path(key):
    annotations = {"rec.flac": [], "ec.wav": [], "night/rec.wav": [], "": [], key: [YES]}
    assert annotations_of(annotations, Path("/site/day/rec.wav")) == [YES]


def test_annotations_under_several_names_of_a_recording_are_joined():
    names = ["/site/day/rec.wav", "site/day/rec", "./day/rec.wav", "day/rec.wav", "day\\rec", "rec.wav", "rec"]
    named = {name: [Annotation(place, place, name)] for place, name in enumerate(names)}
    found = annotations_of(dict(reversed(named.items())), Path("/site/day/rec.wav"))
    assert found == [event for events in named.values() for event in events]
    assert set(RecordingNames(named).of(Path("/site/day/rec.wav"))) == set(names)
    assert RecordingNames(named).of(Path("/site/night/rec.flac")) == ["rec"]


def test_accented_letters_match_in_every_encoding():
    assert (
        annotations_of({"e\u0301.wav": [YES]}, Path("\u00e9.wav"))
        == annotations_of({"\u00e9": [YES]}, Path("e\u0301.wav"))
        == [YES]
    )


def test_a_relative_path_is_found_by_its_full_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert annotations_of({str(tmp_path / "rec.wav"): [YES]}, Path("day/../rec.wav")) == [YES]


def test_no_events_differs_from_no_annotations():
    assert annotations_of({"rec": []}, Path("rec.wav")) == []
    assert annotations_of({"rec": []}, Path("other.wav")) is None
