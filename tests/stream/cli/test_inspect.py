"""``whipbird inspect`` as users and programs meet it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from matplotlib import image

from command_line import only_line, whipbird_here
from invoking import whipbird_without
from whipbird.system.extras import installation

RATE_HZ = 16_000
EXTRA = ("librosa", "matplotlib", "scipy", "sklearn", "tensorflow")


def whipbird(*arguments, **environment):
    return whipbird_here("inspect", *arguments, env=environment)


@pytest.fixture
def folder(tmp_path, monkeypatch, noise):
    """A folder of one's own, with a recording of noise."""
    monkeypatch.chdir(tmp_path)
    soundfile.write("hiss.wav", noise, RATE_HZ)
    return tmp_path


def test_facts_are_plain_text_in_a_pipe_and_need_no_more_packages(folder):
    done = whipbird_without(EXTRA, "inspect", "hiss.wav")
    assert (done.returncode, done.stderr) == (0, "")
    assert "WAV, 16 bit, 16000 Hz, 1 channel" in done.stdout
    assert "\x1b" not in done.stdout


def test_json_is_an_object_a_line(folder):
    done = whipbird_without(EXTRA, "inspect", "hiss.wav", "hiss.wav", folder, "--json")
    (fields, _) = map(json.loads, done.stdout.splitlines())
    assert fields["path"] == "hiss.wav"
    assert fields["sound"][0]["rms_dbfs"] == pytest.approx(-20, abs=0.2)


def test_bad_recordings_are_a_line_each_and_the_others_go_on(folder):
    (folder / "empty.wav").touch()
    (folder / "text.wav").write_text("no sound at all")
    done = whipbird("nothing.wav", "empty.wav", "hiss.wav", "text.wav", "--json")
    assert done.returncode == 1
    assert [json.loads(line)["path"] for line in done.stdout.splitlines()] == ["hiss.wav"]
    names = [line.split(": ")[1] for line in done.stderr.splitlines()]
    assert names == ["nothing.wav", "empty.wav", "text.wav"]


def test_what_can_be_read_of_a_broken_recording_is_shown(folder):
    path = folder / "hiss.wav"
    path.write_bytes(path.read_bytes()[:16_044])
    done = whipbird(path, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["samples"] == 8000
    assert "breaks off after 0.50 s, 0.50 s before its end" in only_line(done.stderr)


def test_a_figure_with_detections_and_annotations(folder, demo, shipped):
    shutil.copy(demo, "demo.flac")
    Path("notes.csv").write_text("recording,begin_s,end_s,label\ndemo.flac,0.7,1.2,yes\n")
    done = whipbird("demo.flac", "--model", shipped, "--annotations", "notes.csv", "--out", "demo.png")
    assert (done.returncode, done.stderr) == (0, "")
    marked = image.imread("demo.png")
    assert whipbird("demo.flac", "--out", "plain.png").returncode == 0
    plain = image.imread("plain.png")
    assert marked.shape[1] == plain.shape[1] == 1200
    assert marked.shape[0] > plain.shape[0]
    assert len(np.unique(plain.reshape(-1, 4), axis=0)) > 1000


def test_figures_of_several_recordings_go_into_a_folder(folder):
    for name in ("a", "b"):
        (folder / name).mkdir()
        shutil.copy("hiss.wav", folder / name)
    (folder / "pictures").mkdir()
    assert whipbird("a", "b", "--view", "waveform", "--out", "pictures").returncode == 0
    assert sorted(path.name for path in (folder / "pictures").iterdir()) == ["a_hiss.wav.png", "b_hiss.wav.png"]


def test_a_view_that_is_asked_for_is_drawn_in_a_pipe_too(folder):
    done = whipbird("hiss.wav", "--view", "mel", COLUMNS="60", NO_COLOR="1")
    assert "mel spectrogram" in done.stdout
    assert "short-time" not in done.stdout


def test_a_recording_without_annotations_is_reported(folder):
    Path("notes.csv").write_text("recording,begin_s,end_s,label\nother.wav,0.7,1.2,yes\n")
    done = whipbird("hiss.wav", "--view", "waveform", "--annotations", "notes.csv")
    assert done.returncode == 0
    assert only_line(done.stderr) == "whipbird: no annotations for hiss.wav"


@pytest.mark.parametrize("arguments", [("--out", "x.png"), ("--view", "mel")])
def test_one_line_says_what_to_install(folder, arguments):
    done = whipbird_without(EXTRA, "inspect", "hiss.wav", *arguments)
    assert done.returncode == 1
    assert only_line(done.stderr).endswith(f"install them with: {installation('inspect')}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", "2", "--to", "1"), "must be later than --from"),
        (("--from", "soon"), "give seconds or hours:minutes:seconds"),
        (("--channel", "0"), "give a number from 1, or mix"),
        (("--out", "hiss.svg"), "unknown picture format; use .png"),
        (("--time-zone", "Nowhere"), "unknown time zone"),
    ],
)
def test_invalid_options(folder, arguments, message):
    done = whipbird("hiss.wav", *arguments, COLUMNS="200")
    assert done.returncode == 2
    assert message in done.stderr


def test_a_part_that_is_not_there(folder):
    done = whipbird("hiss.wav", "--from", "0:01:00")
    assert done.returncode == 1
    assert "holds no sound from 60 s on; it ends after 1.00 s" in only_line(done.stderr)
