"""The events of each recording of a scan, for exports; `whipbird.activity.event_files` writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from whipbird.activity.heard_recording import ScoredEvent, Target
from whipbird.activity.recorded_events import RecordedEvents
from whipbird.activity.selection import Selection
from whipbird.events.detection import Detection
from whipbird.scan.results.activity import heard_recording, targets_of
from whipbird.scan.results.results import Result, results
from whipbird.scan.results.scan_folder import ScanFolder
from whipbird.system.damage import damage_of

__all__ = ["events_in_scan", "windows_in_scan"]


def events_in_scan(folder: ScanFolder, selection: Selection, notify: Callable[[str], None]) -> Iterator[RecordedEvents]:
    """The recordings of a scan, as far as they have been processed, with the selected events.

    Raises
    ------
    WhipbirdError
        If the scan cannot be read; if a selected source or label is not in it.
    """
    with damage_of(folder.path):
        list(selection.targets([(0, targets_of(folder))]))
        recordings = {number: heard_recording(folder, number, result) for number, result in enumerate(results(folder))}
        selected = selection.recordings(recordings, notify)
        for number, result in enumerate(results(folder)):
            if (recording := selected.get(number)) is not None:
                detections = [
                    found
                    for found in result.detections
                    if selection.has_event(
                        recording, ScoredEvent(number, Target(found.model, found.label), found.begin_s, found.score)
                    )
                ]
                yield _recorded(folder, result, detections)


def windows_in_scan(folder: ScanFolder) -> Iterator[RecordedEvents]:
    """The recordings of a scan, with the scores of their windows in place of events.

    Raises
    ------
    WhipbirdError
        If the scan cannot be read.
    """
    with damage_of(folder.path):
        for result in results(folder, windows=True):
            yield _recorded(folder, result, result.detections)


def _recorded(folder: ScanFolder, result: Result, detections: list[Detection]) -> RecordedEvents:
    return RecordedEvents(
        source=result.recording,
        path=result.recording,
        identity=None,
        start=result.start,
        time_from=result.time_from,
        rate_hz=result.rate_hz,
        channels=result.channels,
        channel=folder.about["settings"].get("channel"),
        heard_s=result.heard_s,
        lost_s=result.lost_s,
        below_trigger_s=result.below_trigger_s,
        detections=detections,
    )
