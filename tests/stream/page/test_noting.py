"""Notes on events, and clips that are deleted: only with the password, and the event stays."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC

import pytest

from made_events import BEGIN, event
from made_recordings import noise
from page_visitors import Visit, send_form
from whipbird.database.writer import Database
from whipbird.events.reports import Listener, Opening
from whipbird.sinks.clips.clip import Clip
from whipbird.sinks.clips.store import Store

RATE_HZ = 8000


@pytest.fixture
def live(tmp_path, state):
    """A page over two live events, the first of which has a clip."""
    database = Database(tmp_path / "heard.sqlite", "hill")
    opening = Opening(
        "microphone", None, RATE_HZ, 1, 1, BEGIN, "live", BEGIN.astimezone(UTC), (Listener("commands", "1", ("yes",)),)
    )
    database.write([opening, event(10.0), event(40.0)])
    database.close()
    samples = noise(5, RATE_HZ).astype("float32")[:, None]
    clip = Store(tmp_path / "clips", "hill").write(Clip(samples, RATE_HZ, 8.0, (event(10.0),), 0, None))
    clip.with_suffix(".png").write_bytes(b"a picture")
    return Visit(tmp_path / "heard.sqlite", state, clips=tmp_path / "clips")


def written(visitor, number=1):
    return [note["text"] for note in visitor.get(f"/api/events/{number}/notes").json()["notes"]]


def test_a_note_is_written_shown_and_deleted(visit):
    visitor = visit.signed_in()
    assert send_form(visitor, "/events/1/note", csrf=visitor.csrf, text="  at the pond\r\n<b> ").status_code == 303
    assert written(visitor) == ["at the pond\n<b>"]
    assert written(visitor, 2) == []
    text = visitor.get("/events/1").text
    assert "at the pond\n&lt;b&gt;" in text
    assert "at the pond" in visit.visitor().get("/events/1").text
    number = re.search(r'name="note" value="(\d+)"', text)[1]
    assert send_form(visitor, "/events/1/note/delete", csrf=visitor.csrf, note=number).status_code == 303
    assert written(visitor) == []


def test_programs_write_notes(visit):
    token = visit.page.passwords.new_token("program")
    program = visit.visitor("10.0.0.1", Authorization=f"Bearer {token}")
    given = program.post("/api/events/1/notes", json={"text": "two of them"})
    assert given.status_code == 201
    assert program.get("/api/events/1/notes").json()["notes"][0]["id"] == given.json()["id"]
    assert program.delete(f"/api/notes/{given.json()['id']}").status_code == 204
    assert written(program) == []
    for body in ({}, {"text": ""}, {"text": " "}, {"text": "x" * 2001}, {"text": "\0"}, {"text": 1}):
        assert program.post("/api/events/1/notes", json=body).status_code == 422
    assert program.post("/api/events/987654/notes", json={"text": "x"}).status_code == 404


def test_a_note_stays_with_its_sound_when_the_recording_is_processed_again(visit, own_forest):
    visitor = visit.signed_in()
    send_form(visitor, "/events/1/note", csrf=visitor.csrf, text="a fine one")
    with closing(sqlite3.connect(own_forest)) as connection, connection:
        connection.execute("UPDATE events SET id = 100000, begin_s = begin_s + 0.02 WHERE id = 1")
    assert written(visitor, 100000) == ["a fine one"]


def test_writing_and_deleting_need_the_password(live, tmp_path):
    reader, clips = live.visitor(), sorted((tmp_path / "clips").iterdir())
    assert reader.post("/api/events/1/notes", json={"text": "x"}).status_code == 401
    assert reader.delete("/api/events/1/clip").status_code == 401
    writer = live.signed_in()
    assert writer.delete("/api/events/1/clip").status_code == 403
    for path in ("note", "note/delete", "clip/delete"):
        assert send_form(reader, f"/events/1/{path}", text="x", note=1).status_code == 401
        assert send_form(writer, f"/events/1/{path}", text="x", note=1, csrf="wrong").status_code == 403
    assert "Delete" not in reader.get("/events/1").text
    assert sorted((tmp_path / "clips").iterdir()) == clips
    assert written(reader) == []


def test_a_clip_is_deleted_and_its_event_stays(live, tmp_path):
    visitor = live.signed_in()
    assert visitor.get("/events/1/sound.flac").status_code == 200
    assert "Delete the clip" not in visitor.get("/events/2").text
    assert "Delete the clip" in visitor.get("/events/1").text
    assert send_form(visitor, "/events/1/clip/delete", csrf=visitor.csrf).status_code == 303
    assert list((tmp_path / "clips").iterdir()) == []
    for path in ("sound.flac", "picture.png"):
        assert visitor.get(f"/events/1/{path}").status_code == 404
    text = visitor.get("/events/1").text
    assert "The clip was deleted on " in text
    assert "Delete the clip" not in text
    (note,) = visitor.get("/api/events/1/notes").json()["notes"]
    assert (note["kind"], note["text"]) == ("clip deleted", "")
    headers = {"X-CSRF-Token": visitor.csrf}
    assert visitor.delete(f"/api/notes/{note['id']}", headers=headers).status_code == 204
    assert len(visitor.get("/api/events/1/notes").json()["notes"]) == 1
    assert visitor.delete("/api/events/1/clip", headers=headers).status_code == 404


def test_a_recording_is_never_deleted(visit, own_forest):
    visitor, before = visit.signed_in(), sorted(own_forest.parent.rglob("*.flac"))
    answer = visitor.delete("/api/events/1/clip", headers={"X-CSRF-Token": visitor.csrf})
    assert (answer.status_code, "recordings are never deleted" in answer.json()["error"]) == (404, True)
    assert sorted(own_forest.parent.rglob("*.flac")) == before
