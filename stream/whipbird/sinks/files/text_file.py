"""Text files of reports, in UTF-8.

Only complete lines are appended: if the disk fills up, the part of a batch that was written is removed, and a line that
lost its line break in a power failure is ended before the next line. A file that was renamed, removed or replaced is
opened again under its name. But if its disk is gone (a USB stick was removed, a folder was unmounted), no file is
created elsewhere; writing continues when the disk is back.
"""

from __future__ import annotations

import contextlib
import copy
import io
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from whipbird.errors import OutputError
from whipbird.events.reports import Report
from whipbird.formats.base import Formatter
from whipbird.system.place import PlaceOnDisk
from whipbird.system.whole_file import check_file_path
from whipbird.text import as_text

__all__ = ["TextFile"]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # that some editors add


class TextFile:
    """A file of reports in one format; raises OutputError if it cannot be written or has other content."""

    def __init__(self, path: Path, formatter: Formatter) -> None:
        self.name = str(path)
        self._path = path
        self._formatter = formatter
        self.note = ""
        self._file: io.FileIO | None = None
        check_file_path(path)
        try:
            self._place = PlaceOnDisk(path)
            self._refuse_others()
            path.touch()
            self._open()
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from error

    def write(self, reports: Sequence[Report]) -> None:
        self._add(reports, self._append)

    def write_missing(self, reports: Sequence[Report]) -> None:
        self._add(reports, self._append_missing)

    def close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        self._file = None

    def _add(self, reports: Sequence[Report], append: Callable[[bytes], None]) -> None:
        formatter = copy.copy(self._formatter)
        data = as_text("".join(map(formatter.line, reports))).encode()
        if data:
            changed = self._place.changed()
            if self._file is None or changed:
                if changed:
                    self.note = self._place.prepare()
                self._open()
            try:
                append(data)
            except OSError:
                self.close()
                raise
        self._formatter = formatter

    def _refuse_others(self) -> None:
        if not self._path.exists() or not self._path.stat().st_size:
            return
        if not self._formatter.appends:
            raise OutputError(
                f"{self._path} already exists, and its times count from its own first recording; name a new file"
            )
        head = self._formatter.head().encode()
        with self._path.open("rb") as file:
            first = file.read(len(BYTE_ORDER_MARK + head)).removeprefix(BYTE_ORDER_MARK)
        if head.rstrip() != first[: len(head.rstrip())]:
            raise OutputError(f"{self._path} already exists, with other columns than {head.decode().strip()!r}")

    def _open(self) -> None:
        """Open the file, which exists; an empty file gets its heading."""
        self.close()
        self._file = io.FileIO(os.open(self._path, os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0)), "r+")
        self._place.remember()
        size = os.fstat(self._file.fileno()).st_size
        try:
            if not size:
                self._append(self._formatter.head().encode())
            elif self._last_byte() != b"\n":
                self._append(b"\n")
        except OSError:
            self.close()
            raise

    def _last_byte(self) -> bytes:
        assert self._file is not None
        self._file.seek(-1, os.SEEK_END)
        return self._file.read(1)

    def _held(self, data: bytes) -> int:
        """Number of bytes of ``data`` that the file already ends with; removes an incomplete line of them."""
        file = self._file
        assert file is not None
        size = os.fstat(file.fileno()).st_size
        file.seek(max(0, size - len(data) - 2))
        end = file.read(len(data) + 2)
        if len(end) < size:  # starts within a line
            end = end[end.find(b"\n") + 1 :]
        for line in re.finditer(rb"[^\n]*\n?", end):
            rest = end[line.start() :]
            if data.startswith(rest):
                return len(rest)
            if data.startswith(rest.removesuffix(b"\n")):  # `_open` has ended the line
                broken = rest.removesuffix(b"\n")
                whole = broken.rfind(b"\n") + 1
                file.truncate(size - len(rest) + whole)
                return whole
        return 0

    def _append_missing(self, data: bytes) -> None:
        """Append the part of ``data`` that the file does not end with, and flush it to the disk."""
        assert self._file is not None
        self._append(data[self._held(data) :])
        os.fsync(self._file.fileno())

    def _append(self, data: bytes) -> None:
        """Append all of ``data`` or nothing."""
        file = self._file
        assert file is not None
        start, written = os.fstat(file.fileno()).st_size, 0
        try:
            while written < len(data):
                written += file.write(data[written:])
        except OSError:
            with contextlib.suppress(OSError):
                if os.fstat(file.fileno()).st_size == start + written:  # no other process has appended
                    file.truncate(start)
            raise
