"""The scores of an event's model over time, computed from the sound around the event.

The sound starts and ends with the clip, so the first and the last scores can differ from those that the event was found
by. A model whose hop is free is asked every half second.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from whipbird.activity.heard_recording import Target
from whipbird.activity.installed_names import InstalledNames
from whipbird.api.model import Model, load_model
from whipbird.arrays import Floats
from whipbird.review.clip_sound import ClipSound

__all__ = ["INKS", "ClipScores", "ScoreCurve", "curve_svg"]

HOP_S = 0.5
INKS = {"light": ("#1d5c46", "#17221e"), "dark": ("#8fd0b0", "#e6ebe4")}  # colours of the curve and of lines
WIDTH, HEIGHT = 1000, 100  # of the picture, which is stretched


@dataclass(frozen=True)
class ScoreCurve:
    """Scores of a label; times are in seconds from the start of the sound.

    Attributes
    ----------
    length_s : float
        Of the sound.
    begin_s, end_s : float
        Of the event.
    time_s, scores : tuple of float
    """

    length_s: float
    begin_s: float
    end_s: float
    time_s: tuple[float, ...]
    scores: tuple[float, ...]


class ClipScores:
    """Computes scores with the installed models, of which the latest stays in memory. Any thread may use it."""

    def __init__(self) -> None:
        self._names = InstalledNames()
        self._lock = threading.Lock()
        self._model: Model | None = None

    def can(self, target: Target) -> bool:
        """Whether a model is installed and has a label."""
        names = self._names.of(target.model)
        return names is not None and target.label in names.card.labels

    def curve(self, target: Target, sound: ClipSound, begin_s: float, end_s: float) -> ScoreCurve:
        """Scores of a label in a sound with an event; raises WhipbirdError if the model cannot be used."""
        samples: Floats = sound.samples.mean(axis=1)
        with self._lock:
            if self._model is None or self._model.name != target.model:
                names = self._names.of(target.model)
                is_free = names is not None and names.card.has_free_hop
                self._model = load_model(target.model, hop_s=HOP_S if is_free else None)
            found = self._model.scores(samples, sound.rate_hz)
        length_s = len(samples) / sound.rate_hz
        within = (found.time_s >= 0) & (found.time_s <= length_s)
        return ScoreCurve(
            round(length_s, 3),
            round(begin_s - sound.begin_s, 3),
            round(end_s - sound.begin_s, 3),
            tuple(round(float(time), 3) for time in found.time_s[within]),
            tuple(round(float(score), 4) for score in found.of(target.label)[within]),
        )


def curve_svg(curve: ScoreCurve, ink: str) -> bytes:
    """A picture of a curve from 0 to 1, with the event behind it, as wide as the sound is long."""
    colour, line = INKS[ink]
    scale = WIDTH / curve.length_s
    points = [
        f"{time * scale:.1f},{HEIGHT * (1 - score):.1f}" for time, score in zip(curve.time_s, curve.scores, strict=True)
    ]
    begin, width = curve.begin_s * scale, (curve.end_s - curve.begin_s) * scale
    area = ""
    if points:
        first, last = points[0].split(",")[0], points[-1].split(",")[0]
        area = f'<polygon points="{first},{HEIGHT} {" ".join(points)} {last},{HEIGHT}" fill="{colour}" opacity=".25"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f'<rect x="{begin:.1f}" y="0" width="{width:.1f}" height="{HEIGHT}" fill="{line}" opacity=".08"/>'
        f'<path d="M0 {HEIGHT // 2}H{WIDTH}" stroke="{line}" opacity=".3" stroke-dasharray="2 6" '
        f'vector-effect="non-scaling-stroke"/>{area}<polyline points="{" ".join(points)}" fill="none" '
        f'stroke="{colour}" stroke-width="2" stroke-linejoin="round" vector-effect="non-scaling-stroke"/></svg>'
    ).encode()
