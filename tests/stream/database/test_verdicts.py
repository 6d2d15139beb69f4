"""Verdicts are written beside the events, by any thread, and found again for the same sound."""

import threading

import pytest

from databases import rows
from made_events import event, opening
from made_verdicts import verdict
from whipbird.database.verdicts import KnownVerdicts, VerdictStore, read_verdicts, verdict_on
from whipbird.database.writer import Database
from whipbird.errors import WhipbirdError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "heard.sqlite"


def stored(path, *verdicts):
    store = VerdictStore(path)
    numbers = store.add(verdicts)
    store.close()
    return numbers


def test_verdicts_are_read_as_they_were_given(path):
    given = [
        verdict(),
        verdict("other", minutes=1, other="owl", score=0.9, model="birds", identity="abc", drawn=True),
        verdict("unsure", minutes=2, recording="north", start="2024-06-01T10:00:00.000000Z"),
    ]
    stored(path, *reversed(given))
    assert read_verdicts(path) == given


def test_without_a_database_there_are_none(path):
    assert read_verdicts(path) == []
    assert not path.exists()


def test_a_verdict_is_withdrawn(path):
    store = VerdictStore(path)
    first, second = store.add([verdict(), verdict("no", minutes=1)])
    store.withdraw([second])
    assert [one.answer for one in read_verdicts(path)] == ["yes"]
    store.withdraw([first])
    assert read_verdicts(path) == []
    store.close()


def test_threads_write_while_events_are_written(path):
    events = Database(path, "hill")
    events.write([opening("yes")])
    store = VerdictStore(path)
    threads = [threading.Thread(target=store.add, args=([verdict(minutes=minute)],)) for minute in range(20)]
    for thread in threads:
        thread.start()
    for number in range(5):
        events.write([event(float(number))])
    for thread in threads:
        thread.join()
    events.close()
    store.close()
    assert len(read_verdicts(path)) == 20
    assert rows(path, "SELECT count(*) FROM events") == [(5,)]
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]


def test_a_damaged_verdict_is_an_error(path):
    stored(path, verdict())
    store = VerdictStore(path)
    store._connection.execute("UPDATE verdicts SET answer = 'perhaps'")
    store.close()
    with pytest.raises(WhipbirdError, match=r"heard\.sqlite: is damaged: 'perhaps' is not a valid Answer"):
        read_verdicts(path)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "text.sqlite"
    path.write_text("no database " * 100)
    with pytest.raises(WhipbirdError, match=r"text\.sqlite: the file is not a database"):
        VerdictStore(path)


class TestTheSameSound:
    def test_shares_half_of_the_shorter_one(self):
        own = [verdict(begin_s=10.0, end_s=12.0)]
        assert verdict_on(own, "yes", 11.0, 13.0) is own[0]
        assert verdict_on(own, "yes", 11.1, 13.0) is None
        assert verdict_on(own, "yes", 10.5, 10.6) is own[0]
        assert verdict_on(own, "no", 10.0, 12.0) is None

    def test_the_latest_verdict_counts(self):
        own = [verdict("no", minutes=1), verdict("yes")]
        assert verdict_on(own, "yes", 1.0, 1.5) is own[0]

    def test_a_moment_without_length_is_found(self):
        own = [verdict(begin_s=10.0, end_s=10.0)]
        assert verdict_on(own, "yes", 10.0, 10.0) is own[0]


class TestTheSameRecording:
    def test_by_its_content_wherever_it_is(self):
        known = KnownVerdicts([verdict(identity="abc")])
        assert known.of("/archive/a.wav", "abc")
        assert not known.of("/card/a.wav", "another")

    def test_by_its_path_if_its_content_is_not_known(self):
        assert KnownVerdicts([verdict()]).of("/card/a.wav", "abc")
        assert KnownVerdicts([verdict(identity="abc")]).of("/card/a.wav", None)
        assert not KnownVerdicts([verdict()]).of("/card/b.wav", None)

    def test_runs_of_a_live_source_by_their_start(self):
        known = KnownVerdicts([verdict(recording="north", start="10:00")])
        assert known.of("north", None, "10:00")
        assert not known.of("north", None, "11:00")
