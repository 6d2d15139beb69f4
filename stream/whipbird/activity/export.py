"""Activity as rows of CSV, and as one object for JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from whipbird.activity.effort import DAY_H, day_of
from whipbird.activity.heard_recording import Target
from whipbird.activity.tallies import Activity, Effort, Tally, total
from whipbird.formats.cells import cell_seconds
from whipbird.formats.csv_rows import csv_line
from whipbird.system.whole_file import write_own_file
from whipbird.terminal.printing import rounded

__all__ = ["as_object", "write_csv"]

COLUMNS = ("station", "source", "model", "label", "date", "hour", "events", "heard_s", "lost_s", "below_trigger_s")
EARLIER = COLUMNS[:-1]  # the columns of earlier versions, whose files are replaced as well


def write_csv(activity: Activity, path: Path) -> None:
    """Write one row per source, label and hour listened.

    Raises
    ------
    OutputError
        If another file has this name, or the file cannot be written.
    """
    rows = [csv_line(*COLUMNS)]
    for key, tally in sorted(activity.tallies.items(), key=lambda item: (*item[0][:2], item[0].hour or 0)):
        day = "" if key.hour is None else day_of(key.hour).isoformat()
        hour = "" if key.hour is None else str(key.hour % DAY_H)
        lost_s = activity.efforts.get((key.site, key.hour), Effort()).lost_s
        seconds = (cell_seconds(each) for each in (tally.heard_s, lost_s, tally.below_trigger_s))
        rows.append(csv_line(*key.site, *key.target, day, hour, str(tally.events), *seconds))
    write_own_file(path, "".join(rows).encode("utf-8"), csv_line(*EARLIER).strip().encode())


def as_object(activity: Activity) -> dict[str, Any]:
    """All sums and gaps, for JSON; ``models`` has the number of labels that each listened for."""
    labels = total(activity.tallies, lambda key: key.target)
    hours = total(activity.tallies, lambda key: None if key.hour is None else (key.hour % DAY_H, key.target))
    days = total(activity.tallies, lambda key: None if key.hour is None else (day_of(key.hour), key.target))
    unknown = total(activity.tallies, lambda key: key.target if key.hour is None else None)
    content: dict[str, Any] = {
        "sources": [
            site._asdict()
            | {
                "heard_s": effort.heard_s,
                "below_trigger_s": effort.below_trigger_s,
                "lost_s": effort.lost_s,
                "recordings": effort.recordings,
                "unheard": effort.unheard,
                "guessed_times": effort.guessed,
            }
            for site, effort in activity.sites.items()
        ],
        "models": [{"model": model, "labels": count} for model, count in activity.listened_for.items()],
        "labels": [_tally(target, tally) for target, tally in labels.items()],
        "hours": [{"hour": hour, **_tally(target, tally)} for (hour, target), tally in hours.items()],
        "days": [{"date": day.isoformat(), **_tally(target, tally)} for (day, target), tally in days.items()],
        "time_unknown": [_tally(target, tally) for target, tally in unknown.items()],
        "gaps": [
            gap.site._asdict()
            | {
                "recording": gap.recording,
                "reason": gap.reason,
                "begin_s": gap.begin_s,
                "end_s": gap.end_s,
                "time": None if gap.time is None else gap.time.isoformat(timespec="milliseconds"),
            }
            for gap in activity.gaps
        ],
    }
    result: dict[str, Any] = rounded(content)
    return result


def _tally(target: Target, tally: Tally) -> dict[str, Any]:
    return {
        **target._asdict(),
        "events": tally.events,
        "heard_s": tally.heard_s,
        "below_trigger_s": tally.below_trigger_s,
        "per_hour": tally.per_hour,
    }
