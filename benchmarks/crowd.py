"""A hundred live streams with several models each: processor time per second of sound, lost samples and memory.

Every stream gets 60 ms of speech at a time, from a different moment on. One worker processes them all in turn, as it
does in ``monitor``. No time passes between, so that other programs on the machine change little. Beside it stand the
packages that the wake words come from, if they are installed, with the same sound: each needs an instance for every
stream and phrase. `benchmarks.peers` includes the same measurement.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from rich.table import Table

from benchmarks.common import Measure, Unavailable, finish, resident_mb, run, speech
from benchmarks.growth import Live
from whipbird.arrays import Floats
from whipbird.engine.pipeline import Pipeline
from whipbird.engine.worker import CallingWorker
from whipbird.importers.catalog import FAMILIES, bundle_name
from whipbird.models.bundle import find_bundles
from whipbird.models.model import Model
from whipbird.text import counted

RATE_HZ = 16_000
PIECE = 960  # samples
SETTLE = 40  # pieces until all front ends and interpreters are there
PHRASES_OF = ("microwakeword", "openwakeword")  # families
STREAMS = 100
PIECES = 100  # of each stream
PACKAGE_STREAMS = 5  # of which the time for all is extrapolated: an instance is an instance
SOUND_S = 60.0


@dataclass(frozen=True)
class Crowd:
    """What a program needs for many streams with all phrases of a family.

    Attributes
    ----------
    name : str
    phrases, streams : int
    cores : float
        Processor time per second, of all streams.
    lost_s : float or None
        Sound that was not processed; None for packages, which wait for their caller.
    stream_mb : float
        Memory for each stream.
    """

    name: str
    phrases: int
    streams: int
    cores: float
    lost_s: float | None
    stream_mb: float

    @property
    def share(self) -> float:
        """Share of a core that a stream takes."""
        return self.cores / self.streams

    @property
    def measures(self) -> list[Measure]:
        title = f"{self.name}, {counted(self.phrases, 'phrase')}, {self.streams} streams"
        found = [Measure(f"{title}: cores", self.cores), Measure(f"{title}: memory of each", self.stream_mb, "MB")]
        return found if self.lost_s is None else [*found, Measure(f"{title}: lost", self.lost_s, "s", 0.0)]


def in_process(measure: Callable[..., Any], *arguments: object) -> Any:
    """Call in a process of its own, so that memory is that of this measurement.

    Raises
    ------
    Unavailable
        If a package is not installed.
    RuntimeError
        If the process ends without a result; it prints why.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command whipbird does
    process = context.Process(target=_call, args=(sender, measure, *arguments))
    process.start()
    sender.close()  # as long as it is open here, the end of the process is not noticed
    try:
        found = receiver.recv()
    except EOFError:
        process.join()
        raise RuntimeError(f"{measure.__name__} ended without a result, with exit code {process.exitcode}") from None
    process.join()
    if isinstance(found, Unavailable):
        raise found
    return found


def _call(sender: Connection, measure: Callable[..., Any], *arguments: object) -> None:
    try:
        sender.send(measure(*arguments))
    except ImportError as error:
        sender.send(Unavailable(f"{error.name or error} is not installed"))


def _pieces(sound: Floats, stream: int, streams: int, pieces: int) -> list[Floats]:
    start = stream * len(sound) // streams
    return [
        sound.take(range(place, place + PIECE), mode="wrap") for place in range(start, start + pieces * PIECE, PIECE)
    ]


def whipbird(names: Sequence[str], sound: Floats, streams: int, pieces: int) -> tuple[float, float, float]:
    """Share of a core, seconds lost, and megabytes for each further stream."""
    models, worker = [Model(name) for name in names], CallingWorker()
    sounds = [_pieces(sound, number, streams, SETTLE + pieces) for number in range(streams)]
    before_mb = resident_mb(os.getpid())
    pipelines = []
    for number in range(streams):
        pipelines.append(Pipeline(Live(f"stream {number}", sound, 0), models, lambda report: None, worker=worker))
        pipelines[-1].start(fill=False)
    gc.freeze()
    begun_s = 0.0
    for number in range(SETTLE + pieces):
        if number == SETTLE:
            begun_s = time.process_time()
        for pipeline, own in zip(pipelines, sounds, strict=True):
            pipeline.ring.write(own[number][:, None])
        while worker.step():
            pass
    used_s = time.process_time() - begun_s
    grown_mb = (resident_mb(os.getpid()) - before_mb) / streams
    return used_s / (pieces * PIECE / RATE_HZ), sum(one.lost_s for one in pipelines), grown_mb


def package(name: str, phrases: Sequence[str], sound: Floats, streams: int, pieces: int) -> tuple[float, float, float]:
    """The same of a package with an instance of its front end for each stream, and of each phrase."""
    if name == "microwakeword":
        from pymicro_wakeword import MicroWakeWord as Word
        from pymicro_wakeword import MicroWakeWordFeatures as Features
        from pymicro_wakeword import Model as Phrase

        makers = Features
    else:
        from pyopen_wakeword import Model as Phrase
        from pyopen_wakeword import OpenWakeWord as Word
        from pyopen_wakeword import OpenWakeWordFeatures as Features

        makers = Features.from_builtin
    scaled = [
        [(piece * 32767).astype(np.int16).tobytes() for piece in _pieces(sound, number, streams, SETTLE + pieces)]
        for number in range(streams)
    ]
    before_mb = resident_mb(os.getpid())
    instances = [(makers(), [Word.from_builtin(Phrase(phrase)) for phrase in phrases]) for _ in range(streams)]
    begun_s = 0.0
    for number in range(SETTLE + pieces):
        if number == SETTLE:
            begun_s = time.process_time()
        for (features, words), own in zip(instances, scaled, strict=True):
            for frame in features.process_streaming(own[number]):
                for word in words:
                    result = word.process_streaming(frame)
                    if name == "openwakeword":
                        list(result)  # it is a generator
    used_s = time.process_time() - begun_s
    return used_s / (pieces * PIECE / RATE_HZ), 0.0, (resident_mb(os.getpid()) - before_mb) / streams


def crowds(streams: int, pieces: int) -> Iterator[Crowd]:
    """Whipbird with the phrases of each family that are installed, then the family's package with the same."""
    sound = speech(SOUND_S, RATE_HZ)
    for family in PHRASES_OF:
        known = installed_phrases(family)
        if not known:
            continue
        names = [bundle_name(family, phrase) for phrase in known]
        cores, lost_s, stream_mb = in_process(whipbird, names, sound, streams, pieces)
        yield Crowd(f"whipbird, {family}", len(known), streams, cores, lost_s, stream_mb)
        few = min(PACKAGE_STREAMS, streams)
        (requirement,) = FAMILIES[family].packages
        try:
            few_cores, _, stream_mb = in_process(package, family, known, sound, few, pieces)
        except Unavailable as reason:
            print(f"{requirement} is left out: {reason}; install it with: pip install {requirement}", file=sys.stderr)
            continue
        yield Crowd(
            f"{requirement} (from {few} streams)", len(known), streams, few_cores * streams / few, None, stream_mb
        )


def installed_phrases(family: str) -> list[str]:
    """Phrases of a family that are installed; the others are named on standard error, with what installs them."""
    installed = find_bundles()
    known = [phrase for phrase in FAMILIES[family].phrases if bundle_name(family, phrase) in installed]
    missing = [phrase for phrase in FAMILIES[family].phrases if phrase not in known]
    if missing:
        names = ", ".join(missing)
        print(f"{family} without {names}; install each with: whipbird models add {family} PHRASE", file=sys.stderr)
    return known


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crowd", description=__doc__)
    parser.add_argument("--streams", type=int, default=STREAMS)
    parser.add_argument("--pieces", type=int, default=PIECES, help="of 60 ms, for each stream")
    options = parser.parse_args()
    table = Table("", "phrases", "cores", "of a core each", "lost", "MB each", title=f"{options.streams} streams")
    measures = []
    for one in crowds(options.streams, options.pieces):
        lost = "" if one.lost_s is None else f"{one.lost_s:g} s"
        share = f"{100 * one.share:.2f} %"
        table.add_row(one.name, str(one.phrases), f"{one.cores:.2f}", share, lost, f"{one.stream_mb:.2f}")
        measures += one.measures
    if not measures:
        raise Unavailable("no wake word is installed")
    finish("crowd", "wake words on many streams", measures, table)


if __name__ == "__main__":
    run(main)
