"""One line at the bottom of a terminal that shows the progress of a command."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from whipbird.text import clock_time

__all__ = ["LiveLine", "progress_parts"]

REFRESH_PER_S = 4
BAR_WIDTH = 20  # cells
HOUR_S = 3600


class LiveLine:
    """Shows a line, as a context manager; other output appears above it.

    Parameters
    ----------
    console : Console
    describe : callable, optional
        Returns the parts of the line, and the share done, for a progress bar, or None. May be set later.
    """

    def __init__(self, console: Console, describe: Callable[[], tuple[Sequence[str], float | None]] | None = None):
        self.describe = describe
        on_screen = sys.stdout.isatty()  # otherwise it goes elsewhere, and the line must not take it
        self._live = Live(
            self, console=console, refresh_per_second=REFRESH_PER_S, transient=True, redirect_stdout=on_screen
        )

    def __enter__(self) -> LiveLine:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def __rich__(self) -> RenderableType:
        parts, share = self.describe() if self.describe is not None else ((), None)
        text = Text(" · ".join(parts), no_wrap=True, overflow="ellipsis")
        if share is None:
            return text
        grid = Table.grid(padding=(0, 1))
        grid.add_row(ProgressBar(total=1.0, completed=share, width=BAR_WIDTH), text)
        return grid


def progress_parts(done: int, total: int, done_s: float, sound_s: float, speed: float) -> list[str]:
    """Parts of a line: recordings done, remaining time, hours done, and speed.

    Parameters
    ----------
    done, total : int
        Recordings.
    done_s, sound_s : float
        Seconds of sound: processed, and total.
    speed : float
        Times real time; 0 if unknown.
    """
    parts = [f"{done:,} of {total:,} recordings"]
    if speed and done_s < sound_s:
        parts.append(f"{clock_time((sound_s - done_s) / speed)} left")
    parts.append(f"{done_s / HOUR_S:,.2f} of {sound_s / HOUR_S:,.2f} h")
    if speed:
        parts.append(f"{speed:,.0f} times real time")
    return parts
