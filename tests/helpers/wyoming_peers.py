"""A Wyoming server in this process, and clients of the package ``wyoming``."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from pathlib import Path

import soundfile
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.error import Error
from wyoming.ping import Ping, Pong
from wyoming.wake import Detect, Detection, NotDetected

from whipbird.events.thresholds import NO_THRESHOLDS
from whipbird.home.address import parse_address
from whipbird.home.catalog import Catalog
from whipbird.home.near_misses import NearMisses
from whipbird.home.room_thresholds import NO_ROOM_THRESHOLDS
from whipbird.home.rooms import RoomNames
from whipbird.home.server import WakeServer
from whipbird.home.streams import Streams
from whipbird.sinks.publisher import Publisher, Sink
from whipbird.station.report_hub import ReportHub
from whipbird.station.settings.outputs import StationOutputs

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo.flac"
WORD_S = 1.4  # at most, of the demo per word
WORDS = 6  # in as much of the demo as a ring holds: then nothing is lost, however busy the machine
LIMIT_S = 400  # ends a wait in vain, and measures nothing


@dataclass
class Kept(Sink):
    """Keeps reports."""

    reports: list = field(default_factory=list)

    def write(self, report):
        self.reports.append(report)

    def of(self, kind):
        """The reports of a kind."""
        return [report for report in self.reports if isinstance(report, kind)]


@dataclass
class Served:
    """A server that runs: where, its parts, and what it has reported (all of it once the block has ended)."""

    uri: str
    server: WakeServer
    streams: Streams
    kept: Kept


@contextlib.asynccontextmanager
async def served(
    *models,
    uri="tcp://127.0.0.1:0",
    rooms=None,
    sensitivity="balanced",
    thresholds=NO_THRESHOLDS,
    by_room=NO_ROOM_THRESHOLDS,
    near=None,
    **outputs,
):
    """Serve models until the block ends; ``near`` is a folder of near misses, which are kept for a day."""
    kept = Kept()
    screen = Publisher([kept], live=True)
    hub = ReportHub(screen, None, "test")
    hub.update(StationOutputs(**outputs))
    keeper = None if near is None else NearMisses(near, 86_400.0, "test", hub.notify)
    streams = Streams(Catalog(models, sensitivity, thresholds, by_room), hub, RoomNames(rooms or {}), keeper)
    server = WakeServer(streams)
    address = await server.open(parse_address(uri))
    try:
        yield Served(str(address), server, streams, kept)
    finally:
        await server.close()
        assert hub.close()
        assert keeper is None or keeper.close(LIMIT_S)
        assert screen.close()


def run(coroutine):
    """Run a test, but not for ever."""

    async def limited():
        async with asyncio.timeout(LIMIT_S):
            return await coroutine

    return asyncio.run(limited())


def demo_pcm(words=4):
    """The start of the demo, with up to `WORDS` words, as 16-bit samples, and its rate."""
    samples, rate = soundfile.read(DEMO, dtype="int16")
    return samples[: round(WORD_S * words * rate)].tobytes(), rate


async def send_sound(client, pcm, rate=16_000, width=2, channels=1, chunk=2048, start_ms=0, start=True, stop=True):
    """Send sound in pieces of this many bytes, with times of the client's clock unless ``start_ms`` is None."""
    if start:
        await client.write_event(AudioStart(rate, width, channels).event())
    per_second = rate * width * channels
    for first in range(0, len(pcm), chunk):
        time_ms = None if start_ms is None else round(start_ms + 1000 * first / per_second)
        await client.write_event(AudioChunk(rate, width, channels, pcm[first : first + chunk], time_ms).event())
    if stop:
        await client.write_event(AudioStop().event())


async def answers(client):
    """Names and times of detections, ``not detected`` and errors, until the client's ping is answered."""
    found = []
    while (event := await client.read_event()) is not None and not Pong.is_type(event.type):
        if Detection.is_type(event.type):
            one = Detection.from_event(event)
            found.append((one.name, one.timestamp))
        elif NotDetected.is_type(event.type):
            found.append("not detected")
        elif Error.is_type(event.type):
            found.append(Error.from_event(event).text)
    return found


async def send_and_ping(client, pcm, **how):
    """Send sound, and a ping that is answered after it."""
    await send_sound(client, pcm, **how)
    await client.write_event(Ping().event())


async def heard_by(uri, pcm, names=None, **how):
    """What a client is told of a sound."""
    async with AsyncClient.from_uri(uri) as client:
        if names is not None:
            await client.write_event(Detect(names).event())
        sending = asyncio.create_task(send_and_ping(client, pcm, **how))
        found = await answers(client)
        await sending
        return found
