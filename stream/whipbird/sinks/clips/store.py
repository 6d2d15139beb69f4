"""The folder of clips: writes complete files, applies the retention limits, and leaves room on the disk.

A clip is written to a hidden temporary file in the folder, and renamed when it is complete. Only files named like clips
are ever removed, with their pictures. If the disk that held the folder at first is unmounted, nothing is written into
the mount point.
"""

from __future__ import annotations

import contextlib
import filecmp
import math
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

from rich.filesize import decimal

from whipbird.errors import OutputError
from whipbird.sinks.clips.clip import Clip, clip_name, guano_of, label_in
from whipbird.sinks.clips.encoding import encoded
from whipbird.sinks.clips.retention import ClipIndex, KeptClip, Retention
from whipbird.system.extras import check_installed
from whipbird.system.whole_file import whole_file

__all__ = ["Store"]

PART = ".part"
PARTS_S = 3600.0  # older unfinished files were left by a process that has ended
USUAL_PAUSE_S = 7 * 86_400.0  # between the newest clip and a start; after a longer one, the clock is in doubt
DOUBT_S = 6 * 3600.0  # for the clock to be set right
UNFINISHED = re.compile(r"\.clip-[0-9a-f]{8}\.part|\..+_(?:0\.\d\d|1\.00)(?:_\d{1,6})?\.png\.partial$", re.DOTALL)
"""Names of unfinished clips and pictures."""
PICTURE = ".png"
UNLIMITED = Retention()


class Store:
    """Writes clips into a folder.

    Parameters
    ----------
    folder : Path
        Created if missing.
    retention : Retention
        Limits of the clips in the folder.
    pictures : bool
        Whether to draw the spectrogram of each clip, as PNG beside it.
    reserve_bytes : int
        Clips are not written while less is free on the disk.

    Raises
    ------
    OutputError
        If the folder cannot be used, or pictures are wanted and cannot be drawn.
    """

    def __init__(
        self,
        folder: Path,
        station: str,
        retention: Retention = UNLIMITED,
        pictures: bool = False,
        reserve_bytes: int = 0,
    ) -> None:
        self.folder = folder
        self._station = station
        self._retention = retention
        self._pictures = pictures
        self._reserve_bytes = reserve_bytes
        if pictures:
            check_installed("inspect", "matplotlib")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
            self._disk = _mount_of(self.folder)
            self._index = ClipIndex(retention, self._found())
        except OSError as error:
            raise OutputError(f"cannot write clips into {self.folder}: {error.strerror or error}") from error
        self._started_s = time.monotonic()
        self._started = time.time() - self._started_s
        newest = self._index.newest
        self._trusts_clock = newest is None or time.time() - newest <= USUAL_PAUSE_S
        self._old_budget = 0  # clips that may go for their age while the clock is in doubt

    def write(self, clip: Clip) -> Path:
        """Write a clip and its picture; returns the path of the clip. Call `tidy` afterwards.

        The same clip is not written twice.

        Raises
        ------
        OutputError
            If the disk is almost full or gone.
        OSError
        ValueError
            If FLAC cannot hold it.
        """
        self._check_room(clip)
        part = self.folder / f".clip-{token_hex(4)}{PART}"
        try:
            part.write_bytes(encoded(clip, guano_of(clip, self._station)))
            path, new = _rename(part, self.folder / clip_name(clip))
        finally:
            with contextlib.suppress(FileNotFoundError):
                part.unlink()
        try:
            if self._pictures and not path.with_suffix(PICTURE).exists():
                from whipbird.sinks.clips.picture import draw

                with whole_file(path.with_suffix(PICTURE)) as file:
                    file.write(draw(clip))
        finally:
            if new:
                self._index.add(_kept(path))
                self._old_budget += 1
        return path

    def tidy(self) -> None:
        """Remove clips beyond the limits; raises OSError if one cannot be removed."""
        # A clip is too old only by the clock and by the time passed; setting the clock removes nothing. A clock that
        # was wrong at the start makes all clips seem old: it gets hours to be set right, and even then no more clips
        # go for their age than have been added.
        most_old: float = math.inf
        if not self._trusts_clock:
            most_old = self._old_budget if time.monotonic() - self._started_s >= DOUBT_S else 0
        due = self._index.due(min(time.time(), self._started + time.monotonic()), most_old)
        self._old_budget = max(0, self._old_budget - len(due))
        for clip in due:
            for name in (clip.name, str(Path(clip.name).with_suffix(PICTURE))):
                with contextlib.suppress(FileNotFoundError):
                    (self.folder / name).unlink()

    def _check_room(self, clip: Clip) -> None:
        if not os.path.ismount(self._disk):
            raise OutputError(f"the disk of {self._disk} is gone")
        reserve = self._reserve_bytes
        if reserve and shutil.disk_usage(self.folder).free < reserve + clip.samples.nbytes:
            raise OutputError(f"less than {decimal(reserve)} are free on the disk")

    def _found(self) -> Iterator[KeptClip]:
        """The clips in the folder; removes unfinished files of earlier processes."""
        with os.scandir(self.folder) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    if UNFINISHED.match(entry.name):
                        if entry.stat().st_mtime < time.time() - PARTS_S:
                            os.unlink(entry.path)
                    elif self._retention and label_in(entry.name) is not None and entry.is_file():
                        yield _kept(Path(entry.path))


def _mount_of(folder: Path) -> Path:
    """Where the file system of a folder is mounted."""
    path = folder.resolve()
    return next(one for one in (path, *path.parents) if os.path.ismount(one) or one == one.parent)


def _kept(path: Path) -> KeptClip:
    status, picture = path.stat(), path.with_suffix(PICTURE)
    size = status.st_size + (picture.stat().st_size if picture.exists() else 0)
    return KeptClip(status.st_mtime, path.name, label_in(path.name) or "", size)


def _rename(part: Path, wanted: Path) -> tuple[Path, bool]:
    """Rename a file, with a number if the name is taken; returns the path, and False if an equal file existed."""
    number = 1
    while True:
        path = wanted if number == 1 else wanted.with_name(f"{wanted.stem}_{number}{wanted.suffix}")
        try:
            _take_name(part, path)
        except FileExistsError:
            if filecmp.cmp(part, path, shallow=False):
                return path, False
            number += 1
        else:
            return path, True


def _take_name(part: Path, path: Path) -> None:
    """Give a complete file its name in one step; raises FileExistsError if the name is taken."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links, such as FAT
        if path.exists():
            raise FileExistsError(path) from None
        os.replace(part, path)
