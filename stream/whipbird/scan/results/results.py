"""Results of a scan by recording, joined from the rows of its pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from whipbird.events.detection import Detection
from whipbird.scan.outcome import FAILED, NEEDS_WHOLE
from whipbird.scan.results.scan_folder import ScanFolder
from whipbird.scan.tables import as_detection

__all__ = ["Result", "results"]


@dataclass
class Result:
    """Result of a recording, as far as it has been processed.

    Attributes
    ----------
    recording : str
    start : datetime or None
        With its time zone.
    time_from : str
    rate_hz, channels : int
        0 if nothing could be processed.
    heard_s, lost_s, below_trigger_s : float
    failed : bool
    gaps : list of (begin_s, end_s, reason)
    detections : list of Detection
        In the order in which they were reported.
    """

    recording: str
    start: datetime | None = None
    time_from: str = "none"
    rate_hz: int = 0
    channels: int = 0
    heard_s: float = 0.0
    lost_s: float = 0.0
    below_trigger_s: float = 0.0
    failed: bool = False
    gaps: list[tuple[float, float, str]] = field(default_factory=list)
    detections: list[Detection] = field(default_factory=list)


def results(folder: ScanFolder, windows: bool = False) -> Iterator[Result]:
    """Results of all recordings with at least one piece done, in the order of the shards.

    Parameters
    ----------
    windows : bool
        Whether their detections are the scores of windows in place of events.
    """
    rows_of = folder.windows if windows else folder.events
    unfinished: dict[str, Result] = {}
    for number in sorted(folder.done()):
        finished = set()
        for row in folder.recordings(number).to_pylist():
            if row["status"] == NEEDS_WHOLE:  # the recording is going to be processed again
                continue
            result = unfinished.setdefault(row["recording"], Result(row["recording"]))
            _add(result, row)
            if row["end_s"] is None:
                finished.add(row["recording"])
        for row in rows_of(number).to_pylist():
            found = as_detection(row)
            unfinished.setdefault(found.source, Result(found.source)).detections.append(found)
        for name in sorted(finished):
            yield _in_order(unfinished.pop(name))
    for result in unfinished.values():  # their last piece is not done
        yield _in_order(result)


def _add(result: Result, row: dict[str, Any]) -> None:
    if row["rate_hz"] is not None:
        start = row["start"]
        zone = timezone(timedelta(seconds=row["utc_offset_s"] or 0))
        result.start = None if start is None else start.astimezone(zone)
        result.time_from = row["time_from"]
        result.rate_hz, result.channels = row["rate_hz"], row["channels"]
    result.heard_s += row["heard_s"]
    result.lost_s += row["lost_s"]
    result.below_trigger_s += row["below_trigger_s"]
    result.failed |= row["status"] == FAILED
    result.gaps += [(gap["begin_s"], gap["end_s"], gap["reason"]) for gap in row["gaps"]]


def _in_order(result: Result) -> Result:
    result.detections.sort(key=lambda found: (found.reported_s, found.begin_s, found.model, found.label))
    return result
