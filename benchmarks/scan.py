"""``whipbird scan``: hours of sound per core-hour, where the time goes, cost of a tiny file, memory for a long one.

* Rates and formats: ten minutes of synthetic voices as WAV, FLAC and MP3 at 16 and 48 kHz, processed whole (see
  `whipbird.scan.workers.process_recording`) in a worker, one thread. Times are processor times, the shortest of some
  rounds, without the start. Decoding alone, and decoding with resampling, of the same file are given for comparison.
* Stages: the shares that `whipbird.engine.timings` adds up; decoding and the rest is what is left of the whole.
* Tiny files: a second of sound each, a tenth of ``--files`` and then all of them (200,000 by ``--files 200000``), by
  the command, with ``--processes``: times of listing, planning and processing; processor time of all processes, and
  that of the command itself, which hands out the work and writes what comes back; then the time to read all of it again
  for a report.
* A long file: ``--hours`` of WAV at 16 kHz through the command, with one process and with two, and processed whole in
  a worker; the maximum memory of a worker.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import soundfile
from rich.console import Console
from rich.table import Table

from benchmarks.common import MB, Measure, finish, run, speech, whipbird
from whipbird.audio.resample import Resampler
from whipbird.engine.pipeline import Pipeline
from whipbird.engine.run import run_source
from whipbird.engine.timings import STAGES
from whipbird.models.model import Model
from whipbird.recordings.reader import Recording
from whipbird.scan.workers.cluster import workers
from whipbird.scan.workers.process_recording import process_recording
from whipbird.sources.replay import Replay
from whipbird.system.malloc import keep_freed_memory

FORMATS = (("WAV", ".wav"), ("FLAC", ".flac"), ("MP3", ".mp3"))
RATES_HZ = (16_000, 48_000)
LEAST_FACTOR = 500.0  # times real time, one core, 16 kHz WAV and FLAC
MOST_RATIO = 1.5  # of the cost of decoding and resampling
WORK = tuple(stage for stage in STAGES if stage != "queueing")
POLL_S = 0.1
WRITE_S = 10  # written at once: libsndfile's encoders of MP3 and OGG fail on very long blocks


def processor_s(function: Callable[[], object], rounds: int) -> float:
    """Processor seconds: the shortest of some rounds."""
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


def measure_format(path: str, name: str, rounds: int) -> dict[str, Any]:
    """Processor seconds of a recording, and the shares of stages; in a worker."""
    keep_freed_memory()
    model = Model(name)
    target_hz = model.card.sample_rate_hz
    pipelines: list[Pipeline] = []
    source, began_s = Replay(path), time.perf_counter()
    source.open()
    run_source(source, [model], lambda report: None, attach=pipelines.append)
    passed_s = time.perf_counter() - began_s
    return {
        "whole_s": processor_s(lambda: process_recording(path, [model]), rounds),
        "decode_s": processor_s(lambda: decode(Path(path), None), rounds),
        "both_s": processor_s(lambda: decode(Path(path), target_hz), rounds),
        "shares": {stage: pipelines[0].timings.stages[stage].total_s / passed_s for stage in WORK},
    }


def measure_formats(folder: Path, minutes: float, name: str, rounds: int) -> tuple[list[Measure], Table, list[dict]]:
    table = Table("", "× real time", "decoding", "+ resampling", "whole ÷ that", *WORK, title=f"{name}, one core")
    measures, details = [], []
    with workers(None, 1) as client:
        for rate_hz in RATES_HZ:
            sound = speech(60 * minutes, rate_hz)
            for kind, suffix in FORMATS:
                path = folder / f"{rate_hz}{suffix}"
                write(path, sound, rate_hz)
                found = client.submit(measure_format, str(path), name, rounds).result()
                path.unlink()
                what = f"{kind} {rate_hz // 1000} kHz"
                factor, ratio = 60 * minutes / found["whole_s"], found["whole_s"] / found["both_s"]
                limit = LEAST_FACTOR if rate_hz == RATES_HZ[0] and kind != "MP3" else None
                measures.append(Measure(f"{what}: hours per core-hour", factor, "×", limit, True))
                measures.append(Measure(f"{what}: whole ÷ decoding and resampling", ratio, "×", MOST_RATIO))
                alone = (f"{60 * minutes / found[part]:,.0f} ×" for part in ("decode_s", "both_s"))
                shares = (f"{100 * share:.0f} %" for share in found["shares"].values())
                table.add_row(what, f"{factor:,.0f}", *alone, f"{ratio:.2f}", *shares)
                details.append({"what": what, **found})
    return measures, table, details


@dataclass
class Scan:
    """A finished scan: seconds of its stages, processor seconds of all processes and of the command's own."""

    listing_s: float
    planning_s: float
    hearing_s: float
    whole_s: float
    used_s: float
    own_s: float
    most_mb: float


def scan_timed(folder: Path, out: Path, model: str, processes: int) -> Scan:
    """Scan a folder with the command."""
    command = whipbird("scan", str(folder), "--out", str(out), "--model", model, "--processes", str(processes))
    before, began_s, begun_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), time.time()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    most = own_s = 0.0
    parent = psutil.Process(process.pid)
    while process.poll() is None:
        with contextlib.suppress(psutil.Error):
            used = parent.cpu_times()
            own_s = used.user + used.system
            most = max([most, *(child.memory_info().rss for child in parent.children(recursive=True))])
        time.sleep(POLL_S)
    if process.returncode not in (0, 1):
        raise RuntimeError("the scan failed")
    elapsed_s = time.monotonic() - began_s
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    listed_s, planned_s, heard_s = (_written_s(out / kind) - begun_s for kind in ("manifest", "plan", "events"))
    return Scan(listed_s, planned_s - listed_s, heard_s - planned_s, elapsed_s, used_s, own_s, most / MB)


def _written_s(folder: Path) -> float:
    """When the last file in a folder was written."""
    return max(path.stat().st_mtime for path in folder.iterdir())


def measure_tiny(folder: Path, files: int, model: str, processes: int) -> list[Measure]:
    archive = folder / f"tiny-{files}"
    first = archive / "000" / "000000.wav"
    first.parent.mkdir(parents=True)
    write(first, speech(1.0, 16_000), 16_000)
    data = first.read_bytes()
    for number in range(1, files):
        path = archive / f"{number // 1000:03}" / f"{number:06}.wav"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    out = folder / f"tiny-out-{files}"
    scan = scan_timed(archive, out, model, processes)
    began_s = time.monotonic()
    subprocess.run(whipbird("report", str(out), "--json"), stdout=subprocess.DEVNULL, check=True)
    report_s = time.monotonic() - began_s
    again = scan_timed(archive, out, model, processes)
    ledger = json.loads((out / "ledger.json").read_text())
    if ledger["recordings"]["done"] != files:
        raise RuntimeError(f"of {files} files, {ledger['recordings']} are done")
    shutil.rmtree(archive)
    of = f"{files:,} tiny files"
    return [
        Measure(f"{of}: starting and listing", scan.listing_s, "s"),
        Measure(f"{of}: planning", scan.planning_s, "s"),
        Measure(f"{of}: hearing, {processes} processes", scan.hearing_s, "s"),
        Measure(f"{of}: reading all for a report", report_s, "s"),
        Measure(f"{of}: the same command once more, when all is done", again.whole_s, "s"),
        Measure(f"{of}: processor time for each", 1e3 * scan.used_s / files, "ms"),
        Measure(f"{of}: of it the command's own, that divides and keeps", 1e3 * scan.own_s / files, "ms"),
        Measure(f"{of}: memory of the largest worker", scan.most_mb, "MB"),
    ]


def hear_whole(path: str, model: str) -> float:
    """Process a recording as a whole; returns the maximum memory of the process, in MB."""
    keep_freed_memory()
    process_recording(path, [Model(model)])
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024 / MB


def measure_long(folder: Path, hours: float, model: str) -> list[Measure]:
    archive = folder / "long"
    archive.mkdir()
    sound = speech(600, 16_000)
    with soundfile.SoundFile(archive / "long.wav", "w", 16_000, 1) as file:
        for _ in range(round(hours * 6)):
            file.write(sound)
    one, two = (scan_timed(archive, folder / f"long-out-{count}", model, count) for count in (1, 2))
    with workers(None, 1) as client:
        whole = client.submit(hear_whole, str(archive / "long.wav"), model).result()
    return [
        Measure(f"a file of {hours:g} hours: hearing it, 1 process", 3600 * hours / one.hearing_s, "×"),
        Measure(f"a file of {hours:g} hours: hearing it, 2 processes", 3600 * hours / two.hearing_s, "×"),
        Measure(f"a file of {hours:g} hours: 2 processes ÷ 1", one.hearing_s / two.hearing_s, "×"),
        Measure(f"a file of {hours:g} hours: processor time, 2 processes ÷ 1", two.used_s / one.used_s, "×"),
        Measure(f"a file of {hours:g} hours: memory of the largest worker", max(one.most_mb, two.most_mb), "MB"),
        Measure(f"a file of {hours:g} hours: the same, heard as a whole", whole, "MB"),
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
        for files in (options.files // 10, options.files):
            measures += measure_tiny(folder, files, options.model, options.processes)
        measures += measure_long(folder, options.hours, options.model)
    Console(highlight=False).print(table)
    finish("scan", "scanning archives", measures, formats=formats)


if __name__ == "__main__":
    run(main)
