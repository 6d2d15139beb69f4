"""A network feed: RTSP, HTTP and Icecast, HLS, RTMP, UDP, RTP, SRT, through PyAV.

If a feed breaks off or has no sound, whipbird reconnects, with growing pauses, until it is back. Each outage is one
gap, as measured by `whipbird.sources.continuity`. A feed with an end, such as a recording on a web server, is processed
as fast as it arrives, and is not reconnected; `whipbird.sources.feed_end` finds whether it has an end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from whipbird.arrays import Floats
from whipbird.audio.clock import live_clock
from whipbird.audio.ring import Ring
from whipbird.errors import SourceError
from whipbird.recordings.decoder import Chunks, Decoder, Patience, pyav
from whipbird.sources.base import Notify, Source
from whipbird.sources.connection import Connection
from whipbird.sources.continuity import MOST_LATE_S, STALLED, Continuity
from whipbird.sources.feed_end import SEGMENTED, Again, ask_again, has_end, is_whole, may_be_invented, may_have_ended
from whipbird.sources.ring_writer import write_to_ring
from whipbird.sources.web_request import WEB
from whipbird.system.address import normal, redacted, scheme
from whipbird.system.backoff import Backoff
from whipbird.system.elapsed import elapsed_s

__all__ = ["BROKEN", "Feed", "Timing"]

BROKEN = "connection lost"
POLL_S = 0.1
UNRELIABLE = frozenset({"udp", "rtp", "srt", None})  # networks that lose packets; None is a description of RTP
SEGMENTED_LATE_S = 10.0  # how late the sound of a segmented feed may be, because of segments and buffers


@dataclass(frozen=True, slots=True)
class Timing:
    """Time limits of a feed, in seconds.

    Attributes
    ----------
    open_s : float
        For the server to answer and the first sound to arrive.
    analyse_s : float
        Length of sound that is analysed to find the format.
    stall_s, segmented_stall_s : float
        Without sound, before a connection is given up; a segmented feed has long pauses.
    pace_s : float
        For the sound of a file on a server to arrive faster than it is played.
    settle_s : float
        After the first sound of a connection, for the sound that the server had buffered.
    first_pause_s, longest_pause_s : float
        Between attempts to connect.
    well_s : float
        After a connection that lasted this long, pauses start from the first again.
    """

    open_s: float = 15.0
    analyse_s: float = 5.0
    stall_s: float = 10.0
    segmented_stall_s: float = 30.0
    pace_s: float = 0.5
    settle_s: float = 1.0
    first_pause_s: float = 1.0
    longest_pause_s: float = 60.0
    well_s: float = 60.0


class Feed(Source):
    """A network feed.

    Parameters
    ----------
    address : str
        Address, or an SDP file that describes the feed. `name` is the address without secrets.
    timing : Timing, optional
    limit_s : float, optional
        Time after which opening is given up, if that is sooner than by ``timing``.
    """

    def __init__(self, address: str, timing: Timing | None = None, limit_s: float | None = None) -> None:
        super().__init__(name=redacted(address), live=True)
        self._address = address
        self._timing = timing or Timing()
        self._limit_s = limit_s
        self._connection: Connection | None = None
        self._beyond: int | None = None  # length that the server has invented
        self._goes_on = False  # and that is known

    def open(self) -> None:
        self._address = normal(self._address)
        try:
            pyav()
            connection, limit_s = self._connect(), self._limit_s
            begun_s = time.monotonic()
            while not connection.ready(POLL_S):
                if limit_s is not None and time.monotonic() - begun_s > limit_s:
                    raise SourceError(f"no sound within {limit_s:g} s")
        except SourceError as error:
            self.close()
            raise SourceError(f"{self.name}: {error}") from None
        except BaseException:  # a signal
            self.close()
            raise
        decoder = self._decoder()
        self.rate_hz, self.channels = decoder.rate_hz, decoder.channels
        if has_end(self._address, connection, decoder, self._timing.pace_s) and not self._is_invented():
            self.live = self.paced = False
            self.duration_s = decoder.duration_s

    def run(self, ring: Ring, stop: threading.Event, notify: Notify) -> None:
        if self.live:
            self._run_live(ring, stop, notify)
        else:
            chunks = Chunks(lambda: self._next_block(stop), self.channels)
            write_to_ring(self.name, chunks.read, lambda: self._decoder().promised, self.rate_hz, ring, stop)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.abandon()

    def _connect(self) -> Connection:
        """Start a connection, and abandon the previous one."""
        self.close()
        self._connection = self._new_connection()
        return self._connection

    def _new_connection(self) -> Connection:
        timing = self._timing
        stall_s = max(timing.stall_s, timing.segmented_stall_s)
        patience = Patience(timing.open_s, 2 * stall_s, timing.analyse_s)
        rate_hz, channels = self.rate_hz or None, self.channels or None
        return Connection(self._address, rate_hz, channels, patience, self._beyond)

    def _is_invented(self) -> bool:
        """Whether a connection that has ended has a length that its server has invented."""
        assert self._connection is not None
        return may_be_invented(self._connection) and self._ask_again() is Again.MORE

    def _ask_again(self, stopped: Callable[[], bool] = lambda: False) -> Again:
        """Ask the server again for what has ended; if it goes on, the connection is the new one from now on."""
        ended = self._connection
        assert ended is not None
        self._beyond = self._decoder().size
        fresh = self._new_connection()
        try:
            again = ask_again(ended, fresh, self._timing.stall_s, stopped)
        except BaseException:  # a signal
            fresh.abandon()
            raise
        if again is Again.SAME:
            fresh.abandon()
        else:
            self._goes_on = True
            ended.abandon()
            self._connection = fresh
        return again

    def _decoder(self) -> Decoder:
        assert self._connection is not None, "run before open"
        assert self._connection.decoder is not None
        return self._connection.decoder

    def _is_whole(self, connection: Connection) -> bool:
        return scheme(self._address) in WEB and is_whole(connection)

    def _stall_s(self) -> float:
        return self._timing.segmented_stall_s if self._decoder().format_name in SEGMENTED else self._timing.stall_s

    def _next_block(self, stop: threading.Event) -> Floats | None:
        """The next block of a feed with an end; None at its end, or when ``stop`` is set."""
        assert self._connection is not None
        deadline_s = time.monotonic() + self._stall_s()
        while not stop.is_set():
            try:
                arrival = self._connection.take(POLL_S)
            except EOFError:
                if self._connection.failure is not None and not self._is_whole(self._connection):
                    raise self._connection.failure from None
                return None
            if arrival is not None:
                return arrival.block.samples
            if time.monotonic() > deadline_s:
                raise SourceError(f"no sound for {self._stall_s():g} s")
        return None

    def _run_live(self, ring: Ring, stop: threading.Event, notify: Notify) -> None:
        """Receive a feed without an end; reconnect after each outage."""
        doubt = f"{self.name}: its timestamps do not fit the time that passes; the time of arrival is used instead"
        continuity = Continuity(
            ring,
            self.rate_hz,
            self._timing.settle_s,
            self._set_clock,
            stop.is_set,
            lambda: notify(doubt),
            SEGMENTED_LATE_S if self._decoder().format_name in SEGMENTED else MOST_LATE_S,
            scheme(self._address) not in UNRELIABLE,
        )
        backoff = Backoff(self._timing.first_pause_s, self._timing.longest_pause_s)
        outage = _OutageNotices(self, ring, continuity, notify)
        while not stop.is_set():
            started_s = time.monotonic()
            reason, failure = self._receive(continuity, outage, stop)
            if stop.is_set():
                break
            assert self._connection is not None
            again = None
            if reason == BROKEN and not self._goes_on and may_have_ended(self._address, self._connection):
                if not backoff.wait(stop.is_set):
                    break
                again = self._ask_again(stop.is_set)
                if again is Again.SAME:
                    self.live = False
                    break
            if time.monotonic() - started_s >= self._timing.well_s:
                backoff.reset()
            continuity.lose(reason)
            outage.report(failure)
            if again is Again.MORE:
                continue
            while not stop.is_set() and not self._reconnect(backoff, continuity, outage, stop):
                pass
        continuity.finish(elapsed_s())

    def _receive(self, continuity: Continuity, outage: _OutageNotices, stop: threading.Event) -> tuple[str, str]:
        """Receive a connection until it fails; returns the reason of the gap, and the cause to report to people."""
        assert self._connection is not None
        counted, stall_s = self._decoder().counted, self._stall_s()
        last_s, placed = time.monotonic(), continuity.placed
        while not stop.is_set():
            try:
                arrival = self._connection.take(POLL_S)
            except EOFError:
                return BROKEN, str(self._connection.failure or "the server closed the connection")
            now_s = time.monotonic()
            if arrival is None:
                continuity.wait(elapsed_s())
            else:
                continuity.take(arrival, counted)
            if continuity.placed != placed:
                last_s, placed = now_s, continuity.placed
            elif now_s - last_s > stall_s:
                return STALLED, f"no sound for {stall_s:g} s"
            outage.end()
        return BROKEN, ""

    def _reconnect(
        self, backoff: Backoff, continuity: Continuity, outage: _OutageNotices, stop: threading.Event
    ) -> bool:
        """Try once to reconnect, after a pause; returns whether the connection is open."""

        def stopped() -> bool:
            continuity.wait(elapsed_s())
            return stop.is_set()

        if not backoff.wait(stopped):
            return False
        connection = self._connect()
        try:
            while not stopped():
                if connection.ready(POLL_S):
                    return True
        except SourceError as error:
            outage.report(str(error))
        return False

    def _set_clock(self, first_s: float) -> None:
        self.clock = live_clock(elapsed_s() - first_s, self.zone)


class _OutageNotices:
    """Reports an outage: its start, each cause once, and its end."""

    def __init__(self, source: Source, ring: Ring, continuity: Continuity, notify: Notify) -> None:
        self._name, self._rate_hz = source.name, source.rate_hz
        self._ring = ring
        self._continuity = continuity
        self._notify = notify
        self._reported: set[str] = set()
        self._skipped = 0  # samples, before the outage

    def report(self, cause: str) -> None:
        if not self._reported:
            self._skipped = self._ring.skipped
        if cause not in self._reported:
            self._reported.add(cause)
            self._notify(f"{self._name}: {cause}; trying again until it is back")

    def end(self) -> None:
        """Call when sound has arrived: reports the end of the outage once sound flows."""
        if self._reported and self._continuity.flowing:
            self._reported.clear()
            lost_s = (self._ring.skipped - self._skipped) / self._rate_hz
            self._notify(f"{self._name}: is back, {lost_s:.1f} s lost")
