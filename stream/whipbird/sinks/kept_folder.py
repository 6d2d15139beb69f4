"""A folder of files that outputs write: applies the retention limits, and leaves room on the disk.

Only files that the output itself names are ever removed, with those that go with them. If the disk that held the folder
at first is unmounted, nothing is written into the mount point.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.filesize import decimal

from whipbird.errors import OutputError
from whipbird.sinks.retention import FileIndex, KeptFile, Retention
from whipbird.sources.base import Notify
from whipbird.system.regular_file import read_bounded
from whipbird.system.whole_file import whole_file

__all__ = ["KeptFolder", "Tidier", "kept_for_s"]

PARTS_S = 3600.0  # older unfinished files were left by a process that has ended
USUAL_PAUSE_S = 7 * 86_400.0  # between the newest file and a start; after a longer one, the clock is in doubt
DOUBT_S = 6 * 3600.0  # for the clock to be set right
NOTE, KEEP = ".kept.json", "keep_s"  # a file that says for how long others are kept, and its key
LARGEST_NOTE = 1 << 10


class KeptFolder:
    """A folder with limits.

    Parameters
    ----------
    folder : Path
        Created if missing.
    noun : str
        What is written there, in the plural, for messages.
    label_in : callable
        Gives the label in the name of a file; None for names of other files.
    retention : Retention
    reserve_bytes : int
        Nothing is written while less is free on the disk.
    unfinished : re.Pattern, optional
        Names of unfinished files, which are removed when they are old.
    beside : str
        Extension of the file that goes with each; empty if there is none.

    Raises
    ------
    OutputError
        If the folder cannot be used.
    """

    def __init__(
        self,
        folder: Path,
        noun: str,
        label_in: Callable[[str], str | None],
        retention: Retention,
        reserve_bytes: int = 0,
        unfinished: re.Pattern[str] | None = None,
        beside: str = "",
    ) -> None:
        self.path = folder
        self._label_in = label_in
        self._unfinished = unfinished
        self._retention = retention
        self._reserve_bytes = reserve_bytes
        self._beside = beside
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
            _note_age(folder, retention.age_s)
            self._disk = _mount_of(folder)
            self._index = FileIndex(retention, self._found())
        except OSError as error:
            raise OutputError(f"cannot write {noun} into {folder}: {error.strerror or error}") from error
        self._started_s = time.monotonic()
        self._started = time.time() - self._started_s
        newest = self._index.newest
        self._trusts_clock = newest is None or retention.never_longer or time.time() - newest <= USUAL_PAUSE_S
        self._old_budget = 0  # files that may go for their age while the clock is in doubt

    def check_room(self, needed_bytes: int) -> None:
        """Raise OutputError if the disk is gone or almost full; OSError if that cannot be found out."""
        if not os.path.ismount(self._disk):
            raise OutputError(f"the disk of {self._disk} is gone")
        reserve = self._reserve_bytes
        if reserve and shutil.disk_usage(self.path).free < reserve + needed_bytes:
            raise OutputError(f"less than {decimal(reserve)} are free on the disk")

    def add(self, path: Path) -> None:
        """Count a file that was written."""
        self._index.add(self._kept(path))
        self._old_budget += 1

    def tidy(self) -> None:
        """Remove files beyond the limits; raises OSError if one cannot be removed."""
        # A file is too old only by the clock and by the time passed; setting the clock removes nothing. A clock that
        # was wrong at the start makes all files seem old: it gets hours to be set right, and even then no more files
        # go for their age than have been added.
        most_old: float = math.inf
        if not self._trusts_clock:
            most_old = self._old_budget if time.monotonic() - self._started_s >= DOUBT_S else 0
        now = time.time() if self._retention.never_longer else min(time.time(), self._started + time.monotonic())
        due = self._index.due(now, most_old)
        self._old_budget = max(0, self._old_budget - len(due))
        for kept in due:
            for path in self._with_beside(self.path / kept.name):
                path.unlink(missing_ok=True)

    def _found(self) -> Iterator[KeptFile]:
        """The files in the folder; removes old unfinished files."""
        with os.scandir(self.path) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    if self._unfinished is not None and self._unfinished.match(entry.name):
                        if entry.stat().st_mtime < time.time() - PARTS_S:
                            os.unlink(entry.path)
                    elif self._retention and self._label_in(entry.name) is not None and entry.is_file():
                        yield self._kept(Path(entry.path))

    def _kept(self, path: Path) -> KeptFile:
        size = sum(one.stat().st_size for one in self._with_beside(path) if one.exists())
        return KeptFile(path.stat().st_mtime, path.name, self._label_in(path.name) or "", size)

    def _with_beside(self, path: Path) -> list[Path]:
        return [path, path.with_suffix(self._beside)] if self._beside else [path]


class Tidier:
    """Runs what removes old files, and tells once while that fails.

    Parameters
    ----------
    trouble : str
        What is then the case, after which the reason follows.
    notify : callable
    """

    def __init__(self, trouble: str, notify: Notify) -> None:
        self._trouble = trouble
        self._notify = notify
        self._fails = False

    def run(self, remove: Callable[[], None]) -> None:
        """Remove what is old, if that is possible now."""
        try:
            remove()
        except OSError as error:
            if not self._fails:
                self._notify(f"{self._trouble}: {error.strerror or error}")
            self._fails = True
        else:
            self._fails = False


def kept_for_s(folder: Path) -> float | None:
    """Seconds after which an output removes the files in a folder; None if it keeps them, or it is not known."""
    try:
        content = json.loads(read_bounded(folder / NOTE, LARGEST_NOTE))
        return float(content[KEEP])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _note_age(folder: Path, age_s: float | None) -> None:
    """Write beside the files for how long they are kept, for other programs."""
    if age_s is None:
        (folder / NOTE).unlink(missing_ok=True)
    elif kept_for_s(folder) != age_s:
        with whole_file(folder / NOTE) as file:
            file.write(json.dumps({KEEP: age_s}).encode())


def _mount_of(folder: Path) -> Path:
    """Where the file system of a folder is mounted."""
    path = folder.resolve()
    return next(one for one in (path, *path.parents) if os.path.ismount(one) or one == one.parent)
