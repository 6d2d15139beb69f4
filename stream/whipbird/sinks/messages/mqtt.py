"""MQTT: what is heard goes to a broker, and how the station is.

Below the topic that is given:

====================  ========  ========================================================================
``status``            retained  ``online``, or ``offline``: said by the broker when the connection is lost
``event``                       each event, as JSON
``gap``                         lost sound, as JSON
``label/LABEL``       retained  ``{"label", "count", "last", "score", "source", "model"}``, since it listens
``health/SOURCE``     retained  ``{"source", "state", "time", "heard_s", "lost_s"}``; all recordings share one
====================  ========  ========================================================================

The client reconnects by itself, and then sends again whatever has not been acknowledged; everything else waits in the
spool. With quality of service 1 a message may thus come twice, with the same ``id``. Retained messages tell the latest
state and are not kept; all of them are sent again after every connection, because the broker may have forgotten them.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from whipbird.errors import OutputError
from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Heartbeat, Opening, Report, Summary
from whipbird.formats.jsonl import as_json
from whipbird.sinks.messages.home_assistant import Discovery
from whipbird.sinks.messages.message import Message, to_json
from whipbird.sinks.messages.mqtt_broker import Broker, topic_word
from whipbird.sinks.messages.transport import Transport

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

__all__ = ["Mqtt", "check_paho"]

KEEPALIVE_S = 30
ANSWER_S = 2.0  # so long an acknowledgement is waited for before that is told
AT_ONCE = 20  # messages that the client has: as many as it may send before the first is acknowledged
PAUSES_S = (0.5, 10.0)  # between attempts to send: the first, and the longest
RECONNECT_S = (1, 60)  # the same of attempts to connect
ID_BYTES = 16
RECORDINGS = "recordings"  # they have one place for their health, or a broker would keep one for each for ever
MOST_ANNOUNCED = 100  # labels that are announced before they are heard; more only when they are
GAP = "gap"


def check_paho() -> None:
    """Raise OutputError if paho-mqtt is not installed, which speaks MQTT."""
    if find_spec("paho") is None:
        raise OutputError("MQTT needs paho-mqtt; get it with: pip install 'whipbird[outputs]'")


class Mqtt(Transport):
    """Sends reports to a broker; the connection is made, and made again, on a thread of its own.

    Quality of service (``qos``) 0 delivers at most once, 1 at least once. ``discovery`` is Home Assistant's prefix;
    None announces nothing to it.
    """

    wanted = (Detection, GapReport, Opening, Heartbeat, Summary)

    def __init__(self, broker: Broker, station: str, qos: int = 1, discovery: str | None = None) -> None:
        super().__init__(broker.name, station, batch=AT_ONCE, pauses_s=PAUSES_S)
        self._broker = broker
        self._qos = qos
        self._status = f"{broker.topic}/status"
        self._lock = threading.Lock()
        self._retained: dict[str, bytes] = {}  # by topic; all is sent again after every connection
        self._labels: dict[str, dict[str, Any]] = {}  # their states
        self._places: dict[str, str] = {}  # where the health of sources is told
        self._numbers: dict[str, int] = {}  # those of the client, for messages that it has, by their ids
        self._answered: set[int] = set()  # of these, and of others that do not matter
        self._answer = threading.Event()
        self._connected = threading.Event()
        self._closing = False
        self._trouble = "no answer"
        self._discovery: Discovery | None = None
        if discovery is not None:
            node = topic_word(f"whipbird_{broker.topic.removeprefix('whipbird/')}".replace("/", "_"))
            self._discovery = Discovery(discovery, node, station, self._status)
            topic, config = self._discovery.connection()
            self._retained[topic] = to_json(config)
        self._client = self._connect()

    def messages(self, report: Report) -> list[Message]:
        messages = super().messages(report)
        if isinstance(report, GapReport):
            id_ = token_hex(ID_BYTES)
            body = to_json({"id": id_, "station": self.station, **(as_json(report) or {})})
            messages.append(Message(GAP, id_, body))
        said = self._state(report)
        with self._lock:
            self._retained |= said
            if self._connected.is_set():
                _send_retained(self._client, said)
        return messages

    def send(self, messages: Sequence[Message], ending: Callable[[], bool]) -> None:
        new = [message for message in messages if message.id not in self._numbers]
        with self._lock:  # the client uses numbers again
            self._answered &= set(self._numbers.values())
        if not self._connected.wait(ANSWER_S):
            raise OutputError(self._trouble)
        for message in new:
            topic = f"{self._broker.topic}/{message.kind}"
            self._numbers[message.id] = self._client.publish(topic, message.body, self._qos).mid
        self._await({self._numbers[message.id] for message in messages})
        for message in messages:
            del self._numbers[message.id]

    def close(self) -> None:
        self._closing = True
        if self._client.is_connected():  # also while that is only just being told
            with contextlib.suppress(ValueError, RuntimeError):
                self._client.publish(self._status, b"offline", self._qos, retain=True).wait_for_publish(ANSWER_S)
            self._client.disconnect()
            self._client.loop_stop()
        else:  # its thread may wait for the network, and is left alone
            self._client.disconnect()

    def _await(self, numbers: set[int]) -> None:
        """Wait until the broker has taken what the client has under these numbers."""
        deadline_s = time.monotonic() + ANSWER_S
        while numbers - self._answered:
            self._answer.clear()
            if numbers - self._answered and not self._answer.wait(max(0.0, deadline_s - time.monotonic())):
                if self._qos == 0:  # the client does not send it again
                    self._numbers.clear()
                raise OutputError("no answer" if self._connected.is_set() else self._trouble)

    def _connect(self) -> Client:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        broker = self._broker
        client = Client(CallbackAPIVersion.VERSION2, f"whipbird{token_hex(6)}")
        if broker.user is not None:
            client.username_pw_set(broker.user, broker.password)
        if broker.tls:
            client.tls_set(broker.authority)
        client.will_set(self._status, b"offline", self._qos, retain=True)
        client.reconnect_delay_set(*RECONNECT_S)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.connect_async(broker.host, broker.port, KEEPALIVE_S)
        client.loop_start()
        return client

    # The client calls these five on its thread.

    def _on_connect(self, client: Client, _: object, __: object, reason: Any, ___: object) -> None:
        if reason.is_failure:
            self._trouble = f"refuses: {reason}"
            return
        if self._closing:
            client.disconnect()
            return
        with self._lock:
            _send_retained(client, {self._status: b"online", **self._retained})
            self._connected.set()
        client.subscribe(self._status)

    def _on_connect_fail(self, _: Client, __: object) -> None:
        error = sys.exception()
        self._trouble = getattr(error, "strerror", None) or str(error or "") or "cannot be reached"

    def _on_disconnect(self, _: Client, __: object, ___: object, reason: Any, ____: object) -> None:
        if self._connected.is_set():
            self._trouble = "connection lost"
        self._connected.clear()

    def _on_message(self, client: Client, _: object, message: MQTTMessage) -> None:
        if message.payload == b"offline" and not self._closing:  # says another that had the same topic before
            client.publish(self._status, b"online", 0, retain=True)

    def _on_publish(self, _: Client, __: object, number: int, *___: object) -> None:
        with self._lock:
            self._answered.add(number)
        self._answer.set()

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
        if self._discovery is not None:
            configs = self._discovery.label(label, topic_word(label), topic)
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


def _send_retained(client: Client, said: dict[str, bytes]) -> None:
    """Not to be sent again by the client, over a later connection and what will be newer then."""
    for topic, payload in said.items():
        client.publish(topic, payload, 0, retain=True)
