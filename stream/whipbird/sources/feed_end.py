"""Whether a feed has an end, as a recording on a server has.

Some servers give a length to a feed that has none: a range of no length in the description, or an invented number of
bytes. Such sound arrives no faster than it is played. So does that of a recording over a slow network; but it ends when
all that was promised has arrived.
"""

from __future__ import annotations

import time

from whipbird.recordings.decoder import Decoder
from whipbird.sources.connection import Connection
from whipbird.sources.feed_timestamps import HINDSIGHT_S
from whipbird.system.address import scheme

__all__ = ["SEGMENTED", "has_end", "has_ended"]

SEGMENTED = frozenset({"hls", "dash"})
FILES = frozenset({"http", "https", "ftp"})  # schemes of servers that give the size of a recording
LEAST_S = 1.0  # a shorter length is no length
FASTEST, SLOWEST = 1.5, 0.95  # of sound that arrives as it is played, as a part of the time that passes
POLL_S = 0.05


def has_end(address: str, connection: Connection, decoder: Decoder, pace_s: float) -> bool:
    """Whether an open feed is a file of known size, or a playlist or session of known length.

    Parameters
    ----------
    pace_s : float
        Time for the sound of a file to arrive faster than it is played. It is waited for twice: first, a server may
        send what it had buffered.
    """
    if scheme(address) in FILES and decoder.format_name not in SEGMENTED:
        return decoder.size is not None and not _is_paced(connection, pace_s)
    return decoder.duration_s is not None and decoder.duration_s >= LEAST_S


def has_ended(connection: Connection, lasted_s: float) -> bool:
    """Whether a connection gave all that its server promised, and not a feed's sound up to some invented size."""
    if connection.failure is not None or connection.decoder is None or connection.decoder.size is None:
        return False
    return not (lasted_s > HINDSIGHT_S and SLOWEST <= connection.received_s / lasted_s <= FASTEST)


def _is_paced(connection: Connection, pace_s: float) -> bool:
    """Whether sound arrives as it is played, once what the server had buffered has arrived."""
    received_s = []
    for _ in range(2):
        until_s = time.monotonic() + pace_s
        while time.monotonic() < until_s:
            if connection.holds_up or connection.received_s > HINDSIGHT_S:
                return False
            time.sleep(POLL_S)
        received_s.append(connection.received_s)
    return received_s[1] - received_s[0] <= FASTEST * pace_s
