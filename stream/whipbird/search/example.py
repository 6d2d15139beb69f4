"""The embeddings of an example, to search with.

The windows of an archive start anywhere in relation to a call. The example is therefore embedded with its sound at the
start, in the middle and at the end of a window, in the sound that is around it in its recording. Where there is no
sound around the example, the example itself is repeated.
"""

from __future__ import annotations

import numpy as np

from whipbird.api.model import Model
from whipbird.arrays import Floats
from whipbird.audio.channels import choose_channel
from whipbird.errors import SourceError
from whipbird.review.clip_sound import SoundPlace, read_sound

__all__ = ["example_vectors"]

PLACES = (0.0, 0.5, 1.0)  # of an example that is shorter than a window: start, middle, end
LONGEST_S = 600.0  # of an example


def example_vectors(path: str, begin_s: float, end_s: float | None, model: Model, channel: int | None = None) -> Floats:
    """Embeddings of an example, shape (n, size): three of a short one, and all windows of one longer than a window.

    Raises
    ------
    SourceError
        If it cannot be read, has no such part, or is too long.
    """
    window_s = model.window_s
    clip = read_sound(SoundPlace(path), begin_s, begin_s + LONGEST_S if end_s is None else end_s, window_s)
    if channel is not None and channel > clip.samples.shape[1]:
        raise SourceError(f"{path}: has {clip.samples.shape[1]} channels, not {channel}")
    sound = choose_channel(clip.samples, channel)
    rate_hz = clip.rate_hz
    first = round((begin_s - clip.begin_s) * rate_hz)
    last = len(sound) if end_s is None else min(len(sound), round((end_s - clip.begin_s) * rate_hz))
    if first >= last:
        raise SourceError(f"{path}: holds no sound from {begin_s:g} s on")
    window = round(window_s * rate_hz)
    if last - first > window:
        return model.embed(sound[first:last], rate_hz).vectors
    vectors = [model.embed(_window(sound, first, last, window, place), rate_hz).vectors[0] for place in PLACES]
    return np.stack(vectors)


def _window(sound: Floats, first: int, last: int, window: int, place: float) -> Floats:
    """A window that holds the example at a place, from 0 at its start to 1 at its end."""
    start = first - round(place * (window - (last - first)))
    positions = np.arange(start, start + window)
    inside = (positions >= 0) & (positions < len(sound))
    repeated = first + (positions - first) % (last - first)
    return sound[np.where(inside, positions, repeated)]
