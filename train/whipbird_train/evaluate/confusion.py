"""Confusion: what each sound was heard as, by the sounds and events of whole recordings that were matched."""

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
    """What each sound was heard as.

    A row's counts and its missed ones add up to the annotations of its label; a column's counts and its false ones
    to the events of its label.

    Attributes
    ----------
    truth : tuple of str
        Labels of the rows: those that are reported, then those of the background in alphabetical order.
    heard : tuple of str
        Labels of the columns: those that are reported.
    counts : array of int, shape (truth, heard)
        Annotations of a row's label heard as a column's: hits on the diagonal, elsewhere what was confused.
    missed : array of int, shape (truth,)
        Annotations that no event lies at; for background that is right.
    false : array of int, shape (heard,)
        Events that lie at no annotation.
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
        """Count the pairs and what is without a pair."""
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
