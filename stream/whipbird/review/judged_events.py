"""The events of a database or a scan with their verdicts, and where new verdicts are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from whipbird.activity.judged import with_verdicts
from whipbird.activity.recorded_events import RecordedEvents, events_in_database, folders_in_database
from whipbird.activity.selection import Selection
from whipbird.database.verdicts import KnownVerdicts, VerdictStore, read_verdicts
from whipbird.errors import WhipbirdError
from whipbird.events.verdict import Verdict
from whipbird.scan.packages import EXTRA, RESULTS
from whipbird.scan.results.export import events_in_scan
from whipbird.scan.results.scan_folder import ScanFolder, is_scan
from whipbird.system.extras import check_installed

__all__ = ["SEARCH_FOLDER", "JudgedEvents", "verdicts_path"]

VERDICTS = "verdicts.sqlite"
SEARCH_FOLDER = "_search"
"""In a folder of embeddings, what belongs to searches; programs that read the folder as one table leave it out."""


def verdicts_path(source: Path) -> Path:
    """Where the verdicts on a database, a scan, or a folder of embeddings are."""
    if is_scan(source):
        return source / VERDICTS
    return source / SEARCH_FOLDER / VERDICTS if source.is_dir() else source


class JudgedEvents:
    """A database of events, or the folder of a scan.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    store_path : Path
        The database of its verdicts, which may not exist yet.
    is_scan : bool

    Raises
    ------
    WhipbirdError
        If a scan cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_scan = is_scan(path)
        self._scan: ScanFolder | None = None
        if self.is_scan:
            check_installed(EXTRA, *RESULTS)
            self._scan = ScanFolder(path)
        self.store_path = verdicts_path(path)

    def verdicts(self) -> list[Verdict]:
        """All verdicts, the earliest first; raises WhipbirdError if they cannot be read."""
        return read_verdicts(self.store_path)

    def open_store(self) -> VerdictStore:
        """Open what new verdicts are written to; raises WhipbirdError if that cannot be done."""
        if not self.is_scan and not self.path.is_file():
            raise WhipbirdError(f"{self.path}: no such database, and not the folder of a scan")
        return VerdictStore(self.store_path)

    def recordings(
        self, selection: Selection | None = None, notify: Callable[[str], None] = lambda text: None
    ) -> Iterator[RecordedEvents]:
        """The recordings with their selected events, and the verdicts on these.

        Raises
        ------
        WhipbirdError
            If they cannot be read; if a selected source or label is not there.
        """
        chosen = selection or Selection()
        if self._scan is not None:
            events = events_in_scan(self._scan, chosen, notify)
        else:
            events = events_in_database(self.path, chosen, notify)
        return with_verdicts(events, KnownVerdicts(self.verdicts()))

    def roots(self) -> list[str]:
        """Folders below which the recordings are."""
        if self._scan is not None:
            return [str(root) for root in self._scan.about["roots"]]
        return folders_in_database(self.path)
