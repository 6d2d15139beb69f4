"""Results of a scan in the formats of other programs, and as a report."""

import csv
import json
import os
from pathlib import Path

import pytest
import soundfile

from command_line import whipbird_here
from made_archive import words


@pytest.fixture(scope="module")
def scanned(scan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    (folder / "in" / "a").mkdir(parents=True)
    names = ("20240501_053000.wav", "a/20240501_060000.wav", "ö" * 124 + ".wav")
    for number, name in enumerate(names):
        soundfile.write(folder / "in" / name, words(20, 16_000, number), 16_000)
    soundfile.write(folder / "in" / "a" / "quiet.wav", 0 * words(3, 16_000), 16_000)
    done = scan(folder / "in", "--out", folder / "out", "--time-zone", "UTC")
    assert done.returncode == 0, done.stderr
    return folder / "out"


def run(*arguments, code=0):
    done = whipbird_here(*arguments)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.mark.parametrize(
    ("form", "suffix", "header"),
    [("raven", ".raven.txt", 1), ("audacity", ".audacity.txt", 0), ("birdnet", ".birdnet.csv", 1), ("csv", ".csv", 1)],
)
def test_each_recording_has_a_file_and_each_event_a_line(scanned, tmp_path, form, suffix, header):
    printed = run("export", scanned, "--form", form, "--out", tmp_path / "to")
    files = [path for path in (tmp_path / "to").rglob("*") if path.is_file()]
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) - header for path in files)
    assert printed.endswith(f"3 files with {lines} events\n")
    assert tmp_path / "to" / "a" / f"20240501_060000.wav{suffix}" in files
    assert all(len(os.fsencode(path.name)) <= 255 for path in files)
    assert "is not overwritten" in run("export", scanned, "--form", form, "--out", tmp_path / "to", code=1)


def test_times_count_from_the_start_of_each_recording(scanned, tmp_path):
    run("export", scanned, "--form", "audacity", "--out", tmp_path / "to", "--all")
    files = [path for path in (tmp_path / "to").rglob("*") if path.is_file()]
    assert len(files) == 4
    ends = [float(line.split("\t")[1]) for path in files for line in path.read_text().splitlines()]
    assert 0 < max(ends) <= 20


def test_some_events_are_selected(scanned, tmp_path):
    """By day, label, score and folder, in exports and in the report alike."""
    selection = ("--from", "2024-05-01T05:45", "--to", "2024-05-01", "--min-score", "0.97", "--source", "in/a")
    run("export", scanned, "--form", "csv", "--out", tmp_path / "to", *selection)
    (file,) = [path for path in (tmp_path / "to").rglob("*") if path.is_file()]
    assert file.name == "20240501_060000.wav.csv"
    with file.open(newline="", encoding="utf-8") as table:
        events = list(csv.DictReader(table))
    assert events
    assert all(float(event["score"]) >= 0.97 for event in events)
    content = json.loads(run("report", scanned, "--json", *selection))
    assert sum(one["events"] for one in content["labels"]) == len(events)
    assert sum(one["heard_s"] for one in content["sources"]) == pytest.approx(20)
    assert "use one of" in run("export", scanned, "--form", "csv", "--label", "whisper", code=1)


def test_the_report_counts_events_and_effort(scanned):
    content = json.loads(run("report", scanned, "--json"))
    assert sum(one["recordings"] for one in content["sources"]) == 4
    assert sum(one["heard_s"] for one in content["sources"]) == pytest.approx(63)
    assert {hour["hour"] for hour in content["hours"] if hour["events"]} >= {5, 6}
    assert {Path(one["source"]).name for one in content["sources"]} == {"in", "a"}


def test_a_folder_that_is_no_scan_is_one_line(tmp_path):
    assert "is not the folder of a scan" in run("export", tmp_path, "--form", "csv", code=1)
