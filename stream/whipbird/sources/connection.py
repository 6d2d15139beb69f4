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
from dataclasses import dataclass

from whipbird.errors import SourceError, source_error
from whipbird.recordings.decoder import Decoder, NotUnderstood, Patience
from whipbird.recordings.timestamps import Block
from whipbird.sources.feed_faults import feed_fault
from whipbird.system.elapsed import elapsed_s

__all__ = ["Arrival", "Connection"]

QUEUE_BLOCKS = 1024  # some 20 s; then the network waits
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

    Attributes
    ----------
    decoder : Decoder or None
        Set once the connection is open; only its attributes may be used.
    failure : SourceError or None
        Why the connection failed, if it did. The text does not contain the address.
    received_s : float
        Length of the sound that has arrived.
    """

    def __init__(self, address: str, rate_hz: int | None, channels: int | None, patience: Patience) -> None:
        self.decoder: Decoder | None = None
        self.failure: SourceError | None = None
        self.received_s = 0.0
        self._arguments = (address, rate_hz, channels, patience)
        self._deadline_s = time.monotonic() + patience.open_s
        self._open_s = patience.open_s
        self._queue: queue.Queue[Arrival | None] = queue.Queue(QUEUE_BLOCKS)
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
        return arrival

    @property
    def holds_up(self) -> bool:
        """Whether the network waits, because blocks arrive faster than they are taken; or everything has arrived."""
        return self._queue.full() or not self._thread.is_alive()

    def abandon(self) -> None:
        """Ask the connection to end, without waiting for it."""
        self._abandoned.set()

    def _open(self) -> Decoder:
        try:
            return Decoder(*self._arguments)
        except NotUnderstood as error:
            raise SourceError(feed_fault(self._arguments[0], str(error)) or str(error)) from None

    def _run(self) -> None:
        decoder = None
        try:
            decoder = self._open()
            self.decoder = decoder
            self._ready.set()
            for block in decoder.blocks():
                if not self._put(Arrival(block, elapsed_s())):
                    break
                self.received_s += block.duration_s
        except Exception as error:  # a thread that dies in silence would look like the end of the feed
            self.failure = source_error(error)
        finally:
            self._put(None)
            self._ready.set()
            if decoder is not None:
                decoder.close()

    def _put(self, arrival: Arrival | None) -> bool:
        """Queue an arrival; returns False if the connection has been abandoned."""
        while not self._abandoned.is_set():
            with contextlib.suppress(queue.Full):
                self._queue.put(arrival, timeout=POLL_S)
                return True
        return False
