"""Folds: which recordings test, while a network is trained on the others."""

from __future__ import annotations

import hashlib

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from whipbird_train.calls.sounds import Sounds

__all__ = ["divided"]


def divided(sounds: Sounds, most: int) -> list[frozenset[str]]:
    """The sources of each fold, up to some, with about the same share of each kind of call, and of the background."""
    labels = np.array([one.label for one in sounds.calls])
    sources = [one.source for one in sounds.calls]
    least = min(len({source for source, own in zip(sources, labels, strict=True) if own == label}) for label in labels)
    splitter = StratifiedGroupKFold(min(most, least), shuffle=True, random_state=0)
    folds = [{sources[n] for n in test} for _, test in splitter.split(labels, labels, sources)]
    lengths = dict.fromkeys((one.source for one in sounds.background), 0)
    for one in sounds.background:
        lengths[one.source] += len(one.wave)
    held = [sum(lengths.get(source, 0) for source in fold) for fold in folds]
    rest = lengths.keys() - set(sources)
    for source in sorted(rest, key=lambda name: (-lengths[name], hashlib.sha1(name.encode()).digest())):
        shortest = int(np.argmin(held))
        folds[shortest].add(source)
        held[shortest] += lengths[source]
    return [frozenset(fold) for fold in folds]
