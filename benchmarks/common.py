"""What the benchmarks share: results and limits, synthetic sound, the virtual microphone, measures of other processes.

MB means 1,000,000 bytes throughout. A share of a core is processor time (user and system, all threads of the process)
divided by elapsed time, so that a busy machine inflates it less than it would inflate a stopwatch; caches shared with
other programs still do, which is why every result states the load of the machine.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from rich.console import Console
from rich.table import Table

from virtual_card import VirtualCard
from whipbird.arrays import Floats, Reals

__all__ = [
    "COMMANDS",
    "MB",
    "RESULTS",
    "ROOT",
    "SKIPPED",
    "WORD_EVERY_S",
    "Measure",
    "Spoken",
    "Unavailable",
    "background",
    "cpu_seconds",
    "data_folder",
    "finish",
    "need_programs",
    "number",
    "playing",
    "quantiles",
    "resident_mb",
    "run",
    "speech",
    "spoken",
    "virtual_microphone",
    "whipbird",
]

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed command does not compile its modules at each start

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
SKIPPED = 77  # exit code of a benchmark that cannot run here
MB = 1e6
COMMANDS = ("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes")
VOICES = ("en-us", "en-gb+f2", "en-us+m3", "en-gb-scotland+f4")
WORD_EVERY_S = 1.5
WORD_PEAK = 0.3  # of full scale
AUDIBLE = 10 ** (-30 / 20)  # of a word's peak
BACKGROUND_DBFS = -50.0


class Unavailable(Exception):
    """This machine lacks something that the benchmark needs; the text names it."""


# Results


@dataclass(frozen=True)
class Measure:
    """One number, perhaps with a limit.

    Attributes
    ----------
    limit : float or None
    at_least : bool
        Whether the limit is a minimum; otherwise it is a maximum.
    """

    name: str
    value: float | None
    unit: str = ""
    limit: float | None = None
    at_least: bool = False

    @property
    def ratio(self) -> float | None:
        """Value divided by limit."""
        return None if not self.limit or self.value is None else self.value / self.limit

    @property
    def kept(self) -> bool | None:
        """Whether the limit is kept."""
        if self.limit is None or self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def finish(name: str, title: str, measures: Sequence[Measure], table: Table | None = None, **details: Any) -> None:
    """Print the measures as a table and write them, with details and the machine, to ``results/NAME.json``.

    Parameters
    ----------
    table : Table, optional
        Printed instead of the usual table, which has a row for each measure.
    """
    machine = _machine()
    console = Console(highlight=False)
    console.print(table or _table(title, measures))
    console.print(f"[dim]{machine['processor']}, {machine['cores']} cores, load {machine['load']}[/dim]")
    RESULTS.mkdir(exist_ok=True)
    rows = [asdict(measure) | {"ratio": measure.ratio, "kept": measure.kept} for measure in measures]
    result = {"benchmark": name, "machine": machine, "measures": rows, **details}
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _table(title: str, measures: Sequence[Measure]) -> Table:
    table = Table("", "value", "limit", "value ÷ limit", "", title=title)
    for column in table.columns[1:4]:
        column.justify = "right"
        column.no_wrap = True
    for measure in measures:
        limit = "" if measure.limit is None else f"{'≥' if measure.at_least else '≤'} {measure.limit:g} {measure.unit}"
        ratio = "" if measure.ratio is None else f"{measure.ratio:.2f}"
        verdict = {None: "", True: "[green]kept[/green]", False: "[bold red]missed[/bold red]"}[measure.kept]
        table.add_row(measure.name, number(measure.value, measure.unit), limit, ratio, verdict)
    return table


def number(value: float | None, unit: str = "") -> str:
    """A number for people: three significant digits, and its unit."""
    if value is None:
        return "–"
    text = f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:.3g}"
    return f"{text} {unit}".strip()


def _machine() -> dict[str, Any]:
    cpu_info = Path("/proc/cpuinfo")
    lines = cpu_info.read_text().splitlines() if cpu_info.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    packages = {}
    for package in ("whipbird", "ai-edge-litert", "numpy", "rich", "rtmixer", "sounddevice", "soxr"):
        try:
            packages[package] = version(package)
        except PackageNotFoundError:
            packages[package] = "–"
    return {
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "system": platform.platform(),
        "processor": model or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "packages": packages,
    }


def quantiles(values: Sequence[float] | Reals, *shares: float) -> list[float | None]:
    """Quantiles; None for each if there are no values."""
    return [float(q) for q in np.quantile(values, shares)] if len(values) else [None] * len(shares)


def run(main: Callable[[], None]) -> None:
    """Run a benchmark; if it cannot run, say why and exit with `SKIPPED`."""
    try:
        main()
    except Unavailable as reason:
        print(f"skipped: {reason}", flush=True)
        sys.exit(SKIPPED)


# What is measured


def whipbird(*arguments: str) -> list[str]:
    """The command of this environment."""
    script = Path(sys.executable).with_name("whipbird")
    return [str(script), *arguments] if script.exists() else [sys.executable, "-m", "whipbird", *arguments]


def cpu_seconds(pid: int) -> float:
    """Processor time that a running process has used, user and system, all threads; in steps of 10 ms."""
    fields = _proc(pid, "stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int, files: bool = True) -> float:
    """Resident memory of a running process, shared libraries included; or without memory backed by files.

    The system removes and restores such memory at will.
    """
    kinds = ("RssAnon:", "RssShmem:", "RssFile:")[: 3 if files else 2]
    lines = [line.split() for line in _proc(pid, "status").splitlines() if line.startswith(kinds)]
    return sum(int(kilobytes) for _, kilobytes, _ in lines) * 1024 / MB


def _proc(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except FileNotFoundError:
        if not Path("/proc/self").exists():
            raise Unavailable("needs /proc, as on Linux") from None
        raise RuntimeError(f"process {pid} has ended before it was measured") from None


def need_programs(*names: str) -> None:
    """Check that programs are installed.

    Raises
    ------
    Unavailable
    """
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        raise Unavailable(f"needs {', '.join(missing)}")


def data_folder(name: str) -> Path:
    """A folder of recordings, in $WHIPBIRD_DATA or ``../shared/data``.

    Raises
    ------
    Unavailable
    """
    folder = Path(os.environ.get("WHIPBIRD_DATA", ROOT.parent / "shared" / "data")) / name
    if not folder.is_dir():
        raise Unavailable(f"needs the recordings {name} in {folder.parent}; set WHIPBIRD_DATA")
    return folder


# Sound


def background(samples: int, rng: np.random.Generator) -> Floats:
    """White noise at `BACKGROUND_DBFS`, root mean square."""
    noise: Floats = rng.standard_normal(samples, np.float32) * np.float32(10 ** (BACKGROUND_DBFS / 20))
    return noise


@dataclass(frozen=True)
class Spoken:
    """A word in a synthetic recording, with its audible start and end."""

    word: str
    begin_s: float
    end_s: float


def spoken(words: Sequence[str], seconds: float, rate_hz: int) -> tuple[Floats, list[Spoken]]:
    """Words by several synthetic voices, one every `WORD_EVERY_S` over a quiet background, and their positions.

    Raises
    ------
    Unavailable
    """
    need_programs("espeak-ng")
    clips = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "word.wav"
        for voice in VOICES:
            for word in words:
                subprocess.run(["espeak-ng", "-v", voice, "-w", str(path), word], check=True, stderr=subprocess.DEVNULL)
                samples, rate = soundfile.read(path, dtype="float32")
                samples = soxr.resample(samples, rate, rate_hz)
                clips.append((word, samples * (WORD_PEAK / np.abs(samples).max())))
    sound = background(round(seconds * rate_hz), np.random.default_rng(1))
    every = round(WORD_EVERY_S * rate_hz)
    said = []
    for number, begin in enumerate(range(every // 3, len(sound) - every, every)):
        word, samples = clips[number % len(clips)]
        samples = samples[:every]
        sound[begin : begin + len(samples)] += samples
        heard = np.flatnonzero(np.abs(samples) > WORD_PEAK * AUDIBLE)
        said.append(Spoken(word, (begin + heard[0]) / rate_hz, (begin + heard[-1] + 1) / rate_hz))
    return sound, said


def speech(seconds: float, rate_hz: int) -> Floats:
    """The ten commands, see `spoken`.

    Raises
    ------
    Unavailable
    """
    return spoken(COMMANDS, seconds, rate_hz)[0]


@contextmanager
def virtual_microphone() -> Iterator[VirtualCard]:
    """A separate sound server, whose default microphone records what is played to it.

    Raises
    ------
    Unavailable
    """
    with tempfile.TemporaryDirectory(prefix="virtual-mic-", ignore_cleanup_errors=True) as folder:
        try:
            card = VirtualCard(Path(folder))
            card.start()
        except (pytest.skip.Exception, subprocess.CalledProcessError) as reason:
            raise Unavailable(f"the sound server does not start: {reason}") from None
        try:
            card.environment = os.environ | card.environment
            yield card
        finally:
            card.stop()


@contextmanager
def playing(microphone: VirtualCard, sound: Floats, rate_hz: int) -> Iterator[None]:
    """Play a sound into the microphone for as long as the block lasts; the sound should last longer."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        soundfile.write(path, sound, rate_hz, subtype="PCM_16")
        player = subprocess.Popen(["paplay", str(path)], env=microphone.environment)
        try:
            yield
            if player.poll() is not None:
                raise RuntimeError("the sound was over before the measurement")
        finally:
            if player.poll() is None:
                player.send_signal(signal.SIGTERM)
            player.wait()
