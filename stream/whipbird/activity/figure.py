"""Figure of activity: events per hour listened by hour of day, the hours listened, and a map of days and hours."""

from __future__ import annotations

from pathlib import Path

from whipbird.activity.day_map import days_listened, draw_day_map
from whipbird.activity.effort import DAY_H, HOUR_S
from whipbird.activity.tallies import Activity, Tally, Target, total
from whipbird.errors import OutputError
from whipbird.figure_style import (
    GREY,
    INK,
    PALE_BLUE,
    PNG,
    SERIES,
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

__all__ = ["write_figure"]

WIDTH_IN = 10.0
HEIGHTS_IN = (4.5, 1.5)  # of the axes for activity and effort
DAY_IN, MAP_IN = 0.22, (1.2, 6.0)  # height of a day in the map, and bounds of the map's height
HEADROOM = 1.05  # times the highest bar
WIDTH = 0.86  # of a bar, in hours
HATCHED = {"facecolor": "#f1f2f4", "hatch": "//", "edgecolor": "white", "linewidth": 0}  # not listened
LONGEST_NAME = 28  # characters of a label in the legend


def write_figure(activity: Activity, path: Path) -> None:
    """Write the figure as PNG.

    Raises
    ------
    WhipbirdError
        If matplotlib is missing.
    OutputError
        If no time of day is known, or the file cannot be written.
    """
    check_installed("inspect", "matplotlib")
    from matplotlib.ticker import MaxNLocator

    by_hour = total(activity.tallies, lambda key: None if key.hour is None else (key.target, key.hour % DAY_H))
    if not by_hour:
        raise OutputError("no figure: the time of day is not known for any recording")
    effort_h = [0.0] * DAY_H
    for (_, hour), effort in activity.efforts.items():
        if hour is not None:
            effort_h[hour % DAY_H] += effort.heard_s / HOUR_S

    days = days_listened(activity)
    heights = (*HEIGHTS_IN, min(max(DAY_IN * len(days), MAP_IN[0]), MAP_IN[1]))
    figure = new_figure((WIDTH_IN, sum(heights)))
    upper, lower, days_axes = figure.subplots(3, 1, sharex=True, height_ratios=heights)
    hours = [hour + 0.5 for hour in range(DAY_H)]
    bottom = [0.0] * DAY_H
    for (name, rates), colour in zip(_rates(by_hour), (*SERIES, GREY), strict=False):
        upper.bar(hours, rates, WIDTH, bottom=bottom, color=colour, label=name)
        bottom = [under + rate for under, rate in zip(bottom, rates, strict=True)]
    lower.bar(hours, effort_h, WIDTH, color=PALE_BLUE)
    for axes in (upper, lower):
        for hour in range(DAY_H):
            if not effort_h[hour]:
                axes.axvspan(hour, hour + 1, zorder=0, **HATCHED)
        grid(axes, "y")
    days_axes.axvspan(0, DAY_H, zorder=0, **HATCHED)
    colour_bar(figure, draw_day_map(days_axes, activity, days), days_axes, "events per hour", 1.0)
    for axes, highest in ((upper, max(bottom)), (lower, max(effort_h))):
        axes.set_ylim(0, HEADROOM * highest or 1)
    write_names(upper, "Activity by hour of day", "", "events per hour listened", TITLE)
    write_names(lower, "", "", "hours listened")
    days_axes.set_xlabel("hour of day (hatched: not listened)", fontsize=TEXT, color=INK)
    lower.yaxis.set_major_locator(MaxNLocator(3))
    lower.set_xlim(0, DAY_H)
    lower.set_xticks(range(0, DAY_H + 1, 3))
    legend = figure.legend(fontsize=TEXT, frameon=False, loc="outside right upper")
    for text in legend.get_texts():
        text.set_parse_math(False)
    write_own_file(path, png(figure), PNG)


def _rates(by_hour: dict[tuple[Target, int], Tally]) -> list[tuple[str, list[float]]]:
    """Names and events per hour listened of the most frequent labels, and of all others together."""
    counts: dict[Target, int] = {}
    for (target, _), tally in by_hour.items():
        counts[target] = counts.get(target, 0) + tally.events
    ranked = sorted((target for target in counts if counts[target]), key=lambda target: (-counts[target], target))
    shown = ranked[: len(SERIES)]
    models = len({target.model for target in ranked})
    rates = []
    for target in shown:
        name = shortened(one_line(target.label if models == 1 else f"{target.model}: {target.label}"), LONGEST_NAME)
        rates.append((f"{name} ({counts[target]})", _rates_of(by_hour, [target])))
    if len(ranked) > len(shown):
        others = ranked[len(shown) :]
        count = sum(counts[target] for target in others)
        rates.append((f"{counted(len(others), 'other')} ({count})", _rates_of(by_hour, others)))
    return rates or [("no events", [0.0] * DAY_H)]


def _rates_of(by_hour: dict[tuple[Target, int], Tally], targets: list[Target]) -> list[float]:
    none = Tally()
    return [sum(by_hour.get((target, hour), none).per_hour or 0.0 for target in targets) for hour in range(DAY_H)]
