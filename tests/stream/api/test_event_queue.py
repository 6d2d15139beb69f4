import threading
from queue import Empty

import pytest

from made_events import event
from whipbird.api import event_queue
from whipbird.api.event_queue import EventQueue

ONE, OTHER = event(1.0), event(2.0)


def test_events_come_in_order_then_the_end():
    queue = EventQueue()
    queue.put(ONE)
    queue.put(OTHER)
    queue.end()
    assert [queue.get() for _ in range(4)] == [ONE, OTHER, None, None]


def test_an_error_comes_after_the_events_and_once():
    queue = EventQueue()
    queue.put(ONE)
    queue.end(OSError("gone"))
    assert queue.get() == ONE
    with pytest.raises(OSError, match="gone"):
        queue.get()
    assert queue.get() is None


def test_a_reader_waits_for_the_next_event():
    queue, found = EventQueue(), []
    reader = threading.Thread(target=lambda: found.append(queue.get()))
    reader.start()
    queue.put(ONE)
    reader.join()
    assert found == [ONE]


def test_events_without_room_are_counted(monkeypatch):
    monkeypatch.setattr(event_queue, "MOST_WAITING", 1)
    queue = EventQueue()
    queue.put(ONE)
    queue.put(OTHER)
    assert queue.dropped == 1
    assert queue.get() == ONE


def test_those_who_cannot_wait_are_called_once():
    queue, called = EventQueue(), []
    queue.when_ready(lambda: called.append("first"))
    queue.when_ready(lambda: called.append("second"))
    assert not called
    queue.put(ONE)
    queue.put(OTHER)
    assert called == ["first", "second"]
    queue.when_ready(lambda: called.append("third"))
    assert called == ["first", "second", "third"]


def test_those_who_cannot_wait_get_what_is_there():
    queue = EventQueue()
    with pytest.raises(Empty):
        queue.get_now()
    queue.put(ONE)
    assert queue.get_now() == ONE
    queue.end()
    assert queue.get_now() is None


def test_waiting_for_the_end():
    queue = EventQueue()
    assert not queue.wait_for_end(0)
    queue.put(ONE)
    queue.end(OSError("gone"))
    with pytest.raises(OSError, match="gone"):
        queue.wait_for_end(None)
    assert queue.wait_for_end(None)


def test_what_is_left_can_be_forgotten():
    queue = EventQueue()
    queue.put(ONE)
    queue.end(OSError("gone"))
    queue.clear()
    assert queue.get() is None
