"""The folder of clips: writes them whole, keeps within its limits, and leaves room on the disk.

A clip is written under another name beside its place, with a dot before it, and moved when it is complete. Only what is
named like a clip is ever removed, with the picture beside it. Where the disk that held the folder at first is gone,
nothing is written into what lies beneath.
"""

from __future__ import annotations

import contextlib
import filecmp
import io
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import numpy as np
from rich.filesize import decimal

from whipbird.errors import OutputError
from whipbird.recordings.metadata.guano import Guano
from whipbird.sinks.clips.clip import Clip, clip_name, guano_of, label_in
from whipbird.sinks.clips.retention import ClipIndex, KeptClip, Retention
from whipbird.system.extras import check_installed
from whipbird.system.whole_file import whole_file

__all__ = ["Store"]

PART = ".part"
PARTS_S = 3600.0  # unfinished files that are older were left by a process that is gone
FULL_SCALE = 1 << 23  # of 24 bits, in which those of 16-bit recordings and of floats of full precision fit
PIECE = 1 << 14  # samples of a clip that are made ready for FLAC at once
UNFINISHED = re.compile(r"\.clip-[0-9a-f]{8}\.part|\..+_(?:0\.\d\d|1\.00)(?:_\d{1,6})?\.png\.partial$", re.DOTALL)
"""Names of unfinished clips and pictures."""
PICTURE = ".png"
MOST_CHANNELS = 8  # of FLAC
NO_LIMITS = Retention()


class Store:
    """Writes clips into a folder.

    Parameters
    ----------
    folder : Path
        Made if need be.
    limits : Retention
        Which clips stay.
    pictures : bool
        Whether each clip gets its spectrogram as PNG, beside it.
    reserve_bytes : int
        Clips are not written while less is free on the disk.

    Raises
    ------
    OutputError
        If the folder cannot be used, or pictures are wanted and cannot be drawn.
    """

    def __init__(
        self, folder: Path, station: str, limits: Retention = NO_LIMITS, pictures: bool = False, reserve_bytes: int = 0
    ) -> None:
        self.folder = folder
        self._station = station
        self._limits = limits
        self._pictures = pictures
        self._reserve_bytes = reserve_bytes
        if pictures:
            check_installed("inspect", "matplotlib")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
            self._disk = _mount_of(self.folder)
            self._register = ClipIndex(limits, self._found())
        except OSError as error:
            raise OutputError(f"cannot write clips into {self.folder}: {error.strerror or error}") from error
        self._begun = time.time() - time.monotonic()

    def write(self, clip: Clip) -> Path:
        """Write a clip and its picture; returns its place. Call `tidy` before long.

        The same clip is not written twice.

        Raises
        ------
        OutputError
            If too little is free on the disk, or it is gone.
        OSError
        ValueError
            If FLAC cannot hold it.
        """
        self._check_room(clip)
        part = self.folder / f".clip-{token_hex(4)}{PART}"
        try:
            part.write_bytes(_flac(clip, guano_of(clip, self._station)))
            place, new = _move(part, self.folder / clip_name(clip))
        finally:
            with contextlib.suppress(FileNotFoundError):
                part.unlink()
        try:
            if self._pictures and not place.with_suffix(PICTURE).exists():
                from whipbird.sinks.clips.picture import draw

                with whole_file(place.with_suffix(PICTURE)) as file:
                    file.write(draw(clip))
        finally:
            if new:
                self._register.add(_kept(place))
        return place

    def tidy(self) -> None:
        """Remove what must go; raises OSError if something cannot be removed."""
        # Too old is what is so by the clock and by the time that has passed: a clock that is set removes nothing.
        for clip in self._register.due(min(time.time(), self._begun + time.monotonic())):
            for name in (clip.name, str(Path(clip.name).with_suffix(PICTURE))):
                with contextlib.suppress(FileNotFoundError):
                    (self.folder / name).unlink()

    def _check_room(self, clip: Clip) -> None:
        if clip.samples.shape[1] > MOST_CHANNELS:
            raise ValueError(f"a clip of {clip.samples.shape[1]} channels; FLAC holds {MOST_CHANNELS} at most")
        if not os.path.ismount(self._disk):
            raise OutputError(f"the disk of {self._disk} is gone")
        reserve = self._reserve_bytes
        if reserve and shutil.disk_usage(self.folder).free < reserve + clip.samples.nbytes:
            raise OutputError(f"less than {decimal(reserve)} are free on the disk")

    def _found(self) -> Iterator[KeptClip]:
        """The clips that are there; what an earlier process left unfinished is removed."""
        with os.scandir(self.folder) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    if UNFINISHED.match(entry.name):
                        if entry.stat().st_mtime < time.time() - PARTS_S:
                            os.unlink(entry.path)
                    elif self._limits and label_in(entry.name) is not None and entry.is_file():
                        yield _kept(Path(entry.path))


def _mount_of(folder: Path) -> Path:
    """Where the file system of a folder is mounted."""
    place = folder.resolve()
    return next(one for one in (place, *place.parents) if os.path.ismount(one) or one == one.parent)


def _kept(place: Path) -> KeptClip:
    status, picture = place.stat(), place.with_suffix(PICTURE)
    size = status.st_size + (picture.stat().st_size if picture.exists() else 0)
    return KeptClip(status.st_mtime, place.name, label_in(place.name) or "", size)


def _flac(clip: Clip, guano: Guano) -> bytes:
    """A clip as a FLAC file, with GUANO metadata as its Vorbis comment.

    It is made in memory, because libsndfile does not tell when a disk is full.
    """
    import soundfile

    file = io.BytesIO()
    try:
        with soundfile.SoundFile(file, "w", clip.rate_hz, clip.samples.shape[1], "PCM_24", format="FLAC") as flac:
            flac.comment = guano.as_text()
            for begin in range(0, len(clip.samples), PIECE):
                scaled = np.rint(clip.samples[begin : begin + PIECE] * np.float32(FULL_SCALE))
                whole = scaled.clip(-FULL_SCALE, FULL_SCALE - 1).astype(np.int32)
                flac.write(whole << 8)  # libsndfile takes the upper bits
    except soundfile.SoundFileError as error:
        raise ValueError(f"FLAC cannot hold a clip of {clip.rate_hz} Hz") from error
    return file.getvalue()


def _move(part: Path, wanted: Path) -> tuple[Path, bool]:
    """Give a file its name, or that with a number behind it; returns its place, and whether it was not there before."""
    number = 1
    while True:
        place = wanted if number == 1 else wanted.with_name(f"{wanted.stem}_{number}{wanted.suffix}")
        try:
            os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY))  # reserves the name
        except FileExistsError:
            if filecmp.cmp(part, place, shallow=False):
                return place, False
            number += 1
        else:
            os.replace(part, place)
            return place, True
