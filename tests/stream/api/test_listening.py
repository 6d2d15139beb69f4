"""Listening to sound that is there already: iteration, callback, coroutine, and every way to stop."""

import asyncio
import gc
import itertools
import logging
import threading

import numpy as np
import pytest
import soundfile

import whipbird
from waiting import LIMIT_S, wait_until
from whipbird.api.choice import choose
from whipbird.api.listening import Listening
from whipbird.sources.base import Source
from whipbird.sources.ring_writer import write_block

pytestmark = pytest.mark.usefixtures("first_alone_installed")

RATE_HZ = 16_000


class Speech(Source):
    """Repeats the same sound, as fast as it is processed; after `times`, it breaks off or ends."""

    def __init__(self, samples, times=None, error=None):
        super().__init__("speech", live=False, rate_hz=RATE_HZ, channels=1)
        self._samples, self._times, self._error = samples[:, None], times, error
        self.closed = False

    def run(self, ring, stop, notify):
        for number in itertools.count():
            if number == self._times:
                if self._error:
                    raise self._error
                return
            while not ring.wait_for_room(len(self._samples), 0.1):
                if stop.is_set():
                    return
            write_block(ring, self._samples)

    def close(self):
        self.closed = True


@pytest.fixture(scope="module")
def word(demo):
    """Two seconds with one word."""
    return np.pad(soundfile.read(demo, dtype="float32", stop=24_000)[0], (0, 8_000))


@pytest.fixture(scope="module")
def choice():
    return choose("commands", (), "en", None, 0.03, (), ())


@pytest.fixture(autouse=True)
def no_thread_is_left():
    before = set(threading.enumerate())
    yield
    gc.collect()  # of what pytest may keep of a failed test, there is no need to speak
    assert set(threading.enumerate()) <= before


def test_iteration_ends_with_the_source(word, choice):
    source = Speech(word, times=3)
    listening = Listening(source, choice)
    assert listening.source == "speech"
    assert [event.label for event in listening] == ["yes"] * 3
    assert source.closed
    assert listening.summary.heard_s == 6
    assert list(listening) == []


def test_a_source_that_breaks_off_gives_its_events_first(word, choice):
    listening, found = Listening(Speech(word, 2, OSError("pulled out")), choice), []
    with pytest.raises(whipbird.SourceError, match="speech: OSError: pulled out"):
        found.extend(listening)
    found.extend(listening)  # nothing more, and the error only once


def test_a_loop_that_is_left_ends_it(word, choice):
    source = Speech(word)
    for event in Listening(source, choice):
        assert event.label == "yes"
        break
    assert source.closed


def test_the_end_of_a_block_ends_it(word, choice):
    source = Speech(word)
    with Listening(source, choice) as listening:
        assert next(listening).label == "yes"
    assert source.closed
    assert list(listening) == []
    listening.close()


def test_closing_wakes_who_waits(word, choice):
    listening = Listening(Speech(0 * word), choice)
    found = []
    reader = threading.Thread(target=lambda: found.extend(listening))
    reader.start()
    listening.close()
    reader.join(LIMIT_S)
    assert not reader.is_alive()
    assert found == []


def test_a_callback_gets_the_events(word, choice):
    found = []
    with Listening(Speech(word, times=3), choice, callback=found.append) as listening:
        assert listening.wait()
    assert [event.label for event in found] == ["yes"] * 3


def test_a_callback_goes_on_although_nothing_refers_to_it(word, choice):
    source, found = Speech(word, times=5), []
    Listening(source, choice, callback=found.append)
    wait_until(lambda: source.closed)
    assert len(found) == 5


def test_a_callback_may_end_it(word, choice):
    found = []

    def take(event):
        found.append(event)
        listening.close()

    listening = Listening(Speech(word), choice, callback=take)
    assert listening.wait()
    assert len(found) == 1


def test_an_error_of_the_callback_ends_it_and_is_raised(word, choice, caplog):
    source = Speech(word)
    listening = Listening(source, choice, callback=lambda event: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        listening.wait()
    wait_until(lambda: source.closed)
    assert caplog.messages == ["listening has ended: ZeroDivisionError: division by zero"]


def test_it_ends_after_a_duration(word, choice):
    listening = Listening(Speech(word), choice, duration_s=4.0)
    assert [event.label for event in listening] == ["yes"] * 2
    assert listening.summary.heard_s == 4


def test_coroutines_iterate(word, choice):
    async def run():
        return [event.label async for event in Listening(Speech(word, times=3), choice)]

    assert asyncio.run(run()) == ["yes"] * 3


def test_tasks_share_the_events(word, choice):
    async def take(listening):
        return [event.label async for event in listening]

    async def run():
        listening = Listening(Speech(word, times=4), choice)
        one, other = await asyncio.gather(take(listening), take(listening))
        return one + other

    assert asyncio.run(run()) == ["yes"] * 4


def test_a_coroutine_that_stops_ends_it(word, choice):
    source = Speech(word)

    async def run():
        async with Listening(source, choice) as listening:
            async for event in listening:
                return event.label

    assert asyncio.run(run()) == "yes"
    assert source.closed


def test_a_coroutine_that_is_cancelled_ends_it_and_loses_no_event(word, choice):
    source = Speech(0 * word)

    async def run():
        listening = Listening(source, choice)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(listening), 0.05)
        listening._run.queue.put("event")
        found = await anext(listening)
        await asyncio.to_thread(listening.close)
        return found

    assert asyncio.run(run()) == "event"
    assert source.closed


def test_a_coroutine_gets_the_error_of_the_source(word, choice):
    async def run():
        async for _ in Listening(Speech(word, 1, OSError("pulled out")), choice):
            pass

    with pytest.raises(whipbird.SourceError, match="pulled out"):
        asyncio.run(run())


def test_other_tasks_go_on_while_one_waits_for_an_event(word, choice):
    async def run():
        async with Listening(Speech(0 * word), choice) as listening:
            waiting = asyncio.create_task(anext(listening))
            for _ in range(3):
                await asyncio.sleep(0)
            assert not waiting.done()
            waiting.cancel()

    asyncio.run(run())


def test_gaps_are_logged_or_given_to_a_function(word, choice, caplog):
    sound = word.copy()
    sound[20_000:22_000] = np.nan
    list(Listening(Speech(sound, times=1), choice))
    assert caplog.record_tuples == [("whipbird", logging.WARNING, "speech: at 1.25 s: 0.12 s lost: invalid samples")]
    gaps = []
    list(Listening(Speech(sound, times=1), choice, on_gap=gaps.append))
    assert [(gap.begin_s, gap.reason) for gap in gaps] == [(1.25, "invalid samples")]
    assert len(caplog.records) == 1
