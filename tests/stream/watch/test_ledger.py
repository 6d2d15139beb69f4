"""The ledger: what it stores about recordings and their reports."""

import contextlib
import json
import sqlite3
import sys
from pathlib import Path

import pytest

from whipbird.database.writer import Database
from whipbird.errors import OutputError, WhipbirdError
from whipbird.events.reports import GapReport, Listener
from whipbird.recordings.files import Version
from whipbird.watch.ledger import APPLICATION_ID, VERSION_1, Ledger, Status, default_ledger

A = Version("/card/a.wav", 1000, 1)
REPORTS = [GapReport("/card/a.wav", 0.0, 1.0, "truncated")]


@pytest.fixture
def ledger(tmp_path):
    opened = []

    def open_(fingerprint="ear", outputs=()):
        opened.append(Ledger(tmp_path / "deep" / "ledger.sqlite", fingerprint, outputs))
        return opened[-1]

    yield open_
    for one in opened:
        one.close()


def test_a_recording_is_recorded_once(ledger):
    assert ledger().status(A) is Status.NEW
    ledger().record(A, REPORTS)
    assert ledger().status(A) is Status.PROCESSED


@pytest.mark.parametrize("other", [Version(A.path, 1001, 1), Version(A.path, 1000, 2), Version("/card/b.wav", 1000, 1)])
def test_a_changed_recording_is_new(ledger, other):
    ledger().record(A, REPORTS)
    assert ledger().status(other) is Status.NEW


def test_other_fingerprints_and_outputs_are_distinguished(ledger):
    ledger("ear", ["x"]).record(A, REPORTS)
    assert ledger("ear", ["x"]).status(A) is Status.PROCESSED
    assert ledger("ear").status(A) is Status.PROCESSED
    assert ledger("other", ["x"]).status(A) is Status.PROCESSED_OTHERWISE
    assert ledger("ear", ["x", "y"]).status(A) is Status.PROCESSED_OTHERWISE


def test_only_outputs_that_lack_the_reports_get_them(ledger):
    ledger("ear", ["x"]).record(A, REPORTS)
    assert ledger("ear", ["x", "y"]).record(A, REPORTS).outputs == ("y",)
    assert ledger("ear", ["x", "y"]).status(A) is Status.PROCESSED
    assert ledger("other", ["x", "y"]).record(A, REPORTS).outputs == ("x", "y")


def test_unwritten_reports_are_kept(ledger):
    first = ledger("ear", ["x", "y"])
    hearing_id = first.record(A, REPORTS).hearing_id
    first.mark_written(hearing_id, "x")
    (left,) = ledger("another", ["z"]).unwritten()
    assert (left.outputs, left.reports) == (("y",), REPORTS)
    first.mark_written(hearing_id, "y")
    assert list(first.unwritten()) == []


def test_without_outputs_nothing_is_kept(ledger):
    ledger().record(A, REPORTS)
    ledger("ear", ["x"]).record(A, [], "incomplete")
    assert list(ledger().unwritten()) == []


def test_a_failure_counts_until_a_success(ledger):
    ledger("ear", ["x"]).record(A, REPORTS, "broken")
    assert ledger().status(A) is Status.FAILED
    assert ledger("other").status(A) is Status.FAILED
    ledger("ear", ["x"]).record(A, REPORTS)
    assert ledger("ear", ["x"]).status(A) is Status.PROCESSED


@pytest.mark.parametrize("is_left", ["nothing", "an empty file"])
def test_a_deleted_output_is_forgotten(ledger, tmp_path, is_left):
    path = tmp_path / "x.csv"
    path.write_text("heard")
    one = ledger("ear", [str(path), "webhook-1"])
    hearing_id = one.record(A, REPORTS).hearing_id
    for output in (str(path), "webhook-1"):
        one.mark_written(hearing_id, output)
    assert ledger("ear", [str(path), "webhook-1"]).status(A) is Status.PROCESSED
    path.unlink()
    if is_left == "an empty file":
        path.touch()
    assert ledger("ear", [str(path)]).status(A) is Status.PROCESSED_OTHERWISE
    assert ledger("ear", ["webhook-1"]).status(A) is Status.PROCESSED


def test_a_name_that_is_not_text(ledger):
    odd = Version("/card/\udcff.wav", 1, 1)
    ledger().record(odd, REPORTS, "no \udcff")
    assert ledger().status(odd) is Status.FAILED


@pytest.mark.parametrize("kind", ["text", "other", "events", "folder", "version"])
def test_other_files_are_refused_and_left_unchanged(tmp_path, kind):
    path = tmp_path / "ledger.sqlite"
    if kind == "text":
        path.write_text("secrets, and so many of them that they are longer than the head of a database" * 20)
    elif kind == "folder":
        path.mkdir()
    elif kind == "events":
        Database(path, "hill").close()
    else:
        if kind == "version":
            Ledger(path, "ear").close()
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE IF NOT EXISTS mine (id)")
        connection.execute("PRAGMA user_version = 99")
        connection.close()
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(WhipbirdError, match=r"ledger"):
        Ledger(path, "ear")
    assert before is None or path.read_bytes() == before


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other folders")
def test_the_default_ledger_is_in_the_state_folder(monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", "/elsewhere")
    assert default_ledger() == Path("/elsewhere/whipbird/heard.sqlite")


def test_unwritten_reports_of_the_first_version_are_kept(tmp_path):
    path = tmp_path / "ledger.sqlite"
    listener = {"model": "birds", "version": "1.0", "labels": ["wren"]}
    opening = {
        "source": "a.wav", "path": "a.wav", "rate_hz": 16_000, "channels": 1, "channel": None, "start": None,
        "time_from": "none", "opened": "2024-05-02T12:00:00+00:00", "listeners": [listener],
    }  # fmt: skip
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in VERSION_1:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1")
        connection.execute("INSERT INTO recordings VALUES (1, 'a.wav', 1, 1)")
        reports = json.dumps([["Opening", opening]])
        connection.execute("INSERT INTO hearings VALUES (1, 1, 'ear', '2024-05-02', NULL, ?)", (reports,))
        connection.execute("INSERT INTO outputs VALUES (1, 'x', 0)")
    ledger = Ledger(path, "ear", ["x"])
    (unwritten,) = ledger.unwritten()
    assert unwritten.reports[0].listeners == (Listener("birds", "1.0", ("wren",)),)
    ledger.close()


def test_a_damaged_ledger_is_not_tried_again(tmp_path):
    path = tmp_path / "ledger.sqlite"
    one = Ledger(path, "ear", ["x"])
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE hearings")
    connection.close()
    with pytest.raises(WhipbirdError, match=r"it has no table .*; move it away to start with a new one") as caught:
        one.record(A, REPORTS)
    assert not isinstance(caught.value, OutputError)  # which delivery would wait for
    one.close()
