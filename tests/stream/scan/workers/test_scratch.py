"""Scratch folders of scans: none remains of a scan that was killed, and none in use is removed."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from command_line import PACKAGES
from whipbird.scan.workers.scratch import scratch_folder

CODE = """
from whipbird.scan.workers.scratch import scratch_folder
with scratch_folder() as folder:
    print(folder, flush=True)
    input()
"""


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Another process with a scratch folder, which is alive."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    environment = os.environ | {"PYTHONPATH": PACKAGES, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", CODE], env=environment, **pipes) as process:
        yield process, Path(process.stdout.readline().strip())
        process.kill()


def test_a_folder_in_use_remains_and_that_of_a_killed_process_is_removed(elsewhere, tmp_path):
    process, folder = elsewhere
    (folder / "copy.wav").touch()
    with scratch_folder() as own:
        assert folder.is_dir()
        process.kill()
        process.wait()
        with scratch_folder():
            assert not folder.exists()
            assert Path(own).is_dir()
    assert list(tmp_path.iterdir()) == []


def test_workers_put_their_copies_there(client):
    (place,) = client.run(tempfile.gettempdir).values()
    assert os.path.basename(place).startswith("whipbird-scan-")
