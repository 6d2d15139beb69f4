"""Sound missing from a feed, with a simulated feed and clock."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waiting import LIMIT_S
from whipbird.audio.gap import Gap
from whipbird.audio.ring import Ring
from whipbird.recordings.timestamps import Block
from whipbird.sources import continuity
from whipbird.sources.connection import Arrival
from whipbird.sources.continuity import Continuity

RATE_HZ = 1_000
BLOCK_S = 0.02
SETTLE_S = 0.5
LATENCY_S = 0.3


class Heard:
    """A feed whose samples are their own numbers, so that what has been written can be checked."""

    def __init__(self, reliable=False, most_late_s=continuity.MOST_LATE_S):
        self.ring = Ring(2_000_000)
        self.reader = self.ring.reader()
        self.started = []
        self.doubts = []
        self.continuity = Continuity(
            self.ring,
            RATE_HZ,
            SETTLE_S,
            self.started.append,
            on_doubt=lambda: self.doubts.append(1),
            most_late_s=most_late_s,
            reliable=reliable,
        )

    def play(self, begin_s, end_s, arrives_s, counted=True, shift_s=0.0, left_out=()):
        """Send the blocks between two times; ``arrives_s`` gives the arrival of each from its end."""
        for number in range(round(begin_s / BLOCK_S), round(end_s / BLOCK_S)):
            if number in left_out:
                continue
            block_s = number * BLOCK_S
            first = round(block_s * RATE_HZ)
            samples = np.arange(first, first + round(BLOCK_S * RATE_HZ), dtype=np.float32)[:, None]
            block = Block(samples, block_s + shift_s, BLOCK_S)
            self.continuity.take(Arrival(block, arrives_s(block_s + BLOCK_S)), counted)

    def items(self):
        found, samples = [], []
        while (item := self.reader.read(10**9)) is not None:
            if isinstance(item, Gap):
                found.append(item)
            else:
                samples.append((self.reader.cursor - len(item), item[:, 0]))
        return found, samples

    def check(self):
        """Check that every sample is at its position, to some milliseconds; returns the gaps."""
        gaps, samples = self.items()
        for begin, values in samples:
            offset = values - np.arange(begin, begin + len(values))
            np.testing.assert_allclose(offset - samples[0][1][0], 0, atol=2)
        return gaps


def in_time(time_s):
    return time_s + LATENCY_S


def burst(from_s):
    """Everything played before arrives at once."""
    return lambda time_s: max(time_s, from_s) + LATENCY_S


@pytest.mark.parametrize("counted", [True, False])
def test_sound_that_flows_is_passed_on(counted):
    heard = Heard()
    heard.play(0, 5, in_time, counted)
    assert heard.check() == []
    assert heard.ring.position == 5 * RATE_HZ
    assert heard.started == [pytest.approx(LATENCY_S)]


def test_the_clock_starts_when_the_first_sample_was_played():
    """A server first sends four seconds of the past."""
    heard = Heard()
    heard.play(6, 12, burst(10))
    assert heard.started == [pytest.approx(6 + LATENCY_S)]


@pytest.mark.parametrize("begun_s", [5, 500])
def test_the_start_of_a_stream_that_arrives_first_is_left_out(begun_s):
    """Icecast sends the first page of Ogg to every client, and then the current sound."""
    heard = Heard()
    heard.play(0, 0.1, lambda _: begun_s, counted=False)
    heard.play(begun_s, begun_s + 4, burst(begun_s), counted=False)
    assert heard.check() == []
    assert heard.started == [pytest.approx(begun_s + LATENCY_S)]


def test_a_burst_that_is_longer_than_the_ring_waits_for_its_readers(monkeypatch):
    monkeypatch.setattr(continuity, "BURST_S", LIMIT_S)
    heard = Heard()
    heard.ring = ring = Ring(2 * RATE_HZ)
    heard.reader = reader = ring.reader(hold=True)
    heard.continuity = Continuity(ring, RATE_HZ, SETTLE_S, heard.started.append)
    playing = threading.Thread(target=heard.play, args=(0, 21, burst(20)))
    playing.start()
    read = []
    while playing.is_alive() or reader.available:
        if reader.wait(0.1):
            read.append(reader.read(RATE_HZ // 10))
    playing.join()
    np.testing.assert_array_equal(np.concatenate(read)[:, 0], np.arange(21 * RATE_HZ))


@given(
    st.lists(st.tuples(st.floats(1, 20), st.floats(0.1, 100), st.floats(0, 5)), min_size=1, max_size=5),
    st.booleans(),
    st.floats(0, 5),
)
def test_outages(outages, goes_on, first_burst_s):
    """After each outage a server sends some of the past; samples and gaps add up to the elapsed time."""
    heard, now_s = Heard(), 10.0
    shift_s = 0.0

    def snap(time_s):
        return round(time_s / BLOCK_S) * BLOCK_S

    first_burst_s = snap(first_burst_s)
    heard.play(now_s - first_burst_s, now_s + 2, burst(now_s), not goes_on)
    now_s += 2
    for well_s, out_s, burst_s in outages:
        heard.play(now_s, now_s + snap(well_s), in_time, not goes_on, shift_s)
        now_s += snap(well_s)
        heard.continuity.lose("connection lost")
        for moment_s in np.arange(now_s, now_s + out_s, 0.7):
            heard.continuity.wait(moment_s + LATENCY_S)
        now_s += snap(out_s)
        begin_s = now_s - snap(burst_s)
        shift_s = 0.0 if goes_on else -begin_s  # its timestamps restart
        heard.play(begin_s, now_s + 6, burst(now_s), not goes_on, shift_s)
        now_s += 6
    heard.continuity.finish(now_s + LATENCY_S)
    gaps = heard.check()
    assert {gap.reason for gap in gaps} <= {"connection lost"}
    assert heard.ring.position == pytest.approx((now_s - 10 + first_burst_s) * RATE_HZ, abs=2)


@given(st.sets(st.integers(100, 400)), st.booleans())
def test_lost_packets_are_gaps_of_their_length(left_out, wraps):
    heard = Heard()
    heard.play(0, 10, in_time, counted=False, shift_s=1e5 if wraps else 0.0, left_out=left_out)
    gaps = heard.check()
    assert sum(map(len, gaps)) == len(left_out) * round(BLOCK_S * RATE_HZ)
    assert {gap.reason for gap in gaps} <= {"packets lost"}
    assert heard.ring.position == 10 * RATE_HZ


def test_timestamps_that_jump_though_nothing_is_missing():
    """Another programme starts, whose timestamps are unrelated to the previous ones."""
    for shift_s in (-9.0, 500.0):
        heard = Heard()
        heard.play(0, 10, in_time, counted=False)
        heard.play(10, 20, in_time, counted=False, shift_s=shift_s)
        assert heard.check() == []
        assert heard.ring.position == 20 * RATE_HZ


@pytest.mark.parametrize("drift", [-3e-4, 3e-4])
def test_timestamps_that_drift(drift):
    heard = Heard()
    for number in range(50_000):
        block = Block(np.zeros((20, 1), np.float32), number * BLOCK_S * (1 + drift), BLOCK_S)
        heard.continuity.take(Arrival(block, number * BLOCK_S), counted=False)
    assert heard.items()[0] == []


def test_timestamps_that_are_rounded_or_shake():
    random = np.random.default_rng(1)
    heard = Heard()
    for number in range(5_000):
        time_s = round(number * BLOCK_S, 2) + random.uniform(-0.004, 0.004)
        heard.continuity.take(Arrival(Block(np.zeros((20, 1), np.float32), time_s, BLOCK_S), number * BLOCK_S), False)
    assert heard.items()[0] == []


def test_a_pause_that_is_made_up_for_loses_nothing():
    heard = Heard()
    heard.play(0, 10, in_time)
    heard.play(10, 15, burst(15))
    heard.play(15, 20, in_time)
    assert heard.check() == []


@pytest.mark.parametrize("pace", [1.5, 3.0])
@pytest.mark.parametrize("counted", [True, False])
def test_a_pause_that_is_made_up_for_slowly_loses_nothing(counted, pace):
    heard = Heard(reliable=True)
    heard.play(0, 10, in_time, counted)
    heard.play(10, 40, lambda time_s: in_time(time_s) + max(0.0, 6.0 - (time_s - 10) * (1 - 1 / pace)), counted)
    assert not heard.check()


def test_segments_that_take_long_to_arrive_lose_nothing():
    """As those of HLS on a slow network, whose timestamps are wrong."""
    heard = Heard(reliable=True, most_late_s=10.0)
    heard.play(0, 60, lambda time_s: in_time(time_s) + 6.0 - 0.5 * (time_s % 6), shift_s=5.0)
    assert not heard.check()


def test_a_pause_in_which_nothing_was_sent_is_a_gap():
    heard = Heard()
    heard.play(0, 10, in_time)
    heard.play(15, 20, in_time)
    assert heard.check() == [Gap(10_000, 15_000, "stalled")]


def test_an_outage_that_ends_with_the_listening():
    heard = Heard()
    heard.play(0, 10, in_time)
    heard.continuity.lose("connection lost")
    heard.continuity.finish(14 + LATENCY_S)
    assert heard.check() == [Gap(10_000, 14_000, "connection lost")]


def test_a_lasting_outage_is_counted_while_it_lasts():
    heard = Heard()
    heard.play(0, 10, in_time)
    heard.continuity.lose("connection lost")
    for moment_s in range(10, 1000):
        heard.continuity.wait(float(moment_s))
    assert 900 * RATE_HZ < heard.ring.position < 1000 * RATE_HZ


def shaking(most_s):
    random = np.random.default_rng(1)
    return lambda time_s: time_s + random.uniform(-most_s, most_s)


def jumping(steps):
    """A clock that is set at some times by some seconds."""
    return lambda time_s: time_s + sum(by_s for at_s, by_s in steps if at_s < time_s)


CLOCKS = st.one_of(
    st.floats(0.0, 0.1).map(shaking),
    st.floats(-1, 1).map(lambda drift: lambda time_s: time_s * (1 + drift)),
    st.just(lambda time_s: 0.0),
    st.lists(st.tuples(st.floats(0, 60), st.floats(-30, 30)), max_size=4).map(jumping),
)


PACKETS = st.sampled_from([(0.02, 0.0), (0.02, 0.02), (0.02, 0.1), (0.064, 0.0), (0.064, 0.02), (0.064, 0.05)])


@given(CLOCKS, PACKETS, st.integers(0, 99))
def test_wrong_clocks_and_lost_packets(clock, packets, seed):
    """Whatever the timestamps say, sound is written within seconds, and keeps step with the time that passes."""
    heard, random = Heard(), np.random.default_rng(seed)
    block_s, share = packets  # length, and share that is lost
    number = round(block_s * RATE_HZ)
    sound, lost, started_s = np.zeros((number, 1), np.float32), 0, None
    for block in range(round(60 / block_s)):
        if random.random() < share:
            lost += number
            continue
        arrives_s = (block + 1) * block_s + random.uniform(0, 0.02)
        heard.continuity.take(Arrival(Block(sound, clock(block * block_s), block_s), arrives_s), counted=False)
        if heard.started:
            started_s = started_s or arrives_s
            assert heard.ring.position / RATE_HZ == pytest.approx(arrives_s - heard.started[0], abs=0.5)
    assert started_s < 5
    assert heard.ring.skipped / RATE_HZ == pytest.approx(lost / RATE_HZ, abs=0.5)


@pytest.mark.parametrize(
    ("clock", "is_doubted"),
    [
        (shaking(0.06), True),
        (shaking(0.006), False),
        (lambda time_s: 1.01 * time_s, True),
        (lambda time_s: time_s / 2, True),
        (lambda time_s: 2 * time_s, True),
        (lambda time_s: 0.0, True),
        (lambda time_s: round(time_s, 2), False),
        (jumping([(60, 8.0)]), False),
        (jumping([(60, 0.5), (90, 0.5)]), False),
        (jumping([(60, -8.0)]), False),
    ],
)
def test_no_clock_makes_gaps_where_nothing_is_missing(clock, is_doubted):
    """Timestamps that stay wrong are reported, once."""
    heard = Heard()
    for number in range(5_000):
        time_s = number * 0.024
        block = Block(np.zeros((24, 1), np.float32), clock(time_s), 0.024)
        heard.continuity.take(Arrival(block, time_s + 0.01 * (number % 3)), counted=False)
    assert heard.items()[0] == []
    assert heard.ring.position == 120 * RATE_HZ
    assert heard.doubts == [1] * is_doubted


@pytest.mark.parametrize("share", [0.02, 0.2])
def test_a_feed_that_loses_packets_from_its_start(share):
    heard, random = Heard(), np.random.default_rng(1)
    left_out = {number for number in range(1, 500) if random.random() < share}
    heard.play(0, 10, in_time, counted=False, left_out=left_out)
    gaps = heard.check()
    assert heard.started == [pytest.approx(LATENCY_S)]
    assert sum(map(len, gaps)) == len(left_out) * round(BLOCK_S * RATE_HZ)


def test_timestamps_that_hide_losses():
    """They count what arrives; the time shows what does not."""
    heard = Heard()
    samples = np.zeros((20, 1), np.float32)
    sent = [number for number in range(6_000) if number % 20]
    for count, number in enumerate(sent):
        heard.continuity.take(Arrival(Block(samples, count * BLOCK_S, BLOCK_S), number * BLOCK_S), counted=False)
    assert heard.ring.position == pytest.approx(120 * RATE_HZ, abs=0.5 * RATE_HZ)
    assert heard.doubts == [1]


def test_a_connection_that_is_late_for_a_while_loses_nothing():
    """A network that delivers everything in the end, and timestamps that are right."""
    heard = Heard(reliable=True)
    heard.play(0, 10, in_time, counted=False)
    heard.play(10, 12, lambda time_s: 10 + 2.5 * (time_s - 10) + LATENCY_S, counted=False)
    heard.play(12, 15, lambda time_s: 15 + 0.1 * (time_s - 12) + LATENCY_S, counted=False)
    heard.play(15, 20, lambda time_s: max(time_s, 15.3) + LATENCY_S, counted=False)
    assert heard.check() == []
    assert heard.doubts == []


def test_what_is_placed_shows_that_sound_flows():
    """Also while a server repeats what was written already."""
    heard = Heard()
    heard.play(0, 10, in_time, counted=False, shift_s=100.0)
    heard.continuity.lose("connection lost")
    before = heard.continuity.placed
    heard.play(8, 10, burst(11), counted=False, shift_s=100.0)
    assert heard.continuity.placed == before + 2 * RATE_HZ
    assert heard.ring.position == 10 * RATE_HZ
