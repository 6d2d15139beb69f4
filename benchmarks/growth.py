"""Many sources at once: one worker processes from 1 to 1,000 live sources of 16 kHz on two cores.

The sources give synthetic speech in real time, each from a different moment on, and lose what is not read in time. All
have the same model or models. Lateness is from the moment when the last sample of a hop is due to the moment when its
scores are there.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.table import Table

from benchmarks.common import Measure, cpu_seconds, finish, resident_mb, run, speech
from whipbird.arrays import Floats
from whipbird.audio.ring import Ring
from whipbird.engine.detector import ScoredHop
from whipbird.engine.pipeline import Pipeline
from whipbird.engine.worker import Worker
from whipbird.models.model import Model
from whipbird.sources.base import Notify, Source

COUNTS = (1, 4, 16, 64, 256, 1000)
RATE_HZ = 16_000
SETTLE_S = 3.0  # until all have started, and rings and interpreters exist
BLOCK_S = 0.06
SOUND_S = 120.0
MOST_MB_EACH = 2.0
MOST_CORES = 2.0


class Live(Source):
    """A recording, repeated in real time, from a given position on."""

    def __init__(self, name: str, sound: Floats, offset: int, rate_hz: int = RATE_HZ) -> None:
        super().__init__(name, live=True, rate_hz=rate_hz, channels=1)
        self._sound, self._offset = sound[:, None], offset
        self.begun_s = 0.0

    def run(self, ring: Ring, stop: threading.Event, notify: Notify) -> None:
        block = round(BLOCK_S * self.rate_hz)
        self.begun_s = time.monotonic()
        written = 0
        while not stop.wait(max(0.0, self.begun_s + (written + block) / self.rate_hz - time.monotonic())):
            begin = (self._offset + written) % (len(self._sound) - block)
            ring.write(self._sound[begin : begin + block])
            written += block


@dataclass
class Found:
    """Measurements with this number of sources."""

    count: int
    cores: float
    lost_s: float
    heard_s: float
    late_p50_s: float
    late_p99_s: float
    resident_mb: float


def measured(count: int, names: Sequence[str], sound: Floats, seconds: float, rate_hz: int = RATE_HZ) -> Found:
    """Measure in a separate process, so that memory is that of this number of sources."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(sender, count, names, sound, seconds, rate_hz))
    process.start()
    found: Found = receiver.recv()
    process.join()
    return found


def _measure(sender, count: int, names: Sequence[str], sound: Floats, seconds: float, rate_hz: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    models, worker = [Model(name) for name in names], Worker()
    reference_s = models[0].card.reference_s
    late: list[float] = []
    lost: list[float] = []
    measuring = threading.Event()
    pipelines = []
    for number in range(count):
        source = Live(f"source {number}", sound, number * len(sound) // count, rate_hz)

        def tap(hop: ScoredHop, source: Live = source) -> None:
            if measuring.is_set():
                late.append(time.monotonic() - source.begun_s - hop.until_s - reference_s)

        pipelines.append(Pipeline(source, models, lambda report: None, taps=[tap] * len(models), worker=worker))
    gc.freeze()
    for number, pipeline in enumerate(pipelines):
        pipeline.start()
        time.sleep(min(1.0, 1 / count) * (number % 7 + 1) / 8)
    time.sleep(SETTLE_S)
    before = cpu_seconds(os.getpid()), time.monotonic()
    measuring.set()
    time.sleep(seconds)
    measuring.clear()
    after = cpu_seconds(os.getpid()), time.monotonic()
    memory = resident_mb(os.getpid())
    for pipeline in pipelines:
        pipeline.stop()
    for pipeline in pipelines:
        pipeline.wait(10)
    lost = [pipeline.summary().lost_s for pipeline in pipelines]
    heard = [pipeline.summary().heard_s for pipeline in pipelines]
    p50, p99 = np.quantile(late, (0.5, 0.99))
    cores = (after[0] - before[0]) / (after[1] - before[1])
    sender.send(Found(count, cores, sum(lost), sum(heard), float(p50), float(p99), memory))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--model", action="append", help="installed model or folder of one; repeat for several")
    parser.add_argument("--sources", type=int, nargs="+", default=COUNTS, help="numbers of sources")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    options = parser.parse_args()
    names = options.model or ["capuchinbird"]
    title = ", ".join(names)
    sound = speech(SOUND_S, RATE_HZ)
    table = Table("sources", "cores", "of a core each", "lost", "late p50", "p99", "MB", title=title)
    found = [measured(count, names, sound, options.seconds) for count in options.sources]
    for one in found:
        table.add_row(
            str(one.count),
            f"{one.cores:.3f}",
            f"{100 * one.cores / one.count:.3f} %",
            f"{one.lost_s:g} s",
            f"{1000 * one.late_p50_s:.0f} ms",
            f"{1000 * one.late_p99_s:.0f} ms",
            f"{one.resident_mb:.0f}",
        )
    few, many = found[0], found[-1]
    each_mb = (many.resident_mb - few.resident_mb) / max(1, many.count - few.count)
    finish(
        "growth",
        title,
        [
            Measure(f"cores for {many.count} sources", many.cores, "", MOST_CORES),
            Measure(f"lost with {many.count} sources", many.lost_s, "s", 0.0),
            Measure(f"lateness p99 with {many.count} sources", 1000 * many.late_p99_s, "ms"),
            Measure("memory for a further source", each_mb, "MB", MOST_MB_EACH),
        ],
        table,
    )


if __name__ == "__main__":
    run(main)
