"""MQTT: events, lost sound and the state of the station go to a broker.

Topics, below the given one:

====================  ========  ========================================================================
``status``            retained  ``online``; ``offline``, which the broker sends when the connection is lost
``event``                       each event, as JSON
``gap``                         missing sound, as JSON
``label/LABEL``       retained  ``{"label", "count", "last", "score", "source", "model"}``, since it started
``health/SOURCE``     retained  ``{"source", "state", "time", "heard_s", "lost_s", "below_trigger_s"}``;
                                recordings share one
====================  ========  ========================================================================

The client reconnects by itself, and then resends all messages that were not acknowledged; the others wait in the spool.
With quality of service 1 a message may therefore arrive twice, with the same ``id``. Retained messages hold the latest
state and are not spooled; all are sent again after each connection, because the broker may have lost them.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from secrets import token_hex
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from whipbird.errors import OutputError
from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Heartbeat, Opening, Report, Summary
from whipbird.formats.jsonl import as_json
from whipbird.sinks.messages.message import Message, to_json
from whipbird.sinks.messages.message_settings import MessageSettings
from whipbird.sinks.messages.mqtt_broker import Broker, parse_broker, read_certificates
from whipbird.sinks.messages.mqtt_state import StationState
from whipbird.sinks.messages.spool import spool_name
from whipbird.sinks.messages.transport import Transport
from whipbird.sinks.values import PathText, read_secret
from whipbird.system.certificates import certificate_fault
from whipbird.system.extras import needs

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

__all__ = ["Mqtt", "MqttTransport"]

PASSWORD = "WHIPBIRD_MQTT_PASSWORD"  # environment variable
KEEPALIVE_S = 30
ANSWER_S = 2.0  # wait for an acknowledgement, before its absence is reported
AT_ONCE = 20  # messages in the client: as many as it may send before the first is acknowledged
PAUSES_S = (0.5, 10.0)  # shortest and longest pause between attempts to send
RECONNECT_S = (1, 60)  # shortest and longest pause between attempts to connect
ID_BYTES = 16
GAP = "gap"


def _qos(value: Any) -> Any:
    if value == 2:
        raise ValueError("2 is no longer supported; use 1, and recognise repeated messages by their id")
    return value


class Mqtt(MessageSettings):
    """Broker that gets events and health.

    Attributes
    ----------
    password_file : str, optional
        File with the password; the default is ``WHIPBIRD_MQTT_PASSWORD`` in the environment, else the address.
    ca : str, optional
        File of certificates to trust instead of the system's.
    qos : int
        Quality of service: 0 delivers at most once, 1 at least once.
    discovery : str
        Home Assistant's prefix; empty for no discovery.
    """

    address: str
    password_file: PathText | None = None
    ca: PathText | None = None
    qos: Annotated[int, BeforeValidator(_qos), Field(ge=0, le=1)] = 1
    discovery: str = "homeassistant"

    @property
    def credentials(self) -> tuple[str | None, bytes | None]:
        return read_secret(self.password_file, PASSWORD), read_certificates(self.ca) if self.ca is not None else None

    def target(self, station: str) -> tuple[str, Callable[[], Transport]]:
        if find_spec("paho") is None:
            raise OutputError(f"MQTT {needs('outputs', 'paho-mqtt')}")
        broker = parse_broker(self.address, station, read_secret(self.password_file, PASSWORD), self.ca)
        name = spool_name("mqtt", broker.host, str(broker.port), broker.topic)
        return name, lambda: MqttTransport(broker, station, self.qos, self.discovery or None)


class MqttTransport(Transport):
    """Sends reports to a broker; a thread of the client connects, and reconnects after failures.

    Quality of service (``qos``) 0 delivers at most once, 1 at least once. ``discovery`` is Home Assistant's prefix;
    None for no discovery.
    """

    wanted = (Detection, GapReport, Opening, Heartbeat, Summary)

    def __init__(self, broker: Broker, station: str, qos: int = 1, discovery: str | None = None) -> None:
        super().__init__(broker.name, station, batch=AT_ONCE, pauses_s=PAUSES_S)
        self._broker = broker
        self._qos = qos
        self._status = f"{broker.topic}/status"
        self._lock = threading.Lock()
        self._state = StationState(broker.topic, self._status, station, discovery)
        self._retained = self._state.initial()  # payloads by topic; all are sent again after every connection
        self._numbers: dict[str, int] = {}  # the client's numbers of the messages it has, by message id
        self._answered: set[int] = set()  # acknowledged numbers, of these messages and of others
        self._answer = threading.Event()
        self._connected = threading.Event()
        self._closing = False
        self._trouble = "no answer"
        self._client = self._connect()

    def messages(self, report: Report) -> list[Message]:
        messages = super().messages(report)
        if isinstance(report, GapReport):
            id_ = token_hex(ID_BYTES)
            body = to_json({"id": id_, "station": self.station, **(as_json(report) or {})})
            messages.append(Message(GAP, id_, body))
        changed = self._state.update(report)
        with self._lock:
            self._retained |= changed
            if self._connected.is_set():
                _send_retained(self._client, changed)
        return messages

    def send(self, messages: Sequence[Message], ending: Callable[[], bool]) -> None:
        new = [message for message in messages if message.id not in self._numbers]
        with self._lock:  # the client reuses numbers
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
        if self._client.is_connected():  # also if `_on_connect` has not been called yet
            with contextlib.suppress(ValueError, RuntimeError):
                self._client.publish(self._status, b"offline", self._qos, retain=True).wait_for_publish(ANSWER_S)
            self._client.disconnect()
            self._client.loop_stop()
        else:  # the client's thread may be waiting for the network; do not join it
            self._client.disconnect()

    def _await(self, numbers: set[int]) -> None:
        """Wait until the broker has acknowledged the messages with these numbers."""
        deadline_s = time.monotonic() + ANSWER_S
        while numbers - self._answered:
            self._answer.clear()
            if numbers - self._answered and not self._answer.wait(max(0.0, deadline_s - time.monotonic())):
                if self._qos == 0:  # the client does not resend
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
        fault = None if error is None else certificate_fault(error)
        self._trouble = fault or getattr(error, "strerror", None) or str(error or "") or "cannot be reached"

    def _on_disconnect(self, _: Client, __: object, ___: object, reason: Any, ____: object) -> None:
        if self._connected.is_set():
            self._trouble = "connection lost"
        self._connected.clear()

    def _on_message(self, client: Client, _: object, message: MQTTMessage) -> None:
        if message.payload == b"offline" and not self._closing:  # sent by another client with the same topic
            client.publish(self._status, b"online", 0, retain=True)

    def _on_publish(self, _: Client, __: object, number: int, *___: object) -> None:
        with self._lock:
            self._answered.add(number)
        self._answer.set()


def _send_retained(client: Client, changed: dict[str, bytes]) -> None:
    """Publish with quality of service 0, so that the client never resends old state over newer state."""
    for topic, payload in changed.items():
        client.publish(topic, payload, 0, retain=True)
