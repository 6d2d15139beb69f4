import json
import struct
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile

from made_recordings import facts, noise, sine, write
from whipbird.inspect.facts_table import facts_table
from whipbird.recordings.metadata.guano import Guano

COMMENT = (
    b"Recorded at 21:00:00 19/07/2021 (UTC) by AudioMoth 24E144055DA1DC61 at medium gain while battery was 4.1V and "
    b"temperature was 18.5C."
)


def shown(found, width=120):
    from rich.console import Console

    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(facts_table(found, width))
    return capture.get()


def test_format_of_the_file(tmp_path):
    path = write(tmp_path / "two.wav", np.stack((noise(1.5, 48_000),) * 2, axis=1), 48_000, "PCM_24")
    found, _ = facts(path)
    fields = json.loads(json.dumps(found.as_object(), allow_nan=False))
    assert (fields["format"], fields["encoding"], fields["rate_hz"], fields["channels"]) == ("WAV", "PCM_24", 48_000, 2)
    assert (fields["samples"], fields["duration_s"], fields["bytes"]) == (72_000, 1.5, Path(path).stat().st_size)
    assert fields["time_from"] == "modified"
    assert fields["problem"] is None
    assert len(fields["sound"]) == 2
    assert "WAV, 24 bit, 48000 Hz, 2 channels" in shown(found)


def test_start_from_guano(tmp_path):
    path = tmp_path / "bat.flac"
    with soundfile.SoundFile(path, "w", 16_000, 1) as flac:
        flac.comment = Guano({"Timestamp": "2021-07-19T21:00:00+10:00", "Make": "Moth & Co"}).as_text()
        flac.write(noise(1, 16_000))
    found, _ = facts(str(path))
    assert found.start == datetime.fromisoformat("2021-07-19T21:00:00+10:00")
    assert found.guano == {"Timestamp": "2021-07-19T21:00:00+10:00", "Make": "Moth & Co"}
    assert "2021-07-19 21:00:00+10:00, from its GUANO metadata" in shown(found)
    assert "Make: Moth & Co" in shown(found)


def test_start_from_an_audiomoth_comment(tmp_path):
    path = tmp_path / "moth.wav"
    write(path, noise(1, 16_000), 16_000)
    note = b"INFOICMT" + struct.pack("<I", len(COMMENT) + 1) + COMMENT + b"\0"
    note += b"\0" * (len(note) % 2)
    data = path.read_bytes() + b"LIST" + struct.pack("<I", len(note)) + note
    path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])
    found, _ = facts(path)
    assert (found.start, found.time_from) == (datetime(2021, 7, 19, 21, tzinfo=UTC), "audiomoth")
    assert found.as_object()["audiomoth"]["battery_v"] == 4.1
    assert "24E144055DA1DC61, gain medium, 4.1 V, 18.5 °C" in shown(found)


def test_flaws_are_shown_with_their_times(tmp_path):
    sound = noise(2, 16_000)
    sound[8000:8160] = 0
    found, _ = facts(write(tmp_path / "holes.wav", sound, 16_000))
    assert found.sound[0].dropouts_at == [(0.5, 0.51)]
    assert "1, 0.010 s in total, at 0:00:00.50" in shown(found)
    found, _ = facts(write(tmp_path / "clipped.wav", np.clip(sine(440, 1, 16_000, 2), -0.5, 0.5), 16_000))
    assert found.sound[0].clipped_at_dbfs == pytest.approx(-6.02, abs=0.01)
    assert f"{found.sound[0].clipped_samples} samples in 880 flat tops at -6.0 dBFS" in shown(found)


def test_times_count_from_the_start_of_the_recording(tmp_path):
    sound = noise(4, 16_000)
    sound[40_000:40_160] = 0
    found, _ = facts(write(tmp_path / "hole.wav", sound, 16_000), begin_s=2, end_s=3)
    assert found.sound[0].dropouts_at == [(2.5, 2.51)]
    assert found.duration_s == 4
    assert "0:00:02.00 to 0:00:03.00" in shown(found)


def test_a_recording_that_was_cut_off(tmp_path):
    path = tmp_path / "cut.wav"
    write(path, noise(2, 16_000), 16_000)
    path.write_bytes(path.read_bytes()[:32_044])
    found, _ = facts(path)
    assert found.problem == f"{path}: breaks off after 1.00 s, 1.00 s before its end"


def test_channels_in_opposite_phase(tmp_path):
    sound = noise(6, 8_000)
    found, _ = facts(write(tmp_path / "opposite.wav", np.stack((sound, -sound), axis=1), 8_000))
    assert found.as_object()["opposite_phase"] is True
    assert "opposite phase and cancel out in their mix; choose one with --channel" in shown(found)
    found, _ = facts(write(tmp_path / "same.wav", np.stack((sound, sound), axis=1), 8_000))
    assert found.as_object()["opposite_phase"] is False
    assert "phase" not in shown(found)


def test_the_length_is_that_of_the_sound_whatever_the_header_says(tmp_path):
    path = Path(write(tmp_path / "a.wav", noise(1.5, 8_000), 8_000))
    content = path.read_bytes()
    path.write_bytes(content[:40] + bytes(4) + content[44:])
    found, _ = facts(path)
    assert (found.duration_s, found.end_s, found.problem) == (1.5, 1.5, "")


def test_silence_has_no_levels(tmp_path):
    found, _ = facts(write(tmp_path / "silence.wav", np.zeros(16_000), 16_000))
    fields = json.loads(json.dumps(found.as_object(), allow_nan=False))
    assert fields["sound"][0]["peak_dbfs"] is None
    assert fields["sound"][0]["silent_s"] == 1
    assert "none: there is no sound" in shown(found)


@pytest.mark.parametrize("width", [30, 40, 69, 70, 80, 200])
def test_no_number_is_cut_in_a_narrow_terminal(tmp_path, width):
    found, _ = facts(write(tmp_path / "three.wav", np.stack((noise(1, 16_000),) * 3, axis=1), 16_000))
    text = shown(found, width)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
