"""Metrics in the text format of Prometheus, for those who may read."""

import re
import sqlite3
from contextlib import closing

import pytest

from page_visitors import Visit

LINE = re.compile(r'whipbird_(\w+)(?:\{((?:\w+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (-?[\d.e+]+)')
SOURCE = {
    "name": 'a "porch"\\\n',
    "state": "listening",
    "heard_s": 12.5,
    "lost_s": 0.5,
    "events": 3,
    "outages": 1,
    "drift_ppm": None,
    "listeners": 2,
    "muted_s": 4.0,
}
OUTPUT = {"name": "clips", "done": 5, "backlog": 0, "lost": 0, "failing_s": 0.0, "withheld": 2}


def samples(text):
    """Values by metric and labels; every line must be one that Prometheus reads."""
    found = {}
    for line in text.splitlines():
        if line.startswith("# "):
            assert re.fullmatch(r"# (?:HELP whipbird_\w+ .+|TYPE whipbird_\w+ (?:counter|gauge))", line)
            continue
        name, labels, value = LINE.fullmatch(line).groups()
        assert (name, labels) not in found
        found[name, labels or ""] = float(value)
    return found


def test_effort_and_events_of_a_database(visit):
    answer = visit.visitor().get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = samples(answer.text)
    with visit.data.look() as look:
        (count,) = look.connection.execute("SELECT count(*) FROM events").fetchone()
    assert sum(value for (name, _), value in found.items() if name == "events_total") == count
    assert [value for (name, _), value in found.items() if name == "heard_seconds_total"] == [240.0]
    assert not any(name.startswith("source_") for name, _ in found)
    assert not any('source="/' in labels for _, labels in found)


def test_health_of_a_station(visit):
    visit.page.state = lambda: {"sources": [SOURCE], "outputs": [OUTPUT]}
    found = samples(visit.visitor().get("/metrics").text)
    source = 'source="a \\"porch\\"\\\\\\n"'
    assert found["source_state", f'{source},state="listening"'] == 1
    assert found["source_state", f'{source},state="away"'] == 0
    assert found["source_listeners", source] == 2
    assert ("source_drift_ppm", source) not in found
    assert found["output_withheld_total", 'output="clips"'] == 2


@pytest.mark.parametrize(("path", "status"), [("/metrics", 401), ("/metrics?x=1", 401), ("/metrics/", 303)])
def test_metrics_need_the_password_elsewhere(visit, path, status):
    assert visit.visitor("10.0.0.1").get(path).status_code == status
    token = visit.page.passwords.new_token("prometheus")
    assert visit.visitor("10.0.0.1", Authorization=f"Bearer {token}").get("/metrics").status_code == 200


def test_any_label_can_be_a_metric(own_forest, state):
    with closing(sqlite3.connect(own_forest)) as connection, connection:
        connection.execute("UPDATE events SET label = ? WHERE id % 2 = 0", ('a"b\\c\nd{},=\u2028',))
    assert samples(Visit(own_forest, state).visitor().get("/metrics").text.replace("\u2028", " "))
