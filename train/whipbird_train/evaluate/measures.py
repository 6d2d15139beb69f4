"""Measures of a detector, from the counts of each recording and label.

recall
    Share of the annotations that were detected.
precision
    Share of the events that are right. An event that covers several annotations counts once for each.
F1
    Harmonic mean of both: 2 hits / (annotations + events).
false alarms per hour
    Events that are not hits, per hour of sound.
delay
    Seconds from the true end of a word, or the true start of a call, to its report; for hits only.
count error
    Average difference between the number of events in a recording and the number of its annotations. Over all labels,
    the errors of the labels add up: too many events of one label do not make up for too few of another.
counted
    Share of the recordings in which that error is 0.

Intervals are 95 % intervals: Wilson's for shares of annotations, events and recordings and for the share behind F1,
Poisson's for the rate, and a bootstrap over recordings for the count error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whipbird_train.evaluate.intervals import ConfidenceInterval, bootstrap, f1, poisson_rate, share, significant

__all__ = ["ANNOTATIONS", "EVENTS", "HITS", "HOUR_S", "UNJUDGED", "Measures"]

HOUR_S = 3600.0
ANNOTATIONS, EVENTS, HITS, UNJUDGED = range(4)  # indices of the counts of each recording and label


@dataclass(frozen=True)
class Measures:
    """Measures of one label or of all labels; the module docstring defines each measure.

    Attributes
    ----------
    label : str
        ``all`` for all labels.
    annotations, events, hits, unjudged : int
        Annotations exclude uncertain ones, events exclude unjudged ones.
    recall, precision, f1 : ConfidenceInterval
        Between 0 and 1.
    false_alarms_per_hour : ConfidenceInterval
    delay_p50_s, delay_p95_s : float or None
        Median and 95th percentile of the delay; None without a hit.
    count_error : ConfidenceInterval
        In events per recording.
    counted : ConfidenceInterval
        Between 0 and 1.
    """

    label: str
    annotations: int
    events: int
    hits: int
    unjudged: int
    recall: ConfidenceInterval
    precision: ConfidenceInterval
    f1: ConfidenceInterval
    false_alarms_per_hour: ConfidenceInterval
    delay_p50_s: float | None
    delay_p95_s: float | None
    count_error: ConfidenceInterval
    counted: ConfidenceInterval

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
        """Compute the measures of one or more labels.

        Parameters
        ----------
        counts : array of int, shape (recordings, labels, 4)
            Annotations, events, hits and unjudged events.
        delays_s : sequence of float
            Delays of the hits.
        seconds : float
            Length of all recordings.
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
            f1=f1(hits, annotations, events),
            false_alarms_per_hour=poisson_rate(events - hits, seconds / HOUR_S),
            delay_p50_s=p50,
            delay_p95_s=p95,
            count_error=bootstrap(errors[:, np.newaxis], np.mean),
            counted=share(int((errors == 0).sum()), len(errors)),
        )

    def as_dict(self) -> dict[str, Any]:
        """All attributes except the label, with ``missed`` and ``false``, ready for JSON.

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
