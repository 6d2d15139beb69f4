"""Whether a feed has an end, as a recording on a server has.

Recordings arrive faster than they are played, and end. The sound of a feed arrives as it is played, once the server has
sent what it had buffered. Lengths are no proof: some servers give one to a feed that has no end (a range of no length
in the description, or an invented number of bytes), and others give none for a recording. So when all that was promised
has arrived, the server is asked once more. If it sends more than it has promised, or starts with other sound, the feed
goes on.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable

import numpy as np

from whipbird.errors import SourceError
from whipbird.recordings.decoder import CUT, Decoder
from whipbird.sources.connection import Connection
from whipbird.sources.web_request import NothingBeyond
from whipbird.system.address import scheme

__all__ = ["SEGMENTED", "Again", "ask_again", "has_end", "is_whole", "may_be_invented", "may_have_ended"]

SEGMENTED = frozenset({"hls", "dash"})
FILES = frozenset({"http", "https", "ftp"})  # schemes of servers that have recordings
LEAST_S = 1.0  # a shorter length is no length
LONGEST_S = 7 * 86_400.0  # nor is a longer one, of a session
LONGEST_BURST_S = 120.0  # what a server may have buffered
FASTEST = 1.5  # of sound that arrives as it is played, as a part of the time that passes
PERIODS = 8  # in which the pace is looked at
POLL_S = 0.05


class Again(enum.Enum):
    """What a server sends if it is asked again for what has ended."""

    SAME = "the recording again, or nothing"
    MORE = "sound that goes on"
    UNKNOWN = "it cannot be reached"


def has_end(address: str, connection: Connection, decoder: Decoder, pace_s: float) -> bool:
    """Whether an open feed is a recording on a server, or a playlist or session of known length.

    Parameters
    ----------
    pace_s : float
        Time for the sound of a recording to arrive faster than it is played. It is waited for up to `PERIODS` times:
        first, a server may send what it had buffered.
    """
    if not _is_file(address, decoder):
        return decoder.duration_s is not None and LEAST_S <= decoder.duration_s < LONGEST_S
    received_s = 0.0
    for _ in range(PERIODS):
        until_s = time.monotonic() + pace_s
        while time.monotonic() < until_s:
            if connection.ended or connection.holds_up or connection.received_s > LONGEST_BURST_S:
                return connection.received_s > 0
            time.sleep(POLL_S)
        arrived_s, received_s = connection.received_s - received_s, connection.received_s
        if arrived_s <= FASTEST * pace_s:
            return False
    return decoder.size is not None


def may_be_invented(connection: Connection) -> bool:
    """Whether a connection has ended so early that its length may be invented."""
    return connection.ended and _is_complete(connection) and connection.received_s <= LONGEST_BURST_S


def may_have_ended(address: str, connection: Connection) -> bool:
    """Whether a connection that has ended may have been that of a recording, and the server should be asked again."""
    if connection.decoder is None or not _is_file(address, connection.decoder):
        return False
    is_short = connection.received_s <= LONGEST_BURST_S and connection.received_bytes == 0  # else no end can be known
    if connection.failure is None and (_is_complete(connection) or is_short):
        return True
    return is_whole(connection) and (_size(connection) is None and connection.latest_pace > FASTEST)


def is_whole(connection: Connection) -> bool:
    """Whether a connection that has ended was not broken off, as far as that can be known.

    FFmpeg takes the end of an answer without a length for a failure.
    """
    failure = connection.failure
    return failure is None or (connection.decoder is not None and _size(connection) is None and str(failure) == CUT)


def ask_again(
    ended: Connection, fresh: Connection, patience_s: float, stopped: Callable[[], bool] = lambda: False
) -> Again:
    """Compare what has ended with what the server sends when it is asked again.

    Parameters
    ----------
    ended, fresh : Connection
    patience_s : float
        Without sound.
    stopped : callable
        Whether to give up.
    """
    size, heard_s, since_s = _size(ended), 0.0, time.monotonic()
    while not stopped() and time.monotonic() - since_s < patience_s:
        try:
            if not fresh.ready(POLL_S):
                continue
        except NothingBeyond:
            return Again.SAME
        except SourceError:
            return Again.UNKNOWN
        is_ended = fresh.ended  # before the rest is looked at
        if size is not None and fresh.received_bytes > size:
            return Again.MORE
        if fresh.start is not None and not _is_same(ended.start, fresh.start):
            return Again.MORE
        if is_ended or (size is None and fresh.start is not None):
            return Again.SAME
        if fresh.received_s > heard_s:
            heard_s, since_s = fresh.received_s, time.monotonic()
        time.sleep(POLL_S)
    return Again.UNKNOWN


def _is_file(address: str, decoder: Decoder) -> bool:
    return scheme(address) in FILES and decoder.format_name not in SEGMENTED


def _size(connection: Connection) -> int | None:
    return None if connection.decoder is None else connection.decoder.size


def _is_complete(connection: Connection) -> bool:
    """Whether all that the server promised has arrived."""
    return connection.failure is None and _size(connection) is not None


def _is_same(one: tuple[int, np.ndarray] | None, other: tuple[int, np.ndarray]) -> bool:
    """Whether two connections start with the same sound."""
    if one is None or one[0] != other[0]:
        return False
    count = min(len(one[1]), len(other[1]))
    return bool(np.array_equal(one[1][:count], other[1][:count]))
