"""Settings of a run that take the place of what a model's card says, besides its operating point and thresholds."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AS_CARD", "RANGE_THRESHOLD", "ModelSettings"]

RANGE_THRESHOLD = 0.03
"""Least probability of a species at a place, as in BirdNET."""


@dataclass(frozen=True)
class ModelSettings:
    """How a model runs.

    Attributes
    ----------
    hop_s : float or None
        Seconds from one window to the next; None leaves the card's.
    slope : float or None
        Slope of the sigmoid that turns outputs into scores; None leaves the card's.
    embeds : bool
        Whether it gives the embedding of each window besides its scores.
    """

    hop_s: float | None = None
    slope: float | None = None
    embeds: bool = False


AS_CARD = ModelSettings()
