"""Reading a database while it is written to."""

import sqlite3

import pytest

from made_mornings import end, event, opening
from whipbird.database.reader import open_reader
from whipbird.database.writer import Database
from whipbird.errors import WhipbirdError


def test_later_reports_are_not_seen_while_reading(tmp_path):
    path = tmp_path / "heard.sqlite"
    writer = Database(path, "hill")
    writer.write([opening(), event(1)])
    with open_reader(path) as database:
        (recording,) = database.recordings()
        writer.write([event(2), end(60)])
        assert [begin_s for *_, begin_s, _ in database.events()] == [1]
    with open_reader(path) as database:
        assert [number for number, *_ in database.events()] == [recording.number] * 2
        assert [row.elapsed_s for row in database.recordings()] == [60]
    writer.close()


def test_a_failure_while_reading_names_the_file(tmp_path):
    path = tmp_path / "heard.sqlite"
    Database(path, "hill").close()
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    with pytest.raises(WhipbirdError, match=r"heard\.sqlite: the database is damaged"), open_reader(path):
        raise error
