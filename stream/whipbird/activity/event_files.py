"""Events as one file per recording, in the formats of other programs.

The files have the folder structure of the recordings, below the folders that contain them, and the recordings' names
with a suffix; those of a live source have its name and the time of its first sound. If a name is taken already, or too
long with its suffix, a short hash of the path is inserted. Times count from the start of the recording.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from whipbird.activity.installed_names import InstalledNames
from whipbird.activity.recorded_events import RecordedEvents
from whipbird.errors import OutputError
from whipbird.events.reports import Listener, Opening, Report, Summary
from whipbird.formats.audacity import AUDACITY
from whipbird.formats.base import FileFormat, Formatter
from whipbird.formats.birdnet import BIRDNET
from whipbird.formats.csv_rows import CSV
from whipbird.formats.jsonl import JSONL
from whipbird.formats.raven import RAVEN
from whipbird.system.whole_file import whole_file
from whipbird.text import safe_name

__all__ = ["FORMS", "write_event_files", "write_event_table"]

FORMS = {known.name: known for known in (RAVEN, AUDACITY, BIRDNET, CSV, JSONL)}
LONGEST_NAME = 255  # bytes
LONGEST_SOURCE = 60  # characters
HASH_DIGITS = 8


def write_event_files(
    recordings: Iterable[RecordedEvents],
    roots: Sequence[str],
    form: FileFormat,
    to: Path,
    all_recordings: bool,
    names: InstalledNames,
    verdicts: bool = False,
) -> tuple[int, int]:
    """Write one file per recording with events; returns the numbers of files and of events in them.

    Parameters
    ----------
    recordings : iterable of RecordedEvents
    roots : sequence of str
        Folders below which the structure of folders is kept.
    form : FileFormat
    to : Path
        A folder that does not exist yet, or is empty.
    all_recordings : bool
        Also write files for recordings without events.
    names : InstalledNames
        Common names of the labels.
    verdicts : bool
        Whether to write the verdicts of people as well.

    Raises
    ------
    OutputError
        If the folder is not empty, or cannot be written to.
    """
    files = events = 0
    try:
        if to.exists() and (not to.is_dir() or any(to.iterdir())):
            raise OutputError(f"{to} exists already and is not overwritten; give another folder with --out")
        for recording in recordings:
            if recording.detections or (all_recordings and recording.heard_s):
                path = _path(to, recording, roots, form.endings[0])
                path.parent.mkdir(parents=True, exist_ok=True)
                text = _text(recording, form.formatter(recording.path is not None).with_verdicts(verdicts), names)
                path.write_text(text, "utf-8", "backslashreplace", newline="")
                files += 1
                events += len(recording.detections)
    except OSError as error:
        raise OutputError(f"cannot write to {to}: {error.strerror or error}") from error
    return files, events


def write_event_table(
    recordings: Iterable[RecordedEvents],
    form: FileFormat,
    path: Path,
    names: InstalledNames,
    verdicts: bool = False,
    drawn: bool = False,
) -> None:
    """Write one file with the events of all recordings, with these common names.

    For ``verdicts`` and ``drawn``, see `whipbird.formats.base.Formatter.with_verdicts`.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    formatter = form.formatter(True).with_verdicts(verdicts, drawn)
    try:
        with whole_file(path) as file:
            file.write(formatter.head().encode())
            for recording in recordings:
                lines = "".join(map(formatter.line, _reports(recording, names)))
                file.write(lines.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def _listener(model: str, names: InstalledNames) -> Listener:
    """A model with the species that its card names."""
    own = names.of(model)
    species = {} if own is None else own.card.species
    return Listener(model, "", (), {label: (one.scientific, one.common) for label, one in species.items()})


def _text(recording: RecordedEvents, formatter: Formatter, names: InstalledNames) -> str:
    return formatter.head() + "".join(map(formatter.line, _reports(recording, names)))


def _reports(recording: RecordedEvents, names: InstalledNames) -> list[Report]:
    models = sorted({event.model for event in recording.detections})
    opening = Opening(
        source=recording.source,
        path=recording.path,
        rate_hz=recording.rate_hz,
        channels=recording.channels,
        channel=recording.channel,
        start=recording.start,
        time_from=recording.time_from,
        opened=datetime.now(UTC),
        listeners=tuple(_listener(model, names) for model in models),
    )
    events = list(map(names.named, recording.detections))
    heard_s, lost_s, below_trigger_s = recording.heard_s, recording.lost_s, recording.below_trigger_s
    summary = Summary(recording.source, heard_s, lost_s, len(events), 0.0, None, None, below_trigger_s)
    return [opening, *events, summary]


def _path(to: Path, recording: RecordedEvents, roots: Sequence[str], suffix: str) -> Path:
    *folders, name = _live_name(recording) if recording.path is None else _relative(recording.path, roots)
    path = to.joinpath(*folders, name + suffix)
    if len(os.fsencode(name + suffix)) <= LONGEST_NAME and not path.exists():
        return path
    whole = f"{recording.source} {recording.start or ''}" if recording.path is None else recording.path
    digest = hashlib.sha256(whole.encode("utf-8", "backslashreplace")).hexdigest()
    long_suffix = f".{digest[:HASH_DIGITS]}{suffix}"
    short = os.fsencode(name)[: LONGEST_NAME - len(long_suffix)].decode("utf-8", "ignore")
    return to.joinpath(*folders, short + long_suffix)


def _live_name(recording: RecordedEvents) -> tuple[str, ...]:
    start = "" if recording.start is None else f"_{recording.start.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return (safe_name(recording.source, LONGEST_SOURCE) + start,)


def _relative(recording: str, roots: Sequence[str]) -> tuple[str, ...]:
    """Parts of a recording's path below the longest root that contains it."""
    best: tuple[str, ...] = (PurePosixPath(recording).name,)
    kind = PurePosixPath if "://" in recording else Path
    for root in sorted(roots, key=len):
        parts, above = kind(recording).parts, kind(root).parts
        if len(parts) > len(above) and parts[: len(above)] == above:
            best = parts[len(above) :]
    return best
