"""Hits as events that can be judged."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from whipbird.activity.judged import with_verdicts
from whipbird.activity.recorded_events import RecordedEvents
from whipbird.database.verdicts import KnownVerdicts, read_verdicts
from whipbird.events.detection import Detection
from whipbird.review.sampling import Candidate, candidates_of
from whipbird.search.hits import Hit

__all__ = ["hit_candidates"]


def hit_candidates(
    hits: Iterable[Hit], label: str, model: str, store_path: Path, starts: Mapping[str, datetime]
) -> list[Candidate]:
    """Hits as events of a label, with the verdicts in a store, in their order.

    Parameters
    ----------
    starts : mapping of str to datetime
        When recordings started, as far as that is known.
    """
    recordings = [_recorded(hit, label, model, starts.get(hit.recording)) for hit in hits]
    return candidates_of(with_verdicts(recordings, KnownVerdicts(read_verdicts(store_path))))


def _recorded(hit: Hit, label: str, model: str, start: datetime | None) -> RecordedEvents:
    event = Detection(
        label=label,
        begin_s=hit.start_s,
        peak_s=(hit.start_s + hit.end_s) / 2,
        end_s=hit.end_s,
        reported_s=hit.end_s,
        score=hit.similarity,
        source=hit.recording,
        model=model,
        begin_sample=0,
        time=None if start is None else start + timedelta(seconds=hit.start_s),
    )
    path = hit.recording if os.path.isabs(hit.recording) else os.path.abspath(hit.recording)
    return RecordedEvents(
        source=hit.recording,
        path=path,
        identity=None,
        start=start,
        time_from="none",
        rate_hz=0,
        channels=0,
        channel=None,
        heard_s=0.0,
        lost_s=0.0,
        below_trigger_s=0.0,
        detections=(event,),
    )
