"""MQTT discovery of Home Assistant: retained messages that say which sensors there are.

For each label a counter and the time when it was last heard; for the whole, whether it is connected. The keys are those
of https://www.home-assistant.io/integrations/mqtt (discovery, sensor.mqtt, binary_sensor.mqtt).
"""

from __future__ import annotations

from typing import Any

from stream import __version__

__all__ = ["connection_config", "label_configs"]

Config = tuple[str, dict[str, Any]]
"""A topic, and what is said there."""


def label_configs(prefix: str, node: str, station: str, label: str, key: str, state: str, status: str) -> list[Config]:
    """What announces a label.

    Parameters
    ----------
    prefix : str
        Of all discovery, ``homeassistant`` unless it was changed there.
    node : str
        What all names begin with; letters, digits, ``_`` and ``-``.
    station : str
        Name of the device.
    label, key : str
        The label, and what stands for it in topics.
    state, status : str
        Topics of the label's state and of `connection_config`.
    """
    common = {"state_topic": state, "availability_topic": status, **_whose(node, station)}
    counter = {
        "name": label,
        "unique_id": f"{node}_{key}",
        "value_template": "{{ value_json.count }}",
        "state_class": "total_increasing",
        "unit_of_measurement": "events",
        "icon": "mdi:ear-hearing",
        "json_attributes_topic": state,
        **common,
    }
    last = {
        "name": f"{label}: last heard",
        "unique_id": f"{node}_{key}_last",
        "value_template": "{{ value_json.last }}",
        "device_class": "timestamp",
        **common,
    }
    return [
        (f"{prefix}/sensor/{node}/{key}/config", counter),
        (f"{prefix}/sensor/{node}/{key}_last/config", last),
    ]


def connection_config(prefix: str, node: str, station: str, status: str) -> Config:
    """What announces whether the station is connected."""
    config = {
        "name": "listening",
        "unique_id": f"{node}_status",
        "device_class": "connectivity",
        "entity_category": "diagnostic",
        "state_topic": status,
        "payload_on": "online",
        "payload_off": "offline",
        **_whose(node, station),
    }
    return f"{prefix}/binary_sensor/{node}/status/config", config


def _whose(node: str, station: str) -> dict[str, Any]:
    return {
        "device": {
            "identifiers": [node],
            "name": station,
            "manufacturer": "whipbird",
            "sw_version": __version__,
        },
        "origin": {"name": "whipbird", "sw_version": __version__},
    }
