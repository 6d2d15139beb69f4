"""Channels of a source: one of them, or the mix of all."""

from __future__ import annotations

from whipbird.arrays import Floats

__all__ = ["choose_channel"]


def choose_channel(samples: Floats, channel: int | None) -> Floats:
    """One channel, counted from 1, or the mean of all: shape (n, channels) to (n,)."""
    if channel is not None:
        return samples[:, channel - 1]
    return samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1)
