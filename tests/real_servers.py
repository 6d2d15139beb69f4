"""Servers as they stand in the field, as processes of their own: Icecast fed by FFmpeg, and GStreamer's RTSP server.

They play a recording over and over, in real time, to whoever asks. `Icecast` and `RtspServer` are context managers that
end them; a network of its own and a small disk, which need root, are in `real_places`.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PATIENCE_S = 20.0
SYSTEM_PYTHON = "/usr/bin/python3"  # has GStreamer, which pip does not bring

ICECAST = """\
<icecast>
  <limits><clients>20</clients><sources>2</sources><source-timeout>{timeout_s}</source-timeout></limits>
  <authentication>
    <source-password>{password}</source-password><admin-user>admin</admin-user><admin-password>a</admin-password>
  </authentication>
  <hostname>{host}</hostname>
  <listen-socket><port>{port}</port><bind-address>{host}</bind-address></listen-socket>
  <fileserve>0</fileserve>
  <paths><webroot>/usr/share/icecast2/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot></paths>
  <logging><accesslog>-</accesslog><errorlog>-</errorlog><loglevel>2</loglevel></logging>
  <security><chroot>0</chroot>{owner}</security>
</icecast>
"""
OWNER = "<changeowner><user>nobody</user><group>nogroup</group></changeowner>"  # it refuses to be root


def need_icecast():
    """Skip a test where these are not installed."""
    if not (shutil.which("icecast2") and shutil.which("ffmpeg")):
        pytest.skip("needs icecast2 and ffmpeg, see tests/system_packages.sh")


def need_rtsp():
    """The same."""
    found = (
        subprocess.run(
            [SYSTEM_PYTHON, str(HERE / "rtsp_server.py"), "--check"], capture_output=True, check=False
        ).returncode
        if Path(SYSTEM_PYTHON).exists()
        else 1
    )
    if found:
        pytest.skip("needs GStreamer's RTSP server for Python, see tests/system_packages.sh")


def free_port(host="127.0.0.1"):
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind((host, 0))
        return one.getsockname()[1]


def answers(host, port, inside=()):
    """Whether somebody listens there."""
    if inside:
        code = f"import socket; socket.create_connection(({host!r}, {port}), 1.0)"
        return not subprocess.run([*inside, sys.executable, "-c", code], capture_output=True, check=False).returncode
    with contextlib.suppress(OSError), socket.create_connection((host, port), 1.0):
        return True
    return False


class _Server:
    """Processes that serve at one address, again and again."""

    def __init__(self, host="127.0.0.1", inside=()):
        self.host = host
        self.port = free_port() if inside else free_port(host)
        self._inside = list(inside)  # a command that runs others in a place of their own
        self._processes = []

    def _begin(self, *command):
        process = subprocess.Popen(
            [*self._inside, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._processes.append(process)
        return process

    def _wait_for_answer(self):
        until_s = time.monotonic() + PATIENCE_S
        while not answers(self.host, self.port, self._inside):
            assert time.monotonic() < until_s, "the server does not answer"
            assert all(process.poll() is None for process in self._processes), "the server has ended"
            time.sleep(0.05)

    def signal(self, number):
        """Send a signal to all of them."""
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(number)

    def kill(self):
        """As a loss of power does."""
        self.signal(signal.SIGKILL)
        for process in self._processes:
            process.wait(PATIENCE_S)
        self._processes.clear()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()


class Icecast(_Server):
    """Icecast, and FFmpeg that sends it a recording over and over, as FLAC.

    Parameters
    ----------
    folder : Path
        For its settings.
    recording : Path
    host : str, optional
    inside : sequence of str, optional
        A command that runs others elsewhere.
    """

    PASSWORD = "hidden"

    def __init__(self, folder, recording, host="127.0.0.1", inside=()):
        need_icecast()
        super().__init__(host, inside)
        self._settings = folder / f"icecast-{self.port}.xml"
        self._recording = recording
        self._settings.write_text(
            ICECAST.format(
                port=self.port,
                host=host,
                password=self.PASSWORD,
                timeout_s=10,
                owner=OWNER if os.getuid() == 0 else "",
            )
        )

    def start(self):
        self._begin("icecast2", "-c", self._settings)
        self._wait_for_answer()
        self.encoder = self._begin(
            *("ffmpeg", "-nostdin", "-loglevel", "error", "-re", "-stream_loop", "-1", "-i", self._recording),
            *("-c:a", "flac", "-frame_size", "1024", "-page_duration", "100000", "-content_type", "application/ogg"),
            *("-f", "ogg", f"icecast://source:{self.PASSWORD}@{self.host}:{self.port}/live"),
        )

    @property
    def address(self):
        return f"http://{self.host}:{self.port}/live"


class RtspServer(_Server):
    """GStreamer's RTSP server with a live stream of 16-bit samples."""

    def __init__(self, recording, host="127.0.0.1", inside=()):
        need_rtsp()
        super().__init__(host, inside)
        self._recording = recording

    def start(self):
        self._begin(SYSTEM_PYTHON, HERE / "rtsp_server.py", self.host, self.port, self._recording)
        self._wait_for_answer()

    @property
    def address(self):
        return f"rtsp://{self.host}:{self.port}/sound"
