"""Mosquitto, an MQTT broker, as a process of its own, and a client that keeps what it says."""

import contextlib
import json
import shutil
import signal
import subprocess
import threading

import pytest

from ports import reserved_port
from real_servers import answers
from waiting import LIMIT_S, wait_until

paho = pytest.importorskip("paho.mqtt.client", reason="paho-mqtt is not installed")

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


class Mosquitto:
    """A broker on loopback; killed, it keeps nothing.

    Parameters
    ----------
    folder : Path
        For its settings.
    *settings : str
        Lines of its settings, for the listener.
    shared : sequence of str, optional
        Lines for the whole broker.
    """

    def __init__(self, folder, *settings, shared=()):
        if MOSQUITTO is None:
            pytest.skip("mosquitto, the broker of this test, is not installed")
        self._reserved = contextlib.ExitStack()
        self.port = self._reserved.enter_context(reserved_port())
        self._configuration = folder / "mosquitto.conf"
        self._shared = shared
        self.process = None
        self.start(*settings)

    @property
    def address(self):
        return f"mqtt://127.0.0.1:{self.port}/forest"

    def start(self, *settings):
        """Start it, with the settings that it had, or with others."""
        if settings or not self._configuration.exists():
            if not any(line.startswith("allow_anonymous") for line in settings):
                settings = (*settings, "allow_anonymous true")
            lines = [*self._shared, f"listener {self.port} 127.0.0.1", *settings]
            self._configuration.write_text("\n".join(lines) + "\n")
        self.process = subprocess.Popen([MOSQUITTO, "-c", self._configuration], stderr=subprocess.DEVNULL)
        wait_until(lambda: answers("127.0.0.1", self.port) or self.process.poll() is not None)
        assert self.process.poll() is None, "the broker has ended"

    def stop(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        self.process.wait()

    def end(self):
        self.stop()
        self._reserved.close()


class Listening:
    """Keeps what a broker has to say; with a name, the broker keeps for it what comes while it is away."""

    def __init__(self, port, name=""):
        self.messages = []
        self._come = threading.Condition()
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2, name, clean_session=not name)
        self.client.on_message = self._keep
        self.client.reconnect_delay_set(1, 1)
        subscribed = threading.Event()
        self.client.on_connect = lambda client, *_: client.subscribe("#", 2)
        self.client.on_subscribe = lambda *_: subscribed.set()
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert subscribed.wait(LIMIT_S)

    def _keep(self, _, __, message):
        with self._come:
            payload = message.payload.decode()
            content = json.loads(payload) if payload.startswith("{") else payload
            self.messages.append((message.topic, content, message.retain))
            self._come.notify_all()

    def wait_for(self, condition):
        """Wait until what has come meets a condition, and return it."""
        with self._come:
            assert self._come.wait_for(lambda: condition(self.messages), LIMIT_S), self.messages
            return list(self.messages)

    def at(self, topic):
        with self._come:
            return [content for place, content, _ in self.messages if place == topic]

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def passwords(folder, user, password):
    """Make the file of a broker's only user."""
    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("mosquitto, the broker of this test, is not installed")
    path = folder / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", path, user, password], check=True)
    path.chmod(0o644)
    return path
