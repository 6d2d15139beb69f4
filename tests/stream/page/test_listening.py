"""Live sound reaches all who listen, encoded once; voices do not."""

import asyncio
import io

import numpy as np
import pytest
import soundfile

from made_events import BEGIN
from made_recordings import chirps
from page_visitors import Visit
from whipbird.audio.ring import Ring
from whipbird.events.reports import Listener, Opening, Summary
from whipbird.page import listening
from whipbird.page.listening import ListenState, LiveSounds
from whipbird.page.mp3 import RATE_HZ as SENT_HZ
from whipbird.sources.base import RunningSource, Source

RATE_HZ = 16_000


@pytest.fixture
def sounds():
    made = LiveSounds()
    yield made
    made.close()


def start(sounds, hears_words, name="porch"):
    """A source that listens for words or for birds; returns its ring."""
    ring = Ring(10 * RATE_HZ, 1)
    sounds.attach(RunningSource(Source(name, True, RATE_HZ, 1), ring, lambda: ring.position))
    listener = Listener("model", "1", ("yes",), hears_words=hears_words)
    sounds.write(Opening(name, None, RATE_HZ, 1, 1, BEGIN, "live", BEGIN, (listener,)))
    return ring


async def heard(sounds, ring, samples, seconds, count=1):
    """What each of some listeners gets when sound comes after they have begun to listen."""
    streams = [sounds.frames("porch") for _ in range(count)]
    pieces = [[] for _ in streams]

    async def listen(number):
        while sum(map(len, pieces[number])) < seconds * 11_500:
            pieces[number].append(await anext(streams[number]))

    async with asyncio.timeout(60):
        tasks = [asyncio.create_task(listen(number)) for number in range(count)]
        while sounds.states()["porch"].listeners < count:
            await asyncio.sleep(0.01)
        await asyncio.sleep(3 * listening.PACE_S)
        ring.write(samples)
        await asyncio.gather(*tasks)
    state = sounds.states()["porch"]
    for stream in streams:
        await stream.aclose()
    return [soundfile.read(io.BytesIO(b"".join(own)))[0] for own in pieces], state


def test_all_listeners_get_the_same_sound(sounds, spoken):
    ring = start(sounds, hears_words=True)
    found, state = asyncio.run(heard(sounds, ring, spoken, 3, count=2))
    np.testing.assert_array_equal(*found)
    assert np.abs(found[0][SENT_HZ:-SENT_HZ]).max() > 0.1
    assert state == ListenState(2, False, 0.0)
    assert sounds.states() == {"porch": ListenState()}


@pytest.mark.parametrize(("voices", "is_muted"), [("", True), ("blank", True), ("withhold", True), ("keep", False)])
def test_a_voice_is_not_sent_where_it_is_not_kept(sounds, spoken, voices, is_muted):
    ring = start(sounds, hears_words=False)
    sounds.voices = voices
    (found,), state = asyncio.run(heard(sounds, ring, spoken, 3))
    assert (np.abs(found).max() < 0.01) == is_muted
    assert (state.muted_s > 0) == is_muted


def test_a_bird_is_sent(sounds):
    ring = start(sounds, hears_words=False)
    (found,), state = asyncio.run(heard(sounds, ring, chirps(5), 4))
    assert np.abs(found).max() > 0.1
    assert state == ListenState(1, False, 0.0)


def test_a_source_without_sound_is_silent_and_its_stream_goes_on(sounds, monkeypatch):
    monkeypatch.setattr(listening, "LATE_S", 0.2)
    ring = start(sounds, hears_words=True)
    sounds.write(Summary("porch", 1.0, 0.0, 0, 1.0, None, None))
    (found,), _ = asyncio.run(heard(sounds, ring, chirps(1), 2))
    assert np.abs(found).max() < 0.01


def test_recordings_are_not_listened_to_and_closing_ends_the_streams(sounds):
    ring = Ring(RATE_HZ, 1)
    sounds.attach(RunningSource(Source("card", False, RATE_HZ, 1), ring, lambda: 0))
    assert not sounds.has("card")
    start(sounds, hears_words=True)

    async def listen():
        asyncio.get_running_loop().call_later(0.3, sounds.close)
        async with asyncio.timeout(30):
            return [frames async for frames in sounds.frames("porch")]

    assert asyncio.run(listen()) == []


def test_who_may_listen(forest, state, sounds):
    start(sounds, hears_words=True)
    visit = Visit(forest, state, open=True)
    visit.page.listening = sounds
    elsewhere = visit.visitor("10.0.0.1")
    assert elsewhere.get("/api/events").status_code == 200
    assert elsewhere.get("/api/listen?source=porch").status_code == 403
    for path in ("/api/listen", "/api/listen?source=attic"):
        assert visit.visitor().get(path).status_code == 404
    assert Visit(forest, state).visitor("10.0.0.1").get("/api/listen?source=porch").status_code == 401
