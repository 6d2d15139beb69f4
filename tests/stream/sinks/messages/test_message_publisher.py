"""Messages survive: outages, kills and full disks, with a real server on loopback and real processes."""

import contextlib
import signal
import sqlite3
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hook_server import serving
from made_events import Notes, event, publish_events
from ports import reserved_port
from waiting import LIMIT_S, wait_until
from whipbird.sinks import publisher as publishers
from whipbird.sinks.messages import message_publisher as module
from whipbird.sinks.messages import spool as spool_module
from whipbird.sinks.messages.message import message_of
from whipbird.sinks.messages.message_publisher import MessagePublisher
from whipbird.sinks.messages.spool import Spool
from whipbird.sinks.messages.webhook import WebhookTransport
from whipbird.sinks.publisher import BATCH

LISTENER = """\
import pathlib, sys, time
from made_events import event
from whipbird.sinks.messages.message_publisher import MessagePublisher
from whipbird.sinks.messages.spool import Spool
from whipbird.sinks.messages.webhook import WebhookTransport

address, folder, first, last = sys.argv[1:]
spool = Spool(pathlib.Path(folder), "x")
publisher = MessagePublisher(WebhookTransport(address, "forest", None, 50), spool, True, lambda line: None)
for begin_s in range(int(first), int(last)):
    publisher.publish(event(begin_s))
while spool.kept < int(last):
    time.sleep(0.01)
print("kept", flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(module, "POLL_S", 0.01)
    monkeypatch.setattr(module, "SAVE_S", 0.01)
    monkeypatch.setattr(spool_module, "RETRY_S", 0.0)
    monkeypatch.setattr(publishers, "GRACE_S", LIMIT_S)  # for a thread that ends, on a busy machine


@pytest.fixture
def port():
    with reserved_port() as port:
        yield port


def address(port):
    return f"http://127.0.0.1:{port}/heard"


def start(port, spool, notes, live=True, **options):
    webhook = WebhookTransport(address(port), "forest", None, 50)
    webhook.pauses_s = (0.01, 0.02)
    return MessagePublisher(webhook, spool, live, notes, **options)


def received(server):
    """Begins of the events that a server has taken, in order, once for each time."""
    return [one["begin_s"] for one in server.events]


def test_an_outage_and_the_end_in_it_lose_nothing(port, tmp_path):
    notes = Notes()
    first = start(port, Spool(tmp_path, "x"), notes)
    publish_events(first, range(120))
    wait_until(lambda: notes)
    assert first.failing_s > 0
    assert first.close(timeout_s=0.1)
    assert (first.lost, first.done, first.backlog) == (0, 0, 120)
    name = f"http://127.0.0.1:{port}/…"
    assert first.rest == f"{name}: 120 messages wait in {tmp_path / 'x.sqlite'}, to be sent by the next run"
    notes.clear()
    with serving(port) as server:
        second = start(port, Spool(tmp_path, "x"), notes)
        second.publish(event(120))
        assert second.close()
        assert received(server) == list(range(121))
    assert (second.lost, second.done, second.backlog, second.rest) == (0, 121, 0, "")
    assert notes == [f"{name}: 120 messages wait from an earlier run, to be sent first"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_processes_that_are_killed_in_an_outage_lose_nothing(port, tmp_path, listening_process):
    for first, last in ((0, 60), (60, 130)):
        with listening_process(LISTENER, address(port), tmp_path, first, last):
            pass
    with serving(port) as server:
        publisher = start(port, Spool(tmp_path, "x"), Notes())
        assert publisher.close()
        assert received(server) == list(range(130))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_what_was_under_way_when_the_process_was_killed_is_told_again_so_that_this_can_be_seen(
    port, tmp_path, listening_process
):
    with serving(port) as server:
        server.answers = ["stall"]
        spool = Spool(tmp_path, "x")
        spool.add([message_of(event(begin_s), "forest") for begin_s in (0, 1)])
        spool.close()
        with listening_process(LISTENER, address(port), tmp_path, 2, 5):
            wait_until(lambda: server.requests)
        assert start(port, Spool(tmp_path, "x"), Notes()).close()
        (_, first, body), (_, again, same), *others = server.requests
        assert body == same
        assert first["Idempotency-Key"] == again["Idempotency-Key"]
        assert len(same) >= 2
        assert [one["id"] for one in same[:2]] == [message_of(event(begin_s), "forest").id for begin_s in (0, 1)]
        assert received(server) == [*range(len(same)), *range(5)]
        assert len({headers["Idempotency-Key"] for _, headers, _ in others}) == len(others)


@settings(max_examples=15)
@given(
    st.lists(
        st.one_of(
            st.integers(1, 30),
            st.lists(st.sampled_from([204, 500, 503, "hang up", 413]), min_size=1, max_size=6),
            st.just("restart"),
        ),
        max_size=8,
    )
)
def test_whatever_a_server_answers_each_event_comes_in_order_and_what_is_refused_is_counted(tmp_path_factory, history):
    folder, notes = tmp_path_factory.mktemp("spool"), Notes()
    count = lost = 0
    with serving() as server:
        publisher = start(server.server_port, Spool(folder, "x"), notes)
        for what in history:
            if isinstance(what, int):
                publish_events(publisher, range(count, count + what))
                count += what
            elif what == "restart":
                publisher.close(timeout_s=0.0)
                publisher._thread.join()
                lost += publisher.lost
                publisher = start(server.server_port, Spool(folder, "x"), notes)
            else:
                server.answers += what
        assert publisher.close()
        lost += publisher.lost
        first = list(dict.fromkeys(received(server)))
    assert first == list(range(count))
    assert lost <= sum(what.count(413) for what in history if isinstance(what, list))
    assert publisher.backlog == 0


def test_what_finds_no_room_is_told_once_and_counted(port, tmp_path):
    notes = Notes()
    publisher = start(port, Spool(tmp_path, "x", most_bytes=10_000), notes)
    for begin_s in range(1000):
        publisher.publish(event(begin_s))
        if begin_s % 10 == 0:
            time.sleep(0.001)  # not faster than reports can come
    wait_until(lambda: publisher._queue.empty() and len(notes) == 2)
    assert publisher.is_crowded
    with serving(port) as server:
        assert publisher.close()
        assert publisher.lost + publisher.done == 1000
        assert publisher.done < 900
        kept = received(server)
    assert kept[:20] == list(range(20))
    assert kept == sorted(kept)
    assert {note.split(": ", 1)[1].split(";")[0] for note in notes} == {
        "Connection refused",
        f"{tmp_path / 'x.sqlite'} is full",
        "works again",
    }
    assert notes[-1].endswith(f"works again; {publisher.lost} messages are lost")


def test_what_waits_on_disk_holds_up_no_source(port, tmp_path, monkeypatch):
    monkeypatch.setattr(publishers, "CROWDED", 50)
    publisher = start(port, Spool(tmp_path, "x"), Notes())
    publish_events(publisher, range(200))
    wait_until(lambda: publisher._spool.kept == 200)
    assert publisher.backlog == 200
    assert not publisher.is_crowded
    publisher.close(timeout_s=0.0)


def test_a_source_that_can_wait_does(port, tmp_path):
    notes = Notes()
    publisher = start(port, Spool(tmp_path, "x", most_bytes=10_000), notes, live=False)
    count = 3 * BATCH

    def publish():
        publish_events(publisher, range(count))

    thread = threading.Thread(target=publish)
    thread.start()
    wait_until(lambda: notes)
    with serving(port) as server:
        thread.join()
        assert publisher.close()
        assert received(server) == list(range(count))
    assert publisher.lost == 0


def test_with_a_full_disk_events_are_sent_all_the_same_and_kept_on_it_when_there_is_room(port, small_disk):
    spool, notes = Spool(small_disk.folder, "x"), Notes()
    small_disk.fill()
    with serving(port) as server:
        publisher = start(port, spool, notes)
        publish_events(publisher, range(500))
        wait_until(lambda: len(received(server)) == 500)
    (told,) = notes
    assert told.endswith("x.sqlite: the disk is full; until it works again, messages are kept only in memory")
    publish_events(publisher, range(500, 600))
    wait_until(lambda: len(notes) == 2)
    small_disk.free()
    wait_until(lambda: len(notes) == 3)
    assert notes[2] == f"http://127.0.0.1:{port}/…: messages are kept on disk again"
    assert publisher.close(timeout_s=0.1)
    assert (publisher.lost, publisher._spool.kept) == (0, 100)
    with serving(port) as server:
        assert start(port, Spool(small_disk.folder, "x"), Notes()).close()
        assert received(server) == list(range(500, 600))


def test_a_recording_is_taken_over_once(port, tmp_path):
    reports = [event(0), event(1)]
    with serving(port) as server:
        for _ in range(2):
            publisher = start(port, Spool(tmp_path, "x"), Notes())
            publisher.write_missing(reports)
            publisher.write_missing(reports)
            assert publisher.close()
        assert received(server) == [0, 1]


def test_a_close_on_a_busy_machine_saves_all_that_is_queued(tmp_path):
    """Also when there is no more time to deliver any of it."""
    stop = threading.Event()

    def burn():
        while not stop.is_set():
            sum(range(1000))

    threads = [threading.Thread(target=burn, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    spool = Spool(tmp_path, "webhook")
    publisher = MessagePublisher(WebhookTransport("http://127.0.0.1:9/x", "forest", None, 50), spool, True, Notes())
    for number in range(3000):
        publisher.publish(event(float(number)))
    publisher.close(0.1)
    stop.set()
    assert publisher.lost == 0
    with contextlib.closing(sqlite3.connect(next(tmp_path.glob("*.sqlite")))) as connection:
        assert connection.execute("SELECT count(*) FROM messages").fetchone() == (3000,)
