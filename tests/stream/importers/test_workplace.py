"""Bundles appear all at once, or not at all."""

import signal
import subprocess
import sys

import pytest

from whipbird.errors import OutputError
from whipbird.importers.workplace import move_into_place, remove_leftovers, workplace

INTERRUPTED = """
import os, signal, sys
from pathlib import Path
from whipbird.importers.workplace import workplace
target = Path(sys.argv[1])
with workplace(target) as hidden:
    (hidden / "new").mkdir()
    (hidden / "new" / "card.json").write_text("half")
    if target.exists():
        target.rename(hidden / "old")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def fill(hidden, text="new"):
    made = hidden / "new"
    made.mkdir()
    (made / "card.json").write_text(text)
    return made


def killed(target):
    assert subprocess.run([sys.executable, "-c", INTERRUPTED, target], check=False).returncode == -signal.SIGKILL


def test_a_folder_is_moved_into_place(tmp_path):
    target = tmp_path / "models" / "birds"
    for text in ("first", "second"):
        with workplace(target) as hidden:
            move_into_place(fill(hidden, text), hidden, target)
        assert (target / "card.json").read_text() == text
    assert [path.name for path in target.parent.iterdir()] == ["birds"]


def interrupted(target):
    with workplace(target) as hidden:
        fill(hidden)
        raise KeyboardInterrupt


def test_nothing_is_left_of_what_fails(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / "birds")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_what_a_killed_process_left_is_removed(tmp_path):
    killed(tmp_path / "birds")
    assert [path.name for path in tmp_path.iterdir()] == [".birds.partial"]
    remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_what_a_killed_process_moved_away_is_put_back(tmp_path):
    target = tmp_path / "birds"
    target.mkdir()
    (target / "card.json").write_text("old")
    killed(target)
    assert not target.exists()
    remove_leftovers(tmp_path)
    assert (target / "card.json").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["birds"]


def test_two_processes_do_not_write_one_bundle(tmp_path):
    with workplace(tmp_path / "birds") as hidden:
        remove_leftovers(tmp_path)
        assert hidden.is_dir()
        with pytest.raises(OutputError, match="another process is writing"), workplace(tmp_path / "birds"):
            pass
