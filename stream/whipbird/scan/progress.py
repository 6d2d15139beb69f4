"""Progress of a scan on the screen: one changing line on a terminal, else a line every half minute."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from whipbird.terminal.live_line import LiveLine, progress_parts
from whipbird.text import counted, one_line

__all__ = ["Progress", "ProgressDisplay"]

LINE_S = 30.0  # between lines if there is no terminal


@dataclass
class Progress:
    """Progress of a scan.

    A recording that was cut into pieces counts with its last piece.

    Attributes
    ----------
    stage : str
    listed : int
        Recordings added to the manifest.
    total, done_before, processed, failed : int
        Recordings: planned, done by earlier runs, processed and failed in this run.
    sound_s, done_before_s, processed_s : float
        Seconds of sound: planned, done by earlier runs, done in this run.
    events : int
    workers : int
    started_s : float or None
        When processing started, by `time.monotonic`.
    problems : int
        Recordings that could not be processed to their end, in this run and earlier ones.
    unexamined : int
        Files and folders that could not be examined in this run.
    """

    stage: str = "starting"
    listed: int = 0
    total: int = 0
    done_before: int = 0
    processed: int = 0
    failed: int = 0
    sound_s: float = 0.0
    done_before_s: float = 0.0
    processed_s: float = 0.0
    events: int = 0
    workers: int = 0
    started_s: float | None = None
    problems: int = 0
    unexamined: int = 0

    @property
    def done(self) -> int:
        """Recordings done in this run and earlier ones."""
        return self.done_before + self.processed + self.failed

    @property
    def done_s(self) -> float:
        """Seconds of sound done in this run and earlier ones."""
        return self.done_before_s + self.processed_s

    @property
    def speed(self) -> float:
        """Speed of this run, in times real time."""
        elapsed_s = 0.0 if self.started_s is None else time.monotonic() - self.started_s
        return self.processed_s / elapsed_s if elapsed_s else 0.0

    def __str__(self) -> str:
        if not self.total:
            return f"{self.listed:,} recordings listed"
        parts = progress_parts(self.done, self.total, self.done_s, self.sound_s, self.speed)
        counts = {"failed": self.problems, "not examined": self.unexamined}
        return " · ".join([*parts, *(f"{count:,} {what}" for what, count in counts.items() if count)])


class ProgressDisplay:
    """Shows progress. Use it as a context manager.

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
        self._next_line_s = time.monotonic() + LINE_S

    def __enter__(self) -> ProgressDisplay:
        self._line.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._line.__exit__(None, None, None)

    def notify(self, text: str) -> None:
        """Print a line that stays."""
        self._console.print(Text(f"whipbird: {one_line(text)}"), soft_wrap=True)

    def update(self) -> None:
        """Print a line of progress if there is no terminal and one is due; called frequently."""
        if not self._console.is_terminal and time.monotonic() >= self._next_line_s:
            self._next_line_s = time.monotonic() + LINE_S
            self.notify(f"{self._progress.stage}: {self._progress}")

    def _describe(self) -> tuple[list[str], float | None]:
        progress = self._progress
        if not progress.total:
            return [progress.stage, str(progress)], None
        more = [f"{progress.events:,} events", counted(progress.workers, "worker")]
        return [progress.stage, str(progress), *more], progress.done_s / (progress.sound_s or 1.0)
