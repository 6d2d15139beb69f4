"""Pages of events: newest first, without holes or repetitions, whatever they are selected by."""

import sqlite3
from contextlib import closing

import pytest

from whipbird.page import events
from whipbird.page.events import Cursor, EventFilter


def all_pages(look, chosen, count):
    """The numbers of all events, page by page."""
    found, cursor = [], None
    while True:
        page = look.events(chosen, cursor, count)
        found += [event.number for event in page.events]
        if page.next is None:
            return found
        cursor = Cursor.read(page.next.text)


def numbers(path, where="1"):
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(f"SELECT id FROM events WHERE {where} ORDER BY time IS NULL, time DESC, id DESC")
        return [number for (number,) in rows]


@pytest.mark.parametrize("count", [1, 7, 1000])
def test_pages_join_to_all_events(forest, data, count):
    with data.look() as look:
        assert all_pages(look, EventFilter(), count) == numbers(forest)


def test_events_without_a_time_come_last(own_forest, tmp_path):
    from whipbird.page.observations import Observations

    with closing(sqlite3.connect(own_forest)) as connection, connection:
        connection.execute("UPDATE events SET time = NULL WHERE id % 3 = 0")
    with Observations(own_forest).look() as look:
        assert all_pages(look, EventFilter(), 4) == numbers(own_forest)


def test_labels_scores_and_times_select(forest, data):
    with data.look() as look:
        chosen = EventFilter(label="Pied Currawong", least_score=0.8)
        assert all_pages(look, chosen, 3) == numbers(forest, "label = 'Pied Currawong' AND score >= 0.8")
        chosen = EventFilter(since="2026-05-01T20:00:00Z", until="2026-05-02T04:00:00Z")
        where = "time >= '2026-05-01T20:00:00Z' AND time < '2026-05-02T04:00:00Z'"
        assert all_pages(look, chosen, 5) == numbers(forest, where)
        assert all_pages(look, EventFilter(source=99), 5) == []


def test_a_page_looks_at_a_bounded_number_of_events(data, forest, monkeypatch):
    monkeypatch.setattr(events, "MOST_SCANNED", 5)
    monkeypatch.setattr(events, "CHUNK", 3)
    with data.look() as look:
        first = look.events(EventFilter(least_score=1.1), None, 10)
        assert first.events == []
        assert first.next is not None
        assert first.next.number == numbers(forest)[4]
        assert all_pages(look, EventFilter(), 100) == numbers(forest)


@pytest.mark.parametrize("text", ["", "x", "_", "2026-05-01_3", "2026-05-01T00:00:00.000000Z_", "_-1", "_1;DROP"])
def test_other_texts_are_no_cursors(text):
    with pytest.raises(ValueError, match="not a cursor"):
        Cursor.read(text)
