"""How a model is judged: which recordings it is trained on, and which others it is asked about."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import ShuffleSplit, StratifiedGroupKFold

from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.study.recipe import Experiment

__all__ = ["at_random", "each_group_left_out", "each_split_left_out", "given_split", "unseen_groups"]


def given_split(sounds: Sounds, protocol: str, train: str, test: str) -> list[Experiment]:
    """As the data set divides itself."""
    return [Experiment(protocol, test, _split(sounds, train), _split(sounds, test))]


def each_split_left_out(sounds: Sounds, protocol: str) -> list[Experiment]:
    """Each of the data set's folds in turn, asked of a network that was trained on the others."""
    splits = sorted(set(sounds.splits))
    return [Experiment(protocol, f"without-{name}", ~_split(sounds, name), _split(sounds, name)) for name in splits]


def each_group_left_out(sounds: Sounds, protocol: str) -> list[Experiment]:
    """Each speaker, bird or source in turn."""
    groups = np.array(sounds.groups)
    return [
        Experiment(protocol, f"without-{group}", groups != group, groups == group)
        for group in sorted(set(sounds.groups))
    ]


def unseen_groups(sounds: Sounds, protocol: str, folds: int) -> list[Experiment]:
    """Folds of whole groups, with about as much of each label in each."""
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
    divided = splitter.split(sounds.labels, sounds.labels, sounds.groups)
    return [
        Experiment(protocol, f"fold-{number}", _at(sounds, train), _at(sounds, test))
        for number, (train, test) in enumerate(divided, 1)
    ]


def at_random(sounds: Sounds, protocol: str, share: float, times: int) -> list[Experiment]:
    """A share of the clips, whoever they are of: only to show what such a split hides."""
    splitter = ShuffleSplit(times, test_size=share, random_state=0)
    return [
        Experiment(protocol, f"random-{number}", _at(sounds, train), _at(sounds, test))
        for number, (train, test) in enumerate(splitter.split(sounds.labels), 1)
    ]


def _split(sounds: Sounds, name: str) -> np.ndarray:
    return np.array([split == name for split in sounds.splits])


def _at(sounds: Sounds, numbers: np.ndarray) -> np.ndarray:
    mask = np.zeros(len(sounds), bool)
    mask[numbers] = True
    return mask
