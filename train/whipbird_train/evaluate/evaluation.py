"""Evaluation of a detector on whole recordings.

All measures follow from matching each recording's events with its annotations (see `whipbird_train.evaluate.matching`).
Uncertain annotations and the unjudged events near them count in no measure except the number of unjudged events.
`whipbird_train.evaluate.measures` defines each measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from whipbird_train.evaluate.confusion import Confusion
from whipbird_train.evaluate.intervals import significant
from whipbird_train.evaluate.matching import AnnotatedRecording, Matching, match
from whipbird_train.evaluate.measures import ANNOTATIONS, EVENTS, HITS, HOUR_S, UNJUDGED, Measures

__all__ = ["DelayFrom", "Evaluation"]

DelayFrom = Literal["begin", "end"]

ALL = "all"  # the row over all labels
NEARBY = 4  # times the tolerance
LEAST_NEARBY_S = 1.0


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Measures of a detector, for each label and overall.

    Attributes
    ----------
    delay_from : "begin" or "end"
        End of an annotation from which the delay is measured: the end of words, the start of calls.
    measures : tuple of Measures
        One for each label, in the order of the labels.
    overall : Measures
        Over all labels.
    counts : array of int, shape (recordings, labels, 4)
        Annotations, events, hits and unjudged events of each recording and label.
    """

    recordings: tuple[AnnotatedRecording, ...]
    matching: Matching
    delay_from: DelayFrom
    measures: tuple[Measures, ...]
    overall: Measures
    confusion: Confusion
    counts: NDArray[np.intp]

    @classmethod
    def of(
        cls, recordings: Sequence[AnnotatedRecording], labels: Sequence[str], matching: Matching, delay_from: DelayFrom
    ) -> Evaluation:
        """Match each recording's events with its annotations, and compute the measures.

        Parameters
        ----------
        labels : sequence of str
            Labels that the model reports. Annotations with other labels are background: an event at one is a false
            alarm and appears in the confusion.
        """
        labels = tuple(labels)
        matched = [match(recording.truth, recording.events, matching) for recording in recordings]
        counts = np.zeros((len(recordings), len(labels), 4), np.intp)
        delays_s: list[list[float]] = [[] for _ in labels]
        column = {label: number for number, label in enumerate(labels)}
        for row, recording, found in zip(counts, recordings, matched, strict=True):
            for annotation in recording.truth:
                if annotation.label in column and not annotation.uncertain:
                    row[column[annotation.label], ANNOTATIONS] += 1
            for one, other in found.pairs:
                annotation, event = recording.truth[one], recording.events[other]
                row[column[event.label], [EVENTS, HITS]] += 1
                since_s = annotation.begin_s if delay_from == "begin" else annotation.end_s
                delays_s[column[event.label]].append(event.reported_s - since_s)
            for other in found.false:
                row[column[recording.events[other].label], EVENTS] += 1
            for other in found.unjudged:
                row[column[recording.events[other].label], UNJUDGED] += 1
        seconds = _seconds(recordings)
        return cls(
            recordings=tuple(recordings),
            matching=matching,
            delay_from=delay_from,
            measures=tuple(
                Measures.of(label, counts[:, [number]], delays_s[number], seconds) for label, number in column.items()
            ),
            overall=Measures.of(ALL, counts, [delay for delays in delays_s for delay in delays], seconds),
            confusion=Confusion.of(recordings, matched, labels),
            counts=counts,
        )

    def near_misses_s(self) -> list[float]:
        """Distances in seconds at which missed annotations have a false event of their label nearby, sorted."""
        wider = Matching(max(NEARBY * self.matching.tolerance_s, LEAST_NEARBY_S), self.matching.at)
        distances: list[float] = []
        for recording in self.recordings:
            matched = match(recording.truth, recording.events, self.matching)
            truth = [recording.truth[number] for number in matched.missed]
            events = [recording.events[number] for number in matched.false]
            truth_s, events_s = wider.times_s(truth), wider.times_s(events)
            distances += [abs(truth_s[one] - events_s[other]) for one, other in match(truth, events, wider).pairs]
        return sorted(map(float, distances))

    @property
    def hours(self) -> float:
        """Hours of sound in all recordings."""
        return _seconds(self.recordings) / HOUR_S

    def rows(self) -> list[Measures]:
        """One row for each label, and a last row for all labels."""
        return [*self.measures, self.overall]

    def per_recording(self) -> list[dict[str, Any]]:
        """The name of each recording and its ``annotations``, ``events``, ``hits``, ``missed`` and ``false``."""
        rows = []
        for recording, counts in zip(self.recordings, self.counts.sum(axis=1), strict=True):
            annotations, events, hits = (int(counts[which]) for which in (ANNOTATIONS, EVENTS, HITS))
            rows.append(
                {
                    "name": recording.name,
                    "annotations": annotations,
                    "events": events,
                    "hits": hits,
                    "missed": annotations - hits,
                    "false": events - hits,
                }
            )
        return rows

    def as_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON.

        ``recordings`` is the number of recordings, ``hours`` their length, ``matching`` has ``tolerance_s`` and ``at``,
        ``delay_from`` is as given; ``labels`` has the measures of each label, ``all`` those over all labels (see
        `Measures.as_dict`), ``confusion`` the confusion matrix (see `Confusion.as_dict`), and ``per_recording`` a list.
        """
        return {
            "recordings": len(self.recordings),
            "hours": significant(self.hours),
            "matching": {"tolerance_s": self.matching.tolerance_s, "at": self.matching.at},
            "delay_from": self.delay_from,
            "labels": {measures.label: measures.as_dict() for measures in self.measures},
            ALL: self.overall.as_dict(),
            "confusion": self.confusion.as_dict(),
            "per_recording": self.per_recording(),
        }


def _seconds(recordings: Sequence[AnnotatedRecording]) -> float:
    return fsum(recording.seconds for recording in recordings)
