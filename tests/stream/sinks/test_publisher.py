import errno
import os
import threading
from pathlib import Path

import pytest

from waiting import wait_until
from whipbird.events.reports import GapReport, Notice
from whipbird.sinks.publisher import QUEUE_LENGTH, Publisher
from whipbird.terminal.json_lines import JsonLines
from whipbird.terminal.lines import PlainLines

GAP = GapReport("microphone", 0, 1, "unplugged")


class Kept:
    """Keeps what it gets."""

    def __init__(self):
        self.reports = []

    def write(self, report):
        self.reports.append(report)


class Blocked(Kept):
    """Is held up by its first report until it is released, as by a full pipe."""

    def __init__(self):
        super().__init__()
        self.reached, self.released = threading.Event(), threading.Event()

    def write(self, report):
        self.reached.set()
        self.released.wait()
        super().write(report)


def test_every_sink_gets_every_report_in_order():
    one, other = Kept(), Kept()
    publisher = Publisher([one, other], live=True)
    reports = [Notice(str(number)) for number in range(100)]
    for report in reports:
        publisher.publish(report)
    publisher.close()
    assert one.reports == other.reports == reports
    assert publisher.dropped == 0
    assert publisher.failure is None


def test_a_blocked_sink_does_not_hold_up_a_live_source_and_what_is_dropped_is_counted():
    sink = Blocked()
    publisher = Publisher([sink], live=True)
    publisher.publish(GAP)
    sink.reached.wait()
    for _ in range(QUEUE_LENGTH + 7):
        publisher.publish(GAP)
    assert publisher.dropped == 7
    sink.released.set()
    publisher.close()
    assert len(sink.reports) == 1 + QUEUE_LENGTH


def test_closing_does_not_wait_for_ever_for_a_blocked_sink():
    sink = Blocked()
    publisher = Publisher([sink], live=True)
    publisher.publish(GAP)
    sink.reached.wait()
    publisher.close(timeout_s=0.01)
    sink.released.set()


def test_a_source_that_can_wait_does_and_nothing_is_dropped():
    sink = Blocked()
    publisher = Publisher([sink], live=False)
    publisher.publish(GAP)
    sink.reached.wait()

    def publish_more():
        for _ in range(QUEUE_LENGTH + 7):
            publisher.publish(GAP)

    thread = threading.Thread(target=publish_more)
    thread.start()
    wait_until(publisher._queue.full)
    assert thread.is_alive()
    sink.released.set()
    thread.join()
    publisher.close()
    assert len(sink.reports) == QUEUE_LENGTH + 8
    assert publisher.dropped == 0


@pytest.mark.parametrize("live", [True, False])
def test_a_reader_that_has_gone_away_is_recorded(live):
    reading, writing = os.pipe()
    os.close(reading)
    file = os.fdopen(writing, "w")
    publisher = Publisher([PlainLines(file)], live)
    for _ in range(2 * QUEUE_LENGTH):
        publisher.publish(GAP)
    publisher.close()
    assert isinstance(publisher.failure, BrokenPipeError)
    with pytest.raises(BrokenPipeError):
        file.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full, a disk that is always full")
def test_a_full_disk_is_recorded():
    file = open("/dev/full", "w")  # noqa: SIM115 (closing it fails, as is told)
    publisher = Publisher([JsonLines(file)], live=True)
    publisher.publish(GAP)
    publisher.close()
    assert publisher.failure.errno == errno.ENOSPC
    with pytest.raises(OSError, match="No space left"):
        file.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_output_that_cannot_spell_a_name_is_recorded_too(tmp_path):
    """File names may hold bytes that are no letters; Python keeps them as surrogates."""
    with (tmp_path / "events.jsonl").open("w", encoding="utf-8") as file:
        publisher = Publisher([JsonLines(file)], live=True)
        publisher.publish(GapReport("dawn\udcff.wav", 0, 1, "invalid samples"))
        publisher.publish(GAP)
        publisher.close()
    assert publisher.failure is not None or "unplugged" in (tmp_path / "events.jsonl").read_text()


def test_a_report_that_a_sink_cannot_handle_costs_itself_alone():
    class Picky(Kept):
        def write(self, report):
            if report == GAP:
                raise RuntimeError("a bug")
            super().write(report)

    sink, other = Picky(), Notice("other")
    publisher = Publisher([sink], live=False)
    for report in (GAP, other):
        publisher.publish(report)
    assert publisher.close(5.0)
    assert (sink.reports, publisher.dropped, publisher.failure) == ([other], 1, None)
