"""Damaged inputs of every kind: each costs one line, and itself alone.

A fixed number of fixed mutations here; ``make fuzz`` tries others for as long as it is told
(``WHIPBIRD_FUZZ_MINUTES``) and keeps what fails in ``runs/fuzz``.
"""

import json
import os
import random
import selectors
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from seeds import make_seeds

from command_line import PACKAGES, ROOT
from ports import reserved_port

FUZZ = Path(__file__).resolve().parent
MINUTES = float(os.environ.get("WHIPBIRD_FUZZ_MINUTES", 0))  # for each kind; 0 tries the fixed ones
PATIENCE_S = 60  # with one input
READS = 100  # by one process, which keeps every model that it has loaded
CASES = {
    "recording": 60,
    "header": 20,
    "annotations": 40,
    "clip-list": 20,
    "settings": 80,
    "database": 20,
    "ledger": 15,
    "spool": 15,
    "state": 30,
    "scan": 15,
    "bundle": 30,
    "standard-input": 5,
    "options": 60,
}


@pytest.fixture(scope="module")
def hook():
    with reserved_port() as port:
        yield f"http://127.0.0.1:{port}/events"


@pytest.fixture(scope="module")
def seeds(hook, tmp_path_factory):
    folder = tmp_path_factory.mktemp("seeds")
    return make_seeds(folder, ROOT / "examples" / "demo.flac", ROOT / "models" / "capuchinbird", hook)


class Reader:
    """The process that reads: started again when an input ends it."""

    def __init__(self, sound: Path, hook: str) -> None:
        self._given = {"WHIPBIRD_FUZZ_SOUND": str(sound), "WHIPBIRD_FUZZ_HOOK": hook}
        self._process: subprocess.Popen[str] | None = None
        self._reads = 0

    def read(self, kind: str, path: Path) -> list[str]:
        """What was wrong with how it read an input; empty if nothing."""
        self._reads += 1
        if self._reads % READS == 0:
            self.close()
        if self._process is None:
            environment = os.environ | self._given | {"PYTHONPATH": PACKAGES}
            words = [sys.executable, str(FUZZ / "readers.py")]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            self._process = subprocess.Popen(words, text=True, env=environment, **pipes)
        process = self._process
        print(json.dumps({"kind": kind, "path": str(path)}), file=process.stdin, flush=True)
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            answered = selector.select(PATIENCE_S)
        line = process.stdout.readline() if answered else ""
        if line:
            return list(json.loads(line)["problems"])
        self.close()
        return [f"ends the process (code {process.returncode})" if answered else f"takes more than {PATIENCE_S} s"]

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None


@pytest.fixture(scope="module")
def reader(seeds, hook):
    reading = Reader(seeds["recording"][0].path.parents[1] / "sound.wav", hook)
    yield reading
    reading.close()


def numbers(kind):
    """The numbers of the inputs to try: each is the seed of its mutations."""
    if not MINUTES:
        yield from range(CASES[kind])
        return
    end_s = time.monotonic() + 60 * MINUTES
    while time.monotonic() < end_s:
        yield random.randrange(1 << 32)


@pytest.mark.timeout(0 if MINUTES else 600)
@pytest.mark.parametrize("kind", CASES)
def test_a_damaged_input_costs_one_line_and_itself_alone(seeds, reader, kind, tmp_path):
    failures = []
    for number in numbers(kind):
        rng = random.Random(number)
        seed = seeds[kind][number % len(seeds[kind])]
        folder = tmp_path / str(number)
        folder.mkdir()
        path = seed.damaged(folder, rng)
        problems = reader.read(kind, path)
        if problems:
            failures.append(f"{kind} {number} ({seed.path.name}): " + "\n    ".join(problems))
            if MINUTES:
                shutil.copytree(folder, ROOT / "runs" / "fuzz" / f"{kind}-{number}", dirs_exist_ok=True)
                print(failures[-1], flush=True)
        shutil.rmtree(folder)
    assert not failures, "\n".join(failures)
