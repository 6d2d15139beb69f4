"""One connection to a feed: a thread that opens and decodes it, and can be abandoned when the network hangs.

FFmpeg waits inside its calls, name resolution cannot be interrupted at all, and closing a decoder that another thread
reads from crashes. So the thread alone uses and closes the decoder. `Connection.abandon` asks it to end and returns at
once; FFmpeg's timeouts end it before long.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import deque
from dataclasses import dataclass

import numpy as np

from whipbird.arrays import Floats
from whipbird.errors import SourceError, source_error
from whipbird.recordings.decoder import Decoder, NotUnderstood, Patience
from whipbird.recordings.timestamps import Block
from whipbird.sources.feed_answer import NOTHING
from whipbird.sources.feed_faults import feed_fault
from whipbird.sources.web_request import WEB, WebStream
from whipbird.system.address import scheme
from whipbird.system.elapsed import elapsed_s

__all__ = ["Arrival", "Connection"]

QUEUE_S = 130.0  # more than a server buffers; then the network waits
QUEUE_NUMBERS = 1 << 24  # of all channels together
START_S = 0.1  # of sound that is kept to recognise a recording
LATEST_S = 2.0  # over which the latest pace is measured
POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Arrival:
    """A block, and when it arrived, as `whipbird.system.elapsed.elapsed_s`."""

    block: Block
    time_s: float


class Connection:
    """Opens a feed and decodes it on a thread of its own.

    Parameters
    ----------
    address : str
    rate_hz, channels : int, optional
        Format to which everything is converted.
    patience : Patience
    beyond : int, optional
        Length that a web server has promised, but perhaps invented: take all that comes, without regard to lengths.

    Attributes
    ----------
    decoder : Decoder or None
        Set once the connection is open; only its attributes may be used.
    failure : SourceError or None
        Why the connection failed, if it did. The text does not contain the address.
    received_s : float
        Length of the sound that has arrived.
    start : (int, array), optional
        Number and samples of the first sound that is not silence, once there is `START_S` of it, or all there is.
    """

    def __init__(
        self,
        address: str,
        rate_hz: int | None,
        channels: int | None,
        patience: Patience,
        beyond: int | None = None,
    ) -> None:
        self.decoder: Decoder | None = None
        self.failure: SourceError | None = None
        self.received_s = 0.0
        self.start: tuple[int, Floats] | None = None
        self._beyond = beyond
        self._stream: WebStream | None = None
        self._latest: deque[tuple[float, float]] = deque()  # times and what had been received
        self._held = 0  # samples in the queue
        self._arrived = 0  # samples
        self._arguments = (address, rate_hz, channels, patience)
        self._deadline_s = time.monotonic() + patience.open_s
        self._open_s = patience.open_s
        self._queue: queue.Queue[Arrival | None] = queue.Queue()
        self._ready = threading.Event()
        self._abandoned = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self._thread.start()

    def ready(self, timeout_s: float) -> bool:
        """Whether the connection is open, after waiting up to ``timeout_s`` for it.

        Raises
        ------
        SourceError
            If it cannot be opened, or opening takes too long.
        """
        if not self._ready.wait(timeout_s):
            if time.monotonic() > self._deadline_s:
                raise SourceError(f"no answer within {self._open_s:g} s")
            return False
        if self.decoder is None:
            assert self.failure is not None
            raise self.failure
        return True

    def take(self, timeout_s: float) -> Arrival | None:
        """The next block; None if no block arrives within ``timeout_s``.

        Raises
        ------
        EOFError
            If the connection has ended; `failure` says why, if it failed.
        """
        try:
            arrival = self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if arrival is None:
            self._queue.put(None)
            raise EOFError
        self._held -= len(arrival.block.samples)
        return arrival

    @property
    def holds_up(self) -> bool:
        """Whether the network waits, because blocks arrive faster than they are taken."""
        decoder = self.decoder
        if decoder is None:
            return False
        return self._held >= min(QUEUE_S * decoder.rate_hz, QUEUE_NUMBERS / decoder.channels)

    @property
    def ended(self) -> bool:
        """Whether everything has arrived, or the connection has failed."""
        return not self._thread.is_alive()

    @property
    def received_bytes(self) -> int:
        """Bytes that have arrived on a connection without regard to lengths."""
        return 0 if self._stream is None else self._stream.received

    @property
    def latest_pace(self) -> float:
        """Sound that has arrived in the latest `LATEST_S` of a connection that has ended, as a part of that time."""
        if not self._latest:
            return 0.0
        time_s, received_s = self._latest[0]
        return (self.received_s - received_s) / max(self._latest[-1][0] - time_s, LATEST_S / 2)

    def abandon(self) -> None:
        """Ask the connection to end, without waiting for it."""
        self._abandoned.set()

    def _open(self) -> Decoder:
        if self._beyond is not None:
            return self._open_stream()
        try:
            return Decoder(*self._arguments)
        except NotUnderstood as error:
            address, failure = self._arguments[0], str(error)
        fault = feed_fault(address, failure)
        if fault in (None, NOTHING) and scheme(address) in WEB:  # a length of 0, or none, hides sound from FFmpeg
            with contextlib.suppress(SourceError):
                return self._open_stream()
        raise SourceError(fault or failure)

    def _open_stream(self) -> Decoder:
        address, _, _, patience = self._arguments
        self._stream = WebStream(address, patience.open_s / 2, self._beyond)
        return Decoder(*self._arguments, self._stream)

    def _run(self) -> None:
        decoder = None
        try:
            decoder = self._open()
            self.decoder = decoder
            self._ready.set()
            for block in decoder.blocks():
                if not self._put(Arrival(block, elapsed_s())):
                    break
                self._count(block)
        except Exception as error:  # a thread that dies in silence would look like the end of the feed
            self.failure = source_error(error)
        finally:
            self._queue.put(None)
            self._ready.set()
            if decoder is not None:
                decoder.close()
            if self._stream is not None:
                self._stream.close()

    def _put(self, arrival: Arrival) -> bool:
        """Queue an arrival; returns False if the connection has been abandoned."""
        while self.holds_up and not self._abandoned.wait(POLL_S):
            pass
        self._held += len(arrival.block.samples)
        self._queue.put(arrival)
        return not self._abandoned.is_set()

    def _count(self, block: Block) -> None:
        """Note what has arrived, when, and with what it starts."""
        assert self.decoder is not None
        now_s = time.monotonic()
        self._latest.append((now_s, self.received_s))
        while self._latest[0][0] < now_s - LATEST_S:
            self._latest.popleft()
        self.received_s += block.duration_s
        wanted = round(START_S * self.decoder.rate_hz)
        if self.start is None and len(block.samples) and np.ptp(block.samples) > 0:
            self.start = self._arrived, block.samples[:wanted]
        elif self.start is not None and len(self.start[1]) < wanted:
            self.start = self.start[0], np.concatenate((self.start[1], block.samples))[:wanted]
        self._arrived += len(block.samples)
