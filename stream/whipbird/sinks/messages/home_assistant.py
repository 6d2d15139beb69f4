"""MQTT discovery of Home Assistant: retained messages that announce sensors.

Each label has a counter and the time of its last event; the station has a sensor for its connection. The keys are those
of https://www.home-assistant.io/integrations/mqtt (discovery, sensor.mqtt, binary_sensor.mqtt).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from whipbird import __version__

__all__ = ["Discovery"]

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
    """

    prefix: str
    node: str
    station: str
    status: str

    def label(self, name: str, key: str, state: str) -> list[Config]:
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
        return [(f"{sensor}/config", counter), (f"{sensor}_last/config", last)]

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
