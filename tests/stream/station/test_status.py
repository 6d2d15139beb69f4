"""Status of a station, from the state it wrote."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

from command_line import as_objects, whipbird_here
from whipbird.errors import WhipbirdError
from whipbird.station.health import State
from whipbird.station.source_tracker import SourceTracker
from whipbird.station.state_file import is_running, lock_station, read_state, safe_name, write_state
from whipbird.station.status import HEALTHY, NOT_RUNNING, UNHEALTHY, judge, render

NOW = datetime(2024, 5, 1, 12, 0, 0, tzinfo=UTC)


def state(problem=None, age_s=0, **output):
    source = SourceTracker("north", "feed", UTC)
    if problem is not None:
        source.fail(problem)
    else:
        source.show(State.LISTENING)
    return {
        "station": "ridge",
        "pid": 1,
        "running": True,
        "begun": NOW.isoformat(),
        "time": (NOW - timedelta(seconds=age_s)).isoformat(),
        "sources": [source.health().as_object()],
        "outputs": [{"name": "heard.csv", "done": 5, "backlog": 0, "failing_s": 0, "lost": 0, **output}],
    }


@pytest.mark.parametrize(
    ("written", "code", "reason"),
    [
        (state(), HEALTHY, None),
        (state("connection refused"), UNHEALTHY, "north: connection refused"),
        (state(age_s=300), UNHEALTHY, "no status since 2024-05-01T11:55:00+00:00"),
        (state(failing_s=90), UNHEALTHY, "heard.csv: writing has failed for 1:30"),
        (state(lost=3), UNHEALTHY, "heard.csv: 3 reports lost"),
    ],
)
def test_health(tmp_path, written, code, reason):
    write_state(tmp_path, written)
    assert judge(tmp_path, NOW).code == NOT_RUNNING
    lock = lock_station(tmp_path)
    verdict = judge(tmp_path, NOW)
    lock.close()
    assert (verdict.code, verdict.reasons) == (code, [reason] if reason else [])
    console = Console(width=100, force_terminal=False)
    with console.capture() as capture:
        console.print(render(verdict))
    assert "ridge: " in capture.get()
    assert json.loads(json.dumps(verdict.as_object()))["station"] == "ridge"


def test_only_one_process_holds_the_lock(tmp_path):
    assert not is_running(tmp_path)
    lock = lock_station(tmp_path)
    assert is_running(tmp_path)
    with pytest.raises(WhipbirdError, match="already running"):
        lock_station(tmp_path)
    lock.close()
    assert not is_running(tmp_path)


def test_a_broken_state_file_is_ignored(tmp_path):
    (tmp_path / "state.json").write_text("{")
    assert read_state(tmp_path) is None


def changed(**fields):
    return json.dumps(state() | fields)


SOURCE = state()["sources"][0]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[" * 100_000,
        "[1]",
        '{"station": "north", "time": "2026-11-28T16:00:00+00:00", "sources": [{"name": "mic", "state": "listening"}]}',
        changed(sources=[SOURCE | {"heard_s": "12"}]),
        changed(sources=[SOURCE | {"lost_s": float("inf")}]),
        changed(sources=[SOURCE | {"today": ["yes"]}]),
        changed(sources={}),
        changed(outputs=[{"name": "a.csv"}]),
        changed(time=3),
        changed(pid=None),
    ],
)
def test_a_state_that_is_damaged_or_of_another_version_is_one_line_and_others_are_shown(tmp_path, text):
    for name, content in (("north", text), ("ridge", changed())):
        folder = tmp_path / "whipbird" / "monitor" / name
        folder.mkdir(parents=True)
        (folder / "state.json").write_text(content)
    shown = whipbird_here("status", env={"XDG_STATE_HOME": str(tmp_path)})
    assert (shown.returncode, shown.stderr) == (NOT_RUNNING, "")
    assert "state.json: is damaged or of another version" in " ".join(shown.stdout.split())
    assert "ridge: not running" in shown.stdout
    objects = as_objects(whipbird_here("status", "--json", env={"XDG_STATE_HOME": str(tmp_path)}).stdout)
    assert [one["station"] for one in objects] == ["north", "ridge"]
    lock = lock_station(tmp_path / "whipbird" / "monitor" / "north")
    shown = whipbird_here("status", env={"XDG_STATE_HOME": str(tmp_path)})
    lock.close()
    assert "north: not healthy" in shown.stdout


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
@example("-", "0")
@example("--", "-")
def test_file_names_are_safe_and_differ(one, other):
    assert safe_name(one).replace("_", "").replace("-", "").isalnum()
    assert safe_name(one).isascii()
    assert (safe_name(one) == safe_name(other)) == (one == other)
