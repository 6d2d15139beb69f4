"""Download data sets over HTTPS: resume interrupted downloads, verify checksums, and unpack completely or not at all.

During a download, ``FILE.part`` holds the bytes received so far and ``FILE`` the complete archive; both are deleted
after unpacking. An archive that the user has put there is used and kept. A folder that already exists is neither
downloaded nor checked again.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx

from whipbird.errors import DataError
from whipbird.system.backoff import Backoff
from whipbird_train.datasets import (
    capuchinbird,
    esc10,
    kokoro_voices,
    read_speech,
    speech_commands,
    spoken_digits,
    urbansound8k,
)
from whipbird_train.datasets.archive import Archive, keep, unpack
from whipbird_train.progress import bar

__all__ = ["ARCHIVES", "download"]

ARCHIVES = {
    archive.name: archive
    for dataset in (speech_commands, spoken_digits, urbansound8k, capuchinbird, esc10, kokoro_voices, read_speech)
    for archive in dataset.ARCHIVES
}

PAUSES_S = (1.0, 30.0)  # between attempts: the first, and the longest
MOST_FAILURES = 6  # in a row; the count restarts when more bytes arrive
TIMEOUT_S = 30.0  # seconds without a byte
UNPACKED_RATIO = 1.6  # bytes on disk per byte of an archive of sound, a generous estimate
RETRIABLE_STATUSES = (408, 425, 429, 500, 502, 503, 504)  # HTTP status codes of temporary errors


Show = Callable[[int, int | None], None]  # bytes received, total bytes


class _Interrupted(Exception):
    """A temporary failure; another attempt may succeed."""


def download(archive: Archive, folder: Path) -> Path:
    """Download, check and unpack an archive; return the unpacked folder.

    Parameters
    ----------
    folder : Path
        Parent of the unpacked folder; created if necessary.

    Raises
    ------
    DataError
        If the archive cannot be downloaded, is damaged, or there is not enough disk space; the message says what to do.
    """
    target = folder / archive.unpacks_to
    if target.is_dir():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        file = folder / archive.file
        fetched = not file.exists()
        _check_room(archive, folder, file)
        if fetched:
            with bar(archive.name, archive.bytes, in_bytes=True) as update:
                _fetch(archive, file, lambda arrived, total: update(completed=arrived, total=total))
        if wrong := _wrong_checksum(archive, file):
            if fetched:
                file.unlink()
                raise DataError(
                    f"the download from {archive.url} is damaged ({wrong}) and was deleted; run the command again"
                )
            raise DataError(f"{file} is damaged or a different file ({wrong}); delete it and run the command again")
        if archive.kept_as is None:
            unpack(file, target)
        else:
            keep(file, target, archive.kept_as)
        if fetched:
            file.unlink()
    except OSError as error:
        raise DataError(
            f"cannot write to {folder}: {error.strerror or error}; free disk space, or choose another folder"
        ) from error
    return target


def _check_room(archive: Archive, folder: Path, file: Path) -> None:
    if archive.bytes is None:
        return
    present = sum(path.stat().st_size for path in (file, _part(file)) if path.exists())
    needed = archive.bytes * (1 + UNPACKED_RATIO) - present
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DataError(
            f"{archive.name} needs {needed / 1e9:.1f} GB, {folder} has {free / 1e9:.1f} GB free; free disk space, or "
            "choose another folder"
        )


def _fetch(archive: Archive, file: Path, show: Show) -> None:
    """Download the whole file, trying again as long as attempts make progress."""
    if archive.url is None:
        raise DataError(
            f"{archive.name} needs a log-in: download it from {archive.page} to {file}, then run the command again"
        )
    by_hand = f"run the command again to resume, or download the file with a browser to {file}"
    part = _part(file)
    furthest, failures = 0, 0
    pauses = Backoff(*PAUSES_S)
    with httpx.Client(follow_redirects=True, timeout=TIMEOUT_S) as client:
        while True:
            try:
                _fetch_rest(client, archive, part, show)
            except httpx.HTTPStatusError as error:
                status = f"{error.response.status_code} {error.response.reason_phrase}".strip()
                raise DataError(f"{archive.url} answers {status}; see {archive.page}, or {by_hand}") from error
            except (httpx.TransportError, _Interrupted) as error:
                arrived = part.stat().st_size if part.exists() else 0
                failures += 1
                if arrived > furthest:
                    furthest, failures = arrived, 0
                    pauses.reset()
                if failures > MOST_FAILURES:
                    reason = str(error) or type(error).__name__
                    raise DataError(f"cannot download {archive.url} ({reason}); {by_hand}") from error
                pauses.wait()
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise DataError(f"cannot download {archive.url} ({error}); {by_hand}") from error
            else:
                part.replace(file)
                return


def _fetch_rest(client: httpx.Client, archive: Archive, part: Path, show: Show) -> None:
    """Append the missing bytes to the part; start over if the server cannot resume."""
    present = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={present}-"} if present else {})
    with client.stream("GET", str(archive.url), headers=headers) as answer:
        if answer.status_code == 416:  # no bytes after the part: it is complete, or part of another file
            if answer.headers.get("Content-Range") == f"bytes */{present}":
                return
            part.unlink(missing_ok=True)
            raise _Interrupted("the server cannot resume the download")
        if answer.status_code in RETRIABLE_STATUSES:
            raise _Interrupted(f"{answer.status_code} {answer.reason_phrase}".strip())
        answer.raise_for_status()
        resumes = answer.status_code == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {present}-")
        if answer.status_code == 206 and not resumes:
            part.unlink(missing_ok=True)
            raise _Interrupted("the server sent a different part of the file")
        present = present if resumes else 0
        length = answer.headers.get("Content-Length", "")
        total = present + int(length) if length.isdecimal() else archive.bytes
        with part.open("ab" if resumes else "wb") as out:
            for block in answer.iter_raw():  # unbuffered, so that an interruption loses no received bytes
                out.write(block)
                present += len(block)
                show(present, total)


def _wrong_checksum(archive: Archive, file: Path) -> str | None:
    """Description of a wrong checksum; None if all known checksums match."""
    for kind, expected in (("sha256", archive.sha256), ("md5", archive.md5)):
        if expected is not None:
            with file.open("rb") as content:
                actual = hashlib.file_digest(content, kind).hexdigest()
            if actual != expected:
                return f"its {kind} is {actual}, not {expected}"
    return None


def _part(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")
