"""Writing the database: its contents, and what survives failures."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_events import event as made_event
from whipbird.database.fingerprint import fingerprint
from whipbird.database.writer import Database
from whipbird.errors import OutputError
from whipbird.events.reports import GapReport, Heartbeat, Listener, Notice, Opening, Summary
from whipbird.text import as_text

ROOT = Path(__file__).resolve().parents[3]
SUMMER = timezone(timedelta(hours=2))
START = datetime(2024, 5, 1, 6, 0, 12, 345_678, tzinfo=SUMMER)
OPENED = datetime(2024, 6, 1, tzinfo=UTC)
LISTENER = Listener("commands", "1.0", ("no", "yes"))


def opening(source="microphone", path=None, start=START):
    return Opening(source, path, 16_000, 2, 1, start, "live", OPENED, (LISTENER,))


def event(source="microphone", begin_s=1.0, label="yes"):
    time = START + timedelta(seconds=begin_s)
    return made_event(begin_s, reported_s=begin_s + 0.75, source=source, label=label, time=time, begin_sample=16_000)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "heard.sqlite"


@pytest.fixture
def database(path):
    opened = Database(path, "hill")
    yield opened
    opened.close()


def rows(path, query):
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute(query)]
    connection.close()
    return found


def test_labels_are_stored_once_for_all_recordings(path, database):
    labels = tuple(f"bird {number}" for number in range(3000))
    birds = Listener("birds", "2", labels)
    for number in range(3):
        database.write([replace(opening(f"card {number}"), listeners=(LISTENER, birds))])
    database.write([replace(opening("card 3"), listeners=(Listener("birds", "2", labels[::-1]),))])
    database.write([replace(opening("card 4"), listeners=(Listener("birds", "2", labels[1:]),))])
    assert rows(path, "SELECT count(*) AS n FROM listened") == [{"n": 8}]
    counts = "SELECT list_id, count(*) AS labels FROM listed_labels GROUP BY list_id"
    assert [row["labels"] for row in rows(path, counts)] == [2, 3000, 2999]


def test_an_event_of_a_label_that_was_not_listed_has_a_list(path, database):
    database.write([opening(), event(label="maybe"), event(label="maybe"), event(label="yes")])
    assert rows(path, "SELECT events.label, version FROM events JOIN models ON models.id = model_id") == [
        {"label": "maybe", "version": ""},
        {"label": "maybe", "version": ""},
        {"label": "yes", "version": "1.0"},
    ]
    assert len(rows(path, "SELECT * FROM listened")) == 2


def test_a_loss_that_lasts_does_not_count_as_processed(path, database):
    database.write(
        [opening(), GapReport("microphone", 2, 2.5, "overflow"), Heartbeat("microphone", OPENED, 29.5, 20.5)]
    )
    assert rows(path, "SELECT elapsed_s, lost_s FROM recordings") == [{"elapsed_s": 30.0, "lost_s": 0.5}]
    assert rows(path, "SELECT heard_s, lost_s FROM heartbeats") == [{"heard_s": 29.5, "lost_s": 20.5}]
    database.write([GapReport("microphone", 30, 70, "device vanished")])
    assert rows(path, "SELECT elapsed_s, lost_s FROM recordings") == [{"elapsed_s": 70.0, "lost_s": 40.5}]


def test_what_was_below_the_trigger_is_stored_apart_from_losses(path, database):
    gaps = [GapReport("microphone", 2, 602, "below trigger"), GapReport("microphone", 602, 603, "overflow")]
    database.write([opening(), *gaps, Heartbeat("microphone", OPENED, 29.5, 1.0, 600.0)])
    columns = "elapsed_s, lost_s, below_trigger_s"
    kept = [{"elapsed_s": 630.5, "lost_s": 1.0, "below_trigger_s": 600.0}]
    assert rows(path, f"SELECT {columns} FROM recordings") == kept
    assert rows(path, "SELECT heard_s + lost_s + below_trigger_s AS s FROM heartbeats") == [{"s": 630.5}]
    database.write([Summary("microphone", 40.0, 1.0, 0, 1.0, None, None, 600.0)])
    kept[0]["elapsed_s"] = 641.0
    assert rows(path, f"SELECT {columns} FROM recordings") == kept


def test_reports_are_stored_at_once(path, database):
    database.write([opening(), event(), GapReport("microphone", 2, 2.5, "overflow"), Notice("?")])
    database.write([Heartbeat("microphone", OPENED, 29.5, 0.5)])
    assert rows(path, "SELECT * FROM stations") == [{"id": 1, "name": "hill"}]
    assert rows(path, "SELECT station_id, name FROM sources") == [{"station_id": 1, "name": "microphone"}]
    assert rows(path, "SELECT * FROM recordings") == [
        {
            "id": 1,
            "source_id": 1,
            "path": None,
            "fingerprint": None,
            "opened": "2024-06-01T00:00:00.000000Z",
            "start": "2024-05-01T04:00:12.345678Z",
            "utc_offset_s": 7200,
            "time_from": "live",
            "rate_hz": 16_000,
            "channels": 2,
            "channel": 1,
            "elapsed_s": 30,
            "lost_s": 0.5,
            "finished": 0,
            "below_trigger_s": 0,
        }
    ]
    assert rows(path, "SELECT * FROM listened") == [{"recording_id": 1, "list_id": 1}]
    assert rows(
        path,
        "SELECT list_id, name, version, label FROM listed_labels JOIN label_lists ON label_lists.id = list_id "
        "JOIN models ON models.id = model_id",
    ) == [{"list_id": 1, "name": "commands", "version": "1.0", "label": label} for label in ("no", "yes")]
    assert rows(path, "SELECT * FROM events") == [
        {
            "id": 1,
            "recording_id": 1,
            "model_id": 1,
            "label": "yes",
            "score": 0.9,
            "time": "2024-05-01T04:00:13.345678Z",
            "begin_s": 1,
            "peak_s": 1.25,
            "end_s": 1.5,
            "reported_s": 1.75,
            "begin_sample": 16_000,
            "concealed": 0,
        }
    ]
    assert rows(path, "SELECT recording_id, reason, begin_s, end_s FROM gaps") == [
        {"recording_id": 1, "reason": "overflow", "begin_s": 2, "end_s": 2.5}
    ]
    assert rows(path, "SELECT recording_id, heard_s, lost_s FROM heartbeats") == [
        {"recording_id": 1, "heard_s": 29.5, "lost_s": 0.5}
    ]


def test_a_summary_ends_a_recording(path, database):
    database.write([opening(), Summary("microphone", 59.5, 0.5, 0, 1.0, None, None)])
    database.write([Summary(None, 59.5, 0.5, 0, 1.0, None, None)])
    (recording,) = rows(path, "SELECT elapsed_s, lost_s, finished FROM recordings")
    assert recording == {"elapsed_s": 60, "lost_s": 0.5, "finished": 1}


def test_an_event_shows_how_far_processing_is(path, database):
    database.write([opening(), event(begin_s=99.25)])
    assert rows(path, "SELECT elapsed_s FROM recordings") == [{"elapsed_s": 100}]


def test_the_source_of_a_recording_is_its_folder_and_its_contents_identify_it(path, database, tmp_path):
    card = tmp_path / "card"
    card.mkdir()
    for name, sound in (("a.wav", b"1" * 200_000), ("b.wav", b"1" * 200_000), ("c.wav", b"1" * 199_999 + b"2")):
        (card / name).write_bytes(sound)
        database.write([opening(str(card / name), str(card / name))])
    assert rows(path, "SELECT name FROM sources") == [{"name": str(card)}]
    one, same, other = rows(path, "SELECT path, fingerprint FROM recordings ORDER BY id")
    assert one["path"] == str(card / "a.wav")
    assert one["fingerprint"] == same["fingerprint"] != other["fingerprint"]
    assert fingerprint(str(card / "gone.wav")) is None


def test_a_recording_that_could_not_be_opened_is_stored_with_no_time(path, database, tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_text("no sound")
    unheard = [Summary(str(name), 0, 0, 0, 0.0, None, None) for name in (broken, tmp_path / "nowhere.wav")]
    database.write(unheard)
    assert rows(path, "SELECT path, elapsed_s, finished FROM recordings") == [
        {"path": str(broken), "elapsed_s": 0, "finished": 1}
    ]


def test_several_sources_at_once_and_several_times(path, database):
    for _ in range(2):
        database.write([opening("north"), opening("south"), event("south"), event("north", label="no")])
        database.write([Summary(name, 60, 0, 1, 1.0, None, None) for name in ("north", "south")])
    assert rows(
        path,
        "SELECT name, label FROM events JOIN recordings ON recordings.id = recording_id "
        "JOIN sources ON sources.id = source_id ORDER BY events.id",
    ) == 2 * [{"name": "south", "label": "yes"}, {"name": "north", "label": "no"}]
    assert len(rows(path, "SELECT * FROM recordings WHERE finished")) == 4


def test_a_later_session_adds_to_it(path):
    for _ in range(2):
        one = Database(path, "hill")
        one.write([opening(), event()])
        one.close()
    assert len(rows(path, "SELECT * FROM events")) == 2
    assert len(rows(path, "SELECT * FROM sources")) == 1


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1), st.text(st.characters(), min_size=1))
def test_any_name_is_kept(label, source):
    """Also a name that is not valid text, as file names may be."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "heard.db")
        one = Database(path, "hill")
        one.write([event(source, label=label)])
        one.close()
        (found,) = rows(path, "SELECT label FROM events")
    assert found["label"] == as_text(label)


def test_a_batch_is_written_whole_or_not_at_all(path, database):
    database.write([opening()])
    bad = GapReport("microphone", float("nan"), 2, "overflow")
    with pytest.raises(ValueError, match="NOT NULL"):
        database.write([event(), Summary("microphone", 9, 0, 1, 1.0, None, None), bad])
    assert rows(path, "SELECT * FROM events") == []
    database.write([event()])  # of the same recording, which has not ended
    assert len(rows(path, "SELECT * FROM recordings")) == 1


def test_other_files_are_refused(tmp_path):
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE birds (name)")
    connection.commit()
    connection.close()
    with pytest.raises(OutputError, match=r"other.db: is a database of another program"):
        Database(other, "hill")
    (tmp_path / "text.db").write_text("not a database, but quite long enough to be taken for one " * 20)
    with pytest.raises(OutputError, match=r"text.db: the file is not a database"):
        Database(tmp_path / "text.db", "hill")
    with pytest.raises(OutputError, match="there is no folder"):
        Database(tmp_path / "nowhere" / "heard.db", "hill")


@pytest.mark.skipif(os.name != "posix", reason="files that are open cannot be renamed on Windows")
@pytest.mark.parametrize("replaced", [False, True])
def test_a_database_that_was_renamed_or_replaced_goes_on_in_a_new_file(path, database, replaced):
    database.write([opening(), event()])
    aside = path.with_name("aside.sqlite")
    path.rename(aside)
    if replaced:
        path.touch()
    database.write([event(begin_s=2.0)])
    assert ("replaced" if replaced else "renamed or removed") in database.note
    database.write([event(begin_s=3.0)])
    assert [row["begin_s"] for row in rows(aside, "SELECT * FROM events")] == [1.0]
    assert [row["begin_s"] for row in rows(path, "SELECT * FROM events ORDER BY begin_s")] == [2.0, 3.0]
    assert len(rows(path, "SELECT * FROM recordings")) == 1


@pytest.mark.skipif(os.name != "posix", reason="folders with open files cannot be renamed on Windows")
def test_a_database_whose_folder_is_gone_is_awaited(tmp_path):
    folder = tmp_path / "stick"
    folder.mkdir()
    database = Database(folder / "heard.sqlite", "hill")
    database.write([opening()])
    folder.rename(tmp_path / "unmounted")
    with pytest.raises(OutputError):
        database.write([event()])
    assert not folder.exists()
    (tmp_path / "unmounted").rename(folder)
    database.write([event()])
    assert len(rows(folder / "heard.sqlite", "SELECT * FROM events")) == 1
    database.close()


WRITE = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from test_writer import event, opening
from whipbird.database.writer import Database
from whipbird.sinks.files.file_publisher import FilePublisher

database = Database(Path(sys.argv[1]), "hill")
written = 0

class Counted:
    name = database.name
    note = ""
    close = database.close

    def write(self, reports):
        global written
        database.write(reports)
        written += len(reports)
        print(written, flush=True)

publisher = FilePublisher(Counted(), live=False, notify=print)
publisher.publish(opening())
number = 0
while True:
    publisher.publish(event(begin_s=float(number)))
    number += 1
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_killed_at_any_moment_it_opens_clean_and_holds_all_that_was_written(tmp_path):
    for attempt in range(5):
        path = tmp_path / f"{attempt}.sqlite"
        command = [sys.executable, "-c", WRITE, str(path), str(Path(__file__).parent), str(ROOT / "tests" / "helpers")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            for _ in range(random.Random(attempt).randrange(1, 12)):
                assert process.stdout.readline()
            process.kill()
            told = process.stdout.read().split("\n")
        acknowledged = max([int(line) for line in told[:-1] if line], default=1)
        again = Database(path, "hill")
        again.write([opening()])
        again.close()
        assert rows(path, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]
        assert rows(path, "PRAGMA foreign_key_check") == []
        begins = [row["begin_s"] for row in rows(path, "SELECT begin_s FROM events ORDER BY id")]
        assert begins == list(range(len(begins)))
        assert len(begins) >= acknowledged - 1  # one report was the opening
