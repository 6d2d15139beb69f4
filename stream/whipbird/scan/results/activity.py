"""Activity of a scan, for ``whipbird report``; the sources are the folders of the recordings."""

from __future__ import annotations

import os
from pathlib import Path

from whipbird.activity.heard_recording import (
    HeardRecording,
    ScoredEvent,
    Select,
    Site,
    Target,
    Targets,
    everything,
    known_start_s,
)
from whipbird.activity.tallies import Activity, activity_of
from whipbird.audio.clock import utc_offset_s
from whipbird.scan.packages import EXTRA, RESULTS
from whipbird.scan.results.results import Result, results
from whipbird.scan.results.scan_folder import ScanFolder
from whipbird.system.damage import damage_of
from whipbird.system.extras import check_installed

__all__ = ["heard_recording", "read_scan", "targets_of"]


def read_scan(path: Path, select: Select = everything) -> Activity:
    """Read the activity from the folder of a scan, as far as it is selected.

    Raises
    ------
    WhipbirdError
        If it cannot be read.
    """
    check_installed(EXTRA, *RESULTS)
    folder = ScanFolder(path)
    targets = targets_of(folder)
    recordings: dict[int, HeardRecording] = {}
    events: list[ScoredEvent] = []
    with damage_of(path):
        for number, result in enumerate(results(folder)):
            recordings[number] = heard_recording(folder, number, result)
            events += [
                ScoredEvent(number, Target(found.model, found.label), found.begin_s, found.score)
                for found in result.detections
            ]
        listened = ((number, targets) for number in recordings)
        return activity_of(*select(recordings, listened, events))


def targets_of(folder: ScanFolder) -> Targets:
    """What a scan listened for."""
    models = folder.about["settings"]["models"]
    return frozenset(Target(model["name"], label) for model in models for label in model["labels"])


def heard_recording(folder: ScanFolder, number: int, result: Result) -> HeardRecording:
    """A recording of a scan, whose folder is its source."""
    start = result.start
    return HeardRecording(
        number=number,
        site=Site(folder.path.resolve().name, os.path.dirname(result.recording)),
        path=result.recording,
        fingerprint=None,
        start_s=known_start_s(None if start is None else start.timestamp(), utc_offset_s(start), result.time_from),
        time_from=result.time_from,
        elapsed_s=result.heard_s + result.lost_s + result.below_trigger_s,
        gaps=result.gaps,
    )
