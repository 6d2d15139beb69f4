"""What the page knows of a database follows the database."""

import sqlite3
from contextlib import closing
from datetime import date

from made_forest import BIRDS, make_forest
from page_visitors import Visit
from whipbird.page.events import EventFilter
from whipbird.page.judging import give_verdict, withdraw
from whipbird.page.observations import Observations
from whipbird.page.queries import VerdictBody
from whipbird.page.views import day_view, label_rows, label_view, source_rows


def counted(look):
    return {row.label: row.events for row in label_rows(look)}


def in_database(path):
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT label, count(*) FROM events GROUP BY label"))


def test_counts_are_those_of_the_database_and_follow_it(own_forest):
    data = Observations(own_forest)
    with data.look() as look:
        assert counted(look) == in_database(own_forest)
    with closing(sqlite3.connect(own_forest)) as connection, connection:
        connection.execute(
            "INSERT INTO events (recording_id, model_id, label, score, time, begin_s, peak_s, end_s, reported_s, "
            "begin_sample) SELECT recording_id, model_id, label, score, time, begin_s, peak_s, end_s, reported_s, "
            "begin_sample FROM events LIMIT 5"
        )
    with data.look() as look:
        assert counted(look) == in_database(own_forest)
    with closing(sqlite3.connect(own_forest)) as connection, connection:
        connection.execute("DELETE FROM events WHERE id < 4")
    with data.look() as look:
        assert counted(look) == in_database(own_forest)


def test_a_recording_that_was_processed_twice_counts_once(own_forest):
    data = Observations(own_forest)
    with data.look() as look:
        before, page = counted(look), look.events(EventFilter(), None, 1000).events
        hours = day_view(look, data, date(2026, 5, 2)).hours
    make_forest(own_forest.parent, days=1, every_h=6)  # the same recordings again
    with data.look() as look:
        assert counted(look) == before
        assert len(look.events(EventFilter(), None, 1000).events) == len(page)
        assert day_view(look, data, date(2026, 5, 2)).hours == hours
        assert [row.recordings for row in source_rows(look)] == [4]


def test_an_event_whose_time_is_a_guess_is_on_no_day(own_forest):
    with closing(sqlite3.connect(own_forest)) as connection, connection:
        (found,) = connection.execute("SELECT count(*) FROM events WHERE recording_id = 1").fetchone()
        connection.execute("UPDATE recordings SET time_from = 'modified' WHERE id = 1")
    with Observations(own_forest).look() as look:
        assert counted(look) == in_database(own_forest)
        assert sum(hours.get(None, 0) for hours in look.tallied.by_label.values()) == found > 0


def test_a_day_has_events_and_effort_by_local_hour(data):
    with data.look() as look:
        view = day_view(look, data, date(2026, 5, 2))
    assert [hour for hour, effort in enumerate(view.hours) if effort.heard_s] == list(range(0, 24, 3))
    assert {round(effort.heard_s) for effort in view.hours} == {0, 60}
    for row, counts in view.rows:
        assert {hour for hour, count in enumerate(counts) if count} <= set(BIRDS[row.label][4])
        assert sum(counts) == row.events
    assert (view.before, view.after) == (None, None)


def test_losses_are_shown_beside_what_was_heard(tmp_path):
    data = Observations(make_forest(tmp_path, days=1, every_h=14))
    with data.look() as look:
        view = day_view(look, data, date(2026, 5, 2))
    assert (view.hours[14].heard_s, view.hours[14].lost_s) == (48.0, 12.0)
    assert [(gap.seconds, gap.reason) for gap in view.gaps] == [(12.0, "overflow")]
    assert data.local(view.gaps[0].begin).hour == 14


def test_a_label_has_a_history(data):
    with data.look() as look:
        view = label_view(look, data, "Eastern Whipbird")
        assert view is not None
        assert view.first == view.last == date(2026, 5, 2)
        assert sum(view.hours) == view.events == sum(count for _, count in view.days)
        assert [one.score for one in view.best] == sorted((one.score for one in view.best), reverse=True)
        assert label_view(look, data, "nothing") is None


def test_rejected_events_leave_lists_and_counts_until_the_verdict_is_withdrawn(own_forest, state):
    data = Visit(own_forest, state).data
    with data.look() as look:
        event, before = look.events(EventFilter(), None, 1).events[0], counted(look)
        hours = label_view(look, data, event.label).hours
    stored = give_verdict(data, event.number, VerdictBody(answer="no"))
    with data.look() as look:
        assert counted(look) == before | {event.label: before[event.label] - 1}
        assert sum(label_view(look, data, event.label).hours) == sum(hours) - 1
        assert event.number not in [one.number for one in look.events(EventFilter(), None, 1000).events]
        assert [one.number for one in look.events(EventFilter(verdict="no"), None, 9).events] == [event.number]
        assert event.number in [one.number for one in look.events(EventFilter(verdict="all"), None, 1000).events]
        assert event.number not in [one.number for one in look.events(EventFilter(verdict="none"), None, 1000).events]
    withdraw(data, stored)
    with data.look() as look:
        assert counted(look) == before
        assert look.events(EventFilter(verdict="no"), None, 9).events == []


def test_verdicts_of_the_command_line_are_found(own_forest):
    """A verdict names a sound, and not a row: it holds for the event of a later run."""
    data = Observations(own_forest)
    with data.look() as look:
        event = look.events(EventFilter(), None, 1).events[0]
    give_verdict(data, event.number, VerdictBody(answer="other", other="Dog"))
    make_forest(own_forest.parent, days=1, every_h=6)
    with data.look() as look:
        (found,) = look.events(EventFilter(verdict="other"), None, 9).events
        assert (found.label, found.begin_s) == (event.label, event.begin_s)
        assert look.judgement(found.number).verdict.other == "Dog"
