"""Map of activity: events per hour listened, by day and hour of day."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from whipbird.activity.effort import DAY_H, day_of
from whipbird.activity.tallies import Activity, total
from whipbird.arrays import Doubles
from whipbird.figure_style import GREY, write_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

__all__ = ["days_listened", "draw_day_map", "rates_by_day"]

COLOURS = "YlGnBu"
MOST_NAMES = 12  # of days, beside the map


def days_listened(activity: Activity) -> list[date]:
    """All days on which something was processed, in order."""
    return sorted({day_of(hour) for hour in activity.heard_hours if hour is not None})


def rates_by_day(activity: Activity, days: list[date]) -> Doubles:
    """Events of all labels per hour listened, shape (days, 24); NaN where nothing was listened for."""
    rates = np.full((len(days), DAY_H), np.nan)
    rows = {day: row for row, day in enumerate(days)}
    for hour in activity.heard_hours:
        if hour is not None:
            rates[rows[day_of(hour)], hour % DAY_H] = 0.0
    by_hour = total(activity.tallies, lambda key: None if key.hour is None else (key.hour, key.target))
    for (hour, _), tally in by_hour.items():
        if (rate := tally.per_hour) is not None:
            rates[rows[day_of(hour)], hour % DAY_H] += rate
    return rates


def draw_day_map(axes: Axes, activity: Activity, days: list[date]) -> AxesImage:
    """Draw the map, the first day at the top; a line separates days between which there are others."""
    from matplotlib.ticker import MaxNLocator

    rates = rates_by_day(activity, days)
    image = axes.imshow(
        rates,
        aspect="auto",
        interpolation="nearest",
        extent=(0, DAY_H, len(days), 0),
        cmap=COLOURS,
        vmin=0,
        vmax=max(float(np.nanmax(rates)), 1e-9),
    )
    for row, (day, following) in enumerate(pairwise(days), 1):
        if (following - day).days > 1:
            axes.axhline(row, color=GREY, linewidth=0.8)
    write_names(axes, "", "", "")
    axes.yaxis.set_major_locator(MaxNLocator(MOST_NAMES, integer=True))
    places = sorted({min(int(place), len(days) - 1) for place in axes.get_yticks() if 0 <= place <= len(days)})
    axes.set_yticks([place + 0.5 for place in places], [days[place].isoformat() for place in places])
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return image
