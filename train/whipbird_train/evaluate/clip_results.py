"""Results of a classifier on clips that it was not trained on.

A `ClipResults` holds the truth and the scores of every clip, from which all measures follow; it can be saved to a file
and loaded again. Shares (accuracy, precision, recall, F1) are between 0 and 1, intervals are 95 % intervals. A share
with nothing to count, such as the recall of a label without clips, is None.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_fscore_support

from whipbird.arrays import Reals
from whipbird_train.evaluate.intervals import wilson_interval

__all__ = ["ClipResults", "Mistake"]

DRAWS = 2000  # of the bootstrap
DIGITS = 4  # decimals of a share in JSON


@dataclass(frozen=True)
class Mistake:
    """A clip that was given a wrong label.

    Attributes
    ----------
    name : str
        Path of the clip.
    truth, chosen : str
        The true label, and the label given.
    score, right_score : float
        Score of the label given, and of the true label.
    """

    name: str
    truth: str
    chosen: str
    score: float
    right_score: float


@dataclass(frozen=True, eq=False)
class ClipResults:
    """Truth and scores of n clips.

    Attributes
    ----------
    labels : tuple of str
        In the order of the scores.
    truth : array of int, shape (n,)
        Index of each clip's label.
    scores : array of float, shape (n, labels)
    names : tuple of str, length n
        Paths of the clips, preferably relative to their data set; reports show them.
    groups : tuple of str, length n
        Speaker, bird or source that was recorded.

    Raises
    ------
    ValueError
        If a score is not a finite number.
    """

    labels: tuple[str, ...]
    truth: NDArray[np.integer]
    scores: Reals
    names: tuple[str, ...]
    groups: tuple[str, ...]

    def __post_init__(self) -> None:
        if not np.isfinite(self.scores).all():
            raise ValueError("a score is not a finite number")

    @classmethod
    def pooled(cls, parts: Sequence[ClipResults]) -> ClipResults:
        """All clips of several results, such as the folds of a cross-validation, in order."""
        return cls(
            parts[0].labels,
            np.concatenate([part.truth for part in parts]),
            np.concatenate([part.scores for part in parts]),
            tuple(name for part in parts for name in part.names),
            tuple(group for part in parts for group in part.groups),
        )

    @property
    def chosen(self) -> NDArray[np.intp]:
        """Index of the label with the highest score, the first if several are equal: shape (n,)."""
        return self.scores.argmax(axis=1)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether each clip was given its true label: shape (n,)."""
        return np.asarray(self.chosen == self.truth)

    @property
    def accuracy(self) -> float:
        """Share of the clips that were given their true label."""
        return float(self.right.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson interval of the accuracy, as if all clips were independent."""
        return wilson_interval(int(self.right.sum()), len(self.truth))

    def group_interval(self) -> tuple[float, float]:
        """Interval of the accuracy by a bootstrap over groups, because clips of one group resemble each other.

        Percentiles of the accuracy over 2000 draws of as many groups, with replacement (Efron 1979,
        doi 10.1214/aos/1176344552). The interval cannot show errors that occur in no group: if all clips are right, it
        is (1, 1). A single group says nothing about others: (0, 1).
        """
        groups, number = np.unique(self.groups, return_inverse=True)
        if len(groups) < 2:
            return 0.0, 1.0
        clips, hits = np.bincount(number), np.bincount(number, weights=self.right)
        times = np.random.default_rng(0).multinomial(len(groups), np.full(len(groups), 1 / len(groups)), DRAWS)
        low, high = np.percentile((times @ hits) / (times @ clips), (2.5, 97.5))
        return float(low), float(high)

    @property
    def confusion(self) -> NDArray[np.intp]:
        """Number of clips of each true label (row) that were given each label (column): shape (labels, labels)."""
        size = len(self.labels)
        return np.bincount(self.truth * size + self.chosen, minlength=size * size).reshape(size, size)

    def mistakes(self, most: int) -> list[Mistake]:
        """The worst mistakes first: those in which the wrong label's score exceeds that of the right one the most."""
        everyone = np.arange(len(self.truth))
        score, right_score = self.scores[everyone, self.chosen], self.scores[everyone, self.truth]
        worst = np.argsort(right_score - score, kind="stable")
        return [
            Mistake(
                self.names[clip],
                self.labels[self.truth[clip]],
                self.labels[self.chosen[clip]],
                float(score[clip]),
                float(right_score[clip]),
            )
            for clip in worst[~self.right[worst]][:most]
        ]

    def as_dict(self) -> dict[str, Any]:
        """All measures, ready for JSON; measures per label are in the order of the labels."""
        numbers = list(range(len(self.labels)))
        measured = precision_recall_fscore_support(self.truth, self.chosen, labels=numbers, zero_division=np.nan)
        return {
            "clips": len(self.truth),
            "groups": len(set(self.groups)),
            "accuracy": round(self.accuracy, DIGITS),
            "interval": [round(end, DIGITS) for end in self.interval],
            "group_interval": [round(end, DIGITS) for end in self.group_interval()],
            "per_label": {
                label: {
                    "precision": _rounded(precision),
                    "recall": _rounded(recall),
                    "f1": _rounded(f1),
                    "support": int(support),
                }
                for label, precision, recall, f1, support in zip(self.labels, *measured, strict=True)
            },
            "confusion": self.confusion.tolist(),
        }

    def save(self, path: Path) -> None:
        """Write to an .npz file."""
        # NumPy strings lose trailing NUL characters; JSON keeps every character.
        texts = json.dumps({"labels": self.labels, "names": self.names, "groups": self.groups})
        with path.open("wb") as file:
            np.savez_compressed(file, truth=self.truth, scores=self.scores, texts=np.array(texts))

    @classmethod
    def load(cls, path: Path) -> ClipResults:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as archive:
            texts = json.loads(str(archive["texts"]))
            labels, names, groups = (tuple(texts[key]) for key in ("labels", "names", "groups"))
            return cls(labels, archive["truth"], archive["scores"], names, groups)


def _rounded(share: float) -> float | None:
    return None if np.isnan(share) else round(float(share), DIGITS)
