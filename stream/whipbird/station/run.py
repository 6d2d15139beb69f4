"""Runs a station until it is stopped: signals, the state file, the watchdog, and the dashboard or printed lines.

SIGTERM and Ctrl-C stop the station in order: it takes no more sound, processes what was received, and writes what is
queued. A second Ctrl-C stops it at once. SIGHUP reloads the settings.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console

from whipbird.audio.gap import BELOW_TRIGGER
from whipbird.errors import WhipbirdError, error_text
from whipbird.sinks.publisher import Publisher, Sink
from whipbird.station.dashboard import REFRESH_S, StationDashboard
from whipbird.station.page import StationPage
from whipbird.station.state_file import write_state
from whipbird.station.station import Station, prepare
from whipbird.station.systemd import Notifier, is_journal
from whipbird.system.malloc import return_freed_memory, use_one_heap
from whipbird.system.standard_streams import READER_GONE
from whipbird.terminal.json_lines import JsonLines
from whipbird.terminal.lines import PlainLines, ProblemLines
from whipbird.terminal.printing import say

__all__ = ["monitor"]

POLL_S = 0.1
TICK_S = 1.0
STATE_S = 10.0  # between writes of the state, unless something has changed
RETURN_MEMORY_S = 10.0  # between returns of freed memory to the system, which take about a millisecond
PATIENCE_S = 5.0
SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class _Requests:
    """Requests made by signals."""

    def __init__(self) -> None:
        self.stop = self.reload = False

    def __call__(self, number: int, _: FrameType | None) -> None:
        if number == getattr(signal, "SIGHUP", None):
            self.reload = True
        elif self.stop and number == signal.SIGINT:
            signal.default_int_handler(number, None)
        self.stop |= number in (signal.SIGINT, signal.SIGTERM)


def monitor(path: Path, output: str) -> int:
    """Run a station and return the exit code; raises WhipbirdError if it cannot start.

    ``output`` is ``dashboard``, ``plain`` or ``json``.
    """
    use_one_heap()
    requests = _Requests()
    # First, since SIGHUP would kill the process.
    before = {number: signal.signal(number, requests) for number in SIGNALS}
    try:
        return _Run(path, output, requests).run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Run:
    """One run of a station."""

    def __init__(self, path: Path, output: str, requests: _Requests) -> None:
        self._path = path
        self._requests = requests
        settings, models = prepare(path)
        self._notifier = Notifier(os.environ)
        self._dashboard = StationDashboard(Console(), settings.station.zone) if output == "dashboard" else None
        lines = PlainLines(sys.stdout, True, settings.station.zone) if output != "json" else JsonLines(sys.stdout, True)
        sinks: list[Sink] = [lines, ProblemLines(sys.stderr, is_journal(sys.stderr, os.environ))]
        self._screen = Publisher(sinks if self._dashboard is None else [self._dashboard], live=True)
        self._page = None if settings.page is None else StationPage()
        self._station = Station(settings, models, self._screen, None if self._page is None else self._page.follower)
        if self._page is not None:
            self._page.update(settings, self._station)
        self._written_s = self._ticked_s = self._drawn_s = self._memory_returned_s = 0.0
        self._written: list[Any] = []
        self._cannot_write = False

    def run(self) -> int:
        gc.freeze()
        station = self._station
        with self._dashboard or contextlib.nullcontext():
            self._notifier.ready()
            while not self._requests.stop and not station.ended and not self._has_no_reader():
                time.sleep(POLL_S)
                self._tick()
                if self._requests.reload:
                    self._requests.reload = False
                    if self._dashboard is not None and not sys.stdout.isatty():  # its terminal was closed
                        break
                    self._reload()
            self._notifier.stopping()
            if self._page is not None:
                self._page.close()
            ended = station.stop()
        lost = station.hub.lost
        self._write_state(running=False)
        station.close()
        ended &= self._screen.close(PATIENCE_S)
        for health in station.healths():
            below = f"{health.below_trigger_s:.1f} s {BELOW_TRIGGER}, " if health.below_trigger_s else ""
            total = f"heard {health.heard_s:.1f} s, lost {health.lost_s:.1f} s, {below}{health.events} events"
            say(f"{health.name}: {total}")
        for loss in station.hub.losses():
            say(loss)
        if self._has_no_reader() and not self._requests.stop:
            return READER_GONE
        return int(bool(lost) or not ended)

    def _has_no_reader(self) -> bool:
        """Whether no reader is left: standard output is closed, and there are no outputs."""
        return self._screen.failure is not None and self._station.hub.is_empty

    def _tick(self) -> None:
        now_s = time.monotonic()
        if self._dashboard is not None and now_s - self._drawn_s >= REFRESH_S:
            self._drawn_s = now_s
            self._dashboard.show(self._station.name, self._station.healths(), self._station.hub.health())
        if now_s - self._ticked_s < TICK_S:
            return
        self._ticked_s = now_s
        if now_s - self._memory_returned_s >= RETURN_MEMORY_S:
            self._memory_returned_s = now_s
            return_freed_memory()
        self._station.tick()
        if self._station.is_alive:
            self._notifier.alive()
        healths = self._station.healths()
        well = sum(health.is_well for health in healths)
        lost_s = sum(health.lost_s for health in healths)
        events = sum(sum(health.today.values()) for health in healths)
        self._notifier.status(f"{well} of {len(healths)} sources healthy, {events} events today, {lost_s:.0f} s lost")
        current = [(health.name, health.state, health.problem) for health in healths]
        current += [(one["name"], one["failing_s"] > 0, one["lost"]) for one in self._station.hub.health()]
        if current != self._written or now_s - self._written_s >= STATE_S:
            self._written = current
            self._written_s = now_s
            self._write_state()

    def _write_state(self, running: bool = True) -> None:
        try:
            write_state(self._station.folder, self._station.state(os.getpid(), running))
        except OSError as error:
            if not self._cannot_write:
                self._station.hub.notify(
                    f"{self._station.folder}: {error.strerror or error}; 'whipbird status' is out of date"
                )
            self._cannot_write = True
        else:
            self._cannot_write = False

    def _reload(self) -> None:
        self._notifier.reloading()
        try:
            settings, models = prepare(self._path)
            if settings.page is not None and self._page is None:
                raise WhipbirdError("a page that is new in the settings needs a restart")
            self._station.hub.notify(self._station.reload(settings, models))
            if self._page is not None:
                self._page.update(settings, self._station)
        except Exception as error:  # whatever it is, the station must not end
            name = "" if isinstance(error, WhipbirdError) else f"{self._path}: "
            self._station.hub.notify(f"{name}{error_text(error)}; keeping the previous settings", problem=True)
        self._notifier.ready()
