"""What can be downloaded, and how an archive is unpacked.

An archive appears as a whole or not at all: it is unpacked into a folder beside, which is then renamed. No member is
written outside that folder, whoever made the archive: tar archives with such members are refused, and zip archives are
unpacked as `zipfile` does, without the parts of a path that lead outside.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from whipbird.errors import DataError

__all__ = ["Archive", "not_found", "unpack"]


@dataclass(frozen=True)
class Archive:
    """A data set as published.

    Attributes
    ----------
    url : str or None
        None where a log-in is asked for: a person has to fetch it.
    page : str
        Where a person finds it.
    file : str
        Name of the downloaded file.
    unpacks_to : str
        Name of the folder that it becomes.
    bytes : int or None
        Size of the file; None where it is not known.
    sha256, md5 : str or None
        Checksums that the publisher, or those who use the archive, give; None where there is none.
    """

    name: str
    url: str | None
    page: str
    file: str
    unpacks_to: str
    licence: str
    bytes: int | None = None
    sha256: str | None = None
    md5: str | None = None


def not_found(name: str, folder: Path, looked_for: str, archives: Sequence[Archive]) -> DataError:
    """The error of a reader whose data set is not where it was looked for."""
    if not folder.is_dir():
        return DataError(f"no {name}: {folder} is not a folder; get the recordings from {archives[-1].page}")
    return DataError(f"no {name} in {folder}: looked for {looked_for}; get the recordings from {archives[-1].page}")


def unpack(file: Path, target: Path) -> None:
    """Unpack a tar or zip archive so that its content becomes the folder ``target``.

    Where all of the content is in one folder, that folder becomes ``target``. Nothing is left of one that fails.

    Raises
    ------
    DataError
        If the archive is damaged, or a member of a tar archive would be written outside the folder.
    """
    # mkdtemp gives a folder to its owner alone: what is renamed lies inside and has the usual rights.
    beside = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=target.parent))
    try:
        content = beside / "content"
        content.mkdir()
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                archive.extractall(content)
        else:
            with tarfile.open(file) as archive:
                archive.extractall(content, filter="data")
        top = list(content.iterdir())
        (top[0] if len(top) == 1 and top[0].is_dir() else content).rename(target)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        reason = str(error).partition("\n")[0].rstrip(":")  # tarfile goes on with a line for each kind it tried
        raise DataError(f"{file} cannot be unpacked ({reason}); delete it and start again") from error
    except OSError as error:
        raise DataError(f"{file} cannot be unpacked to {target}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
