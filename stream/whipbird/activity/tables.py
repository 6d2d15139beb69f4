"""An account as tables in the terminal: by label, hour of day, day, source and gaps, each count beside its effort."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from whipbird.activity.effort import DAY_H, day_of
from whipbird.activity.tallies import Activity, Key, Tally, Target, total
from whipbird.terminal.printing import new_table
from whipbird.text import clock_time, counted, one_line

__all__ = ["tables"]

FIXED = len("2024-05-01  9999:59:59  9999 others  per hour")  # cells of the columns that are no label's
SPACE = 2  # cells between columns
DIGITS = 5  # of a count, for which there is room


def tables(account: Activity, width: int) -> RenderableType:
    """All tables, one below the other, on a screen of so many cells."""
    parts: list[RenderableType] = []
    for title, table in _titled(account, width):
        if table.row_count:
            parts += [Text(title, "bold"), table, Text()]
    guessed = sum(effort.guessed for effort in account.places.values())
    if guessed:
        parts += [
            Text(f"The time of {counted(guessed, 'recording')} is guessed from when files were written."),
            Text(),
        ]
    return Group(*(parts[:-1] or [Text("nothing was heard")]))


def _titled(account: Activity, width: int) -> Iterator[tuple[str, Table]]:
    yield "Labels", _labels(account)
    for voices in _alike(account):
        of = "" if len(voices) == len({key.voice for key in account.tallies}) else f" ({_names(voices)})"
        yield f"Hours of day{of}", _times(account, voices, width, "hour", _hour_of_day, lambda hour: f"{hour:02}")
        yield f"Days{of}", _times(account, voices, width, "day", _day, str)
        yield (
            f"Time unknown{of}",
            _times(account, voices, width, "", lambda key: key.hour is None or None, lambda _: ""),
        )
    yield "Sources", _sources(account)
    yield "Lost", _gaps(account)


def _labels(account: Activity) -> Table:
    table = _table("model", "label", numbers=("events", "heard", "per hour"))
    for voice, tally in total(account.tallies, lambda key: key.voice).items():
        table.add_row(
            _text(voice.model), _text(voice.label), str(tally.events), clock_time(tally.heard_s), _rate(tally)
        )
    return table


def _alike(account: Activity) -> list[list[Target]]:
    """Labels in groups for which was listened at the same times."""
    times: dict[Target, dict[tuple[Any, int], float]] = {}
    for key, tally in account.tallies.items():
        times.setdefault(key.voice, {})[key.place, -1 if key.hour is None else key.hour] = round(tally.heard_s, 3)
    groups: dict[frozenset[Any], list[Target]] = {}
    for voice in sorted(times):
        groups.setdefault(frozenset(times[voice].items()), []).append(voice)
    return list(groups.values())


def _times(
    account: Activity,
    voices: list[Target],
    width: int,
    name: str,
    moment: Callable[[Key], Any],
    spell: Callable[[Any], str],
) -> Table:
    """Counts of labels for which was listened at the same times, by moment, with their effort.

    Where there is no room for all labels, the rarest are added up.
    """
    tallies = {key: tally for key, tally in account.tallies.items() if key.voice in set(voices)}
    counts = total(tallies, lambda key: key.voice)
    models = len({voice.model for voice in voices})
    headings = {voice: one_line(voice.label if models == 1 else f"{voice.model}: {voice.label}") for voice in voices}
    shown: list[Target] = []
    room = width - FIXED
    for voice in sorted(voices, key=lambda voice: (-counts[voice].events, voice)):
        room -= max(DIGITS, cell_len(headings[voice])) + SPACE
        if shown and room < 0:
            break
        shown.append(voice)
    shown.sort()
    others = len(voices) - len(shown)
    labels = (headings[voice] for voice in shown)
    table = _table(
        name,
        numbers=("heard", *labels, *([counted(others, "other")] if others else []), "per hour"),
    )
    for column in (table.columns[0], table.columns[1], table.columns[-1]):
        column.no_wrap = True
    by_voice = total(tallies, lambda key: None if (at := moment(key)) is None else (at, key.voice))
    for at, sum_ in total(tallies, moment).items():
        cells = {voice: by_voice.get((at, voice), Tally()) for voice in voices}
        listened = Tally(sum_.events, cells[shown[0]].heard_s)
        rest = sum_.events - sum(cells[voice].events for voice in shown)
        table.add_row(
            spell(at),
            clock_time(listened.heard_s),
            *(str(cells[voice].events) for voice in shown),
            *([str(rest)] if others else []),
            _rate(listened),
        )
    return table


def _sources(account: Activity) -> Table:
    table = _table("station", "source", numbers=("recordings", "unheard", "heard", "lost"))
    for place, effort in account.places.items():
        numbers = (str(effort.recordings), str(effort.unheard), clock_time(effort.heard_s), _seconds(effort.lost_s))
        table.add_row(_text(place.station), _text(place.source), *numbers)
    return table


def _gaps(account: Activity) -> Table:
    table = _table("source", "reason", numbers=("gaps", "lost", "longest"))
    lengths: dict[tuple[str, str], list[float]] = {}
    for gap in account.gaps:
        lengths.setdefault((gap.place.source, gap.reason), []).append(gap.end_s - gap.begin_s)
    for (source, reason), lost in sorted(lengths.items()):
        table.add_row(_text(source), _text(reason), str(len(lost)), _seconds(sum(lost)), _seconds(max(lost)))
    return table


def _hour_of_day(key: Key) -> int | None:
    return None if key.hour is None else key.hour % DAY_H


def _day(key: Key) -> str | None:
    return None if key.hour is None else day_of(key.hour).isoformat()


def _names(voices: Iterable[Target]) -> str:
    return ", ".join(one_line(voice.label) for voice in voices)


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s"


def _rate(tally: Tally) -> str:
    return "" if tally.per_hour is None else f"{tally.per_hour:.2f}"


def _text(name: str) -> Text:
    return Text(one_line(name))


def _table(*names: str, numbers: Iterable[str] = ()) -> Table:
    table = new_table(*names, *numbers)
    for column in table.columns[len(names) :]:
        column.justify = "right"
    return table
