import gc
import sys
import threading
import time
import weakref

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from whipbird.audio.gap import Gap
from whipbird.audio.ring import OVERRUN, Ring


def numbered(start, count):
    """Samples whose values are their numbers: shape (count, 1)."""
    return (np.arange(start, start + count) % 2**23).astype(np.float32)[:, None]


def values(samples):
    return samples[:, 0].tolist()


def test_samples_and_gaps_come_in_order_to_the_end():
    ring = Ring(10)
    reader = ring.reader()
    ring.write(numbered(0, 3))
    assert values(reader.read(2)) == [0, 1]
    ring.skip(3, "overflow")
    ring.write(numbered(6, 12))
    ring.skip(7, "unplugged")
    assert not ring.closed
    ring.close()
    assert ring.closed
    items = []
    while not reader.finished:
        items.append(reader.read(20))
    assert values(items.pop(3)) == list(range(8, 18))
    lost = [(2, 3, OVERRUN), (3, 6, "overflow"), (6, 8, OVERRUN), (18, 25, "unplugged")]
    assert items == [Gap(*gap) for gap in lost]


def test_channels_stay_apart():
    ring = Ring(4, channels=2)
    reader = ring.reader()
    ring.write(np.array([[1, -1], [2, -2]], np.float32))
    assert reader.read(10).tolist() == [[1, -1], [2, -2]]


def test_samples_belong_to_their_reader():
    ring = Ring(4)
    first, second = ring.reader(), ring.reader()
    ring.write(numbered(0, 4))
    first.read(4)[:] = -1
    mine = second.read(4)
    ring.write(numbered(4, 4))
    assert values(mine) == [0, 1, 2, 3]


def test_the_writer_does_not_wait_for_a_reader_that_is_gone():
    ring = Ring(4)
    reader = ring.reader(hold=True)
    ring.write(numbered(0, 4))
    assert not ring.wait_for_room(1, 0)
    del reader
    assert ring.wait_for_room(1, 0)


def test_an_unused_ring_is_freed_at_once():
    gc.disable()  # only what has no circles goes without it
    try:
        ring = Ring(4)
        reader = ring.reader(hold=True)
        ring.write(numbered(0, 4))
        reader.read(4)
        trace = weakref.ref(ring)
        del ring, reader
        assert trace() is None
    finally:
        gc.enable()


def test_a_waiting_writer_is_woken_by_the_reader():
    ring = Ring(10)
    reader = ring.reader(hold=True)
    ring.write(numbered(0, 10))
    thread = threading.Thread(target=reader.read, args=(10,))
    thread.start()
    while not ring.wait_for_room(10, 60):
        pass
    thread.join()


def test_a_waiting_reader_is_woken_by_the_writer():
    ring = Ring(10)
    reader = ring.reader()
    thread = threading.Thread(target=ring.write, args=(numbered(0, 1),))
    thread.start()
    assert reader.wait(60)
    thread.join()
    assert values(reader.read(10)) == [0]


def test_a_reader_waits_in_vain_while_nothing_comes():
    assert not Ring(10).reader().wait(0.001)


@pytest.mark.parametrize(("capacity", "channels"), [(0, 1), (10, 0)])
def test_a_ring_without_room_is_refused(capacity, channels):
    with pytest.raises(ValueError, match="room"):
        Ring(capacity, channels)


CAPACITY = 7


class AnyOrder(RuleBasedStateMachine):
    """Whatever the order of writing, losing and reading, each reader gets what a plain list says."""

    def __init__(self):
        super().__init__()
        self.ring = Ring(CAPACITY)
        self.sound = []  # for each absolute sample, the gap it lies in, or None
        self.readers = []
        self.cursors = []  # where in the sound each reader should be

    @rule(count=st.integers(0, 3 * CAPACITY))
    def write(self, count):
        self.ring.write(numbered(len(self.sound), count))
        self.sound += [None] * count

    @rule(count=st.integers(-2, 10 * CAPACITY), reason=st.sampled_from(["overflow", "unplugged"]))
    def skip(self, count, reason):
        gap = Gap(len(self.sound), len(self.sound) + max(0, count), reason)
        self.ring.skip(count, reason)
        self.sound += [gap] * count

    @precondition(lambda self: len(self.readers) < 3)
    @rule(hold=st.booleans())
    def join(self, hold):
        self.readers.append(self.ring.reader(hold))
        self.cursors.append(len(self.sound))

    @precondition(lambda self: self.readers)
    @rule(data=st.data(), most=st.integers(1, 2 * CAPACITY))
    def read(self, data, most):
        number = data.draw(st.integers(0, len(self.readers) - 1))
        item = self.readers[number].read(most)
        position = self.cursors[number]
        kept = [at for at, gap in enumerate(self.sound) if gap is None][-CAPACITY:]
        oldest = kept[0] if kept else 0
        if position == len(self.sound):
            assert item is None
            return
        gap = self.sound[position]
        if gap is not None:
            assert item == gap
            self.cursors[number] = gap.end
            return
        end = next((at for at in range(position, len(self.sound)) if self.sound[at] is not None), len(self.sound))
        if position < oldest:
            end = min(end, oldest)
            assert item == Gap(position, end, OVERRUN)
        else:
            end = min(end, position + most)
            assert values(item) == list(range(position, end))
        self.cursors[number] = end

    @invariant()
    def positions(self):
        assert self.ring.position == len(self.sound)
        assert self.ring.skipped == len(self.sound) - self.sound.count(None)
        for reader, position in zip(self.readers, self.cursors, strict=True):
            assert reader.cursor == position
            assert reader.available == len(self.sound) - position

    @invariant()
    def room(self):
        unread = [
            self.sound[position:].count(None) for position, r in zip(self.cursors, self.readers, strict=True) if r.hold
        ]
        for count in (1, CAPACITY // 2, CAPACITY, 1000):  # more than it holds fits once all is read
            least = min(count, CAPACITY)
            assert self.ring.wait_for_room(count, 0) == (max(unread, default=0) + least <= CAPACITY)


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
test_any_order_of_calls_gives_what_a_plain_list_says = AnyOrder.TestCase


@pytest.fixture
def eager_switching():
    """Threads take turns as often as the interpreter can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


class Listener(threading.Thread):
    """Reads to the end, checks every sample, and counts."""

    def __init__(self, reader, most, pause_s):
        super().__init__()
        self.reader = reader
        self.most = most
        self.pause_s = pause_s
        self.read = self.lost = self.overrun = self.wrong = 0

    def run(self):
        position = 0
        while not self.reader.finished:
            item = self.reader.read(self.most)
            if item is None:
                self.reader.wait(0.1)
            elif isinstance(item, Gap):
                self.wrong += item.begin != position
                self.lost += len(item)
                self.overrun += item.reason == OVERRUN
                position = item.end
            else:
                self.wrong += int(np.count_nonzero(item != numbered(position, len(item))))
                self.read += len(item)
                position += len(item)
            if self.pause_s:
                time.sleep(self.pause_s)


def test_no_torn_read_and_an_exact_account_under_stress(eager_switching):
    """One writer that never waits overtakes three readers all the time.

    Blocks of thousands of samples make NumPy give up the interpreter lock while it copies, so that copying in and
    copying out do overlap. The value of every sample is its number: one that was overwritten while it was read would be
    wrong by a multiple of the capacity.
    """
    ring = Ring(30_000)
    listeners = [
        Listener(ring.reader(), 4_000, 0),
        Listener(ring.reader(), 20_000, 0),
        Listener(ring.reader(), 9_000, 0.0005),
    ]
    for listener in listeners:
        listener.start()
    sound = numbered(0, 2**23 + 10_000)
    turn = 0
    while turn < 20_000 or not all(listener.read and listener.overrun for listener in listeners):
        turn += 1
        count = 600 + 997 * turn % 9_000
        start = ring.position % 2**23
        ring.write(sound[start : start + count])
        if turn % 50 == 0:
            ring.skip(100_000, "lost")
        if turn % 5 == 0:
            time.sleep(0.0001)
    ring.close()
    for listener in listeners:
        listener.join()
        assert listener.wrong == 0
        assert listener.read + listener.lost == ring.position


def test_a_holding_reader_loses_nothing_although_there_are_gaps(eager_switching):
    ring = Ring(1_000)
    listener = Listener(ring.reader(hold=True), 300, 0)
    listener.start()
    for turn in range(5_000):
        while not ring.wait_for_room(600, 1):
            pass
        ring.write(numbered(ring.position, 600))
        if turn % 2:
            ring.skip(10_000, "lost")
    ring.close()
    listener.join()
    assert listener.overrun == 0
    assert listener.wrong == 0
    assert listener.read == 5_000 * 600


def test_at_no_moment_does_passing_a_gap_look_like_room():
    """The writer looks at every line that the reader executes, as if the interpreter switched threads there."""
    ring = Ring(10)
    reader = ring.reader(hold=True)
    ring.skip(1_000, "lost")
    ring.write(numbered(1_000, 6))
    seen = set()

    def look(frame, event, argument):
        seen.add((ring.wait_for_room(4, 0), ring.wait_for_room(5, 0)))
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        reader.read(1)
    finally:
        sys.settrace(before)
    assert reader.cursor == 1_000
    assert (True, True) not in seen
