"""The table of a station's sources, a row each: on its dashboard, and as ``whipbird status`` shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.table import Table
from rich.text import Text

from whipbird.station.health import State
from whipbird.terminal.printing import new_table
from whipbird.terminal.style import BAD, BAR, BOLD, DIM, FOUND, GOOD, PLAIN, WARN
from whipbird.text import one_line, short_time

__all__ = ["ON_DASHBOARD", "sources_table", "without_today"]

ON_DASHBOARD = ("source", "state", "level", "heard", "lost", "today", "last event")
IN_STATUS = ("source", "state", "heard", "lost", "last sound", "events today", "last event", "clock")
MAX_LABELS = 5
LOST_S = 1.0  # a loss that is shown as one
FULL_WIDTH, MAX_NAME = 98, 16  # cells: where there is less room, names and levels are short, and problems left out
GAP = 2  # cells between columns
STYLES = {
    State.OPENING: WARN,
    State.LISTENING: GOOD,
    State.AWAY: BAD,
    State.WAITING: DIM,
    State.HEARING: GOOD,
    State.ENDED: DIM,
}


def sources_table(
    sources: Sequence[Mapping[str, Any]],
    day: str,
    columns: Sequence[str] = IN_STATUS,
    levels: Mapping[str, str] | None = None,
    room: int | None = None,
) -> Table:
    """A table of sources, as `Health.as_object` describes them.

    Parameters
    ----------
    day : str
        Today, as ``2024-05-01``: times of this day are shown without it.
    levels : mapping of str to str, optional
        From the name of a source to its level, for the column of that name.
    room : int, optional
        Cells in which each row must fit as one line, as far as states can be cut off; otherwise cells fold.
    """
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
    """A time, without its day if that is today."""
    return "–" if time is None else time[:19].replace("T", " ").removeprefix(f"{day} ")


def _cells(source: Mapping[str, Any], day: str, level: str, room: int | None) -> dict[str, Text]:
    name, state, ppm = one_line(source["name"]), source["state"], source["drift_ppm"]
    more, event = source["detail"], without_today(source["last_event"], day)
    if room is not None:
        more = source["problem"] or more
        event = event[-len("21:14:03") :]
        if room < FULL_WIDTH:
            name, level, more = set_cell_size(name, min(cell_len(name), MAX_NAME)), level.partition(" ")[0], ""
    return {
        "source": Text(name, BOLD),
        "state": Text(one_line(f"{state}: {more}" if more else state), STYLES.get(state, PLAIN)),
        "level": Text(level, BAR),
        "heard": Text(short_time(source["heard_s"])),
        "lost": Text(short_time(source["lost_s"]), BAD if source["lost_s"] >= LOST_S else GOOD),
        "last sound": Text(without_today(source["last_sound"], day)),
        "today": Text(str(sum(source["today"].values()))),
        "events today": Text(_counts(source["today"])),
        "last event": Text(one_line(f"{event} {source['last_label'] or ''}".strip()), FOUND),
        "clock": Text("" if ppm is None else f"{ppm:+.0f} ppm"),
    }


def _counts(today: Mapping[str, int]) -> str:
    """The most frequent labels with their counts, which stay beside them."""
    ranked = sorted(today.items(), key=lambda item: -item[1])
    shown = [f"{one_line(label)}\N{NO-BREAK SPACE}{count}" for label, count in ranked[:MAX_LABELS]]
    if len(ranked) > MAX_LABELS:
        shown.append(f"and\N{NO-BREAK SPACE}{sum(count for _, count in ranked[MAX_LABELS:])}\N{NO-BREAK SPACE}more")
    return ", ".join(shown) or "none"
