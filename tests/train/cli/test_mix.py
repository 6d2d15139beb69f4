"""The command ``whipbird mix``."""

import json

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from invoking import failed, printed, refused
from unreadable import unreadable_folder
from whipbird.formats.annotation_files import read_annotations
from whipbird_train.cli.mix import app

RATE_HZ = 16_000


def make_word(rate_hz=RATE_HZ):
    """A tone of 0.4 s in the middle of a second of hiss."""
    time = np.arange(rate_hz) / rate_hz
    hiss = np.random.default_rng(1).normal(0, 1e-4, rate_hz)
    return 0.3 * np.sin(2 * np.pi * 500 * time) * (abs(time - 0.5) < 0.2) + hiss


@pytest.fixture
def words(tmp_path):
    """A folder of two labels, three clips of each, and some that are not words."""
    for label in ("no", "yes", "_silence_", "_background_noise_"):
        folder = tmp_path / "words" / label
        folder.mkdir(parents=True)
        for take in range(3):
            soundfile.write(folder / f"ann_nohash_{take}.wav", make_word(), RATE_HZ)
    return tmp_path / "words"


@pytest.fixture
def noises(tmp_path, noise):
    folder = tmp_path / "noises"
    folder.mkdir()
    soundfile.write(folder / "1.wav", noise, RATE_HZ)
    return folder


@pytest.fixture
def table(tmp_path, words):
    """A CSV file with two splits, beside a folder of clips."""
    words.rename(tmp_path / "clips")
    rows = ["yes/ann_nohash_0.wav,yes,ann,train", "yes/ann_nohash_1.wav,yes,ann,validation"]
    rows += ["no/ann_nohash_0.wav,_unknown_,ann,validation", "_silence_/ann_nohash_0.wav,_silence_,-,validation"]
    path = tmp_path / "splits.csv"
    path.write_text("\n".join(["path,label,speaker,split", *rows]) + "\n")
    return path


def labels_in(path):
    return sorted(event.label for events in read_annotations(path).values() for event in events)


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_a_stream_and_its_annotations_are_written(words, noises, tmp_path, suffix):
    out = tmp_path / f"stream{suffix}"
    said = printed(app, words, "--background", noises, "--out", out)
    info = soundfile.info(out)
    assert (info.samplerate, info.channels, info.subtype) == (RATE_HZ, 1, "PCM_16")
    found = read_annotations(tmp_path / "stream.csv")
    assert list(found) == [out.name]
    assert labels_in(tmp_path / "stream.csv") == ["no"] * 3 + ["yes"] * 3
    assert found[out.name][-1].end_s < info.duration
    assert "6 sounds" in said


def test_a_stream_quieter_than_requested_is_said(words, tmp_path):
    result = CliRunner().invoke(app, [str(words), "--level", "0", "--out", str(tmp_path / "loud.wav")])
    assert result.exit_code == 0
    assert "quieter than requested, to avoid clipping" in result.stderr


@pytest.mark.parametrize(("kind", "suffix"), [("csv", ".csv"), ("raven", ".selections.txt"), ("audacity", ".txt")])
def test_every_format_has_the_same_annotations(words, tmp_path, kind, suffix):
    printed(app, words, "--out", tmp_path / "csv.wav")
    printed(app, words, "--out", tmp_path / "other.wav", "--annotations", kind)
    (expected,) = read_annotations(tmp_path / "csv.csv").values()
    (other,) = read_annotations(tmp_path / f"other{suffix}").values()
    assert other == expected


def test_a_table_has_splits_and_unknown_words(table, tmp_path):
    printed(app, table, "--split", "validation", "--out", tmp_path / "stream.wav")
    assert labels_in(tmp_path / "stream.csv") == ["_unknown_", "yes"]


def test_labels_can_be_chosen(words, tmp_path):
    printed(app, words, "--label", "yes", "--out", tmp_path / "stream.wav")
    assert labels_in(tmp_path / "stream.csv") == ["yes"] * 3


def test_a_summary_in_json(words, noises, tmp_path):
    out = tmp_path / "stream.wav"
    said = printed(
        app, words, "--background", noises, "--out", out, "--minutes", 0.5, "--rate", 8000, "--seed", 7, "--json"
    )
    summary = json.loads(said)
    assert summary["file"] == str(out)
    assert summary["seconds"] == 30
    assert summary["seed"] == 7
    assert sum(summary["labels"].values()) == summary["clips"]
    assert soundfile.info(out).samplerate == 8000


def test_all_options_together(words, noises, tmp_path):
    options = ["--gap", "0.1:0.3", "--level", "-30", "--snr", "-5:20", "--runs", 0.3, "--cut", 0.1, "--count", 40]
    said = printed(app, words, "--background", noises, "--out", tmp_path / "stream.wav", *options, "--json")
    assert json.loads(said)["clips"] == 40


def test_the_same_seed_writes_the_same_file(words, noises, tmp_path):
    streams = [tmp_path / name for name in ("a.wav", "b.wav", "c.wav")]
    for out, seed in zip(streams, (1, 1, 2), strict=True):
        printed(app, words, "--background", noises, "--snr", "0:20", "--out", out, "--seed", seed)
    a, b, c = (out.read_bytes() for out in streams)
    assert a == b != c


def test_background_is_named_as_for_all_commands(words, noises, tmp_path):
    """Files, folders and patterns, one or several; each file is used once."""
    out = ("--out", tmp_path / "stream.wav", "--snr", "10")
    files = sorted(file for file in noises.iterdir() if file.is_file())
    printed(app, words, "-b", noises, *out)
    whole = (tmp_path / "stream.wav").read_bytes()
    printed(app, words, *(part for file in files for part in ("-b", file)), "-b", noises / "*.wav", *out)
    assert (tmp_path / "stream.wav").read_bytes() == whole


def test_no_ratio_leaves_the_background_out(words, noises, tmp_path):
    printed(app, words, "--background", noises, "--snr", "none", "--out", tmp_path / "a.wav")
    printed(app, words, "--out", tmp_path / "b.wav")
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_damaged_and_silent_clips_are_named_and_left_out(words, tmp_path, caplog):
    (words / "yes" / "broken.wav").write_bytes(b"RIFF?")
    soundfile.write(words / "no" / "silent.wav", np.zeros(RATE_HZ), RATE_HZ)
    printed(app, words, "--out", tmp_path / "stream.wav")
    assert len(labels_in(tmp_path / "stream.csv")) == 6
    assert "broken.wav" in caplog.text
    assert "silent.wav" in caplog.text


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--out", "stream.mp3"], "use .wav or .flac"),
        (["--out", "nowhere/stream.wav"], "nowhere is not a folder"),
        (["--out", "a.wav", "--label", "maybe"], "no clips of 'maybe'"),
        (["--out", "a.wav", "--split", "test"], "is a folder, which has no splits"),
        (["--out", "a.wav", "--gap", "3:1"], "gap 3:1: give the lower end first"),
        (["--out", "a.wav", "--level", "loud"], "--level 'loud': give a number or a range"),
        (["--out", "a.wav", "--snr", "10"], "--snr 10 needs a background"),
        (["--out", "a.wav", "--background", "nowhere"], "no background recordings in nowhere"),
        (["--out", "a.wav", "--minutes", "1", "--count", "3"], "not both"),
    ],
)
def test_what_cannot_be_done_is_one_line(words, tmp_path, monkeypatch, options, says):
    monkeypatch.chdir(tmp_path)
    assert says in refused(app, "words", *options)
    assert not list(tmp_path.glob("*.wav"))


def test_nothing_to_place(tmp_path):
    out = tmp_path / "stream.wav"
    assert "no clips in" in refused(app, tmp_path, "--out", out)
    assert "cannot read" in refused(app, tmp_path / "nowhere.csv", "--out", out)


def test_errors_in_a_table_are_reported(table, tmp_path):
    out = tmp_path / "stream.wav"
    assert "use one of train, validation" in refused(app, table, "--split", "test", "--out", out)
    assert "would be overwritten" in refused(app, table, "--out", tmp_path / "splits.wav")
    table.write_text("file,label\n1.wav,yes\n")
    assert "no column 'path'" in refused(app, table, "--out", out)
    table.write_text("path,label\n1.wav,\n")
    assert "line 2: no label" in refused(app, table, "--out", out)
    table.write_text("path,label\n1.wav,yes\n")
    assert "none of 1 clips can be used" in refused(app, table, "--out", out)


def test_folders_that_cannot_be_read_are_reported(words, noises, tmp_path):
    unreadable = [unreadable_folder(folder) for folder in (words / "yes", noises)]
    result = failed(app, words, "--background", noises, "--out", tmp_path / "stream.wav", "--json")
    assert json.loads(result.stdout)["clips"] == 6
    for path in unreadable:
        assert f"whipbird: {path}" in result.stderr
