"""Exports: a file for each recording in which something was heard, in the forms of other programs.

The files lie in folders as the recordings do, below the places that were scanned, and have their names with an ending.
Where two places hold the same names, or a name is too long with its ending, a short hash of the path is put in.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from whipbird.errors import OutputError
from whipbird.events.reports import Opening, Report, Summary
from whipbird.formats.audacity import AudacityLabels
from whipbird.formats.base import Formatter
from whipbird.formats.birdnet import BirdnetRows
from whipbird.formats.csv_rows import CsvRows
from whipbird.formats.raven import RavenTable
from whipbird.scan.results.results import Result, results
from whipbird.scan.results.scan_folder import ScanFolder

__all__ = ["FORMS", "export"]

FORMS: dict[str, tuple[str, Callable[[], Formatter]]] = {
    "raven": (".raven.txt", lambda: RavenTable(recordings=True)),
    "audacity": (".audacity.txt", AudacityLabels),
    "birdnet": (".birdnet.csv", BirdnetRows),
    "csv": (".csv", CsvRows),
}
LONGEST_NAME = 255  # bytes
HASH_DIGITS = 8


def export(folder: ScanFolder, form: str, to: Path, all_recordings: bool = False) -> tuple[int, int]:
    """Write a file for each recording; returns how many files, and how many events in them.

    Parameters
    ----------
    folder : ScanFolder
    form : str
        One of `FORMS`.
    to : Path
        A folder that is not there yet, or is empty.
    all_recordings : bool
        Also for those in which nothing was heard.

    Raises
    ------
    OutputError
        If the folder holds something, or cannot be written to.
    """
    ending, make = FORMS[form]
    roots = [str(root) for root in folder.about["roots"]]
    files = events = 0
    try:
        if to.exists() and (not to.is_dir() or any(to.iterdir())):
            raise OutputError(f"{to} is there already, and is not overwritten; name another with --to")
        for result in results(folder):
            if result.detections or (all_recordings and result.heard_s):
                path = _place(to, result.recording, roots, ending)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(_text(result, make()), "utf-8", "backslashreplace", newline="")
                files += 1
                events += len(result.detections)
    except OSError as error:
        raise OutputError(f"cannot write to {to}: {error.strerror or error}") from error
    return files, events


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
        Summary(result.recording, result.heard_s, result.lost_s, len(result.detections), 0.0, None, None),
    ]
    return form.head() + "".join(map(form.line, reports))


def _place(to: Path, recording: str, roots: Sequence[str], ending: str) -> Path:
    parts = _relative(recording, roots)
    *folders, name = parts
    path = to.joinpath(*folders, name + ending)
    if len(os.fsencode(name + ending)) <= LONGEST_NAME and not path.exists():
        return path
    mark = "." + hashlib.sha256(recording.encode()).hexdigest()[:HASH_DIGITS] + ending
    short = os.fsencode(name)[: LONGEST_NAME - len(mark)].decode("utf-8", "ignore")
    return to.joinpath(*folders, short + mark)


def _relative(recording: str, roots: Sequence[str]) -> tuple[str, ...]:
    """Parts of a recording's path below the longest root that holds it."""
    best: tuple[str, ...] = (PurePosixPath(recording).name,)
    kind = PurePosixPath if "://" in recording else Path
    for root in sorted(roots, key=len):
        own, above = kind(recording).parts, kind(root).parts
        if len(own) > len(above) and own[: len(above)] == above:
            best = own[len(above) :]
    return best
