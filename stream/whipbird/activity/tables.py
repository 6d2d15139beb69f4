"""Activity as tables for the terminal: by label, hour of day, day, source and gap, each count with its effort."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from whipbird.activity.effort import DAY_H, day_of
from whipbird.activity.heard_recording import Target
from whipbird.activity.installed_names import InstalledNames
from whipbird.activity.tallies import Activity, Effort, Key, Tally, total
from whipbird.audio.gap import BELOW_TRIGGER
from whipbird.terminal.printing import new_table
from whipbird.text import clock_time, counted, listed, one_line

__all__ = ["tables"]

FIXED = len("2024-05-01  9999:59:59  9999 others  per hour")  # cells of the columns that are not labels
SPACE = 2  # cells between columns
DIGITS = 5  # of a count, at least
MOST_ROWS = 100  # labels in the table; of more, the most frequent ones that were heard
MOST_NAMES = 10  # in a heading


def tables(activity: Activity, width: int, names: InstalledNames) -> RenderableType:
    """All tables, one below the other, for a screen of this width in cells; ``names`` are those of the labels."""
    parts: list[RenderableType] = []
    for title, table in _titled(activity, width, names):
        if table.row_count:
            parts += [Text(title, "bold"), table, Text()]
    guessed = sum(effort.guessed for effort in activity.sites.values())
    if guessed:
        parts += [
            Text(f"Time unknown: {counted(guessed, 'recording')} gave only the time when the file was last written."),
            Text(),
        ]
    return Group(*(parts[:-1] or [Text("no recordings")]))


def _titled(activity: Activity, width: int, names: InstalledNames) -> Iterator[tuple[str, Table]]:
    labels = total(activity.tallies, lambda key: key.target)
    species = {target: labels[target] for target in labels if names.is_species(target)}
    others = {target: labels[target] for target in labels if target not in species}
    heard = sum(tally.events > 0 for tally in species.values())
    known = sum(count - names.other_sounds(model, count) for model, count in activity.listened_for.items())
    title = "Labels" if known <= MOST_ROWS else f"Labels ({heard:,} of {known:,} heard)"
    yield title, _labels(_most_frequent(species), names)
    yield "Other sounds", _labels(_most_frequent(others), names)
    activity = names.of_species(activity)
    for targets in _same_effort(activity):
        suffix = "" if len(targets) == len(species or others) else f" ({_names(targets, names)})"
        yield (
            f"Hours of day{suffix}",
            _times(activity, targets, width, names, "hour", _hour_of_day, lambda hour: f"{hour:02}"),
        )
        yield f"Days{suffix}", _times(activity, targets, width, names, "day", _day, str)
        yield (
            f"Time unknown{suffix}",
            _times(activity, targets, width, names, "", lambda key: key.hour is None or None, lambda _: ""),
        )
    yield "Sources", _sources(activity)
    yield "Lost", _gaps(activity)


def _most_frequent(labels: dict[Target, Tally]) -> dict[Target, Tally]:
    """The labels that have a row."""
    if len(labels) <= MOST_ROWS:
        return labels
    frequent = sorted((target for target in labels if labels[target].events), key=lambda target: -labels[target].events)
    return {target: labels[target] for target in frequent[:MOST_ROWS]}


def _labels(shown: dict[Target, Tally], names: InstalledNames) -> Table:
    below = _below_trigger(shown.values())
    table = _table("model", "label", numbers=("events", "listened", *below, "per hour"))
    for target, tally in sorted(shown.items(), key=lambda item: (item[0].model, names.shown(item[0]).casefold())):
        times = (tally.heard_s, *(tally.below_trigger_s for _ in below))
        table.add_row(
            _text(target.model), _text(names.shown(target)), str(tally.events), *map(clock_time, times), _rate(tally)
        )
    return table


def _below_trigger(sums: Iterable[Tally | Effort]) -> list[str]:
    """The heading of a column for time below the trigger, if there is any."""
    return [BELOW_TRIGGER] if any(one.below_trigger_s for one in sums) else []


def _same_effort(activity: Activity) -> list[list[Target]]:
    """Labels in groups that were listened for at the same times."""
    times: dict[Target, dict[tuple[Any, int], float]] = {}
    for key, tally in activity.tallies.items():
        times.setdefault(key.target, {})[key.site, -1 if key.hour is None else key.hour] = round(tally.heard_s, 3)
    groups: dict[frozenset[Any], list[Target]] = {}
    for target in sorted(times):
        groups.setdefault(frozenset(times[target].items()), []).append(target)
    return list(groups.values())


def _times(
    activity: Activity,
    targets: list[Target],
    width: int,
    names: InstalledNames,
    name: str,
    moment: Callable[[Key], Any],
    spell: Callable[[Any], str],
) -> Table:
    """Counts of labels that were listened for at the same times, by hour or day, with their effort.

    If there is no room for all labels, the counts of the rarest are added up.
    """
    own = set(targets)
    tallies = {key: tally for key, tally in activity.tallies.items() if key.target in own}
    counts = total(tallies, lambda key: key.target)
    models = len({target.model for target in targets})
    headings = {
        target: one_line(names.shown(target) if models == 1 else f"{target.model}: {names.shown(target)}")
        for target in targets
    }
    shown: list[Target] = []
    below = _below_trigger(tallies.values())
    room = width - FIXED - sum(len(heading) + SPACE for heading in below)
    for target in sorted(targets, key=lambda target: (-counts[target].events, target)):
        room -= max(DIGITS, cell_len(headings[target])) + SPACE
        if shown and room < 0:
            break
        shown.append(target)
    shown.sort(key=lambda target: headings[target].casefold())
    others = len(targets) - len(shown)
    labels = (headings[target] for target in shown)
    table = _table(
        name,
        numbers=("listened", *below, *labels, *([counted(others, "other")] if others else []), "per hour"),
    )
    for column in (*table.columns[: 2 + len(below)], table.columns[-1]):
        column.no_wrap = True
    by_target = total(tallies, lambda key: None if (at := moment(key)) is None else (at, key.target))
    for at, sum_ in total(tallies, moment).items():
        cells = {target: by_target.get((at, target), Tally()) for target in targets}
        first = cells[shown[0]]  # all were listened for at the same times
        listened = Tally(sum_.events, first.heard_s)
        rest = sum_.events - sum(cells[target].events for target in shown)
        table.add_row(
            spell(at),
            clock_time(first.heard_s),
            *(clock_time(first.below_trigger_s) for _ in below),
            *(str(cells[target].events) for target in shown),
            *([str(rest)] if others else []),
            _rate(listened),
        )
    return table


def _sources(activity: Activity) -> Table:
    efforts = activity.sites.values()
    below, undated = _below_trigger(efforts), ["undated"] if any(effort.guessed for effort in efforts) else []
    table = _table("station", "source", numbers=("recordings", "unreadable", *undated, "listened", *below, "lost"))
    for column in table.columns[2:]:  # long names of sources take up the rest
        column.no_wrap = True
        column.header = str(column.header).replace(" ", "\n")
    for site, effort in activity.sites.items():
        counts = (effort.recordings, effort.unheard, *(effort.guessed for _ in undated))
        times = (effort.heard_s, *(effort.below_trigger_s for _ in below))
        cells = (*map(str, counts), *map(clock_time, times), _seconds(effort.lost_s))
        table.add_row(_text(site.station), _text(site.source), *cells)
    return table


def _gaps(activity: Activity) -> Table:
    table = _table("source", "reason", numbers=("gaps", "lost", "longest"))
    lengths: dict[tuple[str, str], list[float]] = {}
    for gap in filter(attrgetter("is_lost"), activity.gaps):
        lengths.setdefault((gap.site.source, gap.reason), []).append(gap.end_s - gap.begin_s)
    for (source, reason), lost in sorted(lengths.items()):
        table.add_row(_text(source), _text(reason), str(len(lost)), _seconds(sum(lost)), _seconds(max(lost)))
    return table


def _hour_of_day(key: Key) -> int | None:
    return None if key.hour is None else key.hour % DAY_H


def _day(key: Key) -> str | None:
    return None if key.hour is None else day_of(key.hour).isoformat()


def _names(targets: Iterable[Target], names: InstalledNames) -> str:
    return listed([one_line(names.shown(target)) for target in targets], MOST_NAMES)


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
