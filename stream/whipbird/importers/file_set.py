"""The files of a wheel or folder, read without installing or unpacking it."""

from __future__ import annotations

import fnmatch
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from whipbird.errors import DataError
from whipbird.system.regular_file import read_bounded

__all__ = ["LARGEST_FILE", "FileSet", "FolderFiles", "WheelFiles", "find_file", "find_files", "read_file"]

LARGEST_FILE = 1 << 30  # bytes; larger ones are no model for a small computer


class FileSet(Protocol):
    """Files of one place.

    Attributes
    ----------
    path : Path
    names : list of str
        Their paths in it, with slashes.
    """

    path: Path
    names: list[str]

    def read(self, name: str) -> bytes:
        """Content of a file; raises DataError if it cannot be read."""


class WheelFiles:
    """The files in a wheel, which is a zip file.

    Raises
    ------
    DataError
        If it is not a whole zip file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with zipfile.ZipFile(path) as archive:
                self.names = archive.namelist()
        except zipfile.BadZipFile as error:
            raise DataError(f"{path}: not a whole wheel; download it again") from error
        except OSError as error:
            raise DataError(f"{path}: {error.strerror or error}") from error

    def read(self, name: str) -> bytes:
        try:
            with zipfile.ZipFile(self.path) as archive:
                if archive.getinfo(name).file_size > LARGEST_FILE:
                    raise DataError(f"{self.path}: {name}: over {LARGEST_FILE >> 20} MiB")
                return archive.read(name)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise DataError(f"{self.path}: {name} is damaged; download it again") from error
        except OSError as error:
            raise DataError(f"{self.path}: {error.strerror or error}") from error


class FolderFiles:
    """The files in a folder and those below it.

    Parameters
    ----------
    path : Path
    deep : bool
        Whether files in folders below it count.

    Raises
    ------
    DataError
        If it cannot be read.
    """

    def __init__(self, path: Path, deep: bool = True) -> None:
        self.path = path
        try:
            next(path.iterdir(), None)
            found = sorted(file for file in path.glob("**/*" if deep else "*") if file.is_file())
        except OSError as error:
            raise DataError(f"{path}: {error.strerror or error}") from error
        self.names = [file.relative_to(path).as_posix() for file in found]

    def read(self, name: str) -> bytes:
        return read_file(self.path / name)


def find_files(sets: Sequence[FileSet], pattern: str) -> list[tuple[FileSet, str]]:
    """Files whose names match a pattern, in any of the places; those least deep in a place come first."""
    return [
        (files, name)
        for files in sets
        for name in sorted(files.names, key=lambda one: (one.count("/"), one))
        if fnmatch.fnmatchcase(PurePosixPath(name).name, pattern)
    ]


def find_file(sets: Sequence[FileSet], *patterns: str) -> tuple[FileSet, str] | None:
    """The first file whose name matches one of the patterns, of which the first are preferred; None if none does."""
    return next((found for pattern in patterns for found in find_files(sets, pattern)), None)


def read_file(path: Path) -> bytes:
    """Content of a file; raises DataError if it cannot be read."""
    try:
        return read_bounded(path, LARGEST_FILE)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error
