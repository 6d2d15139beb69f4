"""Annotations, and whose they are."""

from pathlib import Path

import pytest

from whipbird.formats.annotation import Annotation, Names, find

YES, NO = Annotation(1.0, 2.5, "yes"), Annotation(4.0, 5.0, "no?")


def test_a_label_with_a_question_mark_is_uncertain():
    assert (YES.uncertain, YES.name) == (False, "yes")
    assert (NO.uncertain, NO.name) == (True, "no")


@pytest.mark.parametrize(
    "key", ["/site/day/rec.wav", "site/day/rec.wav", "./day/rec.wav", "day\\rec.wav", "day/rec", "rec.wav", "rec"]
)
def test_a_recording_is_found_by_any_end_of_its_path(key):
    annotations = {"rec.flac": [], "ec.wav": [], "night/rec.wav": [], "": [], key: [YES]}
    assert find(annotations, Path("/site/day/rec.wav")) == [YES]


def test_what_is_said_under_several_names_of_a_recording_is_joined():
    names = ["/site/day/rec.wav", "site/day/rec", "./day/rec.wav", "day/rec.wav", "day\\rec", "rec.wav", "rec"]
    named = {name: [Annotation(place, place, name)] for place, name in enumerate(names)}
    found = find(dict(reversed(named.items())), Path("/site/day/rec.wav"))
    assert found == [event for events in named.values() for event in events]
    assert set(Names(named).of(Path("/site/day/rec.wav"))) == set(names)
    assert Names(named).of(Path("/site/night/rec.flac")) == ["rec"]


def test_letters_with_accents_are_the_same_however_they_are_written():
    assert find({"e\u0301.wav": [YES]}, Path("\u00e9.wav")) == find({"\u00e9": [YES]}, Path("e\u0301.wav")) == [YES]


def test_a_relative_path_is_found_by_its_full_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find({str(tmp_path / "rec.wav"): [YES]}, Path("day/../rec.wav")) == [YES]


def test_no_events_are_something_else_than_no_annotations():
    assert find({"rec": []}, Path("rec.wav")) == []
    assert find({"rec": []}, Path("other.wav")) is None
