"""Train a network on streams, in rounds: what sets it off wrongly in one round is learned more often in the next."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import keras
import numpy as np

from whipbird.models.card import TrainingData
from whipbird.models.frontends.base import FrontEnd
from whipbird_train.fitting.fit import FINAL, FitSettings, fit
from whipbird_train.progress import tracked
from whipbird_train.streams.scenes import Scenes
from whipbird_train.streams.stretches import (
    NOT_LEARNED,
    SceneFeatures,
    StretchBatches,
    StretchSettings,
    kept_scenes,
)

__all__ = ["StreamExamples", "StreamSettings", "find_mistakes", "scenes_of", "train_on_streams"]

MISTAKES = "mistakes"  # kind of scenes
FALSE_FROM = 0.3  # score of a word from which it is a mistake
PREDICTED = 16  # stretches at once


@dataclass(frozen=True, eq=False)
class StreamExamples:
    """What scenes are made of, and the entries of the card for it."""

    scenes: Scenes = field(repr=False)
    training: list[TrainingData]


@dataclass(frozen=True)
class StreamSettings:
    """Settings of a training on streams.

    Attributes
    ----------
    word_scenes, passes : int
        Scenes of words; how often all speech and all noise is used, each time in other places.
    stretches : StretchSettings
    rounds : sequence of FitSettings
        The first starts from a new network.
    mistakes : float
        Share of the stretches with mistakes of the round before, after the first round.
    """

    word_scenes: int
    passes: int
    stretches: StretchSettings
    rounds: tuple[FitSettings, ...]
    mistakes: float


def train_on_streams(
    network: keras.Model,
    examples: StreamExamples,
    settings: StreamSettings,
    frontend: FrontEnd,
    labels: Sequence[str],
    reported: Sequence[int],
    rate_hz: int,
    seed: int,
    folder: Path,
    title: str,
) -> None:
    """Train a network for stretches; its weights are then in the folder. An interrupted training is gone on with.

    The folder also has ``scenes/``, ``round-N/`` (see `whipbird_train.fitting.fit`) and ``mistakes.csv``: how many
    mistakes there were after each round, in how many hours without commands.

    Parameters
    ----------
    network : keras.Model
        From features, shape (batch, frames, width), to scores, shape (batch, scores, labels).
    reported : sequence of int
        Numbers of the labels that are words.
    """
    scenes = scenes_of(examples.scenes, settings, frontend, labels, rate_hz, seed, folder / "scenes")
    stretches = settings.stretches
    for number, fit_settings in enumerate(settings.rounds):
        if number:
            own = find_mistakes(network, {kind: scenes[kind] for kind in ("speech", "noise")}, reported, stretches)
            _note(folder / "mistakes.csv", number, len(own), scenes)
            if not own:
                break
            shares = {kind: (1 - settings.mistakes) * share for kind, share in settings.stretches.shares.items()}
            stretches = replace(settings.stretches, shares=shares | {MISTAKES: settings.mistakes})
            scenes[MISTAKES] = own
        batches = StretchBatches(scenes, len(labels), stretches, seed + number)
        fit(network, batches, None, fit_settings, folder / f"round-{number + 1}", f"{title}, round {number + 1}")
    network.save_weights(folder / FINAL)


def find_mistakes(
    network: keras.Model,
    scenes: Mapping[str, Sequence[SceneFeatures]],
    reported: Sequence[int],
    settings: StretchSettings,
) -> list[SceneFeatures]:
    """Where a network hears words that nobody says: pieces of scenes around them, from which stretches can be cut."""
    found = []
    step = settings.scores * settings.hop
    longest = settings.frames + step
    for scene in tracked([one for listed in scenes.values() for one in listed], "looking for mistakes"):
        starts = range(0, len(scene.labels) - settings.frames + 1, step)
        if not starts:
            continue
        windows = [scene.features[start : start + settings.frames].astype(np.float32) for start in starts]
        scores = network.predict(np.stack(windows), batch_size=PREDICTED, verbose=0)[..., list(reported)].max(axis=-1)
        truth = np.stack([scene.labels[_ends(start, settings)] for start in starts])
        wrong = (scores >= FALSE_FROM) & ~np.isin(truth, (NOT_LEARNED, *reported))
        for number in np.flatnonzero(wrong.any(axis=1)):
            begin = max(0, min(starts[number] - step // 2, len(scene.labels) - longest))
            piece = slice(begin, begin + longest)
            found.append(SceneFeatures(scene.features[piece], scene.labels[piece]))
    return found


def _ends(start: int, settings: StretchSettings) -> slice:
    """The last frames of all scores of a stretch."""
    return slice(start + settings.first - 1, start + settings.frames, settings.hop)


def scenes_of(
    made: Scenes,
    settings: StreamSettings,
    frontend: FrontEnd,
    labels: Sequence[str],
    rate_hz: int,
    seed: int,
    folder: Path,
) -> dict[str, list[SceneFeatures]]:
    """Features of all scenes, by kind, kept in a folder."""

    def kept(kind: str, number: int, make: Callable) -> list[SceneFeatures]:
        return kept_scenes(folder / f"{kind}-{number}.npz", make, frontend, labels, rate_hz, f"{kind}, {number + 1}")

    def seeded(number: int) -> int:
        return 1000 * seed + number

    found = {"words": kept("words", 0, lambda: made.of_words(settings.word_scenes, seeded(0)))}
    passes = range(settings.passes)
    found["speech"] = [one for n in passes for one in kept("speech", n, lambda n=n: made.of_speech(seeded(n)))]
    found["noise"] = [one for n in passes for one in kept("noise", n, lambda n=n: made.of_noise(seeded(n)))]
    return found


def _note(file: Path, number: int, mistakes: int, scenes: Mapping[str, Sequence[SceneFeatures]]) -> None:
    frames = sum(len(one.labels) for kind in ("speech", "noise") for one in scenes[kind])
    new = not file.exists()
    with file.open("a", newline="", encoding="utf-8") as opened:
        rows = csv.writer(opened)
        if new:
            rows.writerow(("after_round", "pieces_with_mistakes", "frames"))
        rows.writerow((number, mistakes, frames))
