"""The Wyoming server compared with wyoming-openwakeword 1.8.2, with the same model and sound: work, memory and delay.

A server runs in a process of its own. 1, 8 and 64 clients send it the word "alexa", spoken by different people every
three seconds over quiet noise, at the pace of sound in pieces of 64 ms; each starts at another of these words. Both
programs use the same networks, those in the wheel of wyoming-openwakeword; whipbird also runs microWakeWord's alexa,
which takes less work.

A word is detected if the answer comes before the next word; others are repetitions and false ones. Delay is from when
its last audible sample was sent to when the answer was read, by the clock of the clients' process; it can be negative,
since a word may be certain before its end. The share of a core is that of the server while sound comes; memory is
measured at the end. On a busy machine, servers get less of a core than they need, and lose sound or are late.

Work is measured by itself, so that other programs matter little: the same clients send 9 s each as fast as the server
takes them, and its processor time until it rests is divided by the seconds of sound. Wyoming-openwakeword needs Python
3.11 and NumPy 1.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from rich.table import Table
from wyoming.audio import AudioChunk, AudioStart
from wyoming.client import AsyncTcpClient
from wyoming.wake import Detect, Detection

from benchmarks.common import (
    AUDIBLE,
    WORD_PEAK,
    Measure,
    Unavailable,
    background,
    cpu_seconds,
    data_folder,
    finish,
    number,
    quantiles,
    resident_mb,
    run,
    whipbird,
)
from benchmarks.install import install
from ports import reserved_port
from whipbird.importers.bundle_files import Ingredients, Wanted, write_bundle
from whipbird.importers.file_set import FolderFiles
from whipbird.importers.micro_wake_word import find_micro_wake_word
from whipbird.importers.open_wake_word import find_open_wake_word

RATE_HZ = 16_000
PIECE = 1024  # samples, as Home Assistant's satellites send them
EVERY_S = 3.0  # from one word to the next
PEER = ("wyoming-openwakeword==1.8.2", "numpy<2")
STREAMS = (1, 8, 64)
START_S = 300.0  # for a server to start, on a busy machine
WARM_S = 2.0  # until clients start
WORK_S = 9.0  # of sound, less than servers keep
REST_S = 3.0  # without work, after which a server has done all of it


@dataclass
class Server:
    """A program, how it is started at a port, and what it calls the phrase."""

    name: str
    command: list[str]
    phrase: str


@dataclass
class Client:
    """What one client has sent, and the answers to it.

    Attributes
    ----------
    sent_s : dict
        When the end of each word was sent, by the word's number.
    answered_s : list of float
    """

    sent_s: dict[int, float] = field(default_factory=dict)
    answered_s: list[float] = field(default_factory=list)

    def delays_s(self) -> list[float]:
        """Delays of the words that were detected."""
        found, left = [], list(self.answered_s)
        for sent_s in self.sent_s.values():
            own = [answered_s for answered_s in left if -1.0 <= answered_s - sent_s < EVERY_S - 1.0]
            if own:
                left.remove(own[0])
                found.append(own[0] - sent_s)
        return found


@dataclass(frozen=True)
class Result:
    """Of one server with some streams."""

    name: str
    streams: int
    work: float  # processor time per second of sound
    core: float
    mb: float
    delay_p50_s: float | None
    delay_p95_s: float | None
    words: int
    detected: int
    others: int
    lost_s: float | None


def spoken_words() -> tuple[np.ndarray[Any, np.dtype[np.int16]], list[float]]:
    """All words one after the other, as 16-bit samples, and the audible end of each in seconds."""
    paths = sorted((data_folder("wake-words") / "alexa").glob("*.opus"))
    every = round(EVERY_S * RATE_HZ)
    sound, ends_s = background(every * len(paths), np.random.default_rng(1)), []
    for place, path in enumerate(paths):
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
        if rate_hz != RATE_HZ:
            raise Unavailable(f"{path} has another rate than {RATE_HZ} Hz")
        word = samples.mean(axis=1)[: every // 2]
        word *= WORD_PEAK / np.abs(word).max()
        begin = place * every + every // 4
        sound[begin : begin + len(word)] += word
        ends_s.append((begin + int(np.flatnonzero(np.abs(word) > WORD_PEAK * AUDIBLE)[-1]) + 1) / RATE_HZ)
    return np.clip(np.rint(sound * 32767), -32768, 32767).astype(np.int16), ends_s


@contextlib.contextmanager
def running(server: Server) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server at a free port."""
    with reserved_port() as port:
        command = [word.replace("PORT", str(port)) for word in server.command]
        with tempfile.TemporaryFile("w+") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
            try:
                yield process, port
            finally:
                process.kill()
                process.wait()


async def connected(port: int, process: subprocess.Popen[str]) -> AsyncTcpClient:
    """A client, once the server accepts it."""
    until_s = time.monotonic() + START_S
    while True:
        client = AsyncTcpClient("127.0.0.1", port)
        try:
            await client.connect()
            return client
        except OSError:
            if time.monotonic() > until_s or process.poll() is not None:
                raise Unavailable("the server does not start") from None
            await asyncio.sleep(0.1)


async def send(
    client: AsyncTcpClient,
    kept: Client,
    pcm: np.ndarray[Any, Any],
    ends_s: Sequence[float],
    first: int,
    seconds: float,
    paced: bool = True,
) -> None:
    """Send sound from some word on, at its own pace or as fast as it is taken."""
    offset = round(first * EVERY_S * RATE_HZ)
    await client.write_event(AudioStart(RATE_HZ, 2, 1).event())
    start_s = time.monotonic() + (first * 0.037) % (PIECE / RATE_HZ)
    for begin in range(0, round(seconds * RATE_HZ), PIECE):
        end_s = (begin + PIECE) / RATE_HZ
        if paced:
            await asyncio.sleep(max(0.0, start_s + end_s - time.monotonic()))
        samples = pcm.take(range(offset + begin, offset + begin + PIECE), mode="wrap")
        await client.write_event(AudioChunk(RATE_HZ, 2, 1, samples.tobytes(), 1000 * begin // RATE_HZ).event())
        word = int(end_s // EVERY_S)
        if word not in kept.sent_s and end_s >= ends_s[(first + word) % len(ends_s)] - EVERY_S * (
            (first + word) % len(ends_s) - word
        ):
            kept.sent_s[word] = time.monotonic()


async def read(client: AsyncTcpClient, kept: Client) -> None:
    """Note when answers come."""
    while (event := await client.read_event()) is not None:
        if Detection.is_type(event.type):
            kept.answered_s.append(time.monotonic())


async def until_rest(process: subprocess.Popen[str]) -> float:
    """Wait until a server has nothing to do; returns its processor time."""
    before = -1.0
    while (used_s := cpu_seconds(process.pid)) - before > REST_S / 100:
        before = used_s
        await asyncio.sleep(REST_S)
    return used_s


async def work(server: Server, streams: int) -> float:
    """Processor time for a second of sound."""
    pcm, ends_s = spoken_words()
    with running(server) as (process, port):
        clients = [await connected(port, process) for _ in range(streams)]
        for client in clients:
            await client.write_event(Detect([server.phrase]).event())
        reading = [asyncio.create_task(read(client, Client())) for client in clients]
        await send(clients[0], Client(), pcm, ends_s, 0, 1.0)  # the model is loaded
        began_s = await until_rest(process)
        await asyncio.gather(
            *(send(client, Client(), pcm, ends_s, place, WORK_S, False) for place, client in enumerate(clients))
        )
        used_s = await until_rest(process) - began_s
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
        for client in clients:
            await client.disconnect()
    return used_s / (streams * WORK_S)


async def measure(server: Server, streams: int, seconds: float) -> Result:
    """Let clients send to a server."""
    work_s = await work(server, streams)
    pcm, ends_s = spoken_words()
    with running(server) as (process, port):
        clients = [await connected(port, process) for _ in range(streams)]
        kept = [Client() for _ in clients]
        for client in clients:
            await client.write_event(Detect([server.phrase]).event())
        reading = [asyncio.create_task(read(*one)) for one in zip(clients, kept, strict=True)]
        await asyncio.sleep(WARM_S)
        began_s, used_s = time.monotonic(), cpu_seconds(process.pid)
        await asyncio.gather(
            *(send(*one, pcm, ends_s, place, seconds) for place, one in enumerate(zip(clients, kept, strict=True)))
        )
        core = (cpu_seconds(process.pid) - used_s) / (time.monotonic() - began_s)
        await asyncio.sleep(EVERY_S)
        mb = resident_mb(process.pid)
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
        for client in clients:
            await client.disconnect()
        lost_s = None
        if "whipbird" in server.name:
            process.terminate()
            out, _ = process.communicate()
            lost_s = sum(float(one) for one in re.findall(r"-- ([\d.]+) s lost", out))
    delays_s = [delay_s for one in kept for delay_s in one.delays_s()]
    words = sum(len(one.sent_s) for one in kept)
    others = sum(len(one.answered_s) for one in kept) - len(delays_s)
    median, high = quantiles(delays_s, 0.5, 0.95)
    return Result(server.name, streams, work_s, core, mb, median, high, words, len(delays_s), others, lost_s)


def bundle(folder: Path, ingredients: Ingredients | None) -> str:
    """A model made of others' files; returns its folder."""
    if ingredients is None:
        raise Unavailable("the model is not in the package")
    folder.mkdir()
    write_bundle(folder, ingredients)
    return str(folder)


def servers(folder: Path, peer: Path) -> list[Server]:
    """The programs that are compared."""
    code = "import wyoming_openwakeword as one; print(one.__path__[0])"
    models = Path(subprocess.check_output([str(peer), "-c", code], text=True).strip()) / "models"
    head = find_open_wake_word([FolderFiles(models)], Wanted(phrase="alexa_v0.1"))
    uri = ("--uri", "tcp://127.0.0.1:PORT")
    own = whipbird("wyoming", *uri, "--no-zeroconf", "--model")
    found = [
        Server("whipbird", [*own, bundle(folder / "head", head)], "openwakeword-alexa_v0.1"),
        Server(
            "wyoming-openwakeword",
            [str(peer), "-m", "wyoming_openwakeword", *uri, "--preload-model", "alexa_v0.1"],
            "alexa_v0.1",
        ),
    ]
    with contextlib.suppress(ImportError):
        import pymicro_wakeword

        own_models = FolderFiles(Path(pymicro_wakeword.__file__).parent / "models")
        micro = bundle(folder / "micro", find_micro_wake_word([own_models], Wanted(phrase="alexa")))
        found.append(Server("whipbird, microWakeWord", [*own, micro], "microwakeword-alexa"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="sound for each client")
    parser.add_argument("--streams", type=int, nargs="+", default=STREAMS)
    parser.add_argument("--peer", type=Path, help="Python with wyoming-openwakeword; by default one is made")
    options = parser.parse_args()
    if options.peer is None and sys.version_info[:2] != (3, 11):
        raise Unavailable("wyoming-openwakeword needs Python 3.11")
    with tempfile.TemporaryDirectory() as folder:
        peer = options.peer or install(Path(folder) / "peer", *PEER)
        every = [
            asyncio.run(measure(server, streams, options.seconds))
            for streams in options.streams
            for server in servers(Path(tempfile.mkdtemp(dir=folder)), peer)
        ]
    table = Table(
        "", "streams", "ms per s", "core", "MB", "delay p50", "p95", "detected", "others", "lost", title="Wake words"
    )
    for one in every:
        table.add_row(
            one.name,
            str(one.streams),
            number(1000 * one.work),
            number(one.core),
            number(one.mb),
            number(one.delay_p50_s, "s"),
            number(one.delay_p95_s, "s"),
            f"{one.detected} of {one.words}",
            str(one.others),
            number(one.lost_s, "s"),
        )
    measures = [Measure(f"work, {one.name}, {one.streams} streams", 1000 * one.work, "ms/s") for one in every]
    finish("wyoming", "Wake words", measures, table, results=[asdict(one) for one in every])


if __name__ == "__main__":
    run(main)
