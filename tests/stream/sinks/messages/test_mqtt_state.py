"""Retained messages of MQTT, without a broker."""

import json

import pytest

from made_events import event, opening
from whipbird.events.reports import Summary
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


def test_recordings_share_one_state_of_health(state):
    retained = {}
    for number in range(3):
        name = f"{number}.wav"
        retained |= state.update(opening("yes", source=name, path=name))
        retained |= state.update(Summary(name, 60.0, 0.0, 0, 100.0, None, None))
    retained |= state.update(Summary(None, 180.0, 0.0, 0, 100.0, None, None))
    assert [topic for topic in retained if "/health/" in topic] == ["forest/health/recordings"]
    assert json.loads(retained["forest/health/recordings"])["source"] == "2.wav"
