"""MQTT, with a real broker that comes and goes."""

import contextlib
import signal
import socket

import pytest

from certificates import make_certificate
from made_events import BEGIN, Notes, event, opening, publish_events
from mosquitto import Listening, Mosquitto, passwords
from ports import reserved_port
from waiting import LIMIT_S, wait_until
from whipbird.events.reports import GapReport, Heartbeat, Notice, Summary
from whipbird.sinks import publisher as publishers
from whipbird.sinks.messages import mqtt as module
from whipbird.sinks.messages.message import event_message
from whipbird.sinks.messages.message_publisher import MessagePublisher
from whipbird.sinks.messages.mqtt import MqttTransport
from whipbird.sinks.messages.mqtt_broker import parse_broker
from whipbird.sinks.messages.spool import Spool

paho = pytest.importorskip("paho.mqtt.client", reason="paho-mqtt is not installed")

SECRET = "hunter2"
LISTENER = """\
import pathlib, sys, time
from made_events import event
from whipbird.events.reports import GapReport
from whipbird.sinks.messages.mqtt_broker import parse_broker
from whipbird.sinks.messages.message_publisher import MessagePublisher
from whipbird.sinks.messages.mqtt import MqttTransport
from whipbird.sinks.messages.spool import Spool

address, folder = sys.argv[1:]
spool = Spool(pathlib.Path(folder), "x")
client = MqttTransport(parse_broker(address, "forest"), "forest")
publisher = MessagePublisher(client, spool, True, lambda line: None)
publisher.publish(GapReport("microphone", 7.0, 8.0, "overflow"))
for begin_s in range(50):
    publisher.publish(event(begin_s))
while spool.kept < 51:
    time.sleep(0.01)
print("kept", flush=True)
time.sleep(60)
"""


@pytest.fixture
def server(tmp_path):
    server = Mosquitto(tmp_path)
    yield server
    server.end()


@pytest.fixture
def listening(server):
    listening = Listening(server.port)
    yield listening
    listening.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(module, "RECONNECT_S", (1, 1))
    monkeypatch.setattr(publishers, "GRACE_S", LIMIT_S)  # for a thread that ends, on a busy machine


def publisher_of(client, notes, spool=None):
    return MessagePublisher(client, spool or Spool(None, "mqtt"), True, notes)


def publish_to(server, notes, qos=1, discovery="homeassistant"):
    return publisher_of(MqttTransport(parse_broker(server.address, "forest"), "forest", qos, discovery), notes)


def is_over(messages):
    return bool(messages) and messages[-1][1] == "offline"


def test_everything_that_is_heard_and_how_the_station_is(server, listening):
    notes = Notes()
    publisher = publish_to(server, notes)
    publisher.publish(opening("yes", "no"))
    publisher.publish(event(1.0))
    publisher.publish(Notice("is for people"))
    publisher.publish(GapReport("microphone", 2.0, 2.5, "overflow"))
    publisher.publish(event(3.0, score=0.8))
    publisher.publish(Heartbeat("microphone", BEGIN, 29.5, 0.5))
    publisher.publish(Summary("microphone", 30.0, 0.5, 2, 1.0, None, None))
    assert publisher.close()
    messages = listening.wait_for(lambda messages: ("forest/status", "offline", False) in messages)
    assert listening.at("forest/status") == ["online", "offline"]
    assert listening.at("forest/event") == [
        event_message(event(1.0), "forest"),
        event_message(event(3.0, score=0.8), "forest"),
    ]
    (gap,) = listening.at("forest/gap")
    assert len(gap.pop("id")) == 32
    assert gap == {
        "station": "forest",
        "gap": {"begin_s": 2.0, "end_s": 2.5, "reason": "overflow"},
        "source": "microphone",
    }
    assert {state["count"] for state in listening.at("forest/label/no")} == {0}
    assert listening.at("forest/label/yes")[-1] == {
        "label": "yes",
        "count": 2,
        "last": "2024-05-01T06:00:03.000+00:00",
        "score": 0.8,
        "source": "microphone",
        "model": "commands",
    }
    health = listening.at("forest/health/microphone")[-1]
    assert (health["state"], health["heard_s"], health["lost_s"]) == ("ended", 30.0, 0.5)
    assert {topic.split("/")[0] for topic, _, _ in messages} == {"forest", "homeassistant"}
    assert (notes, publisher.lost) == ([], 0)


def test_what_cannot_be_told_is_counted_and_holds_up_nothing(server, listening):
    notes = Notes()
    publisher = publish_to(server, notes)
    for score in (0.5, float("nan"), 0.75):
        publisher.publish(event(score=score))
    assert publisher.close()
    listening.wait_for(is_over)
    assert [one["score"] for one in listening.at("forest/event")] == [0.5, 0.75]
    assert listening.at("forest/label/yes")[-1]["count"] == 2
    assert publisher.lost == len(notes) == 1


def test_who_comes_later_finds_the_state(server):
    publisher = publish_to(server, Notes())
    publisher.publish(opening("yes"))
    publisher.publish(event())
    assert publisher.close()
    late = Listening(server.port)
    retained = late.wait_for(lambda messages: len(messages) == 7)
    late.close()
    assert all(kept for _, _, kept in retained)
    assert {topic: content for topic, content, _ in retained}["forest/label/yes"]["count"] == 1
    assert "forest/event" not in {topic for topic, _, _ in retained}


def test_home_assistant_is_told_which_sensors_there_are(server, listening):
    publisher = publish_to(server, Notes())
    publisher.publish(opening("yes", "Eastern Whipbird"))
    assert publisher.close()
    listening.wait_for(is_over)
    found = {topic: content for topic, content, _ in listening.messages if topic.startswith("homeassistant/")}
    assert set(found) >= {
        "homeassistant/binary_sensor/whipbird_forest/status/config",
        "homeassistant/sensor/whipbird_forest/yes/config",
        "homeassistant/sensor/whipbird_forest/yes_last/config",
    }
    assert len(found) == 7
    triggers = [config for topic, config in found.items() if "/device_automation/" in topic]
    assert {one["topic"] for one in triggers} == {"forest/event"}
    sensors = [config for topic, config in found.items() if "/device_automation/" not in topic]
    states = {topic for topic, _, _ in listening.messages}
    assert {config["state_topic"] for config in sensors} <= states
    assert len({config["unique_id"] for config in sensors}) == len(sensors)
    assert {tuple(config["device"]["identifiers"]) for config in found.values()} == {("whipbird_forest",)}
    assert {config["name"] for config in sensors} >= {"Eastern Whipbird", "Eastern Whipbird: last heard"}
    connection = found["homeassistant/binary_sensor/whipbird_forest/status/config"]
    assert [connection["payload_on"], connection["payload_off"]] == listening.at(connection["state_topic"])


def test_home_assistant_need_not_be_told(server, listening):
    publisher = publish_to(server, Notes(), discovery=None)
    publisher.publish(opening("yes"))
    assert publisher.close()
    messages = listening.wait_for(is_over)
    assert {topic.split("/")[0] for topic, _, _ in messages} == {"forest"}


@pytest.mark.parametrize("qos", [0, 1])
def test_an_outage_loses_nothing_and_the_state_comes_back(server, qos):
    notes = Notes()
    listening = Listening(server.port)
    publisher = publish_to(server, notes, qos=qos)
    publisher.publish(event(0))
    listening.wait_for(lambda messages: any(topic == "forest/event" for topic, _, _ in messages))
    listening.close()
    server.stop()
    publish_events(publisher, range(1, 50))
    wait_until(lambda: notes)
    assert "; listening continues, and sending will be retried" in notes[0]
    server.start()
    listening = Listening(server.port)
    listening.wait_for(
        lambda messages: any(topic == "forest/label/yes" and now["count"] == 50 for topic, now, _ in messages)
    )
    assert publisher.close()
    listening.wait_for(is_over)
    late = Listening(server.port)
    states = {topic: content for topic, content, _ in late.wait_for(lambda messages: len(messages) >= 5)}
    late.close()
    listening.close()
    assert publisher.lost == 0
    assert notes[1] == f"mqtt://127.0.0.1:{server.port}/forest: works again"
    assert states["forest/label/yes"]["count"] == 50
    assert states["homeassistant/sensor/whipbird_forest/yes/config"]["name"] == "yes"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_a_process_that_is_killed_while_the_broker_is_down_loses_nothing(server, tmp_path, listening_process):
    server.stop()
    with listening_process(LISTENER, server.address, tmp_path / "spool"):
        pass
    server.start()
    listening, notes = Listening(server.port), Notes()
    broker = parse_broker(server.address, "forest")
    publisher = publisher_of(MqttTransport(broker, "forest"), notes, Spool(tmp_path / "spool", "x"))
    publisher.publish(event(50))
    listening.wait_for(lambda messages: sum(topic == "forest/event" for topic, _, _ in messages) == 51)
    assert publisher.close()
    listening.wait_for(is_over)
    listening.close()
    assert listening.at("forest/event") == [event_message(event(begin_s), "forest") for begin_s in range(51)]
    assert [gap["gap"]["begin_s"] for gap in listening.at("forest/gap")] == [7.0]
    assert listening.at("forest/label/yes")[-1]["count"] == 1  # since it listens
    assert notes == [f"{publisher.name}: 51 messages wait from an earlier run, to be sent first"]
    assert (publisher.lost, publisher.backlog) == (0, 0)


def test_over_broken_connections_nothing_is_lost(server, listening):
    client = MqttTransport(parse_broker(server.address, "forest"), "forest")
    publisher = publisher_of(client, Notes())
    for begin_s in range(300):
        publisher.publish(event(begin_s))
        if begin_s % 100 == 99:
            listening.wait_for(lambda messages: any(topic == "forest/event" for topic, _, _ in messages))
            assert client._connected.wait(LIMIT_S)
            with contextlib.suppress(OSError, AttributeError):  # it is broken already
                client._client.socket().shutdown(socket.SHUT_RDWR)
    assert publisher.close()
    listening.wait_for(lambda messages: is_over(messages) and listening.at("forest/label/yes")[-1]["count"] == 300)
    begins_s = [message["begin_s"] for message in listening.at("forest/event")]
    assert set(begins_s) == set(range(300))
    assert publisher.lost == 0


def test_the_broker_tells_when_the_station_is_gone(server, listening):
    client = MqttTransport(parse_broker(server.address, "forest"), "forest")
    listening.wait_for(lambda messages: ("forest/status", "online", False) in messages)
    client._client.socket().shutdown(socket.SHUT_RDWR)  # as when the process is killed
    listening.wait_for(lambda messages: ("forest/status", "offline", False) in messages)
    listening.wait_for(lambda messages: messages[-1][:2] != ("forest/status", "offline"))  # it is back by itself
    client.close()


def test_who_stays_is_online_though_another_with_the_same_topic_goes(server, listening):
    broker = parse_broker(server.address, "forest")
    stays, goes = MqttTransport(broker, "forest"), MqttTransport(broker, "forest")
    listening.wait_for(lambda messages: sum(content == "online" for _, content, _ in messages) == 2)
    goes.close()
    listening.wait_for(lambda _: listening.at("forest/status")[-2:] == ["offline", "online"])
    stays.close()
    listening.wait_for(is_over)


def test_an_absent_broker_never_holds_up_a_live_source_and_what_is_lost_is_counted(monkeypatch):
    monkeypatch.setattr(module, "ANSWER_S", 0.05)
    with reserved_port() as port:
        notes = Notes()
        client = MqttTransport(parse_broker(f"mqtt://owl:{SECRET}@127.0.0.1:{port}/forest", "forest"), "forest")
        publisher = publisher_of(client, notes)
        publisher.publish(opening("yes"))
        wait_until(lambda: notes)  # before anything was heard
        assert publisher.failing_s > 0
        publisher.publish(event(0))
        publisher.publish(Heartbeat("microphone", BEGIN, 30.0, 0.0))  # will soon mean nothing
        publisher.publish(event(1))
        assert publisher.close(timeout_s=0.1)
    assert publisher.lost == 2
    assert notes == [
        f"mqtt://127.0.0.1:{port}/forest: Connection refused; listening continues, and sending will be retried"
    ]
    assert SECRET not in publisher.loss


def test_names_and_passwords(tmp_path):
    known = passwords(tmp_path, "owl", SECRET)
    server = Mosquitto(tmp_path, "allow_anonymous false", f"password_file {known}", "user root")
    address = f"mqtt://owl@127.0.0.1:{server.port}/forest"
    try:
        right, notes = MqttTransport(parse_broker(address, "forest", SECRET), "forest"), Notes()
        publisher = publisher_of(right, notes)
        publisher.publish(event())
        assert publisher.close()
        assert (notes, publisher.lost) == ([], 0)
        wrong, notes = MqttTransport(parse_broker(address, "forest", "wrong"), "forest"), Notes()
        publisher = publisher_of(wrong, notes)
        publisher.publish(event())
        wait_until(lambda: notes)
        assert "refuses: Not authorized" in notes[0]
        publisher.close(timeout_s=0.0)
    finally:
        server.end()


def test_tls_with_an_authority_of_its_own(tmp_path):
    made, key = make_certificate(tmp_path)
    server = Mosquitto(tmp_path, f"certfile {made}", f"keyfile {key}", "user root")
    address = server.address.replace("mqtt://", "mqtts://")
    try:
        for authority, told in ((made, False), (None, True)):
            client, notes = (
                MqttTransport(parse_broker(address, "forest", authority=authority and str(authority)), "forest"),
                Notes(),
            )
            publisher = publisher_of(client, notes)
            publisher.publish(event())
            wait_until(lambda told=told, notes=notes: notes or not told)
            assert publisher.close(0.0 if told else None)
            assert publisher.lost == told
            assert ("its certificate is not trusted (self-signed certificate)" in str(notes)) == told
    finally:
        server.end()
