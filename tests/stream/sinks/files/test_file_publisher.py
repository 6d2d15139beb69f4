"""Files that cannot be written for a while: listening goes on, and nothing is lost that there was room for."""

import json
import sqlite3
import threading
import time

import pytest

from databases import rows
from made_events import Notes
from waiting import LIMIT_S, wait_until
from whipbird.database.writer import Database
from whipbird.errors import OutputError
from whipbird.events.reports import GapReport, Notice
from whipbird.formats.jsonl import JsonFormatter
from whipbird.sinks import publisher as publishers
from whipbird.sinks.files import file_publisher as module
from whipbird.sinks.files.file_publisher import FilePublisher
from whipbird.sinks.files.text_file import TextFile
from whipbird.sinks.publisher import BATCH, QUEUE_LENGTH


def gap(number):
    return GapReport("microphone", number, number + 1, "overflow")


class Failing:
    """Keeps batches, and fails as long as it is to."""

    name = "heard.jsonl"
    note = ""

    def __init__(self, error=None):
        self.error = error
        self.batches = []
        self.closed = False

    def write(self, reports):
        if self.error is not None:
            raise self.error
        self.batches.append(list(reports))

    def close(self):
        self.closed = True

    @property
    def reports(self):
        return [report for batch in self.batches for report in batch]


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(module, "PAUSES_S", (0.01, 0.02))


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), OutputError("database is locked")])
def test_writing_is_tried_again_until_it_succeeds(error):
    file, notes = Failing(error), Notes()
    publisher = FilePublisher(file, live=True, notify=notes)
    for number in range(3):
        publisher.publish(gap(number))
    wait_until(lambda: notes)
    file.error = None
    assert publisher.close()
    assert file.reports == [gap(number) for number in range(3)]
    assert file.closed
    assert publisher.lost == 0
    reason = "No space left on device" if isinstance(error, OSError) else "database is locked"
    assert notes == [
        f"heard.jsonl: {reason}; listening continues, and writing will be retried",
        "heard.jsonl: is written again",
    ]


def test_what_finds_no_room_meanwhile_is_counted_and_told():
    file, notes = Failing(OSError(28, "full")), Notes()
    publisher = FilePublisher(file, live=True, notify=notes)
    publisher.publish(gap(0))
    wait_until(lambda: notes)
    for number in range(1, QUEUE_LENGTH + 8):
        publisher.publish(gap(number))
    file.error = None
    assert publisher.close()
    assert publisher.lost == 7
    assert file.reports == [gap(number) for number in range(QUEUE_LENGTH + 1)]
    assert max(map(len, file.batches)) == BATCH
    assert notes[-1] == "heard.jsonl: is written again; 7 reports are lost"


def test_a_source_that_can_wait_does():
    file, notes = Failing(OSError(28, "full")), Notes()
    publisher = FilePublisher(file, live=False, notify=notes)
    count = QUEUE_LENGTH + 100

    def publish():
        for number in range(count):
            publisher.publish(gap(number))

    thread = threading.Thread(target=publish)
    thread.start()
    wait_until(lambda: notes)
    file.error = None
    thread.join()
    assert publisher.close()
    assert file.reports == [gap(number) for number in range(count)]


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("long", [True, False])
def test_the_end_does_not_wait_for_ever(monkeypatch, live, long):
    monkeypatch.setattr(publishers, "GIVE_UP_S", 0.1)
    monkeypatch.setattr(publishers, "GRACE_S", LIMIT_S)  # for a thread that ends, on a busy machine
    file = Failing(OSError(28, "full"))
    publisher = FilePublisher(file, live, Notes())
    for number in range(5):
        publisher.publish(gap(number))
    if long:  # it had failed for a long time already
        wait_until(lambda: publisher.failing_s > 0.2)
    assert publisher.close(timeout_s=0.1 if live else None)
    assert publisher.lost == 5
    assert file.closed


@pytest.mark.parametrize("ends", [OSError(28, "full"), None])
def test_what_an_output_that_is_stuck_holds_is_counted_once(ends):
    reached, released = threading.Event(), threading.Event()

    class Stuck(Failing):
        def write(self, reports):
            reached.set()
            released.wait()
            super().write(reports)

    publisher = FilePublisher(Stuck(ends), live=True, notify=Notes())
    publisher.publish(gap(0))
    assert reached.wait(timeout=LIMIT_S)
    for number in range(1, 4):
        publisher.publish(gap(number))
    assert not publisher.close(timeout_s=0.0)
    assert publisher.lost == 4
    released.set()
    publisher._thread.join()
    assert publisher.lost == 4
    assert publisher.loss == "heard.jsonl: 4 reports were not written"


def test_a_report_that_can_never_be_written_does_not_hold_up_others(tmp_path):
    notes = Notes()
    publisher = FilePublisher(TextFile(tmp_path / "heard.jsonl", JsonFormatter()), live=True, notify=notes)
    for number in (0, float("nan"), 2):
        publisher.publish(gap(number))
    assert publisher.close()
    written = [json.loads(line)["gap"]["begin_s"] for line in (tmp_path / "heard.jsonl").read_text().splitlines()]
    assert written == [0, 2]
    assert publisher.lost == 1
    assert "cannot write a report" in notes[0]


@pytest.mark.parametrize("name", ["heard.jsonl", "heard.sqlite"])
def test_a_full_disk_loses_nothing(small_disk, name):
    path, notes = small_disk.folder / name, Notes()
    file = TextFile(path, JsonFormatter()) if name.endswith("jsonl") else Database(path, "hill")
    publisher = FilePublisher(file, live=True, notify=notes)
    publisher.publish(gap(0))
    small_disk.fill()
    number = 1
    while not notes:
        publisher.publish(gap(number))
        number += 1
        time.sleep(0.001)  # not faster than reports can come
    for _ in range(100):
        publisher.publish(gap(number))
        number += 1
    publisher.publish(Notice("the disk is full"))
    small_disk.free()
    assert publisher.close()
    assert publisher.lost == 0
    assert len(notes) == 2
    if name.endswith("jsonl"):
        begins = [json.loads(line)["gap"]["begin_s"] for line in path.read_text().splitlines()]
    else:
        begins = [begin_s for (begin_s,) in rows(path, "SELECT begin_s FROM gaps ORDER BY id")]
        assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert begins == list(range(number))


def test_a_locked_database_loses_nothing(tmp_path):
    path, notes = tmp_path / "heard.sqlite", Notes()
    publisher = FilePublisher(Database(path, "hill"), live=True, notify=notes)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for number in range(3):
        publisher.publish(gap(number))
    wait_until(lambda: notes)
    other.execute("ROLLBACK")
    other.close()
    assert publisher.close()
    assert publisher.lost == 0
    assert "locked" in notes[0]
    assert rows(path, "SELECT begin_s FROM gaps ORDER BY id") == [(0,), (1,), (2,)]
