"""The head of some phrases, on embeddings of speech: the mean of small networks, trained in rounds on their mistakes.

The mean of several has fewer false alarms than each of them. Each round learns from all windows in which a phrase ends,
from windows drawn at random from all others, and from those others that the network of the round before took most for a
phrase.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np

from whipbird.arrays import Floats, Integers
from whipbird_train.networks.assembly import committee
from whipbird_train.networks.second import decider
from whipbird_train.phrases.windows import WindowBatches, Windows
from whipbird_train.progress import tracked

__all__ = ["HeadSettings", "phrase_length", "scores_of", "trained_head"]

EMBEDDING_S, STEP_S = 0.83, 0.08  # of sound, and from one to the next
LATE_S = 0.95  # after the end of a phrase its windows still hold all of it
SHORTEST, LONGEST = 6, 28


@dataclass(frozen=True)
class HeadSettings:
    """Settings of a training.

    Attributes
    ----------
    members : int
        Networks whose scores are averaged.
    epochs : tuple of int
        Of each round.
    hard : float
        Share of the windows without a phrase that are mined.
    others : int
        Windows without a phrase for each with one.
    """

    members: int = 3
    epochs: tuple[int, ...] = (2, 2, 1)
    batch: int = 256
    peak_rate: float = 1e-3
    weight_decay: float = 0.01
    label_smoothing: float = 0.01
    hard: float = 0.01
    others: float = 3.0


def phrase_length(seconds: Floats) -> int:
    """Embeddings in a window that holds nearly all phrases of such lengths, until shortly after their ends."""
    wanted_s = float(np.quantile(seconds, 0.95)) + LATE_S
    return int(np.clip(np.ceil((wanted_s - EMBEDDING_S) / STEP_S) + 1, SHORTEST, LONGEST))


def trained_head(
    windows: Windows, length: int, labels: int, first: int, settings: HeadSettings, seed: int
) -> keras.Model:
    """A head, trained.

    Parameters
    ----------
    first : int
        Number of the first phrase among the labels; those before are not reported.
    """
    members = [
        _trained(windows, length, labels, first, settings, 100 * seed + number) for number in range(settings.members)
    ]
    return members[0] if len(members) == 1 else committee(members)


def _trained(windows: Windows, length: int, labels: int, first: int, settings: HeadSettings, seed: int) -> keras.Model:
    """One network of a head, trained."""
    rng = np.random.default_rng((seed, 10))
    keras.utils.set_random_seed(seed)
    network = decider(length, labels)
    phrases, others = np.flatnonzero(windows.labels >= first), np.flatnonzero(windows.labels < first)
    hard: Integers = np.empty(0, np.int64)
    for number, epochs in enumerate(tracked(settings.epochs, "rounds")):
        drawn = rng.choice(others, min(len(others), round(settings.others * len(phrases))), replace=False)
        epoch = np.concatenate((phrases, drawn, hard))
        batches = WindowBatches(windows, epoch, labels, settings.batch, seed + number)
        rate = keras.optimizers.schedules.CosineDecay(
            settings.peak_rate * 0.7**number, epochs * len(batches), alpha=0.05
        )
        network.compile(
            keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay),
            keras.losses.CategoricalCrossentropy(label_smoothing=settings.label_smoothing),
            jit_compile=False,
        )
        network.fit(batches, epochs=epochs, verbose=0)
        if number + 1 < len(settings.epochs):
            wrong = scores_of(network, windows, others)[:, first:].max(axis=1)
            count = round(settings.hard * len(others))
            hard = np.union1d(hard, others[np.argsort(-wrong)[:count]])
    return network


def scores_of(network: keras.Model, windows: Windows, numbers: Integers, batch: int = 4096) -> Floats:
    """Scores of some windows, shape (n, labels)."""
    parts = [network.predict_on_batch(windows.of(numbers[at : at + batch])) for at in range(0, len(numbers), batch)]
    return np.concatenate(parts)
