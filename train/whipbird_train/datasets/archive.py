"""Archives of data sets: their description, and how to unpack them.

An archive is unpacked completely or not at all: into a temporary folder beside the target, which is then renamed. No
member is written outside that folder, even if the archive is malicious: tar archives with such members are refused, and
`zipfile` removes the parts of a path that lead outside.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from whipbird.errors import DataError

__all__ = ["Archive", "folder_in", "keep", "not_found", "unpack"]


@dataclass(frozen=True)
class Archive:
    """A data set as published.

    Attributes
    ----------
    url : str or None
        None if a log-in is required; a person then has to download the file.
    page : str
        Web page of the data set.
    file : str
        Name of the downloaded file.
    unpacks_to : str
        Unpacked folder, in the folder of data sets.
    kept_as : str or None
        Name of the file in the folder, if it is kept as it is; otherwise it is unpacked.
    bytes : int or None
        Size of the file; None if unknown.
    sha256, md5 : str or None
        Checksums given by the publisher or by users of the archive; None if unknown.
    """

    name: str
    url: str | None
    page: str
    file: str
    unpacks_to: str
    licence: str
    kept_as: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    md5: str | None = None


def folder_in(root: Path, name: str, archives: Sequence[Archive]) -> Path:
    """The folder of a data set among others: under its name, or as the latest archive of it that is there unpacks."""
    names = (name, *(archive.unpacks_to for archive in reversed(archives)))
    return next((root / one for one in names if (root / one).is_dir()), root / name)


def not_found(name: str, folder: Path, looked_for: str, archives: Sequence[Archive]) -> DataError:
    """The error of a reader that does not find its data set."""
    if not folder.is_dir():
        return DataError(f"no {name}: {folder} is not a folder; download the recordings from {archives[-1].page}")
    return DataError(f"no {name} in {folder}: expected {looked_for}; download the recordings from {archives[-1].page}")


def keep(file: Path, target: Path, name: str) -> None:
    """Copy a file into the folder ``target``, which must not exist; there it has another name.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left behind.
    """
    with _folder_beside(target) as content:
        shutil.copyfile(file, content / name)
        content.rename(target)


def unpack(file: Path, target: Path) -> None:
    """Unpack a tar or zip archive into the folder ``target``, which must not exist.

    If the archive contains a single folder, that folder becomes ``target``. If unpacking fails, nothing is left behind.

    Raises
    ------
    DataError
        If the archive is damaged, or a member of a tar archive would be written outside the folder.
    """
    try:
        with _folder_beside(target) as content:
            if zipfile.is_zipfile(file):
                with zipfile.ZipFile(file) as archive:
                    archive.extractall(content)
            else:
                with tarfile.open(file) as archive:
                    archive.extractall(content, filter="data")
            top = list(content.iterdir())
            (top[0] if len(top) == 1 and top[0].is_dir() else content).rename(target)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        reason = str(error).partition("\n")[0].rstrip(":")  # tarfile adds a line for each format it tried
        raise DataError(f"cannot unpack {file} ({reason}); delete it and run the command again") from error
    except OSError as error:
        raise DataError(f"cannot unpack {file} to {target}: {error.strerror or error}") from error


@contextmanager
def _folder_beside(target: Path) -> Iterator[Path]:
    """A new folder to fill and to rename to the target; if that does not happen, nothing is left behind."""
    # mkdtemp makes a folder that only its owner can read; the folder inside it, which is renamed, has normal rights.
    beside = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=target.parent))
    try:
        content = beside / "content"
        content.mkdir()
        yield content
    finally:
        shutil.rmtree(beside, ignore_errors=True)
