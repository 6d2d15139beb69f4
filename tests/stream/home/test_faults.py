"""Clients that hang, are killed or send garbage: the others get all their detections, and nothing is left behind."""

import asyncio
import contextlib
import gc
import threading
import weakref

import pytest
from wyoming.client import AsyncClient

from whipbird.database.schema import connect_to_read
from whipbird.engine.pipeline import Pipeline
from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Notice, Opening, Summary
from whipbird.home import connection, protocol, server, stream
from wyoming_peers import WORDS, demo_pcm, heard_by, run, send_sound, served

pytestmark = pytest.mark.usefixtures("first_alone_installed")

CLIENTS = 64
NEVER = 3600.0


@pytest.fixture
def pipelines(monkeypatch):
    """All pipelines that have been made."""
    made = weakref.WeakSet()
    before = Pipeline.__init__

    def remember(self, *arguments, **named):
        before(self, *arguments, **named)
        made.add(self)

    monkeypatch.setattr(Pipeline, "__init__", remember)
    return made


async def until(condition):
    while not condition():
        await asyncio.sleep(0.01)


def host_and_port(uri):
    return uri.removeprefix("tcp://").split(":")


async def killed(uri, pcm, number):
    """Breaks off within its sound, without a word."""
    async with AsyncClient.from_uri(uri) as client:
        await send_sound(client, pcm[: 9000 + 999 * number], stop=False)
        client._writer.write(b'{"type": "audio-chunk", "payload_length": 999}\nabc')
        await client._writer.drain()
        client._writer.transport.abort()


async def garbage(uri, _, number):
    """Sends what is no event."""
    reader, writer = await asyncio.open_connection(*host_and_port(uri))
    with contextlib.suppress(ConnectionError):
        writer.write(bytes(range(256)) * (1 + 300 * (number % 2)))
        await reader.read()
    writer.close()


async def hangs(uri, pcm, number):
    """Says nothing more in the middle of its sound, or of an event."""
    async with AsyncClient.from_uri(uri) as client:
        await send_sound(client, pcm[:9000], stop=False)
        if number % 2:
            client._writer.write(b'{"type"')
        await asyncio.sleep(NEVER)


def test_half_of_64_clients_cannot_harm_the_others(pipelines):
    pcm, _ = demo_pcm(2)
    threads = threading.active_count()

    async def scene():
        async with served("commands") as one:
            kinds = (killed, garbage, hangs, hangs)
            bad = [
                asyncio.create_task(kinds[number % len(kinds)](one.uri, pcm, number)) for number in range(CLIENTS // 2)
            ]
            found = await asyncio.gather(*(heard_by(one.uri, pcm) for _ in range(CLIENTS // 2)))
            for task in bad:
                task.cancel()
            await asyncio.gather(*bad, return_exceptions=True)
            await until(lambda: not one.server.connections and not len(one.streams))
            names = [one.streams.rooms.take("127.0.0.1")]
            left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        return found, names, left, one.kept

    found, names, left, kept = run(scene())
    expected = [found[0]] * (CLIENTS // 2)
    assert found == expected
    assert [name for name, _ in found[0]] == [f"commands/{word}" for word in ("yes", "no")]
    assert names == ["127.0.0.1"]
    assert not left
    assert not [report for report in kept.of(GapReport) if report.is_lost]
    assert len(kept.of(Opening)) == len(kept.of(Summary))
    lines = [report.text for report in kept.of(Notice)]
    assert sum("connection closed" in line for line in lines) >= CLIENTS // 4
    gc.collect()
    assert threading.active_count() <= threads
    assert not [pipeline for pipeline in pipelines if not pipeline.ended]
    assert not list(pipelines)


def test_a_client_that_does_not_read_is_dropped(monkeypatch):
    monkeypatch.setattr(connection, "PATIENCE_S", 0.2)

    async def scene():
        async with served("commands") as one:
            _, writer = await asyncio.open_connection(*host_and_port(one.uri), limit=1)
            with contextlib.suppress(ConnectionError):
                while one.server.connections or not one.kept.of(Notice):
                    writer.write(b'{"type": "describe"}\n' * 1000)
                    await writer.drain()
            await until(lambda: not one.server.connections)
            writer.close()
        return [report.text for report in one.kept.of(Notice)]

    (line,) = run(scene())
    assert "answers were not read for 0.2 s; connection closed" in line


def test_an_event_that_never_ends_is_waited_for_in_vain(monkeypatch):
    monkeypatch.setattr(protocol, "PATIENCE_S", 0.1)

    async def scene():
        async with served("commands") as one:
            reader, writer = await asyncio.open_connection(*host_and_port(one.uri))
            writer.write(b'{"type": "audio-chunk", "payload_length": 10}\n')
            assert await reader.read() == b""
            writer.close()
        return [report.text for report in one.kept.of(Notice)]

    (line,) = run(scene())
    assert "was not complete" in line


def test_there_is_a_limit_of_connections(monkeypatch):
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 2)
    pcm, _ = demo_pcm()

    async def scene():
        async with served("commands") as one:
            async with AsyncClient.from_uri(one.uri), AsyncClient.from_uri(one.uri):
                await until(lambda: one.server.connections == 2)
                for _ in range(3):
                    with contextlib.suppress(ConnectionError):
                        reader, writer = await asyncio.open_connection(*host_and_port(one.uri))
                        assert await reader.read() == b""
                        writer.close()
            await until(lambda: not one.server.connections)
            found = await heard_by(one.uri, pcm)
        return found, [report.text for report in one.kept.of(Notice)]

    found, lines = run(scene())
    assert len(found) == 4
    assert lines == ["2 clients are connected; others are refused"]


def test_the_end_of_the_server_ends_streams_and_keeps_what_came():
    pcm, rate = demo_pcm()

    async def scene():
        async with served("commands") as one, AsyncClient.from_uri(one.uri) as client:
            await send_sound(client, pcm, stop=False)
            await until(lambda: one.kept.of(Opening))
        return one.kept

    kept = run(scene())
    (summary,) = kept.of(Summary)
    assert summary.heard_s <= len(pcm) / 2 / rate
    assert summary.lost_s == 0


def test_after_a_pause_sound_is_another_stream(monkeypatch):
    monkeypatch.setattr(stream, "LATE_S", -1e9)  # every piece of sound comes late
    pcm, _ = demo_pcm(1)

    async def scene():
        async with served("commands") as one:
            return await heard_by(one.uri, pcm, chunk=8000), one.kept

    found, kept = run(scene())
    assert found == ["not detected"]
    assert len(kept.of(Opening)) == len(kept.of(Summary)) > 1


def test_wakes_are_kept_with_hours_and_clips(tmp_path):
    pcm, _ = demo_pcm(WORDS)
    database, clips = tmp_path / "house.sqlite", tmp_path / "clips"

    async def scene():
        rooms = {"127.0.0.1": "kitchen"}
        async with served("commands", rooms=rooms, files=[str(database)], clips=str(clips)) as one:
            await heard_by(one.uri, pcm, ["commands/yes"])
            await heard_by(one.uri, pcm, ["commands/yes"])
        return one.kept

    kept = run(scene())
    with contextlib.closing(connect_to_read(database)) as connection:
        rows = connection.execute(
            "SELECT sources.name, elapsed_s, finished, count(events.id) FROM recordings "
            "JOIN sources ON sources.id = source_id JOIN events ON recording_id = recordings.id GROUP BY recordings.id"
        ).fetchall()
    assert rows == [("kitchen", pytest.approx(len(pcm) / 32_000), 1, 1)] * 2
    assert len(kept.of(Detection)) == 2
    assert len(list(clips.rglob("*.flac"))) == 2
