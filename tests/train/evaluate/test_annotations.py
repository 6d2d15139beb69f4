"""Annotations, and whose they are."""

from pathlib import Path

import pytest

from train.evaluate.annotations import Annotation, find

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


def test_the_most_exact_name_counts():
    exact = ["/site/day/rec.wav", "/site/day/rec", "day/rec.wav", "day/rec", "rec.wav", "rec"]
    for number in range(len(exact)):
        named = {key: [Annotation(place, place, key)] for place, key in enumerate(exact) if place >= number}
        assert find(dict(reversed(named.items())), Path("/site/day/rec.wav")) == named[exact[number]]


def test_a_relative_path_is_found_by_its_full_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find({str(tmp_path / "rec.wav"): [YES]}, Path("day/../rec.wav")) == [YES]


def test_no_events_are_something_else_than_no_annotations():
    assert find({"rec": []}, Path("rec.wav")) == []
    assert find({"rec": []}, Path("other.wav")) is None
