"""What goes wrong with a database is said in plain English."""

import sqlite3

import pytest

from whipbird.system.sqlite import open_database, reason

OPEN = {"application_id": 7, "migrations": (("CREATE TABLE birds (name TEXT)",),)}


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "birds.sqlite"
    path.touch()
    open_database(path, **OPEN).close()
    return path


def test_a_locked_database(database):
    one, other = open_database(database, **OPEN), open_database(database, **OPEN)
    one.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.Error) as caught:
        other.execute("BEGIN IMMEDIATE")
    assert reason(caught.value) == "another program is using the database"
    one.close()
    other.close()


def test_a_damaged_database(database):
    data = bytearray(database.read_bytes())
    data[100:3000] = bytes(2900)
    database.write_bytes(data)
    with pytest.raises(sqlite3.Error) as caught:
        open_database(database, **OPEN)
    assert reason(caught.value) == "the database is damaged"


def test_a_table_that_is_gone(database):
    connection = open_database(database, **OPEN)
    with pytest.raises(sqlite3.Error) as caught:
        connection.execute("SELECT * FROM owls")
    assert reason(caught.value) == "the database is damaged: it has no table 'owls'"
    connection.close()


def test_a_file_that_is_none(tmp_path):
    path = tmp_path / "text.sqlite"
    path.write_text("no database " * 99)
    with pytest.raises(sqlite3.Error) as caught:
        open_database(path, **OPEN)
    assert reason(caught.value) == "the file is not a database"


def test_what_whipbird_says_itself_and_the_system_stay():
    assert reason(sqlite3.DatabaseError("is a database of another program")) == "is a database of another program"
    assert reason(OSError(28, "No space left on device")) == "No space left on device"
