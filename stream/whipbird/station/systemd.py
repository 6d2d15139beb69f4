"""Support for systemd: service notifications (``sd_notify(3)``), the journal, and the unit file."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO
from unicodedata import category

from whipbird.errors import OutputError

__all__ = ["Notifier", "is_journal", "unit"]

FEEDS_PER_INTERVAL = 3  # how often the watchdog is notified in each interval

UNIT = """\
# Save this as /etc/systemd/system/whipbird.service, then:
#   sudo systemctl daemon-reload && sudo systemctl enable --now whipbird
# Status: systemctl status whipbird; sudo -u {user} {command} status {settings}; journalctl -u whipbird

[Unit]
Description=whipbird listens
After=network-online.target sound.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
User={user}
# SupplementaryGroups=audio    (if microphones need it)
ExecStart={start}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=10
# systemd restarts the station when no live source has produced sound for this long.
WatchdogSec=10min
TimeoutStartSec=2min
TimeoutStopSec=45s
Nice=-5

[Install]
WantedBy=multi-user.target
"""


class Notifier:
    """Sends service notifications to systemd; does nothing if the process is not a systemd service."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address: str | None = None
        if address[:1] in ("/", "@") and hasattr(socket, "AF_UNIX"):
            self._address = "\0" + address[1:] if address[0] == "@" else address
        self._interval_s: float | None = None
        own = str(os.getpid())
        if environment.get("WATCHDOG_PID", own) == own:
            with contextlib.suppress(KeyError, ValueError):
                self._interval_s = int(environment["WATCHDOG_USEC"]) / 1e6 / FEEDS_PER_INTERVAL
        self._fed_s = time.monotonic()
        self._status = ""

    def ready(self) -> None:
        """Report that the station runs, or has reloaded its settings."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Report that the station is reloading its settings."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Report that the station is stopping."""
        self._send("STOPPING=1")

    def status(self, text: str) -> None:
        """Set the line that ``systemctl status`` shows."""
        if text != self._status:
            self._status = text
            self._send(f"STATUS={text}")

    def alive(self) -> None:
        """Notify the watchdog that samples flow, up to three times in each interval."""
        now_s = time.monotonic()
        if self._interval_s is not None and now_s - self._fed_s >= self._interval_s:
            self._fed_s = now_s
            self._send("WATCHDOG=1")

    def _send(self, text: str) -> None:
        if self._address is None:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(0.5)
            sender.sendto(text.encode(), self._address)


def is_journal(file: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether a file is systemd's journal, which reads a priority from each line."""
    match = re.fullmatch(r"(\d+):(\d+)", environment.get("JOURNAL_STREAM", ""))
    try:
        status = os.fstat(file.fileno())
    except (OSError, ValueError):
        return False
    return match is not None and (int(match[1]), int(match[2])) == (status.st_dev, status.st_ino)


def unit(settings: Path, user: str) -> str:
    """Make the systemd unit file that runs a station as a user; raises OutputError if its path cannot stand in one."""
    if any(category(one) in ("Cc", "Zl", "Zp") for one in str(settings.absolute())):
        raise OutputError(f"{settings}: a path with line breaks or control characters cannot stand in a unit")
    program = Path(sys.argv[0]).absolute()
    found = program.with_name("whipbird") if program.suffix == ".py" else program
    command = [str(found)] if found.is_file() else [sys.executable, "-m", "whipbird"]
    start = " ".join(_quoted(part) for part in [*command, "monitor", str(settings.absolute()), "--plain"])
    return UNIT.format(
        user=user, start=start, command=shlex.join(command), settings=shlex.quote(str(settings.absolute()))
    )


def _quoted(text: str) -> str:
    """Quote one argument of ``ExecStart``."""
    escaped = text.replace("%", "%%").replace("$", "$$")
    if re.fullmatch(r"[\w@%+=:,./$-]+", escaped):
        return escaped
    return '"' + escaped.replace("\\", "\\\\").replace('"', '\\"') + '"'
