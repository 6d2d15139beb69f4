"""Scenes as features, made once and kept on disk, with what is to be heard at the end of every frame.

What is to be heard is told by what has just ended there. A command is to be heard from shortly before its end until
shortly after; while it is being said, and as long as it is still within memory, nothing is learned. Another word is to
be heard from its begin until it is out of memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Reals
from whipbird.models.frontends.base import FrontEnd
from whipbird.system.whole_file import whole_file
from whipbird_train.datasets.speech_commands import UNKNOWN
from whipbird_train.progress import bar
from whipbird_train.streams.scenes import Scene, Scenes

__all__ = ["NOT_LEARNED", "SceneFeatures", "all_scenes", "hop_labels", "kept_scenes"]

EARLY_S, LATE_S = 0.06, 0.4  # before and after the end of a command: it is to be heard
MEMORY_S = 0.8  # for which what has ended still counts
NOT_LEARNED = -1


@dataclass(frozen=True, eq=False)
class SceneFeatures:
    """A scene as features, shape (frames, width), and what is to be heard at the end of each frame, shape (frames,)."""

    features: NDArray[np.float16]
    labels: NDArray[np.int8]


def hop_labels(scene: Scene, labels: Sequence[str], ends_s: Reals) -> NDArray[np.int8]:
    """What is to be heard at some moments, as numbers of labels; `NOT_LEARNED` where that is not certain.

    Parameters
    ----------
    ends_s : array, shape (n,)
    """
    found = np.full(len(ends_s), labels.index(scene.label), np.int8)

    def between(begin_s: float, end_s: float) -> slice:
        first, last = np.searchsorted(ends_s, (begin_s, end_s))
        return slice(int(first), int(last))

    for one in scene.others:
        found[between(one.begin_s, one.end_s + MEMORY_S)] = labels.index(UNKNOWN)
    for one in scene.truth:
        found[between(one.begin_s, one.end_s + MEMORY_S)] = NOT_LEARNED
    for one in scene.truth:
        if not one.uncertain:
            found[between(one.end_s - EARLY_S, one.end_s + LATE_S)] = labels.index(one.label)
    return found


def kept_scenes(
    file: Path,
    make: Callable[[], Iterator[Scene]],
    frontends: Sequence[FrontEnd],
    labels: Sequence[str],
    rate_hz: int,
    title: str,
) -> list[SceneFeatures]:
    """Scenes as features, read from a file, or made and written there.

    Parameters
    ----------
    frontends : sequence of FrontEnd
        The front end, once for each thread that computes features.
    """
    if not file.exists():
        made = []
        with bar(title, None) as update:
            for one in _computed(make(), frontends, labels, rate_hz):
                made.append(one)
                update(completed=len(made))
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(file) as opened:
            np.savez(
                opened,
                features=np.concatenate([one.features for one in made]),
                labels=np.concatenate([one.labels for one in made]),
                ends=np.cumsum([len(one.features) for one in made]),
            )
    with np.load(file) as arrays:
        ends = arrays["ends"][:-1]
        parts = zip(np.split(arrays["features"], ends), np.split(arrays["labels"], ends), strict=True)
        return [SceneFeatures(features, own) for features, own in parts]


def _computed(
    scenes: Iterator[Scene], frontends: Sequence[FrontEnd], labels: Sequence[str], rate_hz: int
) -> Iterator[SceneFeatures]:
    """Features of scenes, in their order; while some are computed, the next are made."""
    free = SimpleQueue[FrontEnd]()
    for frontend in frontends:
        free.put(frontend)

    def features_of(scene: Scene) -> SceneFeatures:
        frontend = free.get()
        try:
            features = frontend.whole(scene.sound)
        finally:  # otherwise, after an error, other threads would wait for it
            free.put(frontend)
        ends_s = (frontend.span(1) + frontend.step * np.arange(len(features))) / rate_hz
        return SceneFeatures(features.astype(np.float16), hop_labels(scene, labels, ends_s))

    with ThreadPoolExecutor(len(frontends)) as pool:
        waiting = deque[Future[SceneFeatures]]()
        for scene in scenes:
            waiting.append(pool.submit(features_of, scene))
            if len(waiting) > len(frontends):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def all_scenes(
    made: Scenes,
    words: int,
    passes: int,
    frontend: FrontEnd,
    labels: Sequence[str],
    rate_hz: int,
    seed: int,
    folder: Path,
) -> list[SceneFeatures]:
    """Scenes of all kinds, in random order, kept in a folder.

    Parameters
    ----------
    words : int
        Scenes of words.
    passes : int
        How often all speech and all noise is used, each time in other places.
    """

    def kept(kind: str, number: int, make: Callable[[int], Iterator[Scene]]) -> list[SceneFeatures]:
        file, title = folder / f"{kind}-{number}.npz", f"{kind}, {number + 1}"
        return kept_scenes(file, lambda: make(1000 * seed + number), [frontend], labels, rate_hz, title)

    found = kept("words", 0, lambda own: made.of_words(words, own))
    for number in range(passes):
        found += kept("speech", number, made.of_speech) + kept("noise", number, made.of_noise)
    return [found[number] for number in np.random.default_rng(seed).permutation(len(found))]
