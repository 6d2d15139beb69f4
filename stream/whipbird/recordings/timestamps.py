"""Timestamps of decoded sound: find the sound that is missing between two blocks of a recording."""

from __future__ import annotations

from dataclasses import dataclass

from whipbird.arrays import Floats

__all__ = ["LEAST_JUMP_S", "Block", "Timestamps"]

LEAST_JUMP_S = 0.002  # timestamps are rounded, some to milliseconds
REORDER_S = 1.0  # timestamps may go back by up to this without having restarted
DRIFT = 0.001  # error of timestamps, as a part of each block's length, that is not a loss


@dataclass(frozen=True, slots=True)
class Block:
    """A segment of decoded sound.

    Attributes
    ----------
    samples : array, shape (n, channels)
    time_s : float or None
        Presentation timestamp of the start, if there is one.
    duration_s : float
        Length as coded; resampled samples come a little later.
    """

    samples: Floats
    time_s: float | None
    duration_s: float


class Timestamps:
    """Compares the timestamp of each block with the end of the previous block."""

    def __init__(self) -> None:
        self._expected_s: float | None = None

    def loss_s(self, block: Block, most_s: float) -> float | None:
        """Seconds that are missing before a block.

        None if timestamps have restarted: they went back by much, or forward by more than ``most_s``.
        """
        time_s, expected_s = block.time_s, self._expected_s
        if expected_s is None or time_s is None:
            self._follow(block)
            return 0.0
        error_s = time_s - expected_s
        if -REORDER_S <= error_s <= max(LEAST_JUMP_S, block.duration_s / 2):
            most_drift_s = DRIFT * block.duration_s
            self._expected_s = expected_s + block.duration_s + min(max(error_s, -most_drift_s), most_drift_s)
            return 0.0
        self._expected_s = time_s + block.duration_s
        return error_s if 0 < error_s <= most_s else None

    def _follow(self, block: Block) -> None:
        if block.time_s is not None:
            self._expected_s = block.time_s + block.duration_s
        elif self._expected_s is not None:
            self._expected_s += block.duration_s
