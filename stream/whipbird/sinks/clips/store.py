"""Writes clips into a folder, with limits.

A clip is written to a hidden temporary file in the folder, and renamed when it is complete. Only files named like clips
are ever removed, with their pictures (see `whipbird.sinks.kept_folder`).
"""

from __future__ import annotations

import contextlib
import filecmp
import os
import re
from pathlib import Path
from secrets import token_hex

from whipbird.sinks.clips.clip import Clip, clip_name, guano_of, label_in
from whipbird.sinks.clips.encoding import encoded
from whipbird.sinks.kept_folder import KeptFolder
from whipbird.sinks.retention import Retention
from whipbird.system.extras import check_installed
from whipbird.system.whole_file import whole_file

__all__ = ["PICTURE", "Store"]

PART = ".part"
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
        self._pictures = pictures
        if pictures:
            check_installed("inspect", "matplotlib")
        self._kept = KeptFolder(folder, "clips", label_in, retention, reserve_bytes, UNFINISHED, PICTURE)

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
        self._kept.check_room(clip.samples.nbytes)
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
                self._kept.add(path)
        return path

    def tidy(self) -> None:
        """Remove clips beyond the limits; raises OSError if one cannot be removed."""
        self._kept.tidy()


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
