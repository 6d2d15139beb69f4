"""A disk that is full: what was heard is shown, and what cannot be written is said in a line."""

import shutil

import pytest

from page_visitors import Visit, send_form
from real_places import Disk

SCREENS = ("/events", "/events/1", "/day", "/labels", "/station", "/review", "/metrics", "/api/events")


@pytest.mark.parametrize("is_open", [False, True], ids=["opened when full", "opened before"])
def test_the_page_is_read_and_says_what_it_cannot_write(own_forest, state, tmp_path, is_open):
    with Disk(tmp_path / "disk", 2_000_000) as disk:
        database = shutil.copy(own_forest, disk.folder / "forest.sqlite")
        if not is_open:
            disk.fill()
        visit = Visit(database, state)
        visitor = visit.signed_in()
        headers = {"X-CSRF-Token": visitor.csrf}
        if is_open:
            visit.data.store()
            disk.fill()
        for path in SCREENS:
            assert visitor.get(path).status_code == 200, path
        assert visitor.get("/events/1/sound.flac").status_code == 200
        for path, body in (("verdict", {"answer": "yes"}), ("notes", {"text": "x" * 2000})):
            answer = visitor.post(f"/api/events/1/{path}", json=body, headers=headers)
            assert answer.status_code == 503, answer.text
            assert "forest.sqlite" in answer.json()["error"]
            assert "\n" not in answer.json()["error"]
        answer = send_form(visitor, "/events/1/note", csrf=visitor.csrf, text="x")
        assert (answer.status_code, "forest.sqlite" in answer.text) == (503, True)
        disk.free()
        assert visitor.get("/api/events/1/notes").json() == {"notes": []}
        assert visitor.post("/api/events/1/notes", json={"text": "x"}, headers=headers).status_code == 201
        assert visitor.post("/api/events/1/verdict", json={"answer": "yes"}, headers=headers).status_code == 201
        assert [note["text"] for note in visitor.get("/api/events/1/notes").json()["notes"]] == ["x"]
        visit.data.close()
