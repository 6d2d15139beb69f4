"""How well a detector hears, measured on whole recordings.

All measures follow from matching each recording's events with its annotations (see `train.evaluate.matching`).
Uncertain annotations do not count, and neither do the unjudged events at them, in any measure but their number.

recall
    Share of the annotations that were heard.
precision
    Share of the events that are right.
F1
    Harmonic mean of both: 2 hits / (annotations + events).
false alarms per hour
    Events that are not hits, per hour of sound.
delay
    From the true end of a word, or the true begin of a call, until it was reported; of hits, in seconds.
count error
    How far the number of events of a recording lies from that of its annotations, on average. Over all labels the
    errors of the labels add up: too many of one do not make up for too few of another.
counted
    Share of the recordings where that error is 0.

Intervals are of 95 %: Wilson's for shares of annotations, events and recordings, Poisson's for the rate, a bootstrap
over recordings for F1 and the count error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from train.evaluate.annotations import Annotation
from train.evaluate.confusion import Confusion
from train.evaluate.intervals import Interval, bootstrap, poisson_rate, share, significant
from train.evaluate.matching import Heard, Matching, match

__all__ = ["DelayFrom", "Evaluation", "Measures", "Recording"]

DelayFrom = Literal["begin", "end"]

ALL = "all"  # the row over all labels
HOUR_S = 3600.0
ANNOTATIONS, EVENTS, HITS, UNJUDGED = range(4)  # what is counted of each recording and label


@dataclass(frozen=True)
class Recording:
    """A recording, what is in it, and what was heard in it.

    Attributes
    ----------
    name : str
    seconds : float
        How long it is.
    truth : tuple of Annotation
        Everything there is of the labels that are reported, and perhaps background.
    heard : tuple of Heard
    """

    name: str
    seconds: float
    truth: tuple[Annotation, ...]
    heard: tuple[Heard, ...]


@dataclass(frozen=True)
class Measures:
    """How well one label is heard, or all of them; the module says what each measure is.

    Attributes
    ----------
    label : str
        ``all`` for all labels.
    annotations, events, hits, unjudged : int
        Annotations without the uncertain ones, events without the unjudged ones.
    recall, precision, f1 : Interval
        Between 0 and 1.
    false_alarms_per_hour : Interval
    delay_p50_s, delay_p95_s : float or None
        Median and 95th percentile of the delay; None without a hit.
    count_error : Interval
        In events per recording.
    counted : Interval
        Between 0 and 1.
    """

    label: str
    annotations: int
    events: int
    hits: int
    unjudged: int
    recall: Interval
    precision: Interval
    f1: Interval
    false_alarms_per_hour: Interval
    delay_p50_s: float | None
    delay_p95_s: float | None
    count_error: Interval
    counted: Interval

    @property
    def missed(self) -> int:
        """Annotations without a hit."""
        return self.annotations - self.hits

    @property
    def false(self) -> int:
        """Events that are not hits: the false alarms."""
        return self.events - self.hits

    @classmethod
    def of(cls, label: str, counts: NDArray[np.intp], delays_s: Sequence[float], seconds: float) -> Measures:
        """Measure one or more labels.

        Parameters
        ----------
        label : str
        counts : array of int, shape (recordings, labels, 4)
            Annotations, events, hits and unjudged events.
        delays_s : sequence of float
            Of the hits.
        seconds : float
            Of sound in all recordings.
        """
        annotations, events, hits, unjudged = (int(number) for number in counts.sum(axis=(0, 1)))
        errors = np.abs(counts[..., EVENTS] - counts[..., ANNOTATIONS]).sum(axis=1)
        p50, p95 = (float(delay) for delay in np.percentile(delays_s, (50, 95))) if len(delays_s) else (None, None)
        return cls(
            label=label,
            annotations=annotations,
            events=events,
            hits=hits,
            unjudged=unjudged,
            recall=share(hits, annotations),
            precision=share(hits, events),
            f1=bootstrap(counts.sum(axis=1), _f1),
            false_alarms_per_hour=poisson_rate(events - hits, seconds / HOUR_S),
            delay_p50_s=p50,
            delay_p95_s=p95,
            count_error=bootstrap(errors[:, np.newaxis], np.mean),
            counted=share(int((errors == 0).sum()), len(errors)),
        )

    def as_dict(self) -> dict[str, Any]:
        """All attributes but the label, ready for JSON, with ``missed`` and ``false``.

        An interval is a list of its value, low and high end.
        """
        return {
            "annotations": self.annotations,
            "events": self.events,
            "hits": self.hits,
            "missed": self.missed,
            "false": self.false,
            "unjudged": self.unjudged,
            "recall": self.recall.as_list(),
            "precision": self.precision.as_list(),
            "f1": self.f1.as_list(),
            "false_alarms_per_hour": self.false_alarms_per_hour.as_list(),
            "delay_p50_s": significant(self.delay_p50_s),
            "delay_p95_s": significant(self.delay_p95_s),
            "count_error": self.count_error.as_list(),
            "counted": self.counted.as_list(),
        }


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How well a detector hears, by label and altogether.

    Attributes
    ----------
    recordings : tuple of Recording
    matching : Matching
    delay_from : "begin" or "end"
        Which end of an annotation the delay is measured from: the end of words, the begin of calls.
    measures : tuple of Measures
        One for each label, in the order of the labels.
    overall : Measures
        Over all labels.
    confusion : Confusion
    counts : array of int, shape (recordings, labels, 4)
        Annotations, events, hits and unjudged events of each recording and label.
    """

    recordings: tuple[Recording, ...]
    matching: Matching
    delay_from: DelayFrom
    measures: tuple[Measures, ...]
    overall: Measures
    confusion: Confusion
    counts: NDArray[np.intp]

    @classmethod
    def of(
        cls, recordings: Sequence[Recording], labels: Sequence[str], matching: Matching, delay_from: DelayFrom
    ) -> Evaluation:
        """Match each recording's events with its annotations, and measure.

        Parameters
        ----------
        recordings : sequence of Recording
        labels : sequence of str
            Those that the model reports. Annotations with others are background: an event at one is a false alarm,
            and shows in the confusion.
        matching : Matching
        delay_from : "begin" or "end"

        Raises
        ------
        ValueError
            If there are no recordings or no labels, a label occurs twice, a recording's length is negative, an event
            has another label, or `delay_from` is neither.
        """
        labels = tuple(labels)
        _check(recordings, labels, delay_from)
        matched = [match(recording.truth, recording.heard, matching) for recording in recordings]
        counts = np.zeros((len(recordings), len(labels), 4), np.intp)
        delays_s: list[list[float]] = [[] for _ in labels]
        column = {label: number for number, label in enumerate(labels)}
        for row, recording, found in zip(counts, recordings, matched, strict=True):
            for annotation in recording.truth:
                if annotation.label in column and not annotation.uncertain:
                    row[column[annotation.label], ANNOTATIONS] += 1
            for one, other in found.pairs:
                annotation, event = recording.truth[one], recording.heard[other]
                row[column[event.label], [EVENTS, HITS]] += 1
                since_s = annotation.begin_s if delay_from == "begin" else annotation.end_s
                delays_s[column[event.label]].append(event.reported_s - since_s)
            for other in found.false:
                row[column[recording.heard[other].label], EVENTS] += 1
            for other in found.unjudged:
                row[column[recording.heard[other].label], UNJUDGED] += 1
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

    @property
    def hours(self) -> float:
        """Hours of sound in all recordings."""
        return _seconds(self.recordings) / HOUR_S

    def rows(self) -> list[Measures]:
        """One row for each label, and one for all of them at the end."""
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

        ``recordings`` is their number, ``hours`` the sound in them, ``matching`` has ``tolerance_s`` and ``at``,
        ``delay_from`` is as given; ``labels`` has the measures of each label, ``all`` those over all labels (see
        `Measures.as_dict`), ``confusion`` what was confused (see `Confusion.as_dict`), ``per_recording`` a list.
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


def _f1(counts: NDArray[np.float64]) -> float:
    """F1 of all recordings together, from counts of shape (recordings, 4); nan of nothing."""
    annotations, events, hits, _ = counts.sum(axis=0)
    return 2 * hits / (annotations + events) if annotations + events else np.nan


def _seconds(recordings: Sequence[Recording]) -> float:
    return fsum(recording.seconds for recording in recordings)


def _check(recordings: Sequence[Recording], labels: tuple[str, ...], delay_from: str) -> None:
    if not recordings:
        raise ValueError("nothing to evaluate: there are no recordings")
    if not labels or len(set(labels)) != len(labels):
        raise ValueError("an evaluation needs labels, each of them once")
    if delay_from not in get_args(DelayFrom):
        raise ValueError(f"the delay is measured from the begin or end, not from the {delay_from!r}")
    for recording in recordings:
        if not 0 <= recording.seconds < np.inf:
            raise ValueError(f"{recording.name}: a recording cannot be {recording.seconds} seconds long")
        for event in recording.heard:
            if event.label not in labels:
                raise ValueError(f"{recording.name}: an event has the label {event.label!r}, which is not reported")
