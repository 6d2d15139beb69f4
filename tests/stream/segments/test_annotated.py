"""Segments of annotated recordings."""

import numpy as np
import pytest
import soundfile

from whipbird.errors import DataError
from whipbird.formats.annotation import Annotation
from whipbird.segments.annotated import annotated_files, drawn_background, other_segments, sound_segments
from whipbird.segments.segment import BACKGROUND, OTHER_SOUNDS

RATE_HZ = 8000


@pytest.fixture
def dawn(tmp_path):
    """A recording of half a minute, and one of ten seconds."""
    for name, seconds in (("dawn", 30), ("dusk", 10)):
        soundfile.write(tmp_path / f"{name}.wav", np.zeros(seconds * RATE_HZ, np.float32), RATE_HZ)
    return [str(tmp_path / "dawn.wav"), str(tmp_path / "dusk.wav")]


def files_of(recordings, annotations, labels=(), warn=lambda text: None):
    return annotated_files(recordings, {"dawn": annotations}, labels, warn)


def background_of(recordings, annotations, labels=(), most_s=3600):
    found = drawn_background(files_of(recordings, annotations), labels, most_s, 1, pytest.fail)
    assert {one.label for one in found} == {BACKGROUND}
    return sorted((one.name, one.begin_s, one.end_s) for one in found)


def test_each_certain_sound_is_a_segment(dawn):
    annotations = [
        Annotation(1, 2, "owl"),
        Annotation(5, 6, "owl?"),
        Annotation(8, 9, "_wind"),
        Annotation(9, 9.5, "frog"),
    ]
    (file, other) = files_of(dawn, annotations)
    found = sound_segments(file, (), margin_s=2)
    assert [(one.label, one.begin_s, one.end_s, one.margin_s) for one in found] == [
        ("owl", 1, 2, 2),
        ("frog", 9, 9.5, 2),
    ]
    assert [one.label for one in sound_segments(file, ("frog",), 2)] == ["frog"]
    assert sound_segments(other, (), 2) == []


def test_complete_annotations_leave_the_rest_as_background(dawn):
    found = background_of(dawn, [Annotation(4, 5, "owl"), Annotation(20, 21, "owl?")])
    assert found == [
        ("dawn.wav", 0, 3.5),
        ("dawn.wav", 5.5, 15.5),
        ("dawn.wav", 15.5, 19.5),
        ("dawn.wav", 21.5, 30),
        ("dusk.wav", 0, 10),
    ]


def test_sounds_with_other_labels_are_background_of_those_that_are_wanted(dawn):
    found = background_of(dawn, [Annotation(4, 5, "owl"), Annotation(12, 13, "frog")], labels=("owl",))
    assert ("dawn.wav", 5.5, 15.5) in found


def test_annotated_other_sounds_are_apart_from_background(dawn):
    annotations = [Annotation(4, 8, "_wind"), Annotation(6, 7, "owl"), Annotation(9, 9.3, "_dove?")]
    (file, other) = files_of(dawn, annotations)
    found = other_segments(file, ())
    assert [(one.label, one.begin_s, one.end_s) for one in found] == [(OTHER_SOUNDS, 4, 5.5), (OTHER_SOUNDS, 7.5, 8)]
    assert other_segments(other, ()) == []
    assert ("dawn.wav", 7.5, 17.5) in background_of(dawn, annotations)  # which is a sample of all that is no call


def test_background_is_limited(dawn):
    found = background_of(dawn, [Annotation(4, 5, "owl")], most_s=15)
    assert 5 <= sum(end_s - begin_s for _, begin_s, end_s in found) <= 15


def test_annotations_of_other_recordings_are_reported(dawn):
    with pytest.raises(DataError, match=r"none of the annotated recordings is among those given \(noon.wav\)"):
        annotated_files(dawn, {"noon.wav": [Annotation(1, 2, "owl")]}, (), pytest.fail)
    warned = []
    annotated_files(dawn, {"noon": [], "dusk": [Annotation(1, 2, "owl")]}, (), warned.append)
    assert warned == ["annotated, but not among the recordings: noon"]


@pytest.mark.parametrize(
    ("labels", "chosen", "message"),
    [
        (["owl", "Owl"], [], "'Owl' and 'owl' differ only in case"),
        (["owl"], ["frog"], "no annotations of frog; annotated: owl"),
    ],
)
def test_labels_that_cannot_be_used(dawn, labels, chosen, message):
    with pytest.raises(DataError, match=message):
        files_of(dawn, [Annotation(n, n + 1, label) for n, label in enumerate(labels)], chosen)


def test_an_annotation_that_could_belong_to_two_recordings_is_refused(tmp_path, dawn):
    with pytest.raises(DataError, match=r"could belong to .* add the folder"):
        files_of([*dawn, str(tmp_path / "b" / "dawn.wav")], [Annotation(1, 2, "owl")])
