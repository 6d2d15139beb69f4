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
from pathlib import Path

import pytest

from ports import reserved_port
from waiting import LIMIT_S, wait_until

HERE = Path(__file__).resolve().parent
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
        self._reserved = contextlib.ExitStack()
        self.port = self._reserved.enter_context(reserved_port("127.0.0.1" if inside else host))
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
        wait_until(lambda: answers(self.host, self.port, self._inside) or self._has_ended())
        assert not self._has_ended()

    def _has_ended(self):
        return any(process.poll() is not None for process in self._processes)

    def signal(self, number):
        """Send a signal to all of them."""
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(number)

    def kill(self):
        """As a loss of power does."""
        self.signal(signal.SIGKILL)
        for process in self._processes:
            process.wait(LIMIT_S)
        self._processes.clear()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        self._reserved.close()


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
