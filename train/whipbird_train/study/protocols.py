"""Evaluation protocols: which recordings train a model, and which others test it."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import ShuffleSplit, StratifiedGroupKFold

from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.study.recipe import Experiment

__all__ = ["at_random", "each_group_left_out", "each_split_left_out", "given_split", "unseen_groups"]


def given_split(sounds: Sounds, protocol: str, train: str, test: str) -> list[Experiment]:
    """The split that the data set defines."""
    return [Experiment(protocol, test, _split(sounds, train), _split(sounds, test))]


def each_split_left_out(sounds: Sounds, protocol: str) -> list[Experiment]:
    """Test on each of the data set's folds in turn, and train on the others."""
    splits = sorted(set(sounds.splits))
    return [Experiment(protocol, f"without-{name}", ~_split(sounds, name), _split(sounds, name)) for name in splits]


def each_group_left_out(sounds: Sounds, protocol: str) -> list[Experiment]:
    """Test on each speaker, bird or source in turn, and train on the others."""
    groups = np.array(sounds.groups)
    return [
        Experiment(protocol, f"without-{group}", groups != group, groups == group)
        for group in sorted(set(sounds.groups))
    ]


def unseen_groups(sounds: Sounds, protocol: str, folds: int) -> list[Experiment]:
    """Test on folds of whole groups, with about the same share of each label in each fold."""
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
    divided = splitter.split(sounds.labels, sounds.labels, sounds.groups)
    return [
        Experiment(protocol, f"fold-{number}", _at(sounds, train), _at(sounds, test))
        for number, (train, test) in enumerate(divided, 1)
    ]


def at_random(sounds: Sounds, protocol: str, share: float, times: int) -> list[Experiment]:
    """Test on a random share of the clips, regardless of groups: only to show what such a split hides."""
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
