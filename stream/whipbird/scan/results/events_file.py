"""The events of a database or a scan in one Parquet file, with the verdicts of people on them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from whipbird.activity.recorded_events import RecordedEvents
from whipbird.errors import OutputError
from whipbird.events.detection import Detection
from whipbird.scan.packages import EXTRA, RESULTS
from whipbird.scan.tables import EVENTS, NAMES, TIME, as_row, table
from whipbird.system.extras import check_installed
from whipbird.system.whole_file import whole_file

__all__ = ["EVENTS_FILE", "write_events_file"]

EVENTS_FILE = "events.parquet"
VERDICTS = {"verdict": NAMES, "other_label": NAMES, "judge": NAMES, "judged": TIME, "drawn": "bool"}
COLUMNS = {name: kind for name, kind in EVENTS.items() if name != "model_version"} | VERDICTS


def write_events_file(recordings: Iterable[RecordedEvents], folder: Path) -> tuple[int, int]:
    """Write `EVENTS_FILE` into a new folder, or an empty one; returns the numbers of files and of events.

    Raises
    ------
    OutputError
        If the folder is not empty, or cannot be written to.
    WhipbirdError
        If the package for Parquet is missing.
    """
    check_installed(EXTRA, *RESULTS)
    import pyarrow.parquet as pq

    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OutputError(f"{folder} exists already and is not overwritten; give another folder with --out")
        rows = table((_row(event) for recording in recordings for event in recording.detections), COLUMNS)
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(folder / EVENTS_FILE) as file:
            pq.write_table(rows, file, compression="zstd")
    except OSError as error:
        raise OutputError(f"cannot write to {folder}: {error.strerror or error}") from error
    return 1, len(rows)


def _row(event: Detection) -> dict[str, Any]:
    verdict = event.verdict
    row = as_row(event, event.source, "")
    if verdict is None:
        return row | {"verdict": None}
    return row | {
        "verdict": verdict.answer.value,
        "other_label": verdict.other,
        "judge": verdict.judge,
        "judged": verdict.time,
        "drawn": verdict.drawn,
    }
