"""``whipbird scan``: hours of sound per core-hour, where the time goes, what a tiny file costs, memory for a long one.

* Rates and formats: ten minutes of synthetic voices as WAV, FLAC and MP3 at 16 and 48 kHz, heard straight (as a worker
  does, see `stream.scan.hearing`) in one thread. Times are processor times, of the least of some rounds, without
  starting. Beside the whole stand decoding alone, and decoding with resampling, of the same file.
* Stages: the shares that `stream.timings` adds up; decoding and the rest is what is left of the whole.
* Tiny files: a second of sound each, ``--files`` of them (200,000 are asked for by ``--files 200000``), by the command,
  with ``--processes``: listing and planning, then hearing; processor time of all processes for each file.
* A long file: ``--hours`` of WAV at 16 kHz through the command; the most memory of a worker.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import soundfile
from rich.console import Console
from rich.table import Table

from benchmarks.common import MB, Measure, finish, run, speech, whipbird
from stream.model import Model
from stream.resample import Resampler
from stream.scan.hearing import hear
from stream.sources.recording import Recording
from stream.timings import STAGES, Timings

FORMATS = (("WAV", ".wav"), ("FLAC", ".flac"), ("MP3", ".mp3"))
RATES_HZ = (16_000, 48_000)
LEAST_FACTOR = 500.0  # times real time, one core, 16 kHz WAV and FLAC
MOST_RATIO = 1.5  # of the cost of decoding and resampling
WORK = tuple(stage for stage in STAGES if stage != "queueing")
WRITE_S = 10  # written at once: libsndfile's encoders of MP3 and OGG fail on very long blocks


def processor_s(function: Callable[[], object], rounds: int) -> float:
    """The least of some rounds."""
    times = []
    for _ in range(rounds):
        before = time.process_time()
        function()
        times.append(time.process_time() - before)
    return min(times)


def decode(path: Path, target_hz: int | None) -> None:
    """Read a recording, and resample it if a rate is given."""
    recording = Recording(str(path))
    resampler = None if target_hz is None else Resampler(recording.rate_hz, target_hz)
    while len(block := recording.read(8 * recording.rate_hz)):
        if resampler is not None:
            for begin in range(0, len(block), recording.rate_hz):
                resampler.push(block[begin : begin + recording.rate_hz, 0])
    recording.close()


def write(path: Path, sound: np.ndarray, rate_hz: int) -> None:
    with soundfile.SoundFile(path, "w", rate_hz, 1) as file:
        for begin in range(0, len(sound), WRITE_S * rate_hz):
            file.write(sound[begin : begin + WRITE_S * rate_hz])


def measure_formats(folder: Path, minutes: float, name: str, rounds: int) -> tuple[list[Measure], Table, list[dict]]:
    model = Model(name)
    target_hz = model.card.sample_rate_hz
    table = Table("", "× real time", "decoding", "+ resampling", "whole ÷ that", *WORK, title=f"{name}, one core")
    measures, details = [], []
    for rate_hz in RATES_HZ:
        sound = speech(60 * minutes, rate_hz)
        for kind, suffix in FORMATS:
            path = folder / f"{rate_hz}{suffix}"
            write(path, sound, rate_hz)
            timings, began_s = Timings(), time.perf_counter()
            hear(str(path), [model], timings=timings)
            passed_s = time.perf_counter() - began_s
            whole_s = processor_s(lambda path=path: hear(str(path), [model]), rounds)
            decode_s = processor_s(lambda path=path: decode(path, None), rounds)
            both_s = processor_s(lambda path=path: decode(path, target_hz), rounds)
            factor, ratio = 60 * minutes / whole_s, whole_s / both_s
            shares = {stage: timings.stages[stage].total_s / passed_s for stage in WORK}
            what = f"{kind} {rate_hz // 1000} kHz"
            limit = LEAST_FACTOR if rate_hz == RATES_HZ[0] and kind != "MP3" else None
            measures.append(Measure(f"{what}: hours per core-hour", factor, "×", limit, True))
            measures.append(Measure(f"{what}: whole ÷ decoding and resampling", ratio, "×", MOST_RATIO))
            cells = (f"{60 * minutes / decode_s:,.0f} ×", f"{60 * minutes / both_s:,.0f} ×", f"{ratio:.2f}")
            table.add_row(what, f"{factor:,.0f}", *cells, *(f"{100 * share:.0f} %" for share in shares.values()))
            details.append({"what": what, "whole_s": whole_s, "decode_s": decode_s, "both_s": both_s, "shares": shares})
            path.unlink()
    return measures, table, details


def scan_timed(folder: Path, out: Path, model: str, processes: int) -> tuple[float, float, float, float]:
    """Seconds of the whole and until hearing began, processor seconds of all, the most memory of a process in MB."""
    command = whipbird("scan", str(folder), "--out", str(out), "--model", model, "--processes", str(processes))
    before, began_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    most = [0.0]
    planned = [0.0]

    def watch() -> None:
        parent = psutil.Process(process.pid)
        while process.poll() is None:
            if not planned[0] and (out / "plan" / "part-00000.parquet").exists():
                planned[0] = time.monotonic() - began_s
            with contextlib.suppress(psutil.Error):
                for child in parent.children(recursive=True):
                    most[0] = max(most[0], child.memory_info().rss)
            time.sleep(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    if process.wait() not in (0, 1):
        raise RuntimeError("the scan failed")
    elapsed_s = time.monotonic() - began_s
    watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return elapsed_s, planned[0], used_s, most[0] / MB


def measure_tiny(folder: Path, files: int, model: str, processes: int) -> list[Measure]:
    archive = folder / "tiny"
    first = archive / "000" / "000000.wav"
    first.parent.mkdir(parents=True)
    write(first, speech(1.0, 16_000), 16_000)
    data = first.read_bytes()
    for number in range(1, files):
        path = archive / f"{number // 1000:03}" / f"{number:06}.wav"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    out = folder / "tiny-out"
    elapsed_s, planned_s, used_s, memory = scan_timed(archive, out, model, processes)
    again_s = scan_timed(archive, out, model, processes)[0]
    ledger = json.loads((out / "ledger.json").read_text())
    if ledger["recordings"]["done"] != files:
        raise RuntimeError(f"of {files} files, {ledger['recordings']} are done")
    return [
        Measure(f"{files:,} tiny files", elapsed_s, "s"),
        Measure("listing and planning them, starting included", planned_s, "s"),
        Measure("the same command once more, when all is done", again_s, "s"),
        Measure("processor time for each", 1e3 * used_s / files, "ms"),
        Measure("memory of the largest process, tiny files", memory, "MB"),
    ]


def measure_long(folder: Path, hours: float, model: str, processes: int) -> list[Measure]:
    archive = folder / "long"
    archive.mkdir()
    sound = speech(600, 16_000)
    with soundfile.SoundFile(archive / "long.wav", "w", 16_000, 1) as file:
        for _ in range(round(hours * 6)):
            file.write(sound)
    elapsed_s, _, _, memory = scan_timed(archive, folder / "long-out", model, processes)
    return [
        Measure(f"a file of {hours:g} hours, {processes} processes", 3600 * hours / elapsed_s, "×"),
        Measure("memory of the largest process, long file", memory, "MB"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="capuchinbird")
    parser.add_argument("--minutes", type=float, default=10.0, help="length of each format's recording (default 10)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--files", type=int, default=2_000, help="tiny recordings (default 2,000)")
    parser.add_argument("--hours", type=float, default=6.0, help="length of the long recording (default 6)")
    parser.add_argument("--processes", type=int, default=max(1, len(os.sched_getaffinity(0)) // 2))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measures, table, formats = measure_formats(folder, options.minutes, options.model, options.rounds)
        measures += measure_tiny(folder, options.files, options.model, options.processes)
        measures += measure_long(folder, options.hours, options.model, options.processes)
    Console(highlight=False).print(table)
    finish("scan", "scanning archives", measures, formats=formats)


if __name__ == "__main__":
    run(main)
