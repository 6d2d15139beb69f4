"""Retained messages of MQTT, without a broker."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from made_events import event, opening
from whipbird.events.reports import Listener, Summary
from whipbird.formats.jsonl import as_json
from whipbird.sinks.messages.mqtt_state import MOST_ANNOUNCED, StationState


@pytest.fixture
def state():
    return StationState("forest", "forest/status", "hill", "homeassistant")


def test_many_labels_are_announced_only_with_their_first_event(state):
    assert list(state.update(opening(*(f"bird {number}" for number in range(MOST_ANNOUNCED + 1))))) == [
        "forest/health/microphone"
    ]
    changed = state.update(event(label="bird 7"))
    names = {json.loads(payload)["name"] for topic, payload in changed.items() if "/sensor/" in topic}
    assert names == {"bird 7", "bird 7: last heard"}
    assert not [topic for topic in state.update(event(label="bird 7")) if "/sensor/" in topic]


def test_a_species_is_announced_by_its_common_name_below_a_topic_of_its_label(state):
    changed = state.update(event(label="Strix aluco", common_name="Waldkauz"))
    (payload,) = (json.loads(payload) for topic, payload in changed.items() if topic.startswith("forest/label/strix"))
    assert (payload["label"], payload["common_name"]) == ("Strix aluco", "Waldkauz")
    names = {json.loads(payload)["name"] for topic, payload in changed.items() if "/sensor/" in topic}
    assert names == {"Waldkauz", "Waldkauz: last heard"}


@pytest.mark.parametrize(
    ("ago_s", "label", "triggers"), [(2, "stop", True), (7200, "stop", False), (-7200, "stop", False), (2, "no", False)]
)
def test_a_word_that_has_just_been_said_triggers_automations(state, ago_s, label, triggers):
    jinja2 = pytest.importorskip("jinja2")
    (config,) = (
        json.loads(payload)
        for topic, payload in state.update(event(label="stop")).items()
        if topic == "homeassistant/device_automation/whipbird_forest/stop/config"
    )
    assert (config["automation_type"], config["type"], config["subtype"]) == ("trigger", "heard", "stop")
    assert config["topic"] == "forest/event"
    now = datetime(2024, 5, 1, 12, tzinfo=UTC)
    message = as_json(event(label=label, time=now - timedelta(seconds=ago_s)))
    template = jinja2.Environment().from_string(config["value_template"])
    helpers = {"now": lambda: now, "as_timestamp": _as_timestamp}  # as Home Assistant has them
    assert (template.render(value_json=message, **helpers) == config["payload"]) == triggers
    assert template.render(value_json=message | {"time": None}, **helpers) == ""


def _as_timestamp(value):
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).timestamp()


def test_a_small_model_beside_a_large_one_announces_its_labels(state):
    many = Listener("birds", "1", tuple(f"bird {number}" for number in range(MOST_ANNOUNCED + 1)))
    few = Listener("commands", "1", ("no", "yes"))
    changed = state.update(replace(opening(), listeners=(many, few)))
    assert sorted(topic for topic in changed if "/label/" in topic) == ["forest/label/no", "forest/label/yes"]


def test_recordings_share_one_state_of_health(state):
    retained = {}
    for number in range(3):
        name = f"{number}.wav"
        retained |= state.update(opening("yes", source=name, path=name))
        retained |= state.update(Summary(name, 60.0, 0.0, 0, 100.0, None, None))
    retained |= state.update(Summary(None, 180.0, 0.0, 0, 100.0, None, None))
    assert [topic for topic in retained if "/health/" in topic] == ["forest/health/recordings"]
    assert json.loads(retained["forest/health/recordings"])["source"] == "2.wav"
