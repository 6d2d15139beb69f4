"""Timestamps of a feed, and whether they can be believed.

The timestamps of a feed may come from a clock that runs at another rate than the description of the feed says, stand
still, jump, or shake by more than a block's length. Believed as they are, they would show losses that never happened,
or hide those that did. What speaks against them is a step between two blocks that missing sound does not explain:

- Steps add up in one direction: the clock runs at a wrong rate. So it does if sound is missing, and no step shows it.
- Steps backward: timestamps shake, and say nothing about anything shorter.
- A long step: the timestamps count from another start, and are believed again after a while.
"""

from __future__ import annotations

import math

from whipbird.recordings.timestamps import LEAST_JUMP_S, Block

__all__ = ["HINDSIGHT_S", "FeedTimestamps"]

HINDSIGHT_S = 30.0  # how much of the past a server may send when a client connects
SAME_S = 1.0  # connections with first timestamps within this of each other count from their own starts
LEAST_LOSS = 0.75  # of a block: at least one is lost
CONFIRMED_S = 0.03  # by how much less than its length missing sound may delay what follows, and by half its length
RESTART_S = 0.25  # a step longer than this, and than two blocks, is another start
MOST_ERROR_S = 0.3  # unexplained steps, of which the older ones count less, with which timestamps are believed
LARGEST_ERROR_S = 1.0  # larger ones are forgotten as soon
MEMORY_S = 60.0  # of steps in one direction: 0.5 % of the time, in the end, makes too large an error
SHORT_MEMORY_S = 3.0  # of steps backward, with as many forward: a tenth of the time


class FeedTimestamps:
    """Compares the timestamp of each block of a feed with the end of the previous block.

    Attributes
    ----------
    believed : bool
        Whether steps show what is missing.
    doubted_s : float
        Length of the sound since they were last believed.
    jump_s : float
        The step before the last block, if missing sound does not explain it.
    """

    def __init__(self) -> None:
        self.believed = True
        self.doubted_s = self.jump_s = 0.0
        self._expected_s: float | None = None
        self._first_s: float | None = None
        self._error_s = 0.0  # steps that nothing explains, less what is missing without a step
        self._disorder_s = 0.0  # steps to and fro

    def lost_s(self, block: Block, late_s: float) -> float | None:
        """Seconds that are missing before a block of the same connection; None if its timestamp does not show it.

        Parameters
        ----------
        late_s : float
            How late the block is by the clock, if nothing is missing.
        """
        self._error_s *= math.exp(-block.duration_s / MEMORY_S)
        self._disorder_s *= math.exp(-block.duration_s / SHORT_MEMORY_S)
        self._judge()
        step_s = 0.0
        if block.time_s is not None and self._expected_s is not None:
            step_s = block.time_s - self._expected_s
        self._follow(block)
        least_s = max(LEAST_JUMP_S, LEAST_LOSS * block.duration_s)
        is_loss = self.believed and least_s < step_s <= late_s + min(CONFIRMED_S, step_s / 2)
        self.jump_s = 0.0 if is_loss else step_s
        if not is_loss:
            self._distrust(step_s, block)
        self.doubted_s = 0.0 if self.believed else self.doubted_s + block.duration_s
        if is_loss:
            return step_s
        return 0.0 if abs(step_s) <= least_s and self.believed else None

    def missed(self, lost_s: float) -> None:
        """Note that sound is missing by the clock."""
        self._add_error(-lost_s)
        self._judge()

    def reconnected_s(self, block: Block, missing_s: float, slack_s: float) -> float | None:
        """Seconds that are missing before the first block of a new connection; negative for sound that is sent again.

        None if timestamps do not continue those of the previous connection, or are not believed.

        Parameters
        ----------
        missing_s : float
            Seconds that are missing by the clock.
        slack_s : float
            By how much that may be too few.
        """
        time_s, expected_s, first_s = block.time_s, self._expected_s, self._first_s
        self._expected_s = self._first_s = None
        self._follow(block)
        if not self.believed or time_s is None or expected_s is None or first_s is None:
            return None
        if abs(time_s - first_s) < SAME_S:
            return None
        jump_s = time_s - expected_s
        return jump_s if missing_s - HINDSIGHT_S <= jump_s <= missing_s + slack_s else None

    def _follow(self, block: Block) -> None:
        if block.time_s is not None:
            self._expected_s = block.time_s + block.duration_s
            if self._first_s is None:
                self._first_s = block.time_s
        elif self._expected_s is not None:
            self._expected_s += block.duration_s

    def _distrust(self, step_s: float, block: Block) -> None:
        """Note that no missing sound explains the step before a block."""
        if abs(step_s) > max(RESTART_S, 2 * block.duration_s):
            self._disorder_s = max(self._disorder_s, 2 * MOST_ERROR_S)
        else:
            self._add_error(step_s)
            if step_s < -max(LEAST_JUMP_S, block.duration_s / 2):
                self._disorder_s = min(self._disorder_s - 2 * step_s, LARGEST_ERROR_S)
        self._judge()

    def _add_error(self, error_s: float) -> None:
        self._error_s = max(-LARGEST_ERROR_S, min(self._error_s + error_s, LARGEST_ERROR_S))

    def _judge(self) -> None:
        """Believe timestamps again only when most of their errors are forgotten."""
        most_s = MOST_ERROR_S if self.believed else MOST_ERROR_S / 2
        self.believed = max(abs(self._error_s), self._disorder_s) < most_s
