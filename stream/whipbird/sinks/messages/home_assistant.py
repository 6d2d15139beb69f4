"""MQTT discovery of Home Assistant: retained messages that announce sensors, and triggers of automations.

Each label has a counter, the time of its last event, and a trigger; the station has a sensor for its connection. The
keys are those of https://www.home-assistant.io/integrations/mqtt (discovery, sensor.mqtt, binary_sensor.mqtt,
device_trigger.mqtt).

A trigger waits for the message of an event. Messages that were kept while the broker was away arrive later, and must
not open a door hours after the word: events of other times do not trigger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from whipbird import __version__

__all__ = ["Discovery"]

RECENT_S = 60  # by the clocks of both computers
IF_RECENT = (
    "{% if value_json.time and (as_timestamp(now()) - as_timestamp(value_json.time)) | abs < "
    f"{RECENT_S}"
    " %}{{ value_json.label }}{% endif %}"
)

Config = tuple[str, dict[str, Any]]
"""A topic and its payload."""


@dataclass(frozen=True)
class Discovery:
    """Announces a station and its labels.

    Attributes
    ----------
    prefix : str
        Prefix of all discovery topics; ``homeassistant`` by default.
    node : str
        Start of all names; letters, digits, ``_`` and ``-``.
    station : str
        Name of the device.
    status : str
        Topic that says whether the station is connected.
    event : str
        Topic of events.
    """

    prefix: str
    node: str
    station: str
    status: str
    event: str

    def label(self, label: str, name: str, key: str, state: str) -> list[Config]:
        """Announce a label by its name, with ``key`` as its word in topics and ``state`` as the topic of its state."""
        sensor = f"{self.prefix}/sensor/{self.node}/{key}"
        common = {"state_topic": state, "availability_topic": self.status, **self._device()}
        counter = {
            "name": name,
            "unique_id": f"{self.node}_{key}",
            "value_template": "{{ value_json.count }}",
            "state_class": "total_increasing",
            "unit_of_measurement": "events",
            "icon": "mdi:ear-hearing",
            "json_attributes_topic": state,
            **common,
        }
        last = {
            "name": f"{name}: last heard",
            "unique_id": f"{self.node}_{key}_last",
            "value_template": "{{ value_json.last }}",
            "device_class": "timestamp",
            **common,
        }
        trigger = {
            "automation_type": "trigger",
            "type": "heard",
            "subtype": name,
            "topic": self.event,
            "value_template": IF_RECENT,
            "payload": label,
            **self._device(),
        }
        automation = f"{self.prefix}/device_automation/{self.node}/{key}/config"
        return [(f"{sensor}/config", counter), (f"{sensor}_last/config", last), (automation, trigger)]

    def connection(self) -> Config:
        """Announce whether the station is connected."""
        config = {
            "name": "listening",
            "unique_id": f"{self.node}_status",
            "device_class": "connectivity",
            "entity_category": "diagnostic",
            "state_topic": self.status,
            "payload_on": "online",
            "payload_off": "offline",
            **self._device(),
        }
        return f"{self.prefix}/binary_sensor/{self.node}/status/config", config

    def _device(self) -> dict[str, Any]:
        about = {"name": "whipbird", "sw_version": __version__}
        device = {"name": self.station, "manufacturer": "whipbird", "sw_version": __version__}
        return {"device": {"identifiers": [self.node], **device}, "origin": about}
