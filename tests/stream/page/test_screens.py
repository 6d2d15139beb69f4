"""Screens work without JavaScript: links and forms alone."""

import re

import pytest

from made_events import event, opening
from page_visitors import Visit, send_form
from whipbird.database.writer import Database
from whipbird.events.reports import Summary
from whipbird.page.judging import give_verdict
from whipbird.page.queries import VerdictBody
from whipbird.sinks.clips.store import Store
from whipbird.sinks.retention import Retention

KIND = {"accept-language": "en"}


def shown(text):
    return [int(number) for number in re.findall(r'<li class="event" data-number="(\d+)"', text)]


def test_all_events_are_reached_by_links(visit):
    visitor, found, path = visit.visitor(), [], "/events?limit=7"
    while path:
        text = visitor.get(path).text
        found += shown(text)
        more = re.search(r'rel="next" href="([^"]+)"', text)
        path = more and more[1].replace("&amp;", "&")
    with visit.data.look() as look:
        (count,) = look.connection.execute("SELECT count(*) FROM events").fetchone()
    assert len(found) == len(set(found)) == count


def test_filters_are_a_form_and_empty_fields_select_nothing(visit):
    visitor = visit.visitor()
    every = shown(visitor.get("/events").text)
    assert shown(visitor.get("/events?label=&source=&from=&to=&min_score=&verdict=").text) == every
    some = shown(visitor.get("/events?label=Pied+Currawong&min_score=0.8").text)
    assert 0 < len(some) < len(every)
    assert shown(visitor.get("/events?from=2026-05-02&to=2026-05-02").text) == every
    assert "No events." in visitor.get("/events?from=2020-01-01&to=2020-01-02", headers=KIND).text


def test_an_event_has_a_page_with_its_sound_and_picture(visit):
    visitor = visit.visitor()
    text = visitor.get("/events/1").text
    assert "/events/1/sound.flac" in text
    sound = visitor.get("/events/1/sound.flac")
    assert (sound.headers["content-type"], sound.content[:4]) == ("audio/flac", b"fLaC")
    for size in ("small", "large", "wide"):
        for ink in ("light", "dark"):
            picture = visitor.get(f"/events/1/picture.png?size={size}&ink={ink}")
            assert picture.content.startswith(b"\x89PNG")


def test_players_get_parts_of_a_sound(visit):
    visitor = visit.visitor()
    whole = visitor.get("/events/1/sound.flac").content
    part = visitor.get("/events/1/sound.flac", headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"
    assert visitor.get("/events/1/sound.flac", headers={"range": "bytes=-5"}).content == whole[-5:]
    assert visitor.get("/events/1/sound.flac", headers={"range": "bytes=5-"}).content == whole[5:]
    assert visitor.get("/events/1/sound.flac", headers={"range": f"bytes={len(whole)}-"}).status_code == 416
    for strange in ("bytes=x-", "lines=1-2", "bytes=1-2,4-5", "bytes=-"):
        assert visitor.get("/events/1/sound.flac", headers={"range": strange}).content == whole


def test_an_event_without_sound_says_so(own_forest, state):
    for recording in own_forest.parent.glob("garden/*.flac"):
        recording.unlink()
    visitor = Visit(own_forest, state).visitor()
    assert "No sound of this event was kept." in visitor.get("/events/1", headers=KIND).text
    assert visitor.get("/events/1/sound.flac").status_code == 404
    assert "data-play" not in visitor.get("/events").text


def test_a_recording_that_was_replaced_is_not_played(own_forest, state):
    first, *others = sorted(own_forest.parent.glob("garden/*.flac"))
    first.write_bytes(others[0].read_bytes())
    assert Visit(own_forest, state).visitor().get("/events/1/sound.flac").status_code == 404


def test_a_verdict_is_a_form(visit):
    visitor = visit.signed_in()
    answer = send_form(visitor, "/events/1/verdict", csrf=visitor.csrf, answer="other", other="Dog", next="/day")
    assert (answer.status_code, answer.headers["location"]) == (303, "/day")
    assert 'class="chip no">is Dog' in visitor.get("/events/1", headers=KIND).text
    send_form(visitor, "/events/1/verdict", csrf=visitor.csrf, answer="yes", other="ignored")
    assert "confirmed" in visitor.get("/events/1", headers=KIND).text
    assert send_form(visitor, "/events/1/verdict", csrf=visitor.csrf, answer="maybe").status_code == 422
    assert send_form(visitor, "/events/1/verdict", csrf=visitor.csrf, answer="other").status_code == 422
    assert send_form(visitor, "/events/98765/verdict", csrf=visitor.csrf, answer="yes").status_code == 404


def test_review_offers_one_event_after_the_other_until_all_are_judged(visit):
    visitor, judged = visit.signed_in(), []
    path = "/review?label=Eastern+Whipbird"
    while found := re.search(r'data-review="(\d+)"', visitor.get(path).text):
        judged.append(int(found[1]))
        send_form(visitor, f"/events/{found[1]}/verdict", csrf=visitor.csrf, answer="yes", drawn=1, next=path)
    with visit.data.look() as look:
        rows = look.connection.execute("SELECT id FROM events WHERE label = 'Eastern Whipbird'").fetchall()
        assert {look.judged[number].verdict.drawn for number in judged} == {True}
    assert sorted(judged) == sorted(number for (number,) in rows)
    assert "All events of this label have a verdict." in visitor.get(path, headers=KIND).text
    text = visitor.get("/label?name=Eastern+Whipbird", headers=KIND).text
    count = len(judged)
    assert f"{count} of {count} events were reviewed in turn: 100% are right" in text
    assert ("nine of ten are right; 100% of the right ones" in text) == (count >= 10)


def test_an_event_that_was_chosen_before_counts_as_drawn_when_its_turn_has_come(visit):
    visitor = visit.signed_in()
    order = visitor.get("/api/review?label=Pied+Currawong").json()["events"]
    first, second = (event["id"] for event in order[:2])
    send_form(visitor, f"/events/{first}/verdict", csrf=visitor.csrf, answer="no")
    send_form(visitor, f"/events/{second}/verdict", csrf=visitor.csrf, answer="yes", drawn=1)
    with visit.data.look() as look:
        assert {number: one.verdict.drawn for number, one in look.judged.items()} == {first: True, second: True}
        assert look.judged[first].verdict.answer == "no"


@pytest.mark.parametrize(("wanted", "word"), [("en", "Events"), ("de", "Ereignisse"), ("de-AT,en", "Ereignisse")])
def test_the_reader_chooses_the_language(visit, wanted, word):
    assert f"<h1>{word}</h1>" in visit.visitor().get("/events", headers={"accept-language": wanted}).text


def test_a_chosen_language_is_remembered(visit):
    visitor = visit.visitor()
    assert send_form(visitor, "/language", language="de", next="/labels").headers["location"] == "/labels"
    assert "<h1>Namen</h1>" in visitor.get("/labels", headers=KIND).text
    assert "Samstag, 2. Mai 2026" in visitor.get("/day", headers=KIND).text


def test_the_first_view_is_small(visit):
    visitor = visit.visitor()
    text = visitor.get("/events").text
    size = len(text.encode())
    for path in set(re.findall(r'(?:href|src)="(/static/[^"]+)"', text)):
        answer = visitor.get(path)
        assert "immutable" in answer.headers["cache-control"]
        size += len(answer.content)
    assert size < 100_000


def test_the_manifest_makes_the_page_installable(visit):
    manifest = visit.visitor().get("/manifest.webmanifest").json()
    assert (manifest["name"], manifest["display"]) == ("Tallowwood", "standalone")
    assert visit.visitor().get(manifest["icons"][0]["src"]).headers["content-type"] == "image/svg+xml"


def test_a_label_with_markup_is_text(own_forest, state):
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(own_forest)) as connection, connection:
        connection.execute("UPDATE events SET label = '<script>alert(1)</script>\"''' WHERE id = 1")
    visitor = Visit(own_forest, state).signed_in()
    for path in ("/events/1", "/labels", "/day", "/events?limit=200", "/review"):
        assert "<script>alert" not in visitor.get(path).text


def test_a_locked_or_broken_database_is_one_clear_line(visit, own_forest):
    visitor = visit.visitor()
    own_forest.write_bytes(b"this is no database" * 1000)
    answer = visitor.get("/events")
    assert answer.status_code in (500, 503)
    assert "forest.sqlite" in answer.text
    assert set(visitor.get("/api/events").json()) == {"error"}


def test_rooms_show_false_alarms_and_for_how_long_clips_are_kept(tmp_path, state):
    path = tmp_path / "house.sqlite"
    database = Database(path, "house")
    opened = opening("alexa", "computer", source="kitchen (2)")
    wakes = [event(60.0 * minute, label="alexa", source="kitchen (2)") for minute in (1, 2)]
    database.write([opened, *wakes, Summary("kitchen (2)", 3600.0, 0.0, 2, 1.0, None, None)])
    database.close()
    Store(tmp_path / "clips", "house", Retention(14 * 86_400.0))
    visit = Visit(path, state, clips=tmp_path / "clips")
    visitor = visit.visitor()
    assert "/rooms" in visitor.get("/station").text
    give_verdict(visit.data, 1, VerdictBody(answer="no", drawn=True))
    text = re.sub(r"<[^>]+>", " ", visitor.get("/rooms", headers=KIND).text)
    assert re.search(r"kitchen\s+alexa\s+2\.00 \(0\.05–11\.14\)\s+1 h\s+2\s+1\s+1", text)
    assert re.search(r"kitchen\s+06–07\s+1 h\s+2\s+1", text)
    assert re.search(r"Right\s+False\s+kitchen\s+alexa\s+–\s+(0\.\d\d) / \1 / \1", text)
    assert "Clips are kept for 14 days." in text
