"""A virtual sound card (PulseAudio), whose microphone hears its loudspeaker: ``virtual_mic.sh`` for tests."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("virtual_mic.sh")


class VirtualCard:
    """Starts, stops, and plays; a context manager.

    Attributes
    ----------
    environment : dict
        Of programs that are to use it.
    """

    def __init__(self, folder):
        if missing := [program for program in ("pulseaudio", "paplay", "pactl", "bash") if not shutil.which(program)]:
            pytest.skip(f"the virtual sound card needs {', '.join(missing)}")
        self._folder = folder
        self.environment = {}

    def start(self):
        subprocess.run([SCRIPT, "start", self._folder], check=True)
        for line in (self._folder / "env").read_text().splitlines():
            self.environment |= dict(setting.split("=", 1) for setting in line.removeprefix("export ").split())

    def stop(self):
        subprocess.run([SCRIPT, "stop", self._folder], check=True)

    def run(self, *command):
        """Run a program with it; returns its output."""
        words, environment = list(map(str, command)), os.environ | self.environment
        return subprocess.run(words, check=True, capture_output=True, text=True, env=environment).stdout

    def play(self, path):
        self.run("paplay", path)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
