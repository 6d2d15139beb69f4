"""A hundred live streams with several models each: processor time per second of sound, lost samples and memory.

Every stream gets 60 ms of speech at a time, from a different moment on. One worker processes them all in turn, as it
does in ``monitor``. No time passes between, so that other programs on the machine change little. Beside it stand the
packages that the wake words come from, if they are installed, with the same sound: each needs an instance for every
stream and phrase.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection

import numpy as np
from rich.table import Table

from benchmarks.common import Measure, finish, resident_mb, run, speech
from benchmarks.growth import Live
from whipbird.arrays import Floats
from whipbird.engine.pipeline import Pipeline
from whipbird.engine.worker import CallingWorker
from whipbird.models.model import Model

RATE_HZ = 16_000
PIECE = 960  # samples
SETTLE = 40  # pieces until all front ends and interpreters are there
STREAMS = 100
PACKAGE_STREAMS = 5  # of which the time for all is extrapolated: an instance is an instance
SOUND_S = 60.0


def in_process(measure: Callable[..., tuple[float, float, float]], *arguments: object) -> tuple[float, float, float]:
    """Call in a process of its own, so that memory is that of this measurement."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_call, args=(sender, measure, *arguments))
    process.start()
    found: tuple[float, float, float] = receiver.recv()
    process.join()
    return found


def _call(sender: Connection, measure: Callable[..., tuple[float, float, float]], *arguments: object) -> None:
    sender.send(measure(*arguments))


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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crowd", description=__doc__)
    parser.add_argument("--streams", type=int, default=STREAMS)
    parser.add_argument("--pieces", type=int, default=100, help="of 60 ms, for each stream")
    options = parser.parse_args()
    from whipbird.importers.catalog import FAMILIES, bundle_name
    from whipbird.models.bundle import find_bundles

    sound = speech(SOUND_S, RATE_HZ)
    table = Table("", "phrases", "cores", "of a core each", "lost", "MB each", title=f"{options.streams} streams")
    measures = []
    for family in ("microwakeword", "openwakeword"):
        phrases = [one for one in FAMILIES[family].phrases if bundle_name(family, one) in find_bundles()]
        if not phrases:
            continue
        names = [bundle_name(family, one) for one in phrases]
        cores, lost_s, grown_mb = in_process(whipbird, names, sound, options.streams, options.pieces)
        rows = [(f"whipbird, {family}", cores, options.streams, f"{lost_s:g} s", grown_mb)]
        measures.append(Measure(f"{family}: cores for {options.streams} streams", cores, ""))
        measures.append(Measure(f"{family}: lost", lost_s, "s", 0.0))
        try:
            few = min(PACKAGE_STREAMS, options.streams)
            own, _, own_mb = in_process(package, family, phrases, sound, few, options.pieces)
        except EOFError:
            own = None
        if own is not None:
            own *= options.streams / few
            rows.append((f"{family}'s package, from {few} streams", own, options.streams, "", own_mb))
            measures.append(Measure(f"{family}: package ÷ whipbird", own / cores, ""))
        for title, used, streams, lost, mb in rows:
            table.add_row(title, str(len(phrases)), f"{used:.2f}", f"{100 * used / streams:.2f} %", lost, f"{mb:.2f}")
    finish("crowd", "wake words on many streams", measures, table)


if __name__ == "__main__":
    run(main)
