"""Cost of an installation: size on disk, time to import and to start, memory, and no heavy packages of training.

* Size: ``pip install .`` of this repository, without extras, into a fresh virtual environment in a temporary folder.
  Everything in its site-packages counts, with the byte code that pip compiles, except pip itself (and setuptools and
  wheel, where this Python puts them there). The interpreter does not count.
* Time to import: in the new environment, a Python process that imports what ``whipbird listen`` imports, minus one that
  imports nothing; median of several. The first, which may read from a cold disk, is not counted. Then, from a run with
  ``-X importtime``, the packages that take longest, each without what it imports from others.
* Time to start: in the new environment, ``whipbird listen -`` gets a tenth of a second of sound on its standard input;
  the time from the command to its end, by when it has processed and reported that. Median of several, the first not
  counted. `benchmarks.live` does the same with a microphone.
* Memory: resident memory of the same command, after some seconds of speech in real time.
* Heavy packages: ``listen``, ``replay`` and ``classify`` run to their end in the environment of this benchmark, where
  the heavy packages should be installed, because otherwise the check shows nothing; then ``sys.modules`` is inspected.
  ``listen`` uses the virtual microphone if there is one, and its standard input in any case. ``replay`` also runs in
  the new environment, to see that nothing is missing there.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import platformdirs
import soundfile

from benchmarks.common import (
    MB,
    ROOT,
    Measure,
    Unavailable,
    background,
    finish,
    resident_mb,
    run,
    speech,
    virtual_microphone,
)

SIZE_LIMIT_MB = 250.0
START_LIMIT_S = 0.5
MEMORY_LIMIT_MB = 100.0
STREAM_S = 8.0
NOT_OURS = ("pip", "setuptools", "wheel", "_distutils_hack", "distutils-precedence.pth", "pkg_resources")
HEAVY = ("tensorflow", "keras", "librosa", "sklearn", "scipy", "matplotlib", "numba")
FORBIDDEN = ("tensorflow", "librosa", "sklearn", "matplotlib")
RATE_HZ = 16_000
LARGEST = 8  # packages named in the result
SLOWEST = 6

IMPORTS = (
    "import whipbird.cli.app, whipbird.sessions.session, whipbird.sources.microphone, rtmixer, "
    "ai_edge_litert.interpreter"
)

LOOK = f"""
import json, sys
from whipbird.__main__ import main
code = 0
try:
    main()
except SystemExit as end:
    code = end.code
print()
print(json.dumps({{"code": code, "modules": len(sys.modules), "heavy": [n for n in {HEAVY!r} if n in sys.modules]}}))
"""


def install(folder: Path, *requirements: str) -> Path:
    """Make an environment and install packages into it, by default whipbird; returns its Python.

    Raises
    ------
    Unavailable
        If they cannot be installed here.
    """
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += requirements or (str(ROOT),)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"pip install failed: {done.stderr.strip().splitlines()[-1]}")
    return python


def installed(*requirements: str) -> Path:
    """Python of an environment with packages of others, which stays in the user's cache for the next time.

    Raises
    ------
    Unavailable
        If they cannot be installed here.
    """
    name = hashlib.sha256("\n".join((sys.version, *requirements)).encode()).hexdigest()[:16]
    folder = Path(platformdirs.user_cache_dir("whipbird", appauthor=False)) / "benchmarks" / name
    complete = folder / "complete"
    if not complete.exists():
        shutil.rmtree(folder, ignore_errors=True)
        install(folder, *requirements)
        complete.touch()
    return folder / "bin" / "python"


def sizes_mb(python: Path) -> dict[str, float]:
    """Size of each entry of site-packages, except those of pip, setuptools and wheel, largest first."""
    code = "import sysconfig; print(sysconfig.get_path('platlib'))"
    site = Path(subprocess.check_output([str(python), "-c", code], text=True).strip())
    sizes = {entry.name: _size_mb(entry) for entry in site.iterdir() if _owner(entry.name) not in NOT_OURS}
    return dict(sorted(sizes.items(), key=lambda item: -item[1]))


def _owner(name: str) -> str:
    return name.split("-")[0] if name.endswith(".dist-info") else name


def _size_mb(path: Path) -> float:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file() and not file.is_symlink()]
    return sum(file.stat().st_size for file in files) / MB


def import_seconds(python: Path, folder: Path, repeats: int) -> float:
    """Time that the imports take."""

    def once(code: str) -> float:
        begin_s = time.perf_counter()
        subprocess.run([str(python), "-c", code], cwd=folder, check=True)
        return time.perf_counter() - begin_s

    return statistics.median([once(IMPORTS) - once("") for _ in range(repeats + 1)][1:])


def import_shares(python: Path, folder: Path) -> dict[str, float]:
    """Seconds that each package takes to import, without what it imports from others; longest first."""
    command = [str(python), "-X", "importtime", "-c", IMPORTS]
    lines = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stderr.splitlines()
    shares: dict[str, float] = {}
    for line in lines:  # import time: self [us] | cumulative | name
        self_us, _, name = line.removeprefix("import time:").split("|")
        if self_us.strip().isdigit():
            package = name.strip().partition(".")[0]
            shares[package] = shares.get(package, 0.0) + int(self_us) / 1e6
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def start_seconds(python: Path, folder: Path, repeats: int) -> float:
    """Time from the command to its end, for a tenth of a second of sound."""

    def once() -> float:
        begin_s = time.perf_counter()
        sound = bytes(RATE_HZ // 10 * 2)
        done = subprocess.run(_listen(python), cwd=folder, input=sound, capture_output=True, check=True)
        passed_s = time.perf_counter() - begin_s
        if b"heard 0.1 s" not in done.stdout:
            raise RuntimeError(f"listen - did not hear it: {done.stdout.decode().strip()}")
        return passed_s

    return statistics.median([once() for _ in range(repeats + 1)][1:])


def stream_mb(python: Path, folder: Path) -> float:
    """Resident memory of the command that listens to speech in real time."""
    sound = (speech(STREAM_S, RATE_HZ) * 32767).astype("<i2")
    process = subprocess.Popen(_listen(python), cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stdin is not None
    for piece in np.split(sound, round(STREAM_S * 10)):
        process.stdin.write(piece.tobytes())
        process.stdin.flush()
        time.sleep(0.1)
    found_mb = resident_mb(process.pid)
    process.communicate()
    return found_mb


def _listen(python: Path) -> list[str]:
    return [str(python.with_name("whipbird")), "listen", "-", "--rate", str(RATE_HZ), "--format", "s16le", "--plain"]


def look(python: str, folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> dict[str, object]:
    """Run a command to its end and list the modules that it has loaded."""
    silence = bytes(2 * RATE_HZ)  # one second; read by those that listen to standard input
    command = [python, "-c", LOOK, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, input=silence, capture_output=True, check=False)
    lines = done.stdout.decode().splitlines()
    found = json.loads(lines[-1]) if lines else {"code": done.returncode}
    if found["code"]:
        raise RuntimeError(f"whipbird {' '.join(arguments)}: {done.stderr.decode().strip()}")
    return found


def look_at_all(folder: Path, clip: Path) -> dict[str, dict[str, object]]:
    """The commands in this environment, and what each has loaded."""
    found = {
        "listen -": look(sys.executable, folder, "listen", "-", "--rate", str(RATE_HZ), "--format", "s16le"),
        "replay": look(sys.executable, folder, "replay", "--speed", "max", str(clip)),
        "classify": look(sys.executable, folder, "classify", str(clip)),
    }
    try:
        with virtual_microphone() as microphone:
            found["listen"] = look(
                sys.executable, folder, "listen", "--duration", "0.5", environment=microphone.environment
            )
    except Unavailable as reason:
        print(f"listen with a microphone is left out: {reason}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7, help="of imports and starts (default 7)")
    options = parser.parse_args()
    if os.name != "posix":
        raise Unavailable("looks for the environment's Python where POSIX systems have it")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = folder / "clip.wav"
        soundfile.write(clip, background(2 * RATE_HZ, np.random.default_rng(1)), RATE_HZ)
        python = install(folder / "environment")
        sizes = sizes_mb(python)
        seconds = import_seconds(python, folder, options.repeats)
        shares = import_shares(python, folder)
        start_s = start_seconds(python, folder, options.repeats)
        memory_mb = stream_mb(python, folder)
        look(str(python), folder, "replay", "--speed", "max", str(clip))
        commands = look_at_all(folder, clip)
    present = [package for package in FORBIDDEN if importlib.util.find_spec(package)]
    measures = [
        Measure("size on disk", sum(sizes.values()), "MB", SIZE_LIMIT_MB),
        *(Measure(f"  {entry}", size, "MB") for entry, size in list(sizes.items())[:LARGEST]),
        Measure("time to import what listen imports", seconds, "s"),
        *(Measure(f"  {package}", share, "s") for package, share in list(shares.items())[:SLOWEST]),
        Measure("from the command to the end of 0.1 s of sound", start_s, "s", START_LIMIT_S),
        Measure("resident memory, listening to standard input", memory_mb, "MB", MEMORY_LIMIT_MB),
        Measure(f"could be loaded by mistake, of {', '.join(FORBIDDEN)}", len(present)),
    ]
    for command, found in commands.items():
        loaded = [package for package in FORBIDDEN if package in found["heavy"]]
        measures.append(Measure(f"loaded by {command}", len(loaded)))
    wrong = {package for found in commands.values() for package in found["heavy"] if package in FORBIDDEN}
    details = {"sizes_mb": sizes, "imports_s": shares, "present": present, "commands": commands}
    finish("install", "an installation without extras", measures, **details)
    if wrong:
        raise SystemExit(f"loaded but must not be: {', '.join(sorted(wrong))}")


if __name__ == "__main__":
    run(main)
