"""Timestamps of decoded sound: what they tell of sound that is missing between two blocks."""

from __future__ import annotations

from dataclasses import dataclass

from whipbird.arrays import Floats

__all__ = ["HINDSIGHT_S", "SLACK_S", "Block", "Timestamps"]

HINDSIGHT_S = 30.0  # how much of the past a server may send to those who come
SLACK_S = 10.0  # how much earlier than at its usual time sound may come: segments, buffers on the way
LEAST_JUMP_S = 0.002  # timestamps are rounded, some to milliseconds
REORDER_S = 1.0  # timestamps may go back by less without having begun anew
DRIFT = 0.001  # so much of each block's length timestamps may be off without anything being lost
SAME_S = 1.0  # connections whose first timestamps are as near as that count from their own begin


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of decoded sound.

    Attributes
    ----------
    samples : array, shape (n, channels)
    time_s : float or None
        Presentation timestamp of its begin, where it has one.
    duration_s : float
        As it was coded; samples that were resampled come a little later.
    """

    samples: Floats
    time_s: float | None
    duration_s: float


class Timestamps:
    """Compares the timestamp of each block with where the one before ended."""

    def __init__(self) -> None:
        self._expected_s: float | None = None
        self._first_s: float | None = None

    def loss_s(self, block: Block, most_s: float) -> float | None:
        """Seconds that are missing before a block of the same connection.

        None where timestamps have begun anew: they went back by much, or on by more than can be missing.
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

    def reconnected(self, block: Block, missing_s: float) -> float | None:
        """Seconds that are missing before the first block of a new connection, negative for what is sent again.

        None where timestamps do not go on from those of the connection before.

        Parameters
        ----------
        missing_s : float
            What is missing by the clock.
        """
        time_s, expected_s, first_s = block.time_s, self._expected_s, self._first_s
        self._expected_s = self._first_s = None
        self._follow(block)
        if time_s is None or expected_s is None or first_s is None or abs(time_s - first_s) < SAME_S:
            return None
        jump_s = time_s - expected_s
        return jump_s if missing_s - HINDSIGHT_S <= jump_s <= missing_s + SLACK_S else None

    def _follow(self, block: Block) -> None:
        if block.time_s is not None:
            self._expected_s = block.time_s + block.duration_s
            if self._first_s is None:
                self._first_s = block.time_s
        elif self._expected_s is not None:
            self._expected_s += block.duration_s
