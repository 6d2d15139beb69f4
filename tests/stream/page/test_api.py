"""The API answers as its description says."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

PATHS = ["/api/events", "/api/events/{number}", "/api/labels", "/api/sources", "/api/verdicts", "/api/review"]


def test_events_are_paged_and_filtered(visit):
    visitor, found, cursor = visit.visitor(), [], ""
    while cursor is not None:
        answer = visitor.get("/api/events", params={"limit": 9, "cursor": cursor, "label": "Eurasian Blackbird"}).json()
        found += answer["events"]
        cursor = answer["next"]
    assert {event["label"] for event in found} == {"Eurasian Blackbird"}
    assert [event["time"] for event in found] == sorted((event["time"] for event in found), reverse=True)
    assert visitor.get(f"/api/events/{found[0]['id']}").json() == found[0]
    assert found[0]["has_sound"]
    assert found[0]["time"].endswith("+10:00")


def test_labels_and_sources_have_sums(visit):
    visitor = visit.visitor()
    labels = visitor.get("/api/labels").json()["labels"]
    with visit.data.look() as look:
        (count,) = look.connection.execute("SELECT count(*) FROM events").fetchone()
    assert sum(label["events"] for label in labels) == count
    (source,) = visitor.get("/api/sources").json()["sources"]
    assert (source["station"], source["recordings"], source["heard_s"]) == ("Tallowwood", 4, 240.0)
    folder = visitor.get("/api/events").json()["events"][0]["source"]
    assert (source["source"], Path(folder).name) == (folder, folder)  # not where it is on this computer


def test_a_verdict_is_given_shown_and_withdrawn(visit):
    visitor = visit.signed_in()
    headers = {"X-CSRF-Token": visitor.csrf}
    given = visitor.post("/api/events/1/verdict", json={"answer": "other", "other": "Dog"}, headers=headers)
    assert given.status_code == 201
    assert visitor.get("/api/events/1").json()["other"] == "Dog"
    (shown,) = visitor.get("/api/verdicts").json()["verdicts"]
    assert (shown["event"], shown["answer"], shown["drawn"]) == (1, "other", False)
    assert visitor.delete(f"/api/verdicts/{given.json()['id']}", headers=headers).status_code == 204
    assert visitor.get("/api/verdicts").json() == {"verdicts": []}


@pytest.mark.parametrize(
    "body", [{}, {"answer": "other"}, {"answer": "yes", "other": "x"}, {"answer": "yes", "x": 1}, []]
)
def test_other_verdicts_are_refused(visit, body):
    visitor = visit.signed_in()
    answer = visitor.post("/api/events/1/verdict", json=body, headers={"X-CSRF-Token": visitor.csrf})
    assert answer.status_code == 422
    assert "\n" not in answer.json()["error"]


def test_the_description_has_all_paths_and_the_fields_of_the_answers(visit):
    visitor = visit.visitor()
    described = visitor.get("/api/openapi.json").json()
    assert set(PATHS) <= described["paths"].keys()
    schemas = described["components"]["schemas"]
    event = visitor.get("/api/events/1").json()
    assert set(schemas["EventItem"]["required"]) == event.keys()
    names = {one["name"] for one in described["paths"]["/api/events"]["get"]["parameters"]}
    assert {"label", "source", "from", "to", "min_score", "verdict", "cursor", "limit", "language"} == names
    assert set(described["paths"]) <= {route.path.replace(":int", "") for route in visit.app.routes}


def test_a_database_that_another_program_holds_is_said_and_nothing_is_lost(visit, own_forest):
    visitor = visit.signed_in()
    headers = {"X-CSRF-Token": visitor.csrf}
    with closing(sqlite3.connect(own_forest, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = visitor.post("/api/events/1/verdict", json={"answer": "yes"}, headers=headers)
        assert (answer.status_code, "another program is using" in answer.json()["error"]) == (503, True)
        assert visitor.get("/api/events").status_code == 200
    assert visitor.post("/api/events/1/verdict", json={"answer": "yes"}, headers=headers).status_code == 201
