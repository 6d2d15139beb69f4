"""What is heard now reaches those who watch, and nobody else costs anything."""

import asyncio
import base64
import json

import numpy as np

from made_events import event
from whipbird.audio.ring import Ring
from whipbird.events.reports import Notice, Summary
from whipbird.page.live import LiveHub
from whipbird.page.names import ShownNames
from whipbird.sessions.spectrogram import BANDS
from whipbird.sources.base import RunningSource, Source

RATE_HZ = 16_000
HEALTH = [{"name": "porch", "state": "listening", "heard_s": 3.0, "lost_s": 0.0, "listeners": 1, "muted": True}]


def running(name="porch"):
    ring = Ring(4 * RATE_HZ, 1)
    return ring, RunningSource(Source(name, True, RATE_HZ, 1), ring, lambda: ring.position)


async def messages(hub, wanted, code="en", begun=lambda: None):
    """The content of the first messages of some kinds."""
    found = {}
    lines = hub.lines(code, ShownNames())
    assert (await anext(lines)).startswith("retry:")
    begun()
    async with asyncio.timeout(30):
        async for line in lines:
            kind, data = line.strip().split("\n")
            found.setdefault(kind.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
            if wanted <= found.keys():
                break
    await lines.aclose()
    return found


def test_a_watcher_gets_sound_events_and_health():
    ring, source = running()
    hub = LiveHub(lambda: HEALTH)
    hub.attach(source)
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
    ring.write(tone[:, None])
    try:
        found = asyncio.run(
            messages(hub, {"sound", "detection", "health"}, "de", lambda: hub.write(event(source="porch")))
        )
    finally:
        hub.close()
    assert (found["sound"]["source"], found["sound"]["level"]) == ("porch", -3.0)
    columns = np.frombuffer(base64.b64decode(found["sound"]["columns"]), np.uint8).reshape(-1, BANDS)
    assert len(columns) == 10
    assert 0 < columns[5].argmax() < BANDS // 2
    assert found["detection"]["name"] == "yes"
    assert found["health"] == [
        {
            "source": "porch",
            "state": "listening",
            "shown": "hört",
            "heard": "3 s",
            "lost": "0 s",
            "listeners": "1 hört zu",
            "muted": True,
        }
    ]


def test_a_slow_watcher_misses_columns_and_keeps_events():
    hub = LiveHub(list)

    async def watch():
        lines = hub.lines("en", ShownNames())
        await anext(lines)
        for _ in range(200):
            hub._send(("sound", {"source": "porch"}))
        hub.write(event(source="porch"))
        await asyncio.sleep(0)
        kinds = []
        while "detection" not in kinds:
            kinds.append((await anext(lines)).split("\n")[0].removeprefix("event: "))
        await lines.aclose()
        return kinds

    try:
        assert 1 < len(asyncio.run(watch())) < 100
    finally:
        hub.close()


def test_closing_ends_the_streams_and_notices_are_kept():
    hub = LiveHub(list)
    hub.write(Notice("porch: is back"))
    hub.write(Summary("porch", 1.0, 0.0, 0, 1.0, None, None))

    async def watch():
        lines = hub.lines("en", ShownNames())
        await anext(lines)
        asyncio.get_running_loop().run_in_executor(None, hub.close)
        return [line async for line in lines]

    assert asyncio.run(watch()) == []
    assert [text for _, text in hub.notices()] == ["porch: is back"]
