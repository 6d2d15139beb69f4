"""Classification: one label for a short recording of a single sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.channels import choose_channel
from whipbird.audio.gap import Gap
from whipbird.audio.resample import Resampler
from whipbird.errors import SourceError
from whipbird.models.frontends.base import FrontEnd
from whipbird.models.model import Model
from whipbird.recordings.reader import Recording
from whipbird.sources.ring_writer import LOUDEST

__all__ = ["Classification", "check_samples", "classify", "clip_windows", "combine", "read_clip"]

LONGEST_S = 600.0
SILENCE_S = 1.0  # after a clip that is processed as a stream
BLOCK = 1 << 16  # samples read at once


@dataclass(frozen=True, slots=True)
class Classification:
    """A model's result for a clip.

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
    """Classify a clip, shape (samples,); for a clip longer than the model's window, see `combine`."""
    card = model.card
    resampler = Resampler(rate_hz, card.sample_rate_hz)
    sound = np.concatenate((resampler.push(samples), resampler.finish()))
    reported = card.reported
    smooth_s = model.watched.memory_s
    if card.kind == "stateful" or not card.pauses:
        scores = _scores_in_order(model, sound)
    else:
        windows = clip_windows(model.frontend(), sound, card.window, card.hop, card.is_whole)
        scores = np.stack([model.windowed_network.score_window(window) for window in windows])
    scores = combine(scores, reported, round(smooth_s / card.hop_s))
    number = int(scores.argmax())
    return Classification(
        card.labels[number],
        float(scores[number]),
        {label: float(score) for label, score in zip(card.labels, scores, strict=True)},
    )


def _scores_in_order(model: Model, sound: Floats) -> Floats:
    """Scores of every hop of a clip, shape (hops, labels), as in a stream, with silence before and after it.

    So networks are asked that carry a state along, and those of phrases, whose scores rise when the phrase has ended.
    """
    frontend, hop = model.frontend(), model.card.hop
    before, after = frontend.frame - frontend.step, round(SILENCE_S * model.card.sample_rate_hz)
    frames = frontend.push(np.pad(sound, (before, after + -(len(sound) + after) % hop)))
    scores: Floats = model.network.score([model.network.new_state()], frames[None])[0]
    return scores


def clip_windows(frontend: FrontEnd, sound: Floats, window: int, hop: int, from_start: bool = False) -> Floats:
    """Features of whole windows of a clip, centred on its middle: shape (windows, window, width).

    A clip shorter than the window is padded with silence on both sides. If windows begin at the start of the clip, the
    last is filled with silence at its end.

    Parameters
    ----------
    sound : array, shape (samples,)
        At the model's rate.
    window : int
        Frames in a window.
    hop : int
        Samples from one window to the next.
    from_start : bool
        Whether the first window begins with the clip.
    """
    step = max(1, hop // frontend.step)
    spare = len(sound) - frontend.span(window)
    rest, missing = max(0, spare) % (step * frontend.step) // 2, max(0, -spare)
    if from_start:
        sound = np.pad(sound, (0, missing or -spare % (step * frontend.step)))
        rest = missing = 0
    features = frontend.whole(np.pad(sound[rest:], (missing // 2, missing - missing // 2)))
    starts = range(0, len(features) - window + 1, step)
    return np.stack([features[start : start + window] for start in starts])


def combine(scores: Floats, reported: list[int], smooth: int) -> Floats:
    """One score per label, shape (labels,), from the scores of all windows of a clip, shape (windows, labels).

    If a label is not reported, such as background, or there is only one, the sound may fill only part of the clip: the
    result is the mean over those `smooth` consecutive windows in which a reported label scores highest. Otherwise every
    window has the sound in it: the result is the mean over all windows.

    Parameters
    ----------
    reported : list of int
        Numbers of the labels that are reported.
    smooth : int
        Windows in a mean.
    """
    if 0 < len(reported) < scores.shape[1] or scores.shape[1] == 1:
        smooth = min(max(smooth, 1), len(scores))
        smoothed = np.lib.stride_tricks.sliding_window_view(scores, smooth, axis=0).mean(axis=-1)
        best: Floats = smoothed[smoothed[:, reported or [0]].max(axis=1).argmax()]
        return best
    mean: Floats = scores.mean(axis=0)
    return mean


def check_samples(samples: Floats) -> None:
    """Raise SourceError unless all samples are finite numbers that a recording can have."""
    if not (np.abs(samples) <= LOUDEST).all():
        raise SourceError("has samples that are not finite numbers, or far too loud")


def read_clip(path: str, channel: int | None = None) -> tuple[Floats, int]:
    """Read a clip of up to ten minutes: samples of one channel or the mean of all, shape (n,), and the rate.

    Raises
    ------
    SourceError
        If the file cannot be read as a whole, is empty, or has samples that are not finite numbers.
    """
    recording = Recording(path)
    try:
        if channel is not None and channel > recording.channels:
            raise SourceError(f"{path}: has {recording.channels} channels, not {channel}")
        most = round(LONGEST_S * recording.rate_hz)
        pieces = []
        count = 0
        while len(piece := recording.read(BLOCK)):
            count += len(piece)
            if count > most:
                raise SourceError("is longer than ten minutes; use 'whipbird replay'")
            if isinstance(piece, Gap):  # no sound, and so nothing to classify
                continue
            chosen = choose_channel(piece, channel)
            check_samples(chosen)
            pieces.append(chosen)
    except SourceError as error:
        raise SourceError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from error
    finally:
        recording.close()
    if not pieces:
        raise SourceError(f"{path}: holds no sound")
    if recording.promised is not None and count < recording.promised:
        raise SourceError(f"{path}: breaks off after {count / recording.rate_hz:.2f} s")
    return np.concatenate(pieces), recording.rate_hz
