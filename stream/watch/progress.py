"""How far a watcher has come, for a line on a terminal: how many recordings, how long yet, how much sound, how fast."""

from __future__ import annotations

from stream.live_line import progress_parts
from stream.watch.watcher import Watcher

__all__ = ["progress"]

HOUR_S = 3600


def progress(watcher: Watcher, once: bool) -> tuple[list[str], float | None]:
    """The parts of a line, and the share that is done if something is left; see `LiveLine`."""
    tally, left_s = watcher.tally, watcher.left_s
    done, heard_s = tally.heard + tally.failed, tally.heard_s + watcher.now_s
    total = done + tally.waiting + watcher.is_hearing
    speed = heard_s / watcher.busy_s if watcher.busy_s else 0.0
    if total > done:
        sound_s = heard_s + left_s
        return progress_parts(done, total, heard_s, sound_s, speed), heard_s / (sound_s or 1.0)
    waiting = "until files do not change any more" if once else "for recordings"
    pace = [f"{speed:,.0f} times real time"] if speed else []
    return [f"waiting {waiting}", f"{done:,} so far, {heard_s / HOUR_S:.2f} h", *pace], None
