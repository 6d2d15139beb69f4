"""``whipbird watch`` as users run it: as a process, which may be killed."""

import contextlib
import csv
import json
import os
import shutil
import signal
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from command_line import LIMIT_S, as_objects, only_line, started, whipbird_here
from databases import rows
from hook_server import serving
from unreadable import unreadable_folder
from waiting import wait_until

REPEATS = 7  # of the demo in the long recording, which takes seconds to process
CUT = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


class Station:
    """A watched folder with outputs and a ledger next to it."""

    def __init__(self, folder, demo, model):
        self.folder = folder
        self.model = model
        self.inbox = folder / "in"
        self.inbox.mkdir()
        self.demo = demo

    def add(self, name, to=None):
        path = (to or self.inbox) / name
        path.parent.mkdir(exist_ok=True)
        return Path(shutil.copyfile(self.demo, path))

    def words(self, settle=0.2):
        outputs = [f"--out={self.folder / name}" for name in ("heard.sqlite", "heard.csv", "heard.jsonl")]
        how = ("--model", self.model, "--settle", settle, "--sweep", 0.3)
        return ["watch", self.inbox, "--json", "--ledger", self.folder / "ledger", *how, *outputs]

    def start(self, *options, settle=0.2):
        return started(*self.words(settle), *options, start_new_session=True)

    @contextlib.contextmanager
    def watching(self, settle=0.2):
        """Run a process that watches; it is interrupted at the end, and must end in order."""
        process = self.start(settle=settle)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            _, process.rest = process.communicate(timeout=LIMIT_S)
        assert process.returncode == 0

    def kill_after(self, lines, *options):
        """Watch until nothing is left or this many lines were printed, and kill the process."""
        process = self.start("--once", *options)
        for _ in range(lines):
            if not process.stdout.readline():
                break
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=LIMIT_S)

    def run(self, *options):
        """Watch until nothing is left; returns the processed recordings in order and the exit code. Keeps the log."""
        done = whipbird_here(*self.words(), "--once", *options)
        heard = [line["summary"]["source"] for line in as_objects(done.stdout) if "summary" in line]
        self.log = done.stderr
        return [os.path.basename(name) for name in heard if name], done.returncode

    def events(self):
        """Count each event in the database, which must agree with the other outputs."""
        database = self.folder / "heard.sqlite"
        assert rows(database, "SELECT path FROM recordings WHERE NOT finished") == []
        joined = "SELECT path, label, begin_sample FROM events JOIN recordings ON recordings.id = recording_id"
        counts = Counter(rows(database, joined))
        lines = [json.loads(line) for line in (self.folder / "heard.jsonl").read_text().splitlines()]
        in_lines = Counter((line["source"], line["label"], line["begin_sample"]) for line in lines if "label" in line)
        with (self.folder / "heard.csv").open(newline="") as file:
            in_csv = Counter((row["recording"], row["label"], row["begin_s"]) for row in csv.DictReader(file))
        assert counts == in_lines
        assert counts.total() == in_csv.total()
        assert sorted(counts.values()) == sorted(in_csv.values())
        return counts


@pytest.fixture
def station(tmp_path, demo, first_alone):
    return Station(tmp_path, demo, first_alone)


@pytest.fixture(scope="module")
def long(demo, tmp_path_factory):
    """A recording that takes a while to process."""
    sound, rate_hz = soundfile.read(demo, dtype="int16")
    path = tmp_path_factory.mktemp("long") / "long.flac"
    soundfile.write(path, np.tile(sound, REPEATS), rate_hz)
    return path


def next_line(process, key):
    """Wait for an object that has this key."""
    for line in process.stdout:
        if key in (fields := json.loads(line)):
            return fields
    raise AssertionError(f"ended: {process.stderr.read()}")


def test_a_full_card_is_processed_once_in_order_of_time(station):
    station.add("z_20240501_040000.flac")
    station.add("a_20240503_040000.flac")
    station.add("20240502_040000.flac", station.inbox / "deep")
    station.add("._20240502_040000.flac")
    assert station.run() == (["z_20240501_040000.flac", "20240502_040000.flac", "a_20240503_040000.flac"], 0)
    assert only_line(station.log)
    events = station.events()
    assert events.total() == len(events) > 20
    assert station.run() == ([], 0)
    assert "3 processed before" in only_line(station.log)
    assert station.events() == events


def test_a_damaged_recording_does_not_affect_others(station):
    station.add("20240501_040000.flac")
    (station.inbox / "noise.wav").write_bytes(b"no sound at all")
    heard, code = station.run()
    assert (sorted(heard), code) == (["20240501_040000.flac", "noise.wav"], 1)
    assert "noise.wav: " in station.log.splitlines()[0]
    assert station.run() == ([], 0)
    assert station.run("--retry-failed") == (["noise.wav"], 1)
    station.add("noise.wav")
    assert station.run() == (["noise.wav"], 0)


def test_an_incomplete_recording_is_reported_once_and_processed_when_complete(station):
    path = station.add("20240501_040000.flac")
    os.truncate(path, path.stat().st_size // 2)
    assert station.run() == ([], 1)
    assert str(path) in station.log.splitlines()[0]
    assert station.run() == ([], 0)
    assert station.run("--retry-failed")[0] == [path.name]
    assert str(path) in station.log
    station.add("20240501_040000.flac")
    assert station.run()[0] == [path.name]


def test_other_settings_process_again_only_on_request(station):
    path = station.add("20240501_040000.flac")
    station.run("--label", "yes")
    assert station.run() == ([], 0)
    assert "1 skipped" in station.log
    assert station.run("--again")[0] == [path.name]
    assert station.run("--again")[0] == []


@CUT
def test_a_file_renamed_into_place_is_processed_at_once(station):
    """The settling time is too long for a test."""
    station.inbox.rmdir()
    with station.watching(settle=3600) as process:
        assert "in not found" in process.stderr.readline()
        station.inbox.mkdir()
        assert "in is available" in process.stderr.readline()
        station.add("20240501_040000.flac")  # does not settle in time
        part = station.add("20240502_040000.flac.part")
        part.rename(station.inbox / "20240502_040000.flac")
        assert next_line(process, "summary")["summary"]["source"].endswith("20240502_040000.flac")
    assert process.rest == "whipbird: recordings: 1 processed\n"
    assert {os.path.basename(path) for path, _, _ in station.events()} == {"20240502_040000.flac"}


@CUT
def test_recordings_are_processed_as_they_arrive(station):
    with station.watching() as process:
        for name in ("20240503_040000.flac", "20240501_040000.flac", "20240502_040000.flac"):
            station.add(name)
            assert next_line(process, "summary")["summary"]["source"].endswith(name)
    assert max(station.events().values()) == 1


@CUT
def test_killed_again_and_again_nothing_is_missed_or_doubled(station, long):
    shutil.copy(long, station.inbox / "20240502_040000.flac")
    for day in ("01", "03", "04"):
        station.add(f"202405{day}_040000.flac")
    for events in (1, 9, 40, 15, 60):
        station.kill_after(events)
    assert station.run()[1] == 0
    events = station.events()
    assert set(events.values()) == {1}
    once = Counter(os.path.basename(path) for path, _, _ in events)
    assert once["20240501_040000.flac"] == once["20240503_040000.flac"] == once["20240504_040000.flac"] > 5
    assert once["20240502_040000.flac"] > (REPEATS - 1) * once["20240501_040000.flac"]
    assert station.run() == ([], 0)


@CUT
def test_killed_while_the_webhook_is_down_each_event_is_delivered_once(station, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(station.folder / "state"))
    for day in ("01", "02", "03", "04"):
        station.add(f"202405{day}_040000.flac")
    with serving() as server:
        port = server.server_port
    options = ["--webhook", f"http://127.0.0.1:{port}/heard"]
    for events in (15, 20):
        station.kill_after(events, *options)
    with serving(port) as server:
        assert station.run(*options)[1] == 0
        bodies = server.events
    delivered = Counter((one["source"], one["label"], one["begin_sample"]) for one in bodies)
    assert delivered == station.events()
    assert set(delivered.values()) == {1}
    assert len({one["id"] for one in bodies}) == len(bodies) > 30


@CUT
def test_a_reader_that_goes_away_costs_no_recording(station):
    station.add("a.flac")
    with station.start("--once") as process:
        process.stdout.close()
        assert process.wait(LIMIT_S) == 141
    assert station.run()[1] == 0  # processes the recording again unless it was processed to its end
    assert station.events().total() == 12


@CUT
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_recording_is_processed_from_its_start(station, long, number):
    shutil.copy(long, station.inbox)
    process = station.start("--once")
    next_line(process, "label")
    process.send_signal(number)
    _, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 128 + number
    assert only_line(err)
    assert station.events().total() == 0
    assert station.run()[0] == ["long.flac"]
    assert set(station.events().values()) == {1}


@CUT
def test_a_card_that_is_removed_during_processing(station, long):
    card, pocket = station.inbox / "card", station.folder / "pocket"
    card.mkdir()
    shutil.copy(long, card)
    with station.watching() as process:
        next_line(process, "label")
        card.rename(pocket)
        next_line(process, "summary")
        assert "long.flac: changed or removed during processing" in process.stderr.readline()
        assert station.events().total() == 0
        pocket.rename(card)
        next_line(process, "summary")
    assert set(station.events().values()) == {1}


@CUT
def test_a_recording_written_during_processing_is_processed_again(station, long):
    path = Path(shutil.copy(long, station.inbox))
    with station.watching() as process:
        next_line(process, "label")
        os.utime(path)
        next_line(process, "summary")
        assert "changed or removed" in process.stderr.readline()
        next_line(process, "summary")
    assert set(station.events().values()) == {1}


@CUT
def test_the_folder_itself_may_come_and_go(station):
    station.add("20240501_040000.flac")
    elsewhere = station.folder / "elsewhere"
    with station.watching() as process:
        next_line(process, "summary")
        # Until then the recording may count as removed.
        wait_until(lambda: '"summary"' in (station.folder / "heard.jsonl").read_text())
        station.inbox.rename(elsewhere)
        assert "in is gone (No such file or directory); waiting for it" in process.stderr.readline()
        station.add("20240502_040000.flac", elsewhere)
        elsewhere.rename(station.inbox)
        assert "in is available" in process.stderr.readline()
        assert next_line(process, "summary")["summary"]["source"].endswith("20240502_040000.flac")
    assert set(station.events().values()) == {1}


@pytest.mark.parametrize("where", ["nowhere", "file"])
def test_a_path_that_cannot_be_watched_gives_one_line(station, where):
    path = station.folder / where
    if where == "file":
        path.touch()
    result = whipbird_here("watch", path, "--once", "--ledger", station.folder / "l")
    assert result.returncode == 1
    assert str(path) in only_line(result.stderr)


@pytest.mark.skipif(sys.platform != "linux", reason="the system refuses such names")
def test_a_name_that_is_not_text_and_a_time_far_ahead(station):
    station.add(os.fsdecode(b"20240501_04000\xe9.flac"))
    os.utime(station.add("20240502_040000.flac"), ns=(13 * 10**18,) * 2)  # SQLite holds up to 2262
    heard, code = station.run()
    assert (len(heard), code) == (2, 0)
    assert station.run() == ([], 0)
    assert "2 processed before" in station.log


def test_a_subfolder_that_cannot_be_read_costs_itself_alone(station):
    folder = unreadable_folder(station.inbox)
    station.add("20240501_040000.flac")
    assert station.run() == (["20240501_040000.flac"], 1)
    told, totals = station.log.splitlines()
    assert told.startswith(f"whipbird: {folder}")
    assert totals == "whipbird: recordings: 1 processed, 1 not examined"
    for words in (["replay", "--speed", "max", "--json"], ["inspect", "--json"]):
        shown = whipbird_here(*words, station.inbox)
        assert shown.returncode == 1
        assert only_line(shown.stderr).startswith(f"whipbird: {folder}")
        assert "20240501_040000.flac" in shown.stdout
