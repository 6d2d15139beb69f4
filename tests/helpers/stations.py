"""Stations that run as processes, for tests."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys

from command_line import LIMIT_S, ROOT, command, whipbird


def feed(name, address, more="", model="digits"):
    """Return the settings of a feed."""
    return f'[[source]]\nname = "{name}"\nfeed = "{address}"\nmodels = ["{model}"]\n{more}\n'


def folder(path):
    """Return the settings of a folder of recordings, with the name ``card``."""
    return f'[[source]]\nname = "card"\nfolder = "{path}"\nmodels = ["commands"]\nsettle = 0.2\nsweep = 0.5\n'


class Running:
    """A station as a process; a context manager that ends it.

    Parameters
    ----------
    folder : Path
        Folder for the settings, the state and the log.
    text : str
        Settings without the table ``station``.
    inside : sequence of str, optional
        Command that runs the station elsewhere, such as in a network namespace.
    zone : str, optional
        Time zone of the station.
    """

    def __init__(self, folder, text, *options, environment=None, inside=(), zone=None):
        self.folder = folder
        self.zone = zone
        self.settings = folder / "station.toml"
        self._out, self._log = folder / "out.txt", folder / "log.txt"
        self.write(text)
        with self._out.open("ab") as out, self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*inside, *command("monitor", self.settings, *(options or ["--json"]))],
                cwd=ROOT,
                stdout=out,
                stderr=log,
                env={**os.environ, **(environment or {})},
            )

    def write(self, text):
        """Write new settings."""
        zone = "" if self.zone is None else f', time_zone = "{self.zone}"'
        self.settings.write_text(f'station = {{ name = "test", state = "{self.folder / "state"}"{zone} }}\n{text}')

    def reload(self, text):
        """Write new settings and have the station read them."""
        self.write(text)
        self.process.send_signal(signal.SIGHUP)

    @property
    def log(self):
        return self._log.read_text()

    @property
    def out(self):
        """The JSON objects that the station has printed."""
        lines = self._out.read_text().splitlines()
        return [json.loads(line) for line in lines if line.endswith("}")]

    def events(self, source=None):
        return [one for one in self.out if "label" in one and source in (None, one["source"])]

    def state(self):
        """The state that the station has written; None before the first."""
        with contextlib.suppress(OSError, ValueError):
            state = json.loads((self.folder / "state" / "state.json").read_text())
            return state if state["pid"] == self.process.pid else None
        return None

    def source(self, name):
        """The state of a source; empty before the first."""
        state = self.state() or {"sources": []}
        return next((source for source in state["sources"] if source["name"] == name), {})

    def is_in(self, name, state):
        """Return a condition to wait for: the source is in this state."""

        def is_so():
            assert self.process.poll() is None, self.log
            return self.source(name).get("state") == state

        return is_so

    def status(self, *options):
        """Return the exit code and the output of ``whipbird status``."""
        done = whipbird("status", self.settings, *options, cwd=ROOT)
        return done.returncode, done.stdout

    def end(self, number=signal.SIGTERM):
        """End the station with a signal, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(LIMIT_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        sys.stdout.write(self.log)  # shown if a test fails


class Manager:
    """Stands in for systemd: a socket that receives a service's messages."""

    def __init__(self, folder):
        self.path = folder / "notify"
        self.messages = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._socket.setblocking(False)

    def has(self, pattern):
        """Whether a line that matches the pattern was received."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.messages += self._socket.recv(4096).decode().splitlines()
        return any(re.fullmatch(pattern, line) for line in self.messages)

    def forget(self):
        """Drop all messages received so far."""
        self.has("")
        self.messages.clear()

    def close(self):
        self._socket.close()
