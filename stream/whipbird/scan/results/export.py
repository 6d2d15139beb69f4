"""Export a scan: one file per recording with events, in the formats of other programs.

The files have the folder structure of the recordings, below the scanned roots, and the recordings' names with a suffix.
If two roots hold the same name, or a name is too long with its suffix, a short hash of the path is inserted.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from whipbird.errors import OutputError
from whipbird.events.reports import Opening, Report, Summary
from whipbird.formats.audacity import AUDACITY
from whipbird.formats.base import Formatter
from whipbird.formats.birdnet import BIRDNET
from whipbird.formats.csv_rows import CSV
from whipbird.formats.raven import RAVEN
from whipbird.scan.results.results import Result, results
from whipbird.scan.results.scan_folder import ScanFolder
from whipbird.system.damage import damage_of

__all__ = ["FORMS", "export"]

FORMS = {known.name: known for known in (RAVEN, AUDACITY, BIRDNET, CSV)}
LONGEST_NAME = 255  # bytes
HASH_DIGITS = 8


def export(folder: ScanFolder, form: str, to: Path, all_recordings: bool = False) -> tuple[int, int]:
    """Write one file per recording; returns the numbers of files and of events in them.

    Parameters
    ----------
    folder : ScanFolder
    form : str
        One of `FORMS`.
    to : Path
        A folder that does not exist yet, or is empty.
    all_recordings : bool
        Also write files for recordings without events.

    Raises
    ------
    OutputError
        If the folder is not empty, or cannot be written to.
    """
    kind = FORMS[form]
    roots = [str(root) for root in folder.about["roots"]]
    files = events = 0
    try:
        if to.exists() and (not to.is_dir() or any(to.iterdir())):
            raise OutputError(f"{to} exists already and is not overwritten; give another folder with --to")
        for result in _undamaged(folder):
            if result.detections or (all_recordings and result.heard_s):
                path = _export_path(to, result.recording, roots, kind.endings[0])
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(_text(result, kind.formatter(True)), "utf-8", "backslashreplace", newline="")
                files += 1
                events += len(result.detections)
    except OSError as error:
        raise OutputError(f"cannot write to {to}: {error.strerror or error}") from error
    return files, events


def _undamaged(folder: ScanFolder) -> Iterator[Result]:
    with damage_of(folder.path):
        yield from results(folder)


def _text(result: Result, form: Formatter) -> str:
    reports: list[Report] = [
        Opening(
            source=result.recording,
            path=result.recording,
            rate_hz=result.rate_hz,
            channels=result.channels,
            channel=None,
            start=result.start,
            time_from=result.time_from,
            opened=datetime.now(UTC),
            listeners=(),
        ),
        *result.detections,
        Summary(
            result.recording,
            result.heard_s,
            result.lost_s,
            len(result.detections),
            0.0,
            None,
            None,
            result.below_trigger_s,
        ),
    ]
    return form.head() + "".join(map(form.line, reports))


def _export_path(to: Path, recording: str, roots: Sequence[str], suffix: str) -> Path:
    *folders, name = _relative(recording, roots)
    path = to.joinpath(*folders, name + suffix)
    if len(os.fsencode(name + suffix)) <= LONGEST_NAME and not path.exists():
        return path
    long_suffix = "." + hashlib.sha256(recording.encode()).hexdigest()[:HASH_DIGITS] + suffix
    short = os.fsencode(name)[: LONGEST_NAME - len(long_suffix)].decode("utf-8", "ignore")
    return to.joinpath(*folders, short + long_suffix)


def _relative(recording: str, roots: Sequence[str]) -> tuple[str, ...]:
    """Parts of a recording's path below the longest root that contains it."""
    best: tuple[str, ...] = (PurePosixPath(recording).name,)
    kind = PurePosixPath if "://" in recording else Path
    for root in sorted(roots, key=len):
        parts, above = kind(recording).parts, kind(root).parts
        if len(parts) > len(above) and parts[: len(above)] == above:
            best = parts[len(above) :]
    return best
