"""Clips in files: their names, sound and metadata."""

import json

import numpy as np
import pytest
import soundfile

from whipbird.errors import OutputError, SourceError
from whipbird.recordings.metadata.chunks import read_header
from whipbird.recordings.metadata.guano import from_bytes
from whipbird.segments.segment import Segment, check_labels, recording_in, write_segment

RATE_HZ = 8000


@pytest.fixture
def ramp(tmp_path):
    """Ten seconds of two channels, rising."""
    path = tmp_path / "card_20240501_060000.wav"
    rise = np.linspace(0, 0.9, 10 * RATE_HZ, dtype=np.float32)
    soundfile.write(path, np.stack((rise, -rise), axis=1), RATE_HZ, subtype="FLOAT")
    return path


def test_a_clip_holds_the_sound_with_its_margins(ramp, tmp_path):
    path = write_segment(Segment(str(ramp), ramp.name, "owl", 4, 5, 0.5), tmp_path / "clips")
    assert path == tmp_path / "clips" / "owl" / "card_20240501_060000.wav@0003.500s.flac"
    assert recording_in(path.stem) == ramp.name
    sound, rate_hz = soundfile.read(path)
    whole, _ = soundfile.read(ramp)
    assert rate_hz == RATE_HZ
    np.testing.assert_allclose(sound, whole[28_000:44_000], atol=1e-6)


def test_its_metadata_say_where_the_sound_is(ramp, tmp_path):
    path = write_segment(Segment(str(ramp), ramp.name, "owl", 0.25, 5, 0.5), tmp_path)
    with path.open("rb") as file:
        fields = from_bytes(read_header(file).guano).fields
    assert json.loads(fields["whipbird|Events"]) == [[0.25, 5, 1.0]]
    assert fields["whipbird|Source"] == str(ramp)
    assert fields["Timestamp"].startswith("2024-05-01T06:00:00.000")


def test_the_name_of_a_clip_of_an_event_has_its_score(ramp, tmp_path):
    path = write_segment(Segment(str(ramp), "card/a", "owl/barn", 4, 5, score=0.931, model="birdnet"), tmp_path)
    assert path.relative_to(tmp_path).as_posix() == "owl-barn/card-a@0004.000s_0.93.flac"
    assert recording_in(path.stem) == "card-a"


def test_other_names_have_no_recording():
    assert recording_in("dawn") is None
    assert recording_in("a@b") is None


def test_no_clip_after_the_end(ramp, tmp_path):
    assert write_segment(Segment(str(ramp), ramp.name, "owl", 40, 41), tmp_path) is None


def test_a_recording_that_is_gone(tmp_path):
    with pytest.raises(SourceError, match="No such file"):
        write_segment(Segment(str(tmp_path / "gone.wav"), "gone", "owl", 1, 2), tmp_path)


def test_a_folder_that_cannot_be_made(ramp, tmp_path):
    (tmp_path / "clips").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        write_segment(Segment(str(ramp), ramp.name, "owl", 4, 5), tmp_path / "clips")


def test_labels_of_different_folders():
    check_labels(["owl", "frog", "owl 2"])
