"""Clients get the answers of the Wyoming protocol, whatever their sound and however it is cut."""

import asyncio
import functools
import json
import shutil
import socket

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from wyoming.audio import AudioChunk, AudioStop
from wyoming.client import AsyncClient
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.wake import Detect, Detection

from whipbird import __version__
from whipbird.engine.pulled_run import PulledRun
from whipbird.events import detection as events
from whipbird.events.reports import GapReport, Notice, Opening, Summary
from whipbird.models.bundle import locate, user_folder
from whipbird.models.cache import shared_model
from whipbird.sources.replay import Replay
from wyoming_peers import DEMO, answers, demo_pcm, heard_by, run, send_and_ping, send_sound, served
from wyoming_peers import WORDS as ALL_WORDS

pytestmark = pytest.mark.usefixtures("first_alone_installed")

WORDS = 4  # in the start of the demo
PHRASES = ["down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes"]


@functools.cache
def replayed():
    """What 'whipbird replay' finds in the demo."""
    source = Replay(str(DEMO))
    source.open()
    reports = PulledRun(source, [shared_model("commands")]).reports()
    return [report for report in reports if isinstance(report, events.Detection)]


def as_answers(found, start_ms=0):
    return [(f"commands/{one.label}", round(start_ms + 1000 * one.end_s)) for one in found]


def near(found, expected, within_ms=1):
    """Whether answers are the expected ones, with times that may be rounded another way."""
    assert [name for name, _ in found] == [name for name, _ in expected]
    return np.allclose([time for _, time in found], [time for _, time in expected], atol=within_ms)


def test_a_client_is_told_what_replay_finds_by_its_own_clock():
    pcm, rate = demo_pcm(ALL_WORDS)

    async def scene():
        async with served("commands") as server:
            found = await heard_by(server.uri, pcm, start_ms=5_000_000)
        return found, server.kept

    found, kept = run(scene())
    assert near(found, as_answers(replayed()[:ALL_WORDS], 5_000_000))
    assert len(found) == ALL_WORDS
    reported = kept.of(events.Detection)
    assert [(one.label, one.begin_s, one.end_s, one.score) for one in reported] == [
        (one.label, one.begin_s, one.end_s, one.score) for one in replayed()[:ALL_WORDS]
    ]
    (summary,) = kept.of(Summary)
    assert summary.heard_s == pytest.approx(len(pcm) / 2 / rate)
    (opening,) = kept.of(Opening)
    assert (opening.source, opening.time_from) == ("127.0.0.1", "live")


@settings(max_examples=5, deadline=None)
@given(st.lists(st.integers(1, 60_000), min_size=1, max_size=40))
def test_cuts_change_nothing_even_within_samples(lengths):
    pcm, rate = demo_pcm()

    async def scene():
        async with served("commands") as server, AsyncClient.from_uri(server.uri) as client:

            async def send():
                first = 0
                for number in range(len(pcm)):
                    length = lengths[number % len(lengths)] if sum(lengths) > 2_000 else 2_000
                    await client.write_event(AudioChunk(rate, 2, 1, pcm[first : first + length]).event())
                    first += length
                    if first >= len(pcm):
                        break
                await client.write_event(AudioStop().event())
                await client.write_event(Ping().event())

            sending = asyncio.create_task(send())
            found = await answers(client)
            await sending
            return found

    assert near(run(scene()), as_answers(replayed()[:WORDS]))


@pytest.mark.parametrize(
    ("rate", "width", "channels"), [(16_000, 4, 1), (16_000, 3, 2), (48_000, 2, 2), (8_000, 2, 1), (192_000, 3, 1)]
)
def test_sound_may_have_any_rate_width_and_number_of_channels(rate, width, channels):
    pcm, own = demo_pcm()
    samples = np.frombuffer(pcm, np.int16) / 32768
    samples = samples if rate == own else soxr.resample(samples, own, rate)
    whole = np.clip(samples * 2 ** (8 * width - 1), -(2.0 ** (8 * width - 1)), 2 ** (8 * width - 1) - 1).astype(
        np.int64
    )
    content = np.repeat(whole[:, None], channels, 1).astype("<i8").tobytes()
    cut = np.frombuffer(content, np.uint8).reshape(-1, 8)[:, :width].tobytes()

    async def scene():
        async with served("commands") as server:
            how = {"rate": rate, "width": width, "channels": channels, "chunk": 30_000}
            return await heard_by(server.uri, cut, **how)

    found, expected = run(scene()), as_answers(replayed()[:WORDS])
    if rate >= own:
        assert near(found, expected, within_ms=130)
    else:  # without the upper half of the spectrum
        assert {name for name, _ in found} <= {name for name, _ in expected}
        assert found


def test_bytes_are_signed():
    pcm, _ = demo_pcm()
    loud = np.clip(np.rint(np.frombuffer(pcm, np.int16) / 64), -128, 127).astype(np.int8)

    async def scene():
        async with served("commands") as server:
            return await heard_by(server.uri, loud.tobytes(), width=1)

    assert {one[0] for one in run(scene()) if one != "not detected"} <= {f"commands/{word}" for word in PHRASES}


def test_without_timestamps_times_count_from_the_start():
    async def scene():
        async with served("commands") as server:
            return await heard_by(server.uri, demo_pcm()[0], start_ms=None)

    assert near(run(scene()), as_answers(replayed()[:WORDS]))


def test_other_sound_within_a_stream_starts_another():
    pcm, rate = demo_pcm()
    wide = np.frombuffer(pcm, np.int16).astype(np.int32) << 16

    async def scene():
        async with served("commands") as server, AsyncClient.from_uri(server.uri) as client:
            await send_sound(client, pcm, stop=False)
            await send_and_ping(client, wide.tobytes(), rate=rate, width=4, start=False, start_ms=20_000)
            return await answers(client), server

    found, server = run(scene())
    assert near(found, [*as_answers(replayed()[:WORDS]), *as_answers(replayed()[:WORDS], 20_000)])
    assert len(server.kept.of(Summary)) == 2


def test_only_the_phrases_that_are_asked_for_are_reported():
    async def scene():
        async with served("commands") as server:
            found = await heard_by(server.uri, demo_pcm()[0], ["commands/right", "commands/no"])
            every = await heard_by(server.uri, demo_pcm()[0], ["commands"])
        return found, every, server.kept

    found, every, kept = run(scene())
    assert [name for name, _ in found] == ["commands/no", "commands/right"]
    assert len(every) == WORDS
    assert kept.of(Opening)[0].listeners[0].labels == ("no", "right")
    assert [one.label for one in kept.of(events.Detection)[:2]] == ["no", "right"]


def test_without_a_detection_the_end_says_so_with_the_context():
    silence = bytes(2 * 16_000)

    async def scene():
        async with served("commands") as server, AsyncClient.from_uri(server.uri) as client:
            await client.write_event(Detect(context={"id": 7}).event())
            await send_sound(client, silence)
            first = await client.read_event()
            await send_sound(client, demo_pcm()[0])
            await client.write_event(Ping("still").event())
            found = [await client.read_event() for _ in range(WORDS + 1)]
            return first, found

    first, (*found, last) = run(scene())
    assert (first.type, first.data) == ("not-detected", {"context": {"id": 7}})
    assert all(Detection.from_event(one).context == {"id": 7} for one in found)
    assert Pong.from_event(last).text == "still", "and not not-detected"


def test_describe_says_what_is_installed_now(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    pcm, _ = demo_pcm()

    async def described(client):
        await client.write_event(Describe().event())
        (program,) = Info.from_event(await client.read_event()).wake
        return program

    async def scene():
        async with served() as server, AsyncClient.from_uri(server.uri) as client:
            before = await described(client)
            own = user_folder() / "words"
            shutil.copytree(locate("commands"), own)
            card = json.loads((own / "card.json").read_text())
            card |= {"name": "words", "debounce": {"left": card["debounce"]["left"]}, "operating_points": {}}
            (own / "card.json").write_text(json.dumps(card))
            after = await described(client)
            found = await heard_by(server.uri, pcm, ["words"])
            shutil.rmtree(own)
            gone = await described(client)
            missing = await heard_by(server.uri, pcm, ["words"])
            return before, after, found, gone, missing

    before, after, found, gone, missing = run(scene())
    names = [model.name for model in before.models]
    assert before.version == __version__
    assert {f"commands/{word}" for word in PHRASES} <= set(names)
    assert not [name for name in names if "capuchinbird" in name or "urbansound" in name]
    (new,) = (model for model in after.models if model.name not in names)
    assert (new.name, new.phrase, new.installed) == ("words", "left", True)
    assert [name for name, _ in found] == ["words"]
    assert [model.name for model in gone.models] == names
    assert "no phrase named 'words'" in missing[0]


def test_an_unknown_phrase_is_an_error_there_and_a_line_here():
    async def scene():
        async with served("commands") as server:
            found = await heard_by(server.uri, demo_pcm()[0], ["commands/stopp"])
            still = await heard_by(server.uri, demo_pcm()[0])
        return found, still, [one.text for one in server.kept.of(Notice)]

    found, still, lines = run(scene())
    assert "did you mean 'commands/stop'?" in found[0]
    assert len(still) == WORDS
    assert [line for line in lines if "stopp" in line] == found[:1]
    assert found[1:] == ["not detected"]


def test_an_impossible_rate_is_an_error_there():
    async def scene():
        async with served("commands") as server:
            return await heard_by(server.uri, bytes(100), rate=10)

    assert "a rate of 10 Hz is out of range" in run(scene())[0]


def test_clients_at_one_address_have_names_of_their_own():
    async def scene():
        async with served("commands", rooms={"127.0.0.1": "kitchen"}) as server:
            every = [heard_by(server.uri, demo_pcm()[0]) for _ in range(3)]
            return await asyncio.gather(*every), server

    found, server = run(scene())
    assert all(near(one, as_answers(replayed()[:WORDS])) for one in found)
    assert {one.source for one in server.kept.of(Opening)} <= {"kitchen", "kitchen (2)", "kitchen (3)"}
    assert not server.kept.of(GapReport)


def test_a_client_may_end_its_sending_and_still_be_answered():
    async def scene():
        async with served("commands") as server:
            reader, writer = await asyncio.open_connection(*server.uri.removeprefix("tcp://").split(":"))
            chunk = {"type": "audio-chunk", "data": {"rate": 16000, "width": 2, "channels": 1}, "payload_length": 32000}
            writer.write(json.dumps(chunk).encode() + b"\n" + bytes(32000) + b'{"type": "audio-stop"}\n')
            writer.write_eof()
            return await reader.read()

    assert b"not-detected" in run(scene())


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no sockets in files")
def test_a_socket_file(tmp_path):
    async def scene():
        async with served("commands", uri=f"unix://{tmp_path}/wake.sock") as server:
            return await heard_by(server.uri, demo_pcm()[0]), server

    found, server = run(scene())
    assert len(found) == WORDS
    assert server.kept.of(Opening)[0].source == "local"
