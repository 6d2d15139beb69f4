"""``whipbird database``: copies, what is old, and damage."""

import contextlib
import json
import sqlite3
from datetime import timedelta

import pytest

from command_line import check_refused, whipbird_here
from made_events import BEGIN, event
from terminals import whipbird_in_terminal
from whipbird.database.writer import Database
from whipbird.events.reports import GapReport, Listener, Opening, Summary

DAY = timedelta(days=1)
LISTENERS = (Listener("commands", "1", ("yes", "no")),)


def recording(day, length_s=3600.0):
    """Reports of a recording with one event and a gap, a number of days after the first."""
    start = BEGIN + day * DAY
    return [
        Opening("creek", None, 16_000, 1, 1, start, "live", start, LISTENERS),
        event(10.0, source="creek", time=start + timedelta(seconds=10)),
        GapReport("creek", 100.0, 160.0, "overrun"),
        Summary("creek", length_s - 60, 60.0, 1, 1.0, None, None),
    ]


@pytest.fixture
def forest(tmp_path):
    """A database of ten days; the last recording takes a day."""
    path = tmp_path / "forest.sqlite"
    database = Database(path, "forest")
    for day in range(9):
        database.write(recording(day))
    database.write(recording(9, 86_400.0))
    database.close()
    return path


def database(*arguments):
    return whipbird_here("database", *arguments)


def counts(path):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("recordings", "events", "gaps", "listened")
        ]


def test_a_copy_is_whole_and_may_be_made_while_somebody_writes(forest, tmp_path):
    writer = Database(forest, "forest")
    writer.write(recording(20)[:2])
    copy = tmp_path / "copies.sqlite"
    result = database("backup", forest, copy)
    assert (result.returncode, result.stderr) == (0, "")
    assert counts(copy) == [11, 11, 10, 11]
    writer.write(recording(20)[2:])
    writer.close()
    assert counts(copy) == [11, 11, 10, 11]
    assert whipbird_here("report", copy, "--json").returncode == 0
    assert database("backup", forest, copy).returncode == 0
    assert counts(copy) == [11, 11, 11, 11]
    assert [path.name for path in tmp_path.iterdir() if "copies" in path.name] == ["copies.sqlite"]


def test_what_ended_before_a_date_goes_with_all_that_belongs_to_it(forest):
    result = database("prune", forest, "--before", "2024-05-06T06:30+00:00", "--yes", "--json")
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["removed"] == {
        "recordings": 5,
        "events": 5,
        "heard_s": 5 * 3540.0,
        "first": "2024-05-01T06:00:00.000000Z",
        "last": "2024-05-05T06:00:00.000000Z",
    }
    assert told["kept"]["recordings"] == 5
    assert counts(forest) == [5, 5, 5, 5]
    assert database("check", forest).stdout.startswith(f"{forest}: whole; 5 recordings with 5 events in 27.9 hours")


def test_a_recording_that_goes_on_after_the_date_stays_whole(forest):
    assert database("prune", forest, "--before", "2024-05-10T18:00+00:00", "--yes").returncode == 0
    assert counts(forest) == [1, 1, 1, 1]


def test_it_asks_first(forest):
    check_refused(database("prune", forest, "--before", "2024-05-06"), 1, "This can only be asked in a terminal")
    code, out, screen = whipbird_in_terminal("database", "prune", forest, "--before", "2024-05-06", answers=["no"])
    assert (code, out) == (0, "")
    assert "Remove 5 recordings with 5 events in 4.9 hours (2024-05-01 to 2024-05-05)" in " ".join(screen.split())
    assert counts(forest) == [10, 10, 10, 10]


def test_nothing_that_old_is_said(forest):
    result = database("prune", forest, "--before", "2020-01-01")
    assert result.returncode == 0
    assert "no recording ended before 2020-01-01; nothing was removed" in result.stderr


def test_damage_is_found(forest):
    with sqlite3.connect(forest) as connection:
        connection.execute("UPDATE events SET recording_id = 99 WHERE id = 3")
    result = database("check", forest, "--json")
    assert result.returncode == 1
    assert json.loads(result.stdout)["faults"] == ["row 3 of events refers to a row of recordings that is not there"]
    content = bytearray(forest.read_bytes())
    content[4096 * 3 + 8 : 4096 * 12] = bytes(4096 * 9 - 8)
    forest.write_bytes(content)
    result = database("check", forest)
    assert (result.returncode, result.stdout) == (1, "")
    assert f"{forest}: " in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("prune", "FOREST", "--before", "soon"), 2, "--before 'soon': give a date or time, such as 2025-01-01"),
        (("prune", "FOREST", "--before", "2999-01-01"), 2, "is in the future"),
        (("check", "missing.sqlite"), 1, "missing.sqlite: no such database"),
        (("backup", "FOREST", "FOREST"), 1, "is the database itself"),
        (("backup", "FOREST", "missing/copy.sqlite"), 1, "missing"),
        (("backup", "OTHER", "copy.sqlite"), 1, "is a database of another program"),
    ],
)
def test_what_cannot_be_done_is_refused(forest, tmp_path, arguments, code, message):
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE shopping (item)")
    paths = {"FOREST": str(forest), "OTHER": str(other)}
    check_refused(database(*(paths.get(one, one) for one in arguments)), code, message)
    assert counts(forest) == [10, 10, 10, 10]
