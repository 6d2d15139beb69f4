"""What a station hears now, for the screens that watch it: columns of spectrograms, levels, events and health.

Sound is only looked at while somebody watches: once for all who do, on a thread of its own that reads the ring like any
other reader and never holds it up. A watcher that is too slow misses columns.
"""

from __future__ import annotations

import base64
import json
import math
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from whipbird.audio.channels import choose_channel
from whipbird.audio.gap import Gap
from whipbird.audio.ring import Reader
from whipbird.events.detection import Detection
from whipbird.events.reports import Notice, Report, Summary
from whipbird.page.language import language
from whipbird.page.names import ShownNames
from whipbird.page.watcher import Watcher
from whipbird.sessions.spectrogram import FLOOR_DB, SpectrogramColumns
from whipbird.sinks.publisher import Sink
from whipbird.sources.base import RunningSource

__all__ = ["LiveHub"]

PACE_S = 0.2  # between looks at the sound
HEALTH_EVERY = 10  # looks
WAITING = 50  # messages for a watcher
MOST_WATCHERS = 100
MOST_NOTICES = 50
MOST_COLUMNS = 300  # at once: what the ring holds when somebody begins to watch
SILENT_DB = -99.0

Message = tuple[str, Any]  # kind and content


class LiveHub(Sink):
    """Passes on what a station hears.

    Parameters
    ----------
    health : callable
        Gives the sources as in the state of the station.
    """

    def __init__(self, health: Callable[[], list[dict[str, Any]]]) -> None:
        self._health = health
        self._lock = threading.Lock()
        self._taps: dict[str, _Tap] = {}
        self._watchers: set[Watcher] = set()
        self._notices: deque[tuple[datetime, str]] = deque(maxlen=MOST_NOTICES)
        self._watched = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="page live", daemon=True)
        self._thread.start()

    def attach(self, running: RunningSource) -> None:
        """Read the sound of a source, which has not started."""
        with self._lock:
            self._taps[running.source.name] = _Tap(running)

    def write(self, report: Report) -> None:
        """Pass on events, and keep notices."""
        if isinstance(report, Detection):
            self._send(("detection", report))
        elif isinstance(report, Notice):
            self._notices.appendleft((datetime.now(UTC), report.text))
        elif isinstance(report, Summary) and report.source is not None:
            with self._lock:
                self._taps.pop(report.source, None)

    def notices(self) -> list[tuple[datetime, str]]:
        """The latest notices, the newest first."""
        return list(self._notices)

    def close(self) -> None:
        """End all streams and the thread."""
        self._stop.set()
        self._watched.set()
        self._send(("end", None))
        self._thread.join()

    async def lines(self, code: str, names: ShownNames) -> AsyncIterator[str]:
        """What happens from now on, as server-sent events, in a language."""
        watcher = Watcher(WAITING)
        with self._lock:
            full = len(self._watchers) >= MOST_WATCHERS
            if not full:
                self._watchers.add(watcher)
        if full:
            yield "retry: 60000\n\n"
            return
        self._watched.set()
        try:
            yield "retry: 3000\n\n"
            while True:
                kind, content = await watcher.next()
                if kind == "end":
                    return
                yield f"event: {kind}\ndata: {json.dumps(_shown(kind, content, code, names))}\n\n"
        finally:
            with self._lock:
                self._watchers.discard(watcher)
                if not self._watchers:
                    self._watched.clear()

    def _run(self) -> None:
        looks = 0
        while not self._stop.is_set():
            self._watched.wait()
            if self._stop.wait(PACE_S):
                return
            with self._lock:
                taps = list(self._taps.items())
            for name, tap in taps:
                if (sound := tap.read()) is not None:
                    self._send(("sound", {"source": name, **sound}))
            if looks % HEALTH_EVERY == 0:
                self._send(("health", self._health()))
            looks += 1

    def _send(self, message: Message) -> None:
        with self._lock:
            watchers = list(self._watchers)
        for watcher in watchers:
            watcher.send(message, message[0] in ("end", "detection"))


class _Tap:
    """Reads the sound of one run of a source."""

    def __init__(self, running: RunningSource) -> None:
        self._reader: Reader = running.ring.reader()
        self._channel = running.ring.channel
        self._columns = SpectrogramColumns(running.source.rate_hz)
        self._most = running.ring.capacity

    def read(self) -> dict[str, Any] | None:
        """The sound since the last look; None if there was none."""
        pieces = []
        while (item := self._reader.read(self._most)) is not None:
            if not isinstance(item, Gap):
                pieces.append(item)
        if not pieces:
            return None
        samples = choose_channel(np.concatenate(pieces), self._channel)
        power = float(np.vdot(samples, samples)) / len(samples)
        columns = self._columns.push(samples)[-MOST_COLUMNS:]
        levels = np.concatenate(columns) if columns else np.empty(0, np.float32)
        shades = np.clip((levels - FLOOR_DB) * 255 / -FLOOR_DB, 0, 255).astype(np.uint8)
        level_db = 10 * math.log10(power) if power > 0 else SILENT_DB
        return {"level": round(max(SILENT_DB, level_db), 1), "columns": base64.b64encode(shades.tobytes()).decode()}


def _shown(kind: str, content: Any, code: str, names: ShownNames) -> Any:
    """A message as JSON in a language."""
    if kind == "detection":
        time = content.shown_time
        return {
            "source": content.source,
            "label": content.label,
            "name": names.shown(code, content.model, content.label),
            "model": content.model,
            "score": round(content.score, 4),
            "time": None if time is None else time.isoformat(timespec="milliseconds"),
        }
    if kind == "health":
        own = language(code)
        return [
            {
                "source": one["name"],
                "state": one["state"],
                "shown": own.text(one["state"]),
                "heard": own.length(one["heard_s"]),
                "lost": own.length(one["lost_s"]),
                "listeners": own.counted(one["listeners"], "listener", "listeners") if one["listeners"] else "",
                "muted": one["muted"],
            }
            for one in content
        ]
    return content
