"""An account as rows of CSV, and as one object for JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from whipbird.activity.effort import DAY_H, day_of
from whipbird.activity.tallies import Activity, Effort, Tally, Target, total
from whipbird.formats.cells import cell_seconds
from whipbird.formats.csv_rows import csv_line
from whipbird.system.whole_file import write_own
from whipbird.terminal.printing import rounded

__all__ = ["as_object", "write_csv"]

COLUMNS = ("station", "source", "model", "label", "date", "hour", "events", "heard_s", "lost_s")


def write_csv(account: Activity, path: Path) -> None:
    """Write a row for each source, label and hour in which was listened for it.

    Raises
    ------
    OutputError
        If there is another file of that name, or it cannot be written.
    """
    rows = [csv_line(*COLUMNS)]
    for key, tally in sorted(account.tallies.items(), key=lambda item: (*item[0][:2], item[0].hour or 0)):
        day = "" if key.hour is None else day_of(key.hour).isoformat()
        hour = "" if key.hour is None else str(key.hour % DAY_H)
        lost_s = account.efforts.get((key.place, key.hour), Effort()).lost_s
        numbers = (str(tally.events), cell_seconds(tally.heard_s), cell_seconds(lost_s))
        rows.append(csv_line(*key.place, *key.voice, day, hour, *numbers))
    write_own(path, "".join(rows).encode("utf-8"), rows[0].strip().encode())


def as_object(account: Activity) -> dict[str, Any]:
    """All sums, and all gaps."""
    labels = total(account.tallies, lambda key: key.voice)
    hours = total(account.tallies, lambda key: None if key.hour is None else (key.hour % DAY_H, key.voice))
    days = total(account.tallies, lambda key: None if key.hour is None else (day_of(key.hour), key.voice))
    unknown = total(account.tallies, lambda key: key.voice if key.hour is None else None)
    told: dict[str, Any] = {
        "sources": [
            place._asdict()
            | {
                "heard_s": effort.heard_s,
                "lost_s": effort.lost_s,
                "recordings": effort.recordings,
                "unheard": effort.unheard,
                "guessed_times": effort.guessed,
            }
            for place, effort in account.places.items()
        ],
        "labels": [_tally(voice, tally) for voice, tally in labels.items()],
        "hours": [{"hour": hour, **_tally(voice, tally)} for (hour, voice), tally in hours.items()],
        "days": [{"date": day.isoformat(), **_tally(voice, tally)} for (day, voice), tally in days.items()],
        "time_unknown": [_tally(voice, tally) for voice, tally in unknown.items()],
        "gaps": [
            gap.place._asdict()
            | {
                "recording": gap.recording,
                "reason": gap.reason,
                "begin_s": gap.begin_s,
                "end_s": gap.end_s,
                "time": None if gap.time is None else gap.time.isoformat(timespec="milliseconds"),
            }
            for gap in account.gaps
        ],
    }
    found: dict[str, Any] = rounded(told)
    return found


def _tally(voice: Target, tally: Tally) -> dict[str, Any]:
    return {
        **voice._asdict(),
        "events": tally.events,
        "heard_s": tally.heard_s,
        "per_hour": tally.per_hour,
    }
