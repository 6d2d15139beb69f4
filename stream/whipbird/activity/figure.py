"""Figure of activity: events per hour listened by hour of day, the hours of sound, and a map of days and hours.

Recordings whose time is not known have a bar of their own, apart from the day, and are not in the map.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from whipbird.activity.day_map import days_listened, draw_day_map
from whipbird.activity.effort import DAY_H, HOUR_S
from whipbird.activity.heard_recording import Target
from whipbird.activity.installed_names import InstalledNames
from whipbird.activity.tallies import Activity, Tally, total
from whipbird.audio.gap import BELOW_TRIGGER
from whipbird.errors import OutputError
from whipbird.figure_style import (
    GREY,
    INK,
    PALE_BLUE,
    PNG,
    SERIES,
    SMALL,
    TEXT,
    TITLE,
    colour_bar,
    grid,
    new_figure,
    png,
    write_names,
)
from whipbird.system.extras import check_installed
from whipbird.system.whole_file import write_own_file
from whipbird.text import counted, one_line, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["write_figure"]

WIDTH_IN = 10.0
HEIGHTS_IN = (4.5, 1.5)  # of the axes for activity and effort
DAY_IN, MAP_IN = 0.22, (1.2, 6.0)  # height of a day in the map, and bounds of the map's height
HEADROOM = 1.05  # times the highest bar
WIDTH = 0.86  # of a bar, in hours
UNKNOWN = DAY_H + 2  # where the bar of unknown times starts, on the axis of hours
HATCHED = {"facecolor": "#f1f2f4", "hatch": "//", "edgecolor": "white", "linewidth": 0}  # not listened
QUIET = "#d3d7dd"  # below the trigger
LONGEST_NAME = 28  # characters of a label in the legend


def write_figure(activity: Activity, path: Path, names: InstalledNames) -> None:
    """Write the figure as PNG; ``names`` are those of the labels.

    Raises
    ------
    WhipbirdError
        If matplotlib is missing.
    OutputError
        If no time is known or guessed, or the file cannot be written.
    """
    check_installed("inspect", "matplotlib")
    from matplotlib.ticker import MaxNLocator

    guessed = any(effort.guessed for effort in activity.sites.values())
    if not guessed and all(hour is None for hour in activity.hours):
        raise OutputError("no figure: the time of day is not known for any recording")
    activity = names.of_species(activity)
    by_hour = total(activity.tallies, lambda key: (key.target, _place(key.hour)))
    places = sorted({*range(DAY_H), *map(_place, activity.hours)})
    heard_h, quiet_h, lost_h = (dict.fromkeys(places, 0.0) for _ in range(3))
    for (_, hour), effort in activity.efforts.items():
        if (place := _place(hour)) in heard_h:
            heard_h[place] += effort.heard_s / HOUR_S
            quiet_h[place] += effort.below_trigger_s / HOUR_S
            lost_h[place] += effort.lost_s / HOUR_S

    days = days_listened(activity)
    heights = (*HEIGHTS_IN, min(max(DAY_IN * len(days), MAP_IN[0]), MAP_IN[1])) if days else HEIGHTS_IN
    figure = new_figure((WIDTH_IN, sum(heights)))
    upper, lower, *below = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    rates = _rates(by_hour, places, names)
    _stack(upper, places, [(*one, colour) for one, colour in zip(rates, (*SERIES, GREY), strict=False)])
    kinds = [(heard_h, "listened", PALE_BLUE), (quiet_h, BELOW_TRIGGER, QUIET), (lost_h, "lost", GREY)]
    found = [kind for kind in kinds if any(kind[0].values())]
    named = len(found) > 1
    _stack(lower, places, [(name if named else "", list(own.values()), colour) for own, name, colour in found])
    for axes in (upper, lower):
        for hour in range(DAY_H):
            if not heard_h[hour] and not quiet_h[hour]:
                axes.axvspan(hour, hour + 1, zorder=0, **HATCHED)
        grid(axes, "y")
    write_names(upper, "Activity by hour of day", "", "events per hour listened", TITLE)
    write_names(lower, "", "", "hours" if named else "hours listened")
    for axes in below:
        axes.axvspan(0, DAY_H, zorder=0, **HATCHED)
        colour_bar(figure, draw_day_map(axes, activity, days), axes, "events per hour", 1.0)
    (lower, *below)[-1].set_xlabel("hour of day (hatched: not listened)", fontsize=TEXT, color=INK)
    lower.yaxis.set_major_locator(MaxNLocator(3))
    ticks: dict[float, str] = {hour: str(hour) for hour in range(0, DAY_H + 1, 3)}
    if UNKNOWN in places:
        ticks[UNKNOWN + 0.5] = "time\nunknown"
    lower.set_xlim(0, max(DAY_H, places[-1] + 1))
    lower.set_xticks(list(ticks), list(ticks.values()))
    legend = figure.legend(fontsize=TEXT, frameon=False, loc="outside right upper")
    for text in legend.get_texts():
        text.set_parse_math(False)
    write_own_file(path, png(figure), PNG)


def _place(hour: int | None) -> int:
    """Where the bar of an hour starts on the axis of hours."""
    return UNKNOWN if hour is None else hour % DAY_H


def _stack(axes: Axes, places: Sequence[int], series: Sequence[tuple[str, list[float], str]]) -> None:
    """Draw bars on top of each other, from their names, heights and colours; sets the scale by the hours of the day."""
    bottom = [0.0] * len(places)
    for name, heights, colour in series:
        axes.bar([place + 0.5 for place in places], heights, WIDTH, bottom=bottom, color=colour, label=name)
        bottom = [under + height for under, height in zip(bottom, heights, strict=True)]
    top = HEADROOM * max(bottom[:DAY_H]) or HEADROOM * max(bottom) or 1
    axes.set_ylim(0, top)
    if max(bottom) > top:  # the bar of unknown times, which must not hide the day
        axes.text(places[-1] + 0.5, top, f"{max(bottom):.3g}", fontsize=SMALL, ha="center", va="bottom")


def _rates(
    by_hour: dict[tuple[Target, int], Tally], places: Sequence[int], names: InstalledNames
) -> list[tuple[str, list[float]]]:
    """Names and events per hour listened of the most frequent labels, and of all others together."""
    counts: dict[Target, int] = {}
    for (target, _), tally in by_hour.items():
        counts[target] = counts.get(target, 0) + tally.events
    ranked = sorted((target for target in counts if counts[target]), key=lambda target: (-counts[target], target))
    shown = ranked[: len(SERIES)]
    models = len({target.model for target in ranked})
    rates = []
    for target in shown:
        label = names.shown(target)
        name = shortened(one_line(label if models == 1 else f"{target.model}: {label}"), LONGEST_NAME)
        rates.append((f"{name} ({counts[target]})", _rates_of(by_hour, [target], places)))
    if len(ranked) > len(shown):
        others = ranked[len(shown) :]
        count = sum(counts[target] for target in others)
        rates.append((f"{counted(len(others), 'other')} ({count})", _rates_of(by_hour, others, places)))
    return rates or [("no events", [0.0] * len(places))]


def _rates_of(by_hour: dict[tuple[Target, int], Tally], targets: list[Target], places: Sequence[int]) -> list[float]:
    none = Tally()
    return [sum(by_hour.get((target, place), none).per_hour or 0.0 for target in targets) for place in places]
