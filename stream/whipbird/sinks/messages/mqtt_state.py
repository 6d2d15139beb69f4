"""The retained messages of a station on MQTT: counts of labels, health of sources, and Home Assistant's discovery."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from whipbird.events.detection import Detection
from whipbird.events.reports import Heartbeat, Opening, Report, Summary
from whipbird.sinks.messages.home_assistant import Discovery
from whipbird.sinks.messages.message import to_json
from whipbird.sinks.messages.mqtt_broker import topic_word

__all__ = ["StationState"]

RECORDINGS = "recordings"  # all share one topic for health; otherwise a broker would keep one for each for ever
SECONDS = ("heard_s", "lost_s", "below_trigger_s")
MOST_ANNOUNCED = 50  # labels of a model that announces all; a larger one announces each with its first event


class StationState:
    """Latest state of a station; its methods return payloads to retain, by topic.

    Parameters
    ----------
    topic : str
        Start of all topics.
    status : str
        Topic that says whether the station is connected.
    discovery : str or None
        Home Assistant's prefix; None announces nothing to it.
    """

    def __init__(self, topic: str, status: str, station: str, discovery: str | None) -> None:
        self._topic = topic
        self._labels: dict[str, dict[str, Any]] = {}  # states of labels
        self._health_topics: dict[str, str] = {}  # by source
        self._discovery: Discovery | None = None
        if discovery is not None:
            node = topic_word(f"whipbird_{topic.removeprefix('whipbird/')}".replace("/", "_"))
            self._discovery = Discovery(discovery, node, station, status, f"{topic}/event")

    def initial(self) -> dict[str, bytes]:
        """What is retained before the first report."""
        if self._discovery is None:
            return {}
        topic, config = self._discovery.connection()
        return {topic: to_json(config)}

    def update(self, report: Report) -> dict[str, bytes]:
        """What a report changes."""
        if isinstance(report, Detection):
            return self._announce(report.label, report.shown_name) | self._count(report)
        if isinstance(report, Opening):
            small = [listener.labels for listener in report.listeners if len(listener.labels) <= MOST_ANNOUNCED]
            changed = self._health(report)
            for label in sorted({label for labels in small for label in labels}):
                changed |= self._announce(label, label)
            return changed
        return self._health(report)

    def _announce(self, label: str, name: str) -> dict[str, bytes]:
        """The first state of a label, and its discovery under a name for people; empty if the label is known."""
        if label in self._labels:
            return {}
        state = {"label": label, "count": 0, "last": None, "score": None, "source": None, "model": None}
        self._labels[label] = state
        topic = self._subtopic("label", label)
        changed = {topic: to_json(state)}
        if self._discovery is not None:
            configs = self._discovery.label(label, name, topic_word(label), topic)
            changed |= {topic: to_json(config) for topic, config in configs}
        return changed

    def _count(self, event: Detection) -> dict[str, bytes]:
        state = self._labels[event.label]
        state["count"] += 1
        state |= {"score": round(event.score, 4), "source": event.source, "model": event.model}
        if event.common_name is not None:
            state["common_name"] = event.common_name
        time = event.shown_time
        state["last"] = None if time is None else time.isoformat(timespec="milliseconds")
        return {self._subtopic("label", event.label): to_json(state)}

    def _health(self, report: Report) -> dict[str, bytes]:
        if isinstance(report, Opening):
            name = report.source if report.path is None else RECORDINGS
            self._health_topics[report.source] = self._subtopic("health", name)
            state, time, seconds = "listening", report.opened, (0.0, 0.0, 0.0)
        elif isinstance(report, Heartbeat | Summary):
            state, time = ("ended", datetime.now(UTC)) if isinstance(report, Summary) else ("listening", report.time)
            seconds = report.heard_s, report.lost_s, report.below_trigger_s
        else:
            return {}
        topic = self._health_topics.get(report.source or "")
        if topic is None:  # the sum over several sources, or a source that was never opened
            return {}
        if isinstance(report, Summary):
            del self._health_topics[report.source or ""]
        health = {
            "source": report.source,
            "state": state,
            "time": time.isoformat(timespec="seconds"),
            **{name: round(value, 3) for name, value in zip(SECONDS, seconds, strict=True)},
        }
        return {topic: to_json(health)}

    def _subtopic(self, kind: str, name: str) -> str:
        return f"{self._topic}/{kind}/{topic_word(name)}"
