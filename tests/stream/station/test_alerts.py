"""Alerts: which events people are told of, once, with a reason, through a real service."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from hook_server import serving
from made_events import Notes, event
from waiting import wait_until
from whipbird.database.writer import Database
from whipbird.engine.report_rules import Place
from whipbird.events.reports import Listener, Opening
from whipbird.sinks.clips.clip import Clip
from whipbird.sinks.clips.store import Store
from whipbird.sinks.messages import notification
from whipbird.sinks.messages.notification import Attachments
from whipbird.sinks.publisher import Publisher
from whipbird.station.alerts import MEMORY, AlertDesk, AlertMemory, Alerts
from whipbird.station.report_hub import ReportHub
from whipbird.station.settings.alerts import AlertSettings
from whipbird.station.settings.schema import StationFile

TO = "json://127.0.0.1:9/"


def now():
    return datetime.now(UTC).replace(microsecond=0)


def at(ago_s=0.0, **fields):
    """An event some seconds ago."""
    return event(2.0, time=now() - timedelta(seconds=ago_s), **fields)


@pytest.fixture
def told(tmp_path):
    """What an alert with some settings says of events, in their order; None where it says nothing."""

    def told(events, heard=(), labels=(), place=None, models=None, **settings):
        memory = AlertMemory(tmp_path / MEMORY)
        for label, ago in heard:
            memory.hear(label, now() - ago)
        alert = AlertSettings(name="owls", to=[TO], **settings)
        desk = AlertDesk([(alert, frozenset(labels))], models or {}, place, UTC, "forest", memory)
        found = [desk.notifications(one) for one in events]
        return [one[0][1].text if one else None for one in found]

    return told


def test_an_event_is_told_once_an_hour(told):
    events = [at(3500), at(1800), at(1800, label="no"), at(10)]
    said = told(events, text="{name} {score}")
    assert said == ["yes 90%", None, "no 90%", None]
    assert told([at(900), at(0)], text="{label}", every="10min") == ["yes", "yes"]


def test_only_what_was_asked_for_is_told(told):
    assert told([at(label="no"), at()], labels=["yes"], text="{name}") == [None, "yes"]
    assert told([at(source="pond"), at(1)], sources=["microphone"], text="{source}")[0] is None
    assert told([at(label="b", score=0.7), at(1, label="b", score=0.8)], score=0.8, text="{score}") == [None, "80%"]
    soon, later = (f"{now() + timedelta(hours=hours):%H:%M}" for hours in (1, 2))
    assert told([at(label="up")], hours=f"{soon}-{later}", text="x") == [None]


def test_what_is_new_or_back_is_told_with_the_reason(told):
    month = timedelta(days=30)
    assert told([at(5, label="a"), at(label="a")], when="new here", text="{name}{why}", every="1s") == [
        "a (new here)",
        None,
    ]
    assert told([at()], heard=[("yes", month)], when="new here", text="x") == [None]
    back = "back after 14 days"
    assert told([at(label="b")], heard=[("b", month)], when=back, text="{name}{why}") == ["b (back after 30 days)"]
    assert told([at(label="c")], heard=[("c", timedelta(days=13))], when=back, text="x") == [None]
    assert told([at(label="d")], when=back, text="x") == [None]
    year = [("e", timedelta(days=400)), ("f", timedelta(seconds=1))]
    said = told([at(label="e"), at(label="f")], heard=year, when=["new this year", "new here"], text="{name}{why}")
    assert said == ["e (new this year)", None if now().timetuple().tm_yday > 1 else said[1]]


def test_what_is_rare_here_is_told(told, small_range):
    rare = {"models": {"owls": small_range}, "place": Place(47.6, 8.2), "when": "rarer than 0.5 in range"}
    (said,) = told([at(label="owl 0", model="owls")], text="{why}", **rare)
    assert said is None or said.startswith(" (rare here: ")
    assert told([at(label="owl 1", model="other")], text="x", **rare) == [None]


@pytest.fixture
def small_range(monkeypatch):
    """A model whose first label is rare everywhere."""
    from whipbird.station import alerts

    card = SimpleNamespace(labels=["owl 0", "owl 1"], sha256={"range.tflite": ""})
    monkeypatch.setattr(alerts, "range_scores", lambda *_: [[0.01, 0.9]])
    return SimpleModel(Path(), card)


class SimpleModel:
    def __init__(self, folder, card):
        self.folder, self.card = folder, card


def test_what_is_old_is_only_remembered(told, tmp_path):
    assert told([at(7200), at(7200 * 24)], when="new here", text="x") == [None, None]
    assert told([at()], heard=[("yes", timedelta(hours=2))], when="new here", text="x") == [None]
    assert told([event(1.0, time=None)], text="x") == [None]


def test_nothing_is_told_again_after_a_restart(told):
    assert told([at(60)], text="x") == ["x"]
    assert told([at(30)], text="x") == [None]


def test_at_first_a_station_knows_what_its_database_holds(tmp_path):
    began = now()
    path = tmp_path / "heard.sqlite"
    database = Database(path, "forest")
    opened = Opening("microphone", None, 16_000, 1, 1, began, "live", began, (Listener("commands", "1", ("yes",)),))
    database.write([opened, event(2.0, time=began - timedelta(days=1)), event(2.0, time=began - timedelta(hours=1))])
    database.close()
    memory = AlertMemory(tmp_path / MEMORY, [path, tmp_path / "missing.sqlite"])
    assert memory.heard == {"yes": began - timedelta(hours=1)}


def test_a_damaged_memory_is_begun_anew(tmp_path):
    for content in ("", "[]", '{"heard": 1}', '{"heard": {"a": "soon"}, "told": []}'):
        (tmp_path / MEMORY).write_text(content)
        assert AlertMemory(tmp_path / MEMORY).told == {}


def station(address, **alert):
    """Settings of a station with one alert."""
    source = {"name": "microphone", "microphone": "default", "models": ["commands"]}
    given = {"source": [source], "alert": [{"name": "owls", "to": [address], **alert}]}
    if alert.get("clip"):
        given["outputs"] = {"clips": {"folder": alert.pop("folder")}}
        given["alert"][0].pop("folder")
    return StationFile.model_validate(given)


@pytest.fixture
def hub(tmp_path):
    pytest.importorskip("apprise")
    notes = Notes()
    screen = Publisher([], live=True)
    hub = ReportHub(screen, tmp_path / "spool", "forest")
    hub.notify = notes
    yield hub
    hub.close()
    screen.close()


def test_a_service_gets_the_alert_and_again_if_it_was_down(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(notification, "PAUSES_S", (0.05, 0.1))
    with serving() as server:
        server.answers = [500]
        settings = station(server.address.replace("http://", "json://"))
        hub.update(settings.outputs, Alerts.of(settings, [frozenset()], [], "forest", tmp_path))
        hub.publish(at())
        wait_until(lambda: len(server.requests) >= 2)
        body = server.requests[-1][2]
        assert body["title"] == "yes"
        assert body["message"].startswith("yes at microphone, ")
        assert body["message"].endswith("score 90%")
        wait_until(lambda: hub.health()[0]["done"] == 1)
    assert hub.lost == 0


def test_a_clip_is_waited_for_and_sent(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(notification._NotYet, "after_s", 0.05)
    with serving() as server:
        settings = station(server.address.replace("http://", "json://"), clip=True, folder=str(tmp_path / "clips"))
        hub.update(settings.outputs.model_copy(update={"clips": None}), Alerts.of(
            settings, [frozenset()], [], "forest", tmp_path))  # fmt: skip
        one = at()
        hub.publish(one)
        wait_until(lambda: hub.health()[0]["failing_s"] > 0)
        assert not server.requests
        samples = np.zeros((16_000, 1), np.float32)
        Store(tmp_path / "clips", "forest").write(Clip(samples, 16_000, 1.0, (one,), 0, None))
        wait_until(lambda: server.requests)
        (attached,) = server.requests[-1][2]["attachments"]
        assert attached["filename"].endswith("_yes_0.90.flac")


def test_without_a_clip_the_alert_goes_after_a_while(tmp_path):
    found = Attachments(tmp_path, 2.0)
    assert found.find("yes", now()) == []
    (tmp_path / "20200101T000000.000Z_yes_0.90.flac").touch()
    (tmp_path / "other_yes_notes.txt").touch()
    assert found.find("yes", now()) == []
