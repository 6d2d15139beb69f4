"""One label for one clip: what a model would say of a recording that holds a single sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.channels import choose_channel
from whipbird.audio.resample import Resampler
from whipbird.errors import SourceError
from whipbird.models.frontends.base import FrontEnd
from whipbird.models.model import Model
from whipbird.recordings.reader import Recording
from whipbird.sources.ring_writer import LOUDEST

__all__ = ["Classification", "classify", "clip_windows", "combine", "read_clip"]

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


def classify(model: Model, samples: Floats, rate_hz: int) -> Classification:
    """Classify a clip, shape (samples,); `combine` says what becomes of one longer than the model's window."""
    card = model.card
    resampler = Resampler(rate_hz, card.sample_rate_hz)
    sound = np.concatenate((resampler.push(samples), resampler.finish()))
    windows = clip_windows(model.frontend(), sound, card.window, card.hop)
    reported = [number for number, label in enumerate(card.labels) if label in card.debounce]
    smooth_s = max((settings.smooth_s for settings in card.debounce.values()), default=0.0)
    scores = np.stack([model.windows.scores(window) for window in windows])
    scores = combine(scores, reported, round(smooth_s / card.hop_s))
    number = int(scores.argmax())
    return Classification(
        card.labels[number],
        float(scores[number]),
        {label: float(score) for label, score in zip(card.labels, scores, strict=True)},
    )


def clip_windows(frontend: FrontEnd, sound: Floats, window: int, hop: int) -> Floats:
    """Features of whole windows of a clip, evenly around its middle: shape (windows, window, width).

    A clip shorter than the window is put into its middle, silence around it.

    Parameters
    ----------
    sound : array, shape (samples,)
        At the model's rate.
    window : int
        Frames in a window.
    hop : int
        Samples from one window to the next.
    """
    step = max(1, hop // frontend.step)
    spare = len(sound) - frontend.span(window)
    rest, missing = max(0, spare) % (step * frontend.step) // 2, max(0, -spare)
    features = frontend.whole(np.pad(sound[rest:], (missing // 2, missing - missing // 2)))
    starts = range(0, len(features) - window + 1, step)
    return np.stack([features[start : start + window] for start in starts])


def combine(scores: Floats, reported: list[int], smooth: int) -> Floats:
    """One score per label from those of all windows of a clip, shape (windows, labels).

    Where there is a label that is not reported, such as background, a sound may fill but a part of the clip: of the
    means over `smooth` windows that one counts in which a reported label scores highest. Otherwise every window holds
    the sound: the mean of all counts.
    """
    if 0 < len(reported) < scores.shape[1]:
        smooth = min(max(smooth, 1), len(scores))
        smoothed = np.lib.stride_tricks.sliding_window_view(scores, smooth, axis=0).mean(axis=-1)
        best: Floats = smoothed[smoothed[:, reported].max(axis=1).argmax()]
        return best
    mean: Floats = scores.mean(axis=0)
    return mean


def read_clip(path: str, channel: int | None = None) -> tuple[Floats, int]:
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
