"""What people see of a scan: a line that changes on a terminal, else one now and then."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from whipbird.terminal.live_line import LiveLine, progress_parts
from whipbird.text import counted, one_line

__all__ = ["Progress", "Screen"]

LINE_S = 30.0  # between lines where there is no terminal


@dataclass
class Progress:
    """How far a scan has come.

    Attributes
    ----------
    stage : str
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

    def __str__(self) -> str:
        if not self.total:
            return f"{self.listed:,} recordings listed"
        done = self.before + self.heard + self.failed
        parts = progress_parts(done, self.total, self.before_s + self.heard_s, self.sound_s, self.speed)
        return " · ".join([*parts, f"{self.problems:,} failed"] if self.problems else parts)


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
        self._line = LiveLine(console, self._describe) if console.is_terminal else nullcontext()
        self._line_s = time.monotonic() + LINE_S

    def __enter__(self) -> Screen:
        self._line.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._line.__exit__(None, None, None)

    def tell(self, text: str) -> None:
        """A line that stays."""
        self._console.print(Text(f"whipbird: {one_line(text)}"), soft_wrap=True)

    def beat(self) -> None:
        """Called again and again."""
        if not self._console.is_terminal and time.monotonic() >= self._line_s:
            self._line_s = time.monotonic() + LINE_S
            self.tell(f"{self._progress.stage}: {self._progress}")

    def _describe(self) -> tuple[list[str], float | None]:
        progress = self._progress
        if not progress.total:
            return [progress.stage, str(progress)], None
        more = [f"{progress.events:,} events", counted(progress.workers, "worker")]
        share = (progress.before_s + progress.heard_s) / (progress.sound_s or 1.0)
        return [progress.stage, str(progress), *more], share
