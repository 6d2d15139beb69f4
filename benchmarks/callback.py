"""A callback in Python or one in C: which keeps taking sound while the interpreter is busy?

`sounddevice.InputStream` calls Python for each block, and the call waits for the interpreter. `rtmixer` fills a ring
from C, and Python looks into it when it gets round to it. Both record the same device, the virtual microphone at 48 kHz
with a tone playing, one after the other; first with nothing else to do, then while four Python threads count without
end.

* Behind schedule: at each moment of looking (a call; a look into the ring) that moment, in samples, minus the samples
  received by then, less the least such difference of the whole recording. Blocks that arrive in a regular way are
  behind by up to their own length; a callback that has to wait is behind by its waiting, too. For the ring it says how
  long the ring stood still, since whatever Python itself was held up shows in the moment of looking and cancels.
* Fill against time: what has come since the last look (or call), minus the time since then, whatever its sign. A ring
  that is filled whatever Python does holds t seconds of sound after t seconds. The longest pause is the longest t: for
  the callback, how long it was not called; for the ring, how long Python was away.
* Lost audio: growth of the least difference from the first to the last quarter of the recording. It is right to within
  some ten milliseconds. Breaks of the tone, found where a sample is not what its two predecessors foretell
  (x[n] = 2 cos w · x[n-1] - x[n-2] holds for every sine), are counted as well, and PortAudio's overflow flags.
* With a card of 40 ms: the sound server here buffers seconds, and so hides what a late callback costs. A sound card
  that buffers 40 ms, and is emptied as late as this recording was, would have lost so much. It is worked out from the
  recording, not measured on a card.

The first second of each recording, while the sound server settles, is not counted.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.table import Table

from benchmarks.common import Floats, Measure, VirtualMicrophone, finish, number, playing, quantiles, run

RATE_HZ = 48_000
TONE_HZ = 1_000.0
TONE_PEAK = 0.5  # of full scale
BREAK = 0.01  # of full scale: further off is no sine any more; 16 bits explain 0.0001
MERGED_S = 0.005  # wrong samples closer than this are one break
THREADS = 4
SETTLE_S = 1.0
SPARE_S = 5.0  # of tone beyond what is recorded
LOOK_S = 0.01  # between looks into the ring, as the microphone source does
BUFFER_S = 10.0  # length of the ring
CARD_S = 0.04  # what a sound card buffers
TORN_S = 0.0005  # a look that took longer was interrupted, and its time is not known


SHOWN = {
    "behind_p50_s": ("behind schedule, p50", "ms"),
    "behind_p99_s": ("behind schedule, p99", "ms"),
    "behind_max_s": ("behind schedule, longest", "ms"),
    "fill_off_p50_s": ("fill against time, p50", "ms"),
    "fill_off_p99_s": ("fill against time, p99", "ms"),
    "fill_off_max_s": ("fill against time, longest", "ms"),
    "pause_max_s": ("longest pause", "ms"),
    "lost_s": ("lost audio", "ms"),
    "breaks": ("breaks of the tone", ""),
    "overflows": ("overflow flags", ""),
    "lost_with_card_s": ("lost with a card of 40 ms (worked out)", "ms"),
}


@dataclass
class Recording:
    """What was received, and when.

    Attributes
    ----------
    times_s : array, shape (n,)
        Of each call or look.
    received : array, shape (n,)
        Samples up to then.
    samples : array
    overflows : int
    """

    times_s: np.ndarray
    received: np.ndarray
    samples: Floats
    overflows: int


@contextmanager
def busy(threads: int) -> Iterator[None]:
    """Keep the interpreter busy."""
    stop = threading.Event()

    def count() -> None:
        while not stop.is_set():
            sum(range(1000))

    workers = [threading.Thread(target=count, daemon=True) for _ in range(threads)]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        stop.set()
        for worker in workers:
            worker.join()


def record_in_python(seconds: float) -> Recording:
    """Record with a callback in Python."""
    import sounddevice  # here, because PortAudio looks at the environment when it is loaded

    calls: list[tuple[float, bool, Floats]] = []

    def callback(samples: Floats, frames: int, when: Any, status: Any) -> None:
        calls.append((time.perf_counter(), bool(status.input_overflow), samples[:, 0].copy()))

    with sounddevice.InputStream(RATE_HZ, channels=1, dtype="float32", latency="high", callback=callback):
        time.sleep(seconds)
    times_s, overflows, blocks = zip(*calls, strict=True)
    received = np.cumsum([len(block) for block in blocks])
    return Recording(np.array(times_s), received, np.concatenate(blocks), sum(overflows))


def record_in_c(seconds: float) -> Recording:
    """Record with rtmixer's callback."""
    import rtmixer

    ring = rtmixer.RingBuffer(4, 1 << round(BUFFER_S * RATE_HZ).bit_length())
    times_s, received, blocks, total = [], [], [], 0
    with rtmixer.Recorder(channels=1, samplerate=RATE_HZ, latency="high") as recorder:
        action = recorder.record_ringbuffer(ring)
        end_s = time.perf_counter() + seconds
        while (begin_s := time.perf_counter()) < end_s:
            count = ring.read_available
            now_s = time.perf_counter()
            blocks.append(np.frombuffer(ring.read(count), np.float32).copy())
            total += count
            if now_s - begin_s < TORN_S:  # an empty ring counts, too: it stands still
                times_s.append(now_s)
                received.append(total)
            time.sleep(LOOK_S)
        overflows = int(action.stats.input_overflows)
    return Recording(np.array(times_s), np.array(received), np.concatenate(blocks), overflows)


def evaluate(recording: Recording) -> dict[str, float | None]:
    """All that is told from a recording; times in seconds."""
    settled = recording.times_s >= recording.times_s[0] + SETTLE_S
    times_s, received = recording.times_s[settled], recording.received[settled]
    behind_s = times_s - received / RATE_HZ
    span_s = times_s[-1] - times_s[0]
    first, last = times_s < times_s[0] + span_s / 4, times_s > times_s[-1] - span_s / 4
    drift_s = behind_s[last].min() - behind_s[first].min()
    pauses_s = np.diff(times_s)
    behind_s -= behind_s.min()
    off_s = np.abs(np.diff(received) / RATE_HZ - pauses_s)
    behind_p50, behind_p99, behind_max = quantiles(behind_s, 0.5, 0.99, 1.0)
    off_p50, off_p99, off_max = quantiles(off_s, 0.5, 0.99, 1.0)
    return {
        "looks": len(times_s),
        "behind_p50_s": behind_p50,
        "behind_p99_s": behind_p99,
        "behind_max_s": behind_max,
        "fill_off_p50_s": off_p50,
        "fill_off_p99_s": off_p99,
        "fill_off_max_s": off_max,
        "pause_max_s": float(pauses_s.max()),
        "lost_s": float(drift_s),
        "breaks": tone_breaks(recording.samples[recording.received[np.argmax(settled)] :]),
        "overflows": recording.overflows,
        "lost_with_card_s": lost_with_card(behind_s),
        "seconds": float(span_s),
    }


def lost_with_card(behind_s: np.ndarray) -> float:
    """What a sound card that buffers `CARD_S` would have lost, in seconds.

    Its buffer fills and empties as the delay behind schedule grows and shrinks, between empty and full. What it has
    lost once is gone and cannot be late again.
    """
    held_s = lost_s = 0.0
    for change_s in np.diff(behind_s, prepend=0.0):
        held_s = max(0.0, held_s + change_s)
        lost_s += max(0.0, held_s - CARD_S)
        held_s = min(held_s, CARD_S)
    return float(lost_s)


def tone_breaks(samples: Floats) -> int:
    """How often the tone is broken."""
    foretold = 2 * np.cos(2 * np.pi * TONE_HZ / RATE_HZ) * samples[1:-1] - samples[:-2]
    wrong = np.flatnonzero(np.abs(samples[2:] - foretold) > BREAK)
    return int(len(wrong) > 0) + int((np.diff(wrong) > MERGED_S * RATE_HZ).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each of the four recordings (default 20)")
    options = parser.parse_args()
    if options.seconds < 4 * SETTLE_S:
        parser.error(f"--seconds: at least {4 * SETTLE_S:g}")
    ways: dict[str, Callable[[float], Recording]] = {"Python": record_in_python, "rtmixer": record_in_c}
    tone_s = np.arange(round((options.seconds + SPARE_S) * RATE_HZ)) / RATE_HZ
    tone = (TONE_PEAK * np.sin(2 * np.pi * TONE_HZ * tone_s)).astype(np.float32)
    results = {}
    with VirtualMicrophone() as microphone:
        os.environ.update(microphone.environment)
        for threads in (0, THREADS):
            for name, record in ways.items():
                with playing(microphone, tone, RATE_HZ):
                    time.sleep(0.5)
                    with busy(threads):
                        recording = record(options.seconds)
                results[name, threads] = evaluate(recording)
    titles = {key: f"{key[0]}, {f'{key[1]} busy threads' if key[1] else 'idle'}" for key in results}
    title = f"callback in Python or in C, {options.seconds:g} s each"
    table = Table("", *titles.values(), title=title)
    measures = []
    for field, (text, unit) in SHOWN.items():
        row = [Measure(f"{name}: {text}", _scaled(results[key][field], unit), unit) for key, name in titles.items()]
        table.add_row(text, *(number(measure.value, unit) for measure in row))
        measures += row
    details = {titles[key]: result for key, result in results.items()}
    finish("callback", title, measures, table, recordings=details)


def _scaled(value: float | None, unit: str) -> float | None:
    return 1000 * value if unit == "ms" and value is not None else value


if __name__ == "__main__":
    run(main)
