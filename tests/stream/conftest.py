"""What tests of outputs share."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from real_places import Disk

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 MiB."""
    with Disk(tmp_path / "disk", 1 << 20) as disk:
        yield disk


@pytest.fixture
def listening_process():
    """A process that runs a program until it has kept what it has to send; killed at the end of the block."""

    @contextlib.contextmanager
    def run(program, *arguments):
        command = [sys.executable, "-c", program, *map(str, arguments)]
        environment = os.environ | {"PYTHONPATH": f"{ROOT / 'tests' / 'helpers'}{os.pathsep}{ROOT / 'stream'}"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            try:
                while process.stdout.readline() != "kept\n":
                    assert process.poll() is None
                yield
            finally:
                process.kill()

    return run
