"""``whipbird export`` of databases; tests of scans are beside those of their results."""

import contextlib
import csv
import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from command_line import check_refused, only_line, whipbird_here
from made_events import event as made_event
from made_mornings import DAWN, end, event, opening
from whipbird.database.writer import Database
from whipbird.formats.annotation import Annotation
from whipbird.formats.annotation_files import read_annotations


@pytest.fixture
def recording(tmp_path, demo):
    """A recording in a folder of a folder."""
    path = tmp_path / "card" / "monday" / "a.flac"
    path.parent.mkdir(parents=True)
    return Path(shutil.copy(demo, path))


@pytest.fixture
def database(tmp_path, recording):
    """A microphone that was plugged in twice, and a recording that was processed twice, further at the second time."""
    one, path = Database(tmp_path / "heard.sqlite", "hill"), str(recording)
    for hours in (0, 3):
        start = DAWN + timedelta(hours=hours)
        one.write([opening("north/1", start=start), event(60 + hours, "north/1", start=start), end(3600, "north/1")])
    one.write([opening(path, path), event(1, path), end(10, path)])
    one.write(
        [opening(path, path), event(1, path), made_event(12, 1, source=path, label="no", score=0.5), end(20, path)]
    )
    one.close()
    return tmp_path / "heard.sqlite"


def exported(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_each_recording_has_a_file_with_each_event_once(database, recording, tmp_path):
    done = whipbird_here("export", database, "--form", "csv", "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{tmp_path / 'out'}: 3 files with 4 events\n"
    live = ["north-1_20240430T193000Z.csv", "north-1_20240430T223000Z.csv"]
    assert exported(tmp_path / "out") == ["a.flac.csv", *live]
    with (tmp_path / "out" / "a.flac.csv").open(newline="", encoding="utf-8") as file:
        rows = [
            (row["recording"], row["begin_s"], row["label"], row["score"], row["zone"]) for row in csv.DictReader(file)
        ]
    assert rows == [
        (str(recording), "1", "yes", "0.9000", "+10:00"),
        (str(recording), "12", "no", "0.5000", "+10:00"),
    ]
    assert read_annotations(tmp_path / "out" / live[1]) == {"north/1": [Annotation(63.0, 64.0, "yes")]}


@pytest.mark.parametrize(("form", "suffix"), [("raven", ".raven.txt"), ("audacity", ".audacity.txt")])
def test_files_are_beside_the_database_unless_told_otherwise(database, tmp_path, form, suffix):
    assert whipbird_here("export", database, "--form", form, "--source", "*.flac").returncode == 0
    path = tmp_path / f"heard-{form}" / f"a.flac{suffix}"
    (events,) = read_annotations(path).values()
    assert [(event.begin_s, event.label) for event in events] == [(1, "yes"), (12, "no")]


def test_folders_of_recordings_are_kept(database, recording, tmp_path):
    other = tmp_path / "card" / "b.flac"
    other.write_bytes(recording.read_bytes() + b"another")
    one = Database(database, "hill")
    one.write([opening(str(other), str(other)), event(1, str(other)), end(10, str(other))])
    one.close()
    assert whipbird_here(
        "export", database, "-f", "csv", "-o", tmp_path / "out", "--source", "card", "--source", "monday"
    )
    assert exported(tmp_path / "out") == ["b.flac.csv", "monday/a.flac.csv"]


def test_names_of_species_are_known_if_the_model_is_installed(tmp_path):
    one = Database(tmp_path / "heard.sqlite", "hill")
    one.write([opening(), made_event(1, source="north", model="capuchinbird", label="capuchinbird")])
    one.write([made_event(2, source="north", model="mine", label="capuchinbird"), end(60)])
    one.close()
    whipbird_here("export", tmp_path / "heard.sqlite", "--form", "birdnet", "--out", tmp_path / "out")
    (path,) = (tmp_path / "out").iterdir()
    with path.open(newline="", encoding="utf-8") as file:
        names = [(row["Scientific name"], row["Common name"]) for row in csv.DictReader(file)]
    assert names == [("Perissocephalus tricolor", "Capuchinbird"), ("capuchinbird", "capuchinbird")]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET begin_s = 'no'",
        "UPDATE events SET end_s = 9e999",
        "UPDATE events SET score = x'00'",
        "UPDATE events SET time = 'noon'",
        "UPDATE events SET begin_sample = 'no'",
        "UPDATE listed_labels SET label = x'00' WHERE label = 'yes'",
        "UPDATE recordings SET rate_hz = 'no'",
        "UPDATE recordings SET utc_offset_s = 1e9",
    ],
)
def test_a_damaged_database_is_one_line(database, tmp_path, change):
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute(change)
    shown = whipbird_here("export", database, "--form", "raven", "--out", tmp_path / "out")
    assert shown.returncode == 1
    assert only_line(shown.stderr).startswith(f"whipbird: {database}: is damaged: ")


def test_wrong_options_say_what_to_do(database, tmp_path):
    folder = tmp_path / "out"
    check_refused(whipbird_here("export", database, "--form", "xml"), 2, "is not one of 'raven', 'audacity', 'birdnet'")
    check_refused(whipbird_here("export", database, "--form", "csv", "--to", folder), 2, "given with --out")
    folder.mkdir()
    (folder / "notes.txt").touch()
    check_refused(whipbird_here("export", database, "--form", "csv", "--out", folder), 1, "is not overwritten")
    check_refused(whipbird_here("export", database, "--form", "csv", "--label", "yess"), 1, "did you mean 'yes'?")
