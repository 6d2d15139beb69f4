"""The events of a database or of a scan, for commands that take either."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from whipbird.terminal.printing import say

if TYPE_CHECKING:
    from whipbird.activity.recorded_events import RecordedEvents
    from whipbird.activity.selection import Selection

__all__ = ["recorded_events"]


def recorded_events(events: Path, selection: Selection) -> tuple[list[str], Iterator[RecordedEvents]]:
    """The folders that contain the recordings, and the recordings with the selected events.

    Raises
    ------
    WhipbirdError
        If the database or the scan cannot be read.
    """
    from whipbird.activity.recorded_events import events_in_database, folders_in_database
    from whipbird.scan.packages import EXTRA, RESULTS
    from whipbird.scan.results.export import events_in_scan
    from whipbird.scan.results.scan_folder import ScanFolder, is_scan
    from whipbird.system.extras import check_installed

    if not is_scan(events):
        return folders_in_database(events), events_in_database(events, selection, say)
    check_installed(EXTRA, *RESULTS)
    scan = ScanFolder(events)
    return [str(root) for root in scan.about["roots"]], events_in_scan(scan, selection, say)
