"""Text files of reports, in UTF-8, in one form or another.

Lines are added at the end, and only whole ones: what was written of a batch before the disk was full is cut off again,
and a line that ends without a line break, after a loss of power, is ended before the next. A file that has vanished (a
stick that was pulled out, a folder that was unmounted) is not made anew elsewhere; writing goes on when it is back.
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
from whipbird.system.whole_file import check_file_path

__all__ = ["TextFile"]

MARK = b"\xef\xbb\xbf"  # with which editors begin a file in UTF-8


class TextFile:
    """A file of reports in some form; raises OutputError if it cannot be written to, or holds something else."""

    def __init__(self, path: Path, form: Formatter) -> None:
        self.name = str(path)
        self._path = path
        self._form = form
        self._file: io.FileIO | None = None
        check_file_path(path)
        try:
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
        form = copy.copy(self._form)
        data = "".join(map(form.line, reports)).encode("utf-8", "backslashreplace")
        if data:
            if self._file is None or not self._path.exists():
                self._open()
            try:
                append(data)
            except OSError:
                self.close()
                raise
        self._form = form

    def _refuse_others(self) -> None:
        if not self._path.exists() or not self._path.stat().st_size:
            return
        if not self._form.appends:
            raise OutputError(f"{self._path} exists already, and its times count from its own first recording")
        head = self._form.head().encode()
        with self._path.open("rb") as file:
            first = file.read(len(MARK + head)).removeprefix(MARK)
        if head.rstrip() != first[: len(head.rstrip())]:
            raise OutputError(f"{self._path} exists already, with other columns than {head.decode().strip()!r}")

    def _open(self) -> None:
        """Open the file, which exists; a fresh one gets its head."""
        self.close()
        self._file = io.FileIO(os.open(self._path, os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0)), "r+")
        size = os.fstat(self._file.fileno()).st_size
        try:
            if not size:
                self._append(self._form.head().encode())
            elif self._ending() != b"\n":
                self._append(b"\n")
        except OSError:
            self.close()
            raise

    def _ending(self) -> bytes:
        assert self._file is not None
        self._file.seek(-1, os.SEEK_END)
        return self._file.read(1)

    def _held(self, data: bytes) -> int:
        """How many bytes of these the file ends with; a line of them that broke off is taken away."""
        file = self._file
        assert file is not None
        size = os.fstat(file.fileno()).st_size
        file.seek(max(0, size - len(data) - 2))
        end = file.read(len(data) + 2)
        if len(end) < size:  # it begins within a line
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
        """Add what the file does not end with, and have it on the disk."""
        assert self._file is not None
        self._append(data[self._held(data) :])
        os.fsync(self._file.fileno())

    def _append(self, data: bytes) -> None:
        """Add all of it or nothing."""
        file = self._file
        assert file is not None
        begin, written = os.fstat(file.fileno()).st_size, 0
        try:
            while written < len(data):
                written += file.write(data[written:])
        except OSError:
            with contextlib.suppress(OSError):
                if os.fstat(file.fileno()).st_size == begin + written:  # nobody else has added anything
                    file.truncate(begin)
            raise
