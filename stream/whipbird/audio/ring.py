"""The ring: one writer that never waits, any number of readers, absolute sample numbers.

A source writes blocks of samples, or says how many were lost (`Ring.skip`; a gap takes no room). Each `Reader` has a
cursor of its own and gets, in order, samples and gaps. A reader that the writer has overtaken gets a gap of reason
`OVERRUN` with exactly the samples it lost, and continues from the oldest one left.

There are two kinds of position. *Absolute sample numbers* count everything from the start of the source, gaps included;
users of this module see only these. *Slots* count the samples that were really written; slot ``s`` is at index
``s % capacity`` of the array.

Why no lock is needed
---------------------
The writer announces how far it will write (``_reserved``), copies the samples, then publishes how far it has written
(``_written``). A reader copies first and checks ``_reserved`` afterwards: what the writer may have begun to overwrite
in the meantime is discarded, so that a torn read is never returned. Both numbers are Python integers: an attribute
holds the old object or the new one, never a mixture, and the interpreter switches threads only between operations.
NumPy gives up the interpreter lock while it copies, so copies do overlap; but each side takes the lock again before it
touches a position, and taking and giving back a lock orders memory on every processor:

* A reader that sees a new ``_written`` took the lock after the writer gave it back, so it sees the samples too.
* A reader that still sees the old ``_reserved`` after its copy held the lock before the writer announced, and the
  writer copies only after announcing, so the copy was finished before it was overwritten.

The tuple of gaps is replaced, never changed, and published before any sample after the gap. Interpreters without that
lock (free-threaded builds) are not supported.

A reader sleeps on a plain lock used as a binary semaphore: releasing it never waits.

A ring knows its readers by weak references. Otherwise ring and readers would keep each other alive, and megabytes of
samples would stay after the end of each recording until the interpreter looks for such cycles, which it seldom does.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from bisect import bisect_left, bisect_right
from operator import attrgetter

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.gap import Gap
from whipbird.system.mmap_arrays import mapped_zeros

__all__ = ["OVERRUN", "Reader", "Ring", "Signal"]

OVERRUN = "overrun"


class Signal:
    """A binary semaphore whose `set` never waits: any number of sets before a wait count as one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def set(self) -> None:
        if self._lock.locked():
            with contextlib.suppress(RuntimeError):  # another thread set it between the two lines
                self._lock.release()

    def wait(self, timeout_s: float) -> bool:
        return self._lock.acquire(timeout=timeout_s)


class Ring:
    """A broadcast ring of float32 samples.

    Parameters
    ----------
    capacity : int
        Samples per channel that it holds.
    channels : int
    channel : int or None
        The channel that is listened to, counted from 1; None for the mix of all.

    Raises
    ------
    ValueError
        If there is no room for a sample.

    Attributes
    ----------
    skipped : int
        Samples that the writer has reported lost so far.
    closed : bool
        Whether the writer has said that nothing more will come.
    """

    def __init__(self, capacity: int, channels: int = 1, channel: int | None = None) -> None:
        if capacity < 1 or channels < 1:
            raise ValueError("a ring needs room for at least one sample of one channel")
        self.capacity = capacity
        self.channels = channels
        self.channel = channel
        self._samples: Floats = mapped_zeros(capacity, channels)
        self._reserved = 0  # slots announced
        self._written = 0  # slots published
        self.skipped = 0
        self._gaps: tuple[Gap, ...] = ()
        self.closed = False
        self._readers: tuple[weakref.ref[Reader], ...] = ()
        self._room = Signal()

    @property
    def position(self) -> int:
        """Absolute number of the sample that comes next."""
        return self._written + self.skipped

    def write(self, block: Floats) -> None:
        """Append samples, shape (n, channels). Never waits."""
        for start in range(0, len(block), self.capacity):
            self._write_piece(block[start : start + self.capacity])
        self._wake_readers()

    def _write_piece(self, block: Floats) -> None:
        start = self._written
        end = start + len(block)
        self._reserved = end
        index = start % self.capacity
        first = min(len(block), self.capacity - index)
        self._samples[index : index + first] = block[:first]
        self._samples[: len(block) - first] = block[first:]
        self._written = end

    def skip(self, count: int, reason: str) -> None:
        """Say that the next `count` samples are lost, and why. Never waits."""
        if count <= 0:
            return
        start = self.position
        slowest = min((reader.cursor for reader in self._present()), default=start)
        kept = self._gaps[bisect_right(self._gaps, slowest, key=attrgetter("end")) :]
        self._gaps = (*kept, Gap(start, start + count, reason))
        self.skipped += count
        self._wake_readers()

    def close(self) -> None:
        """Say that nothing more will come; readers still get the rest."""
        self.closed = True
        self._wake_readers()

    def reader(self, hold: bool = False, signal: Signal | None = None) -> Reader:
        """Make a reader that starts at the writer's position; call this before the writer starts, or on its thread.

        The writer does not wait for a reader that no longer exists.

        Parameters
        ----------
        hold : bool
            Whether `wait_for_room` waits for this reader, so that it loses nothing of a source that can wait.
        signal : Signal, optional
            What wakes the reader, if it waits for several rings at once.
        """
        reader = Reader(self, hold, signal or Signal())
        self._readers = (*self._readers, weakref.ref(reader))
        return reader

    def wait_for_room(self, count: int, timeout_s: float) -> bool:
        """Wait until `count` samples can be written without overtaking a holding reader; for sources that can wait.

        Returns
        -------
        bool
            Whether there is room; a count over the capacity counts as the capacity.
        """
        if self._has_room(count):
            return True
        self._room.wait(timeout_s)
        return self._has_room(count)

    def _present(self) -> list[Reader]:
        """The readers that still exist."""
        return [reader for reference in self._readers if (reader := reference()) is not None]

    def _has_room(self, count: int) -> bool:
        slowest = min((reader.slot for reader in self._present() if reader.hold), default=self._written)
        return self._written + min(count, self.capacity) - slowest <= self.capacity

    def _wake_readers(self) -> None:
        position = self.position
        for reader in self._present():
            if position - reader.cursor >= reader._wanted or self.closed:
                reader._signal.set()


class Reader:
    """One reader of a `Ring`; used by one thread at a time.

    Attributes
    ----------
    cursor : int
        Absolute number of the next sample.
    hold : bool
        Whether a source that can wait does so for this reader.
    """

    def __init__(self, ring: Ring, hold: bool, signal: Signal) -> None:
        self._ring = ring
        self._signal = signal
        self._wanted = 1  # samples that it sleeps for
        self.hold = hold
        self.cursor = ring.position
        self._skipped = ring.skipped  # gaps before the cursor

    @property
    def slot(self) -> int:
        """Samples really written before the cursor."""
        return self.cursor - self._skipped

    @property
    def available(self) -> int:
        """Samples between the cursor and the writer, gaps included."""
        return max(0, self._ring.position - self.cursor)  # a gap is published a moment before it is counted

    @property
    def is_before_gap(self) -> bool:
        """Whether the writer has reported a gap that has not been read yet."""
        return self._ring.skipped > self._skipped

    @property
    def is_due(self) -> bool:
        """Whether there is what was asked for with `want`, or a gap, or nothing more will come."""
        ring = self._ring
        return ring.closed or ring.skipped > self._skipped or ring._written - self.slot >= self._wanted

    @property
    def finished(self) -> bool:
        """Whether the ring is closed and read to its end."""
        return self._ring.closed and self.available == 0

    def read(self, most: int) -> Floats | Gap | None:
        """The next samples, `most` at most, shape (n, channels); or the next gap; or None while there is nothing.

        The samples are a copy that belongs to the caller.
        """
        ring = self._ring
        written = ring._written  # before the gaps: every gap before this slot is then in the tuple
        gaps = ring._gaps
        number = bisect_left(gaps, self.cursor, key=attrgetter("begin"))
        upcoming = gaps[number] if number < len(gaps) else None
        slot = self.slot
        ready = written - slot if upcoming is None else upcoming.begin - self.cursor
        if ready == 0:
            return None if upcoming is None else self._pass(upcoming)
        count = min(most, ready, ring.capacity)
        index = slot % ring.capacity
        first = min(count, ring.capacity - index)
        samples = np.empty((count, ring.channels), np.float32)
        samples[:first] = ring._samples[index : index + first]
        samples[first:] = ring._samples[: count - first]
        oldest = ring._reserved - ring.capacity  # after the copy: samples before it may have been overwritten
        if slot < oldest:
            return self._pass(Gap(self.cursor, self.cursor + min(oldest - slot, ready), OVERRUN))
        self.cursor += count
        self._ring._room.set()
        return samples

    def wait(self, timeout_s: float, count: int = 1) -> bool:
        """Sleep until `count` samples are there or nothing more will come, or the time is over."""
        return self.want(count) or self._signal.wait(timeout_s)

    def want(self, count: int) -> bool:
        """Ask to be woken once `count` samples are there or no more will come; returns whether that is the case."""
        self._wanted = count
        return self.available >= count or self._ring.closed

    def _pass(self, gap: Gap) -> Gap:
        if gap.reason != OVERRUN:
            self._skipped += len(gap)  # first: the writer must never see this gap as room
        self.cursor = gap.end
        self._ring._room.set()
        return gap
