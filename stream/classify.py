"""One label for one clip: what a model would say of a recording that holds a single sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.errors import SourceError
from stream.model import Model
from stream.pipeline import choose_channel
from stream.resample import Resampler
from stream.sources.base import LOUDEST
from stream.sources.recording import Recording

__all__ = ["Classification", "classify", "read_clip"]

LONGEST_S = 600.0
BLOCK = 1 << 16  # samples read at once


@dataclass(frozen=True, slots=True)
class Classification:
    """What a model says of a clip.

    Attributes
    ----------
    label : str
        The label with the highest score.
    score : float
    scores : dict
        Score of every label.
    """

    label: str
    score: float
    scores: dict[str, float]


def classify(model: Model, samples: NDArray[np.float32], rate_hz: int) -> Classification:
    """Classify a clip, shape (samples,).

    One shorter than the model's window is put into its middle, silence around it. Of a longer one, the window counts in
    which a label that is reported as an event scores highest.
    """
    card = model.card
    resampler = Resampler(rate_hz, card.sample_rate_hz)
    sound = np.concatenate((resampler.push(samples), resampler.finish()))
    frontend = model.frontend()
    missing = max(0, frontend.span(card.window) - len(sound))
    features = frontend.whole(np.pad(sound, (missing // 2, missing - missing // 2)))
    step = max(1, card.hop // frontend.step)
    starts = range(0, len(features) - card.window + 1, step)
    scores = np.stack([model.scores(features[start : start + card.window]) for start in starts])
    reported = [number for number, label in enumerate(card.labels) if label in card.debounce] or slice(None)
    best = scores[scores[:, reported].max(axis=1).argmax()]
    number = int(best.argmax())
    return Classification(
        card.labels[number],
        float(best[number]),
        {label: float(score) for label, score in zip(card.labels, best, strict=True)},
    )


def read_clip(path: str, channel: int | None = None) -> tuple[NDArray[np.float32], int]:
    """Read a clip of at most ten minutes: samples of one channel or the mean of all, shape (n,), and the rate.

    Raises
    ------
    SourceError
        If it cannot be read as a whole, is empty, or has samples that are not finite numbers.
    """
    recording = Recording(path)
    try:
        if channel is not None and channel > recording.channels:
            raise SourceError(f"{path}: has {recording.channels} channels, not {channel}")
        most = round(LONGEST_S * recording.rate_hz)
        pieces = []
        heard = 0
        while len(piece := recording.read(BLOCK)):
            if not (np.abs(piece) <= LOUDEST).all():
                raise SourceError("has samples that are not numbers, or absurdly loud")
            pieces.append(choose_channel(piece, channel))
            heard += len(piece)
            if heard > most:
                raise SourceError("is longer than ten minutes; use 'whipbird replay'")
    except SourceError as error:
        raise SourceError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from error
    finally:
        recording.close()
    if not pieces:
        raise SourceError(f"{path}: holds no sound")
    if recording.promised is not None and heard < recording.promised:
        raise SourceError(f"{path}: breaks off after {heard / recording.rate_hz:.2f} s")
    return np.concatenate(pieces), recording.rate_hz
