"""The version of the schema, and migration to the next."""

import contextlib
import sqlite3

import pytest

from whipbird.activity.export import as_object
from whipbird.activity.stored import read_activity
from whipbird.database import schema
from whipbird.database.reader import open_reader
from whipbird.database.schema import MIGRATIONS, connect, insert_listened, labels_digest
from whipbird.errors import OutputError
from whipbird.system.sqlite import run_migration


@pytest.fixture
def first(tmp_path):
    """A database of the first version, with a station."""
    path = tmp_path / "heard.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in MIGRATIONS[0]:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    connection.execute("INSERT INTO stations (name) VALUES ('hill')")
    connection.close()
    return path


@pytest.fixture(params=range(1, len(MIGRATIONS)), ids=lambda version: f"version {version}")
def earlier(request, tmp_path):
    """A database of each earlier version: two models, one of them with fewer labels the second time."""
    path = tmp_path / "heard.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    for statements in MIGRATIONS[: request.param]:
        run_migration(connection.execute, statements)
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {request.param}")
    connection.execute("INSERT INTO stations (name) VALUES ('hill')")
    connection.execute("INSERT INTO sources (station_id, name) VALUES (1, 'card')")
    connection.execute("INSERT INTO models (name, version) VALUES ('commands', '1'), ('birds', '2')")
    both = [(1, "no"), (1, "yes"), (2, "owl")]
    for number, listened in enumerate((both, both, both[1:2]), 1):
        start = f"2024-05-0{number}T06:00:00Z"
        connection.execute(
            "INSERT INTO recordings (source_id, opened, start, elapsed_s) VALUES (1, ?, ?, 60)", (start, start)
        )
        if request.param < 4:
            connection.executemany(f"INSERT INTO listened VALUES ({number}, ?, ?)", listened)
        else:
            for model in dict(listened):
                labels = [label for own, label in listened if own == model]
                insert_listened(connection.execute, number, model, labels_digest(labels), labels)
        connection.execute(
            "INSERT INTO events "
            "(recording_id, model_id, label, score, begin_s, peak_s, end_s, reported_s, begin_sample) "
            "VALUES (?, 1, 'yes', 0.9, 1, 1, 2, 2, 16000)",
            (number,),
        )
    connection.execute("INSERT INTO heartbeats (recording_id, time, heard_s, lost_s) VALUES (1, '2024-05-01', 60, 0)")
    connection.close()
    return path


def listened(path):
    """Recordings, models and labels."""
    with open_reader(path) as database:
        lists = list(database.label_lists())
        return {
            (recording, model, label)
            for recording, number in database.listened()
            for own, model, label in lists
            if own == number
        }


LISTENED = {
    *((number, model, label) for number in (1, 2) for model, label in (("commands", "no"), ("commands", "yes"))),
    *((number, "birds", "owl") for number in (1, 2)),
    (3, "commands", "yes"),
}


def shape(path):
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return version, found


def test_an_empty_file_becomes_a_database_that_survives_loss_of_power(tmp_path):
    path = tmp_path / "heard.sqlite"
    path.touch()
    connection = connect(path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables >= {"stations", "sources", "recordings", "events", "gaps", "heartbeats"}
    connection.close()
    assert shape(path)[0] == len(MIGRATIONS)


def test_the_first_version_becomes_the_current_one(first, tmp_path):
    connect(first).close()
    fresh = tmp_path / "fresh.sqlite"
    fresh.touch()
    connect(fresh).close()
    assert shape(first) == shape(fresh)


def test_an_earlier_version_is_read_as_it_is(earlier):
    before = earlier.read_bytes()
    activity = as_object(read_activity(earlier))
    assert {one["label"]: (one["events"], one["heard_s"]) for one in activity["labels"]} == {
        "no": (0, 120),
        "owl": (0, 120),
        "yes": (3, 180),
    }
    assert listened(earlier) == LISTENED
    with open_reader(earlier) as database:
        assert [row.concealed for row in database.events_of(1)] == [0]
        assert [row.elapsed_s for row in database.last_heartbeats()] == []
        assert list(database.verdicts()) == []
    assert earlier.read_bytes() == before
    assert [path.name for path in earlier.parent.iterdir()] == [earlier.name]


def test_an_earlier_version_is_the_same_after_migration(earlier):
    before = as_object(read_activity(earlier))
    connection = connect(earlier)
    assert connection.execute("SELECT count(*) FROM label_lists").fetchone() == (3,)
    assert connection.execute("SELECT count(*) FROM listened").fetchone() == (5,)
    connection.close()
    assert shape(earlier)[0] == len(MIGRATIONS)
    assert listened(earlier) == LISTENED
    assert as_object(read_activity(earlier)) == before


@pytest.mark.parametrize("earlier", range(1, 4), indirect=True)
def test_a_label_that_is_no_text_is_damage(earlier):
    with contextlib.closing(sqlite3.connect(earlier, isolation_level=None)) as connection:
        connection.execute("UPDATE listened SET label = x'00' WHERE label = 'owl'")
    before = shape(earlier)
    for use in (connect, read_activity):
        with pytest.raises(OutputError, match="the database is damaged: it holds a label that is no text"):
            use(earlier)
    assert shape(earlier) == before


def test_rows_of_earlier_versions_were_recorded_without_a_trigger(first):
    with contextlib.closing(sqlite3.connect(first, isolation_level=None)) as earlier:
        earlier.execute("INSERT INTO sources (station_id, name) VALUES (1, 'card')")
        earlier.execute("INSERT INTO recordings (source_id, opened) VALUES (1, '2024-05-01T06:00:00Z')")
    connection = connect(first)
    assert connection.execute("SELECT below_trigger_s FROM recordings").fetchall() == [(0.0,)]
    connection.close()


def test_a_later_version_is_one_more_entry(first, monkeypatch):
    added = ("ALTER TABLE stations ADD COLUMN latitude REAL", "UPDATE stations SET latitude = 54.3")
    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, added))
    connection = connect(first)
    assert connection.execute("SELECT name, latitude FROM stations").fetchall() == [("hill", 54.3)]
    connection.close()
    assert shape(first)[0] == len(MIGRATIONS) + 1
    connect(first).close()


def test_a_migration_that_fails_changes_nothing(first, monkeypatch):
    before = shape(first)
    added = ("ALTER TABLE stations ADD COLUMN latitude REAL", "UPDATE birds SET latitude = 54.3")
    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, added))
    with pytest.raises(OutputError, match="the database is damaged: it has no table 'birds'"):
        connect(first)
    assert shape(first) == before


def test_a_database_of_a_later_whipbird_is_refused(first):
    connection = sqlite3.connect(first)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(OutputError, match=r"has version 99, but this whipbird knows versions up to"):
        connect(first)


def test_no_file_is_made(tmp_path):
    with pytest.raises(OutputError, match="the database cannot be opened: no permission, or its folder is gone"):
        connect(tmp_path / "nowhere.sqlite")
    assert not list(tmp_path.iterdir())


def test_odd_file_names(tmp_path):
    path = tmp_path / "50% of?them#ß.sqlite"
    path.touch()
    path.touch()
    connect(path).close()
    assert shape(path)[0] == len(MIGRATIONS)


def test_a_schema_that_is_no_text_is_damage(tmp_path):
    path = tmp_path / "heard.sqlite"
    path.touch()
    connect(path).close()
    content = path.read_bytes()
    assert b"CREATE TABLE events" in content
    path.write_bytes(content.replace(b"CREATE TABLE events", b"CREATE \xffABLE \xfevents"))
    with pytest.raises(OutputError, match=r"heard\.sqlite: "):
        connect(path)
