"""MQTT: what is heard goes to a broker, and how the station is.

Below the topic that is given:

====================  ========  ========================================================================
``status``            retained  ``online``, or ``offline``: said by the broker when the connection is lost
``event``                       each event, as JSON
``gap``                         lost sound, as JSON
``label/LABEL``       retained  ``{"label", "count", "last", "score", "source", "model"}``, since it listens
``health/SOURCE``     retained  ``{"source", "state", "time", "heard_s", "lost_s"}``; all recordings share one
====================  ========  ========================================================================

The client connects again by itself. What it was given and is not yet acknowledged it sends again then; what it was not
given waits in the publisher's queue. With quality of service 1 a message may thus come twice (with the same ``id``);
with 2 it does not, if the broker speaks MQTT 5. What is retained is sent anew after every connection, for a broker may
have forgotten it.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from stream.detection import Detection
from stream.errors import OutputError
from stream.report import GapReport, Heartbeat, Opening, Report, Summary
from stream.sinks.broker import Broker, topic_word
from stream.sinks.home_assistant import connection_config, label_configs
from stream.sinks.jsonl import as_json
from stream.sinks.messages import event_message, to_json
from stream.sinks.publisher import Manner

if TYPE_CHECKING:
    from paho.mqtt.client import Client

__all__ = ["MQTT_MANNER", "Mqtt", "check_paho"]

KEEPALIVE_S = 30
ANSWER_S = 2.0  # so long an acknowledgement is waited for before that is told
AT_ONCE = 20  # messages that the client has: as many as it may send before the first is acknowledged
SESSION_S = 86_400  # so long a broker knows a client that is gone
RECONNECT_S = (1, 60)  # pauses between attempts to connect: the first, and the longest
RECORDINGS = "recordings"  # they have one place for their health, or a broker would keep one for each for ever
MOST_ANNOUNCED = 100  # labels that are announced before they are heard; more only when they are
MQTT_MANNER = Manner(
    wanted=(Detection, GapReport, Opening, Heartbeat, Summary),
    passing=(Heartbeat,),
    pauses_s=(0.5, 10.0),
    again="listening goes on, and sending is tried again",
    well="is reached again",
    refused="a report that cannot be sent",
    lost=("report", "delivered"),
)


def check_paho() -> None:
    """Look for what speaks MQTT.

    Raises
    ------
    OutputError
        If it is not installed.
    """
    if find_spec("paho") is None:
        raise OutputError("MQTT needs paho-mqtt; get it with: pip install 'whipbird[outputs]'")


@dataclass(frozen=True)
class _Message:
    topic: str
    payload: bytes
    retained: bool = False


class Mqtt:
    """Sends reports to a broker; the connection is made, and made again, on a thread of its own.

    Parameters
    ----------
    broker : Broker
    station : str
    """

    def __init__(self, broker: Broker, station: str) -> None:
        self.name = broker.name
        self._broker = broker
        self._station = station
        self._node = topic_word(f"whipbird_{broker.topic.removeprefix('whipbird/')}".replace("/", "_"))
        self._status = f"{broker.topic}/status"
        self._lock = threading.Lock()
        self._retained: dict[str, bytes] = {}  # by topic; sent anew after every connection
        self._labels: dict[str, dict[str, Any]] = {}  # their states
        self._places: dict[str, str] = {}  # where the health of sources is told
        self._reports: Sequence[Report] | None = None  # what is being written
        self._messages: list[_Message] = []  # what is left of it
        self._unanswered: set[int] | None = None  # numbers of the first of these, if the client has them
        self._answered: set[int] = set()
        self._answer = threading.Event()
        self._connected = threading.Event()
        self._trouble = "no answer"
        if broker.discovery is not None:
            topic, config = connection_config(broker.discovery, self._node, station, self._status)
            self._retained[topic] = to_json(config)
        self._client = self._connect()

    def write(self, reports: Sequence[Report]) -> None:
        if self._reports is not reports:
            self._messages = self._told(reports)
            self._reports = reports
        while self._messages:
            self._send_some()

    def close(self) -> None:
        if self._connected.is_set():
            with contextlib.suppress(ValueError, RuntimeError):
                self._client.publish(self._status, b"offline", self._broker.qos, retain=True).wait_for_publish(ANSWER_S)
            self._client.disconnect()
            self._client.loop_stop()
        else:  # its thread may wait for the network, and is left alone
            self._client.disconnect()

    def _send_some(self) -> None:
        """Send the next messages, unless the client has them already, and wait for the broker to take them."""
        if self._unanswered is None:
            if not self._connected.wait(ANSWER_S):
                raise OutputError(self._trouble)
            self._answered.clear()
            self._unanswered = {self._send(message) for message in self._messages[:AT_ONCE]}
        deadline_s = time.monotonic() + ANSWER_S
        while self._unanswered - self._answered:
            self._answer.clear()
            if self._unanswered - self._answered and not self._answer.wait(max(0.0, deadline_s - time.monotonic())):
                if self._broker.qos == 0:  # the client does not send it again
                    self._unanswered = None
                raise OutputError("no answer" if self._connected.is_set() else self._trouble)
        del self._messages[:AT_ONCE]
        self._unanswered = None

    def _connect(self) -> Client:
        from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY, Client
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        broker = self._broker
        once = broker.qos == 2  # for that the broker must know the client again, which only MQTT 5 can bound
        version = MQTTProtocolVersion.MQTTv5 if once else MQTTProtocolVersion.MQTTv311
        client = Client(CallbackAPIVersion.VERSION2, f"whipbird{token_hex(6)}", protocol=version)
        if broker.user is not None:
            client.username_pw_set(broker.user, broker.password)
        if broker.tls:
            client.tls_set(None if broker.authority is None else str(broker.authority))
        client.will_set(self._status, b"offline", broker.qos, retain=True)
        client.reconnect_delay_set(*RECONNECT_S)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        if once:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = SESSION_S
            client.connect_async(
                broker.host,
                broker.port,
                KEEPALIVE_S,
                clean_start=MQTT_CLEAN_START_FIRST_ONLY,
                properties=properties,
            )
        else:
            client.connect_async(broker.host, broker.port, KEEPALIVE_S)
        client.loop_start()
        return client

    # The client calls these four on its thread.

    def _on_connect(self, client: Client, _: object, __: object, reason: Any, ___: object) -> None:
        if reason.is_failure:
            self._trouble = f"refuses: {reason}"
            return
        with self._lock:
            retained = list(self._retained.items())
        # Not to be sent again, over a later connection and what will be newer then.
        for topic, payload in [(self._status, b"online"), *retained]:
            client.publish(topic, payload, 0, retain=True)
        self._connected.set()

    def _on_connect_fail(self, _: Client, __: object) -> None:
        error = sys.exception()
        self._trouble = getattr(error, "strerror", None) or str(error or "") or "cannot be reached"

    def _on_disconnect(self, _: Client, __: object, ___: object, reason: Any, ____: object) -> None:
        if self._connected.is_set():
            self._trouble = "connection lost"
        self._connected.clear()

    def _on_publish(self, _: Client, __: object, number: int, *___: object) -> None:
        self._answered.add(number)
        self._answer.set()

    def _send(self, message: _Message) -> int:
        return self._client.publish(message.topic, message.payload, self._broker.qos, retain=message.retained).mid

    def _told(self, reports: Sequence[Report]) -> list[_Message]:
        """What is said of reports: of what is retained, the latest alone."""
        messages = []
        for report in reports:
            if isinstance(report, Detection):
                message = to_json(event_message(report, self._station))
                messages.append(_Message(f"{self._broker.topic}/event", message))
            elif isinstance(report, GapReport):
                message = to_json({"station": self._station, **(as_json(report) or {})})
                messages.append(_Message(f"{self._broker.topic}/gap", message))
        retained: dict[str, bytes] = {}
        for report in reports:  # only now, when nothing can be wrong with any of them
            retained |= self._state(report)
        with self._lock:
            self._retained |= retained
        return messages + [_Message(topic, payload, retained=True) for topic, payload in retained.items()]

    def _state(self, report: Report) -> dict[str, bytes]:
        """What a report changes of what is retained, by topics."""
        if isinstance(report, Detection):
            return self._announce(report.label) | self._count(report)
        if isinstance(report, Opening):
            labels = sorted({label for listener in report.listeners for label in listener.labels})
            said = self._health(report)
            for label in labels if len(labels) <= MOST_ANNOUNCED else ():
                said |= self._announce(label)
            return said
        return self._health(report)

    def _announce(self, label: str) -> dict[str, bytes]:
        """What is said of a label that was not spoken of before, by topics."""
        if label in self._labels:
            return {}
        state = {"label": label, "count": 0, "last": None, "score": None, "source": None, "model": None}
        self._labels[label] = state
        topic = self._topic("label", label)
        said = {topic: to_json(state)}
        broker = self._broker
        if broker.discovery is not None:
            key = topic_word(label)
            configs = label_configs(broker.discovery, self._node, self._station, label, key, topic, self._status)
            said |= {topic: to_json(config) for topic, config in configs}
        return said

    def _count(self, event: Detection) -> dict[str, bytes]:
        state = self._labels[event.label]
        state["count"] += 1
        state |= {"score": round(event.score, 4), "source": event.source, "model": event.model}
        time = event.shown_time
        state["last"] = None if time is None else time.isoformat(timespec="milliseconds")
        return {self._topic("label", event.label): to_json(state)}

    def _health(self, report: Report) -> dict[str, bytes]:
        if isinstance(report, Opening):
            self._places[report.source] = self._topic("health", report.source if report.path is None else RECORDINGS)
            state, time, heard_s, lost_s = "listening", report.opened, 0.0, 0.0
        elif isinstance(report, Heartbeat):
            state, time, heard_s, lost_s = "listening", report.time, report.heard_s, report.lost_s
        elif isinstance(report, Summary):
            state, time, heard_s, lost_s = "ended", datetime.now(UTC), report.heard_s, report.lost_s
        else:
            return {}
        place = self._places.get(report.source or "")
        if place is None:  # the sum over several, or one of which nothing was heard
            return {}
        if isinstance(report, Summary):
            del self._places[report.source or ""]
        health = {
            "source": report.source,
            "state": state,
            "time": time.isoformat(timespec="seconds"),
            "heard_s": round(heard_s, 3),
            "lost_s": round(lost_s, 3),
        }
        return {place: to_json(health)}

    def _topic(self, kind: str, name: str) -> str:
        return f"{self._broker.topic}/{kind}/{topic_word(name)}"
