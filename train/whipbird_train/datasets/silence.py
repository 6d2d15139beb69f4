"""Silent clips cut from long noises, for data sets without silent clips.

No part of a noise is in two splits. With six noises or more, whole noises are set aside: of each six in order of name,
the third is for validation and the fifth for the test. With fewer noises, each is divided in time: 80 % for training,
then 10 % for validation, then 10 % for the test.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from whipbird.errors import SourceError
from whipbird.recordings.spans import length_s
from whipbird_train.datasets.clips import Clip

__all__ = ["cut_silence", "noises_of"]

log = logging.getLogger(__name__)

CUT_S = 1.0
CYCLE = 6  # noises, one of them for validation and one for the test
PARTS = {"train": (0.0, 0.8), "validation": (0.8, 0.9), "test": (0.9, 1.0)}  # start and end in a divided noise


def noises_of(noises: Sequence[Path], split: str) -> list[Path]:
    """The noises, sorted by name, of which at least a part belongs to a split."""
    if len(noises) < CYCLE:
        return list(noises)
    kept_aside = {2: "validation", 4: "test"}
    return [path for number, path in enumerate(noises) if kept_aside.get(number % CYCLE, "train") == split]


def cut_silence(noises: Sequence[Path], label: str, counts: Mapping[str, int], seed: int) -> list[Clip]:
    """Cut clips of one second at random positions, spread evenly over the noises of each split.

    Clips of the same noise may overlap. The group is the noise, or its part that belongs to the split. A noise that is
    damaged or too short is left out; a split without usable noises gets no clips. Both are logged.

    Parameters
    ----------
    noises : sequence of Path
        Sorted by name.
    label : str
        Label of the clips.
    counts : mapping of str to int
        Number of clips for each of ``train``, ``validation`` and ``test``.
    """
    cuts = []
    for number, (split, (start, end)) in enumerate(PARTS.items()):
        count = counts.get(split, 0)
        whole = len(noises) >= CYCLE
        usable = []
        for path in noises_of(noises, split) if count else []:
            duration_s = _duration_s(path)
            begin_s, end_s = (0.0, duration_s) if whole else (start * duration_s, end * duration_s)
            if end_s - begin_s >= CUT_S:
                usable.append((path, path.stem if whole else f"{path.stem} ({split})", begin_s, end_s))
        if count and not usable:
            log.warning("no noise is long enough for the silent clips of %s", split)
            continue
        rng = np.random.default_rng([seed, number])
        for cut in range(count):
            path, group, begin_s, end_s = usable[cut % len(usable)]
            cuts.append(Clip(path, label, group, split, float(rng.uniform(begin_s, end_s - CUT_S)), CUT_S))
    return cuts


def _duration_s(path: Path) -> float:
    """Length of a recording in seconds; 0 if it cannot be read."""
    try:
        return length_s(str(path))
    except SourceError as error:
        log.warning("left out %s", error)
        return 0.0
