"""Confusion of labels, from the matched annotations and events of whole recordings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whipbird_train.evaluate.matching import AnnotatedRecording, Matched

__all__ = ["Confusion"]


@dataclass(frozen=True, eq=False)
class Confusion:
    """Confusion matrix: the label reported for each annotated sound.

    The counts and misses of a row add up to the annotations of its label; the counts and false alarms of a column add
    up to the events of its label.

    Attributes
    ----------
    truth : tuple of str
        Labels of the rows: the reported ones, then those of the background in alphabetical order.
    heard : tuple of str
        Labels of the columns: the reported ones.
    counts : array of int, shape (truth, heard)
        Annotations with a row's label detected as a column's: hits on the diagonal, confusions elsewhere.
    missed : array of int, shape (truth,)
        Annotations without an event; for background that is right.
    false : array of int, shape (heard,)
        Events without an annotation.
    """

    truth: tuple[str, ...]
    heard: tuple[str, ...]
    counts: NDArray[np.intp]
    missed: NDArray[np.intp]
    false: NDArray[np.intp]

    @classmethod
    def of(
        cls, recordings: Sequence[AnnotatedRecording], matched: Sequence[Matched], labels: tuple[str, ...]
    ) -> Confusion:
        """Count the pairs, and the annotations and events in no pair."""
        cells: Counter[tuple[str | None, str | None]] = Counter()
        background = set()
        for recording, found in zip(recordings, matched, strict=True):
            truth, events = recording.truth, recording.events
            background |= {annotation.label for annotation in truth if not annotation.uncertain} - set(labels)
            cells.update((truth[one].label, events[other].label) for one, other in found.pairs + found.confused)
            lost, extra = ({pair[side] for pair in found.confused} for side in (0, 1))
            cells.update((truth[one].label, None) for one in found.missed if one not in lost)
            cells.update((None, events[other].label) for other in found.false if other not in extra)
        rows = (*labels, *sorted(background))
        return cls(
            truth=rows,
            heard=labels,
            counts=np.array([[cells[row, column] for column in labels] for row in rows], np.intp),
            missed=np.array([cells[row, None] for row in rows], np.intp),
            false=np.array([cells[None, column] for column in labels], np.intp),
        )

    def as_dict(self) -> dict[str, Any]:
        """The attributes as lists, ready for JSON."""
        return {name: np.asarray(value).tolist() for name, value in vars(self).items()}
