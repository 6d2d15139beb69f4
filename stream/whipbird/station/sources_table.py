"""Table of a station's sources, one row each, for the dashboard and for ``whipbird status``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.table import Table
from rich.text import Text

from whipbird.audio.gap import BELOW_TRIGGER
from whipbird.station.health import State
from whipbird.terminal.printing import new_table
from whipbird.terminal.style import BAD, BAR, BOLD, DIM, FOUND, GOOD, PLAIN, WARN
from whipbird.text import one_line, short_time

__all__ = ["ON_DASHBOARD", "sources_table", "without_today"]

ON_DASHBOARD = ("source", "state", "level", "heard", "lost", "today", "last event")
IN_STATUS = ("source", "state", "heard", "lost", "last sound", "events today", "last event", "clock")
MAX_LABELS = 5
LOST_S = 1.0  # smaller losses are not highlighted
FULL_WIDTH, MAX_NAME = 98, 16  # cells; narrower tables shorten names and levels and omit problems
GAP = 2  # cells between columns
STYLES = {
    State.OPENING: WARN,
    State.LISTENING: GOOD,
    State.AWAY: BAD,
    State.WAITING: DIM,
    State.HEARING: GOOD,
    State.OFF: DIM,
    State.ENDED: DIM,
}


def sources_table(
    sources: Sequence[Mapping[str, Any]],
    day: str,
    columns: Sequence[str] = IN_STATUS,
    levels: Mapping[str, str] | None = None,
    room: int | None = None,
) -> Table:
    """Make a table of sources that are given as by `Health.as_object`.

    Parameters
    ----------
    day : str
        Today, such as ``2024-05-01``; times of this day are shown without the date.
    levels : mapping of str to str, optional
        Level of each source by name, for the column ``level``.
    room : int, optional
        Width of a row in cells: states are cut off to keep each row on one line. If not given, long cells wrap.
    """
    if (room is None or room >= FULL_WIDTH) and any(source.get("below_trigger_s") for source in sources):
        heard = columns.index("heard") + 1
        columns = (*columns[:heard], BELOW_TRIGGER, *columns[heard:])
    table = new_table(*columns)
    rows = [_cells(source, day, (levels or {}).get(source["name"], ""), room) for source in sources]
    for row in rows:
        table.add_row(*(row[name] for name in columns))
    if room is not None:
        for column in table.columns:
            column.no_wrap = True
        widths = [max([len(name), *(row[name].cell_len for row in rows)]) for name in columns]
        over = sum(widths) + GAP * (len(widths) - 1) - room
        state = columns.index("state")
        table.columns[state].max_width = max(len(State.LISTENING), widths[state] - max(0, over))
    return table


def without_today(time: str | None, day: str) -> str:
    """Format a time, without the date if it is today."""
    return "–" if time is None else time[:19].replace("T", " ").removeprefix(f"{day} ")


def _cells(source: Mapping[str, Any], day: str, level: str, room: int | None) -> dict[str, Text]:
    name, state, ppm = one_line(source["name"]), source["state"], source["drift_ppm"]
    names, last = source.get("names", {}), source["last_label"] or ""
    more, event = source["detail"], without_today(source["last_event"], day)
    if room is not None:
        more = source["problem"] or more
        event = event.split(" ")[0]  # the time if it is of today, otherwise the date
        if room < FULL_WIDTH:
            name, level, more = set_cell_size(name, min(cell_len(name), MAX_NAME)), level.partition(" ")[0], ""
    return {
        "source": Text(name, BOLD),
        "state": Text(one_line(f"{state}: {more}" if more else state), STYLES.get(state, PLAIN)),
        "level": Text(level, BAR),
        "heard": Text(short_time(source["heard_s"])),
        BELOW_TRIGGER: Text(short_time(source.get("below_trigger_s", 0.0))),
        "lost": Text(short_time(source["lost_s"]), BAD if source["lost_s"] >= LOST_S else GOOD),
        "last sound": Text(without_today(source["last_sound"], day)),
        "today": Text(str(sum(source["today"].values()))),
        "events today": Text(_counts({names.get(label, label): count for label, count in source["today"].items()})),
        "last event": Text(one_line(f"{event} {names.get(last, last)}".strip()), FOUND),
        "clock": Text("" if ppm is None else f"{ppm:+.0f} ppm"),
    }


def _counts(today: Mapping[str, int]) -> str:
    """List the most frequent labels, each with its count after a no-break space."""
    ranked = sorted(today.items(), key=lambda item: -item[1])
    shown = [f"{one_line(label)}\N{NO-BREAK SPACE}{count}" for label, count in ranked[:MAX_LABELS]]
    if len(ranked) > MAX_LABELS:
        shown.append(f"and\N{NO-BREAK SPACE}{sum(count for _, count in ranked[MAX_LABELS:])}\N{NO-BREAK SPACE}more")
    return ", ".join(shown) or "none"
