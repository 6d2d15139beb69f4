"""Reports reach every output once, despite interruptions and failures."""

import contextlib
import json
import sqlite3
import threading

import pytest

from databases import rows
from waiting import wait_until
from whipbird.events.reports import GapReport, Summary
from whipbird.recordings.files import Version
from whipbird.sinks.files.open import open_outputs
from whipbird.watch.delivery import Delivery
from whipbird.watch.ledger import Ledger, Status, output_key

A = Version("/card/a.wav", 1000, 1)
REPORTS = [GapReport("/card/a.wav", 0.0, 1.0, "truncated"), Summary("/card/a.wav", 9.0, 1.0, 0, 50.0, None, None)]


class Station:
    """A ledger with outputs, opened as at each start."""

    def __init__(self, folder, *names, ending=lambda: False):
        self.folder = folder
        paths = [str(folder / name) for name in names]
        keys = [output_key(path) for path in paths]
        self.ledger = Ledger(folder / "ledger", "ear", keys)
        self.files = dict(zip(keys, open_outputs(paths, recordings=True, station="hill"), strict=True))
        self.notices = []
        self.delivery = Delivery(self.ledger, self.files, lambda text, _: self.notices.append(text), ending, "hill")

    def stop(self):
        self.ledger.close()
        for file in self.files.values():
            file.close()

    def lines(self, name):
        return [json.loads(line) for line in (self.folder / name).read_text().splitlines()]


@pytest.fixture
def station(tmp_path):
    started = []

    def start(*names, **options):
        if started:
            started[-1].stop()
        started.append(Station(tmp_path, *names, **options))
        return started[-1]

    yield start
    started[-1].stop()


def test_every_output_gets_all(station):
    one = station("a.jsonl", "b.jsonl")
    assert one.delivery.deliver(A, REPORTS)
    assert one.lines("a.jsonl") == one.lines("b.jsonl")
    assert len(one.lines("a.jsonl")) == len(REPORTS)
    assert list(one.ledger.unwritten()) == []
    assert one.ledger.status(A) is Status.PROCESSED


@pytest.mark.parametrize("written", [(), ("a.jsonl",), ("a.jsonl", "b.jsonl")])
def test_a_process_that_dies_while_it_writes(station, tmp_path, written):
    """These outputs were already written, but the ledger does not know it."""
    one = station("a.jsonl", "b.jsonl")
    one.ledger.record(A, REPORTS)
    for name in written:
        one.files[output_key(tmp_path / name)].write(REPORTS)
    for _ in range(2):
        one = station("a.jsonl", "b.jsonl")
        one.delivery.recover()
        assert one.lines("a.jsonl") == one.lines("b.jsonl")
        assert len(one.lines("a.jsonl")) == len(REPORTS)
        assert list(one.ledger.unwritten()) == []


def test_an_output_of_an_earlier_run_still_gets_missing_reports(station):
    station("a.jsonl").ledger.record(A, REPORTS)
    one = station("b.jsonl")
    one.delivery.recover()
    assert len(one.lines("a.jsonl")) == len(REPORTS)
    assert one.lines("b.jsonl") == []


def test_a_database_of_an_earlier_run_gets_the_name_of_the_station(station, tmp_path):
    station("a.sqlite").ledger.record(A, REPORTS)
    station("b.jsonl").delivery.recover()
    assert rows(tmp_path / "a.sqlite", "SELECT name FROM stations") == [("hill",)]
    assert rows(tmp_path / "a.sqlite", "SELECT count(*) FROM gaps") == [(1,)]


def test_an_unreachable_output_gets_reports_later(station, tmp_path):
    (tmp_path / "stick").mkdir()
    station("stick/a.jsonl").ledger.record(A, REPORTS)
    (tmp_path / "stick").rename(tmp_path / "pocket")
    one = station("b.jsonl")
    one.delivery.recover()
    assert len(one.notices) == 1
    assert "there is no folder" in one.notices[0]
    (tmp_path / "pocket").rename(tmp_path / "stick")
    one = station("b.jsonl")
    one.delivery.recover()
    assert one.notices == []
    assert len(one.lines("stick/a.jsonl")) == len(REPORTS)


def test_a_failed_write_is_retried_until_it_succeeds(station, tmp_path):
    (tmp_path / "stick").mkdir()
    one = station("stick/a.jsonl", "b.jsonl")
    (tmp_path / "stick").rename(tmp_path / "pocket")

    def put_back():
        wait_until(lambda: one.notices)
        (tmp_path / "pocket").rename(tmp_path / "stick")

    back = threading.Thread(target=put_back)
    back.start()
    assert one.delivery.deliver(A, REPORTS)
    back.join()
    assert len(one.lines("stick/a.jsonl")) == len(one.lines("b.jsonl")) == len(REPORTS)
    failing, possible = one.notices
    assert "a.jsonl: No such file or directory; trying again" in failing
    assert possible == "writing is possible again"


def test_at_the_end_nothing_is_waited_for_or_lost(station, tmp_path):
    (tmp_path / "stick").mkdir()
    one = station("stick/a.jsonl", "b.jsonl", ending=lambda: True)
    (tmp_path / "stick").rename(tmp_path / "pocket")
    assert one.delivery.deliver(A, REPORTS)
    assert len(one.lines("b.jsonl")) == len(REPORTS)
    (tmp_path / "pocket").rename(tmp_path / "stick")
    one = station("stick/a.jsonl", "b.jsonl")
    one.delivery.recover()
    assert len(one.lines("stick/a.jsonl")) == len(one.lines("b.jsonl")) == len(REPORTS)


def test_reports_that_an_output_can_never_write_do_not_keep_others_from_being_written(station, monkeypatch):
    one = station("a.jsonl", "b.jsonl")
    broken = one.files[output_key(one.folder / "a.jsonl")]
    works = broken.write_missing

    def fail(reports):
        if reports[0].source == A.path:
            raise RuntimeError("a bug")
        works(reports)

    monkeypatch.setattr(broken, "write_missing", fail)
    other = [Summary("/card/b.wav", 9.0, 1.0, 0, 50.0, None, None)]
    assert one.delivery.deliver(A, REPORTS)
    assert one.delivery.deliver(Version("/card/b.wav", 1000, 1), other)
    assert one.notices == [f"{one.folder / 'a.jsonl'}: cannot write some reports: RuntimeError: a bug"]
    assert len(one.lines("a.jsonl")) == 1
    assert len(one.lines("b.jsonl")) == 3
    assert list(one.ledger.unwritten()) == []


@pytest.mark.parametrize(
    "stored", ["[[", "{}", "[1]", '[["Unknown", {}]]', '[["Summary", {"source": 3}]]', "[" * 100_000]
)
@pytest.mark.parametrize("written", [(), ("a.jsonl",)])
def test_stored_reports_that_are_damaged_cost_their_recording_alone(station, tmp_path, stored, written):
    one = station("a.jsonl", "b.jsonl")
    hearing_id = one.ledger.record(A, REPORTS).hearing_id
    for name in written:
        one.files[output_key(tmp_path / name)].write(REPORTS)
        one.ledger.mark_written(hearing_id, output_key(tmp_path / name))
    others = [Summary("/card/b.wav", 9.0, 1.0, 0, 50.0, None, None)]
    one.ledger.record(Version("/card/b.wav", 1000, 1), others)
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger", isolation_level=None)) as connection:
        connection.execute("UPDATE hearings SET reports = ? WHERE id = ?", (stored, hearing_id))
    one = station("a.jsonl", "b.jsonl")
    one.delivery.recover()
    assert len(one.notices) == 1
    assert "ledger: the reports of /card/a.wav are damaged or of another version" in one.notices[0]
    assert len(one.lines("b.jsonl")) == len(others)
    assert one.ledger.status(A) is (Status.PROCESSED_OTHERWISE if written else Status.NEW)
    assert one.delivery.deliver(A, REPORTS)
    assert len(one.lines("a.jsonl")) == len(one.lines("b.jsonl")) == len(REPORTS) + len(others)
    assert one.ledger.status(A) is Status.PROCESSED
