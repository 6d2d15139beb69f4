"""The line below what is heard, on a terminal: how many recordings, how much sound, how fast, and for how long."""

from __future__ import annotations

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from stream.text import clock_time
from stream.watch.watcher import Watcher

__all__ = ["Progress"]

REFRESH_PER_S = 4
BAR_WIDTH = 30
HOUR_S = 3600


class Progress:
    """Shows how far a watcher has come, as a context manager; what is printed meanwhile stands above it.

    Parameters
    ----------
    console : Console
    once : bool
        Whether there is an end to it.
    """

    def __init__(self, console: Console, once: bool) -> None:
        self.watcher: Watcher | None = None
        self._once = once
        self._live = Live(self, console=console, refresh_per_second=REFRESH_PER_S, transient=True)

    def __enter__(self) -> Progress:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def __rich__(self) -> RenderableType:
        watcher = self.watcher
        if watcher is None:
            return Text()
        tally, left_s = watcher.tally, watcher.left_s
        done, heard_s = tally.heard + tally.failed, tally.heard_s + watcher.now_s
        total = done + tally.waiting + watcher.is_hearing
        speed = heard_s / watcher.busy_s if watcher.busy_s else 0.0
        pace = [f"{speed:.0f} times real time"] if speed else []
        if total > done:
            hours = f"{heard_s / HOUR_S:.2f} of {(heard_s + left_s) / HOUR_S:.2f} h"
            left = [f"{clock_time(left_s / speed)} left"] if speed else []
            text = _joined(f"{done} of {total} recordings", hours, *pace, *left)
            bar = ProgressBar(total=heard_s + left_s or 1.0, completed=heard_s, width=BAR_WIDTH)
            grid = Table.grid(padding=(0, 1))
            grid.add_row(bar, text)
            return grid
        waiting = "until files do not change any more" if self._once else "for recordings"
        return _joined(f"waiting {waiting}", f"{done} so far, {heard_s / HOUR_S:.2f} h", *pace)


def _joined(*parts: str) -> Text:
    return Text(" · ".join(parts), no_wrap=True, overflow="ellipsis")
