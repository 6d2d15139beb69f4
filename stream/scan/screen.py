"""What people see of a scan: one screen on a terminal, else a line now and then."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from stream.text import clock_time, counted, one_line

__all__ = ["Progress", "Screen"]

REFRESH_PER_S = 2
HOUR_S = 3600.0
LINE_S = 30.0  # between lines where there is no terminal


@dataclass
class Progress:
    """How far a scan has come.

    Attributes
    ----------
    stage : str
    models : str
    dashboard : str
        Address; empty if there is none.
    listed : int
        Recordings in the manifest.
    total, before, heard, failed : int
        Recordings: planned, done in earlier times, heard and failed this time. Of one that was cut, the last piece
        counts.
    problems : int
        Recordings that could not be heard to their end, in this and earlier times.
    sound_s, before_s, heard_s : float
        Seconds of sound: planned, of earlier times, of this.
    events : int
    workers : int
    """

    stage: str = "starting"
    models: str = ""
    dashboard: str = ""
    listed: int = 0
    total: int = 0
    before: int = 0
    heard: int = 0
    failed: int = 0
    sound_s: float = 0.0
    before_s: float = 0.0
    heard_s: float = 0.0
    events: int = 0
    workers: int = 0
    began_s: float | None = None
    problems: int = 0

    @property
    def speed(self) -> float:
        """Times real time."""
        elapsed_s = 0.0 if self.began_s is None else time.monotonic() - self.began_s
        return self.heard_s / elapsed_s if elapsed_s else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds to the end, as far as can be told."""
        left_s = max(0.0, self.sound_s - self.before_s - self.heard_s)
        return left_s / self.speed if self.speed else None

    def __str__(self) -> str:
        parts = [
            f"{self.before + self.heard + self.failed:,} of {self.total:,} recordings",
            f"{(self.before_s + self.heard_s) / HOUR_S:,.2f} of {self.sound_s / HOUR_S:,.2f} h",
        ]
        if self.heard_s:
            parts.append(f"{self.speed:,.0f} times real time")
        if self.problems:
            parts.append(f"{self.problems:,} failed")
        return " · ".join(parts)


class Screen:
    """Shows progress, as a context manager.

    Parameters
    ----------
    progress : Progress
    console : Console
        Of standard error.
    """

    def __init__(self, progress: Progress, console: Console) -> None:
        self._progress = progress
        self._console = console
        self._live = None
        self._line_s = time.monotonic() + LINE_S
        if console.is_terminal:
            self._live = Live(self, console=console, refresh_per_second=REFRESH_PER_S, transient=True)

    def __enter__(self) -> Screen:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def tell(self, text: str) -> None:
        """A line that stays."""
        self._console.print(Text(f"whipbird: {one_line(text)}"), soft_wrap=True)

    def beat(self) -> None:
        """Called again and again."""
        if self._live is None and time.monotonic() >= self._line_s:
            self._line_s = time.monotonic() + LINE_S
            what = self._progress if self._progress.total else f"{self._progress.listed:,} recordings listed"
            self.tell(f"{self._progress.stage}: {what}")

    def __rich__(self) -> RenderableType:
        progress = self._progress
        rows = Table.grid(padding=(0, 2))
        rows.add_column(style="dim", no_wrap=True)
        rows.add_column(overflow="ellipsis", no_wrap=True)
        rows.add_row("scan", f"{progress.models} · {progress.stage}")
        if progress.total:
            done = progress.before + progress.heard + progress.failed
            rows.add_row("recordings", f"{done:,} of {progress.total:,}" + _earlier(progress))
            rows.add_row(
                "sound", f"{(progress.before_s + progress.heard_s) / HOUR_S:,.2f} of {progress.sound_s / HOUR_S:,.2f} h"
            )
            rows.add_row("speed", f"{progress.speed:,.0f} times real time, {counted(progress.workers, 'worker')}")
            rows.add_row("events", f"{progress.events:,}")
            if progress.left_s is not None:
                end = datetime.now() + timedelta(seconds=progress.left_s)
                rows.add_row("end", f"in {clock_time(progress.left_s)}, {end:%a %d %b %H:%M}")
            rows.add_row("failed", Text(f"{progress.problems:,}", "bold red" if progress.problems else ""))
        else:
            rows.add_row("listed", f"{progress.listed:,} recordings")
        if progress.dashboard:
            rows.add_row("dashboard", progress.dashboard)
        bar = ProgressBar(total=progress.sound_s or 1.0, completed=progress.before_s + progress.heard_s)
        return Group(rows, bar)


def _earlier(progress: Progress) -> str:
    return f", {progress.before:,} of them earlier" if progress.before else ""
