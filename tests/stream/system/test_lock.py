"""Locks that one process holds at a time."""

import subprocess
import sys

import pytest

from whipbird.system.lock import Lock, is_locked

HOLD = """
import pathlib, sys
from whipbird.system.lock import Lock
one = Lock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
input()
"""


def test_a_lock_is_held_until_it_is_closed(tmp_path):
    path = tmp_path / "lock"
    assert not is_locked(path)
    one = Lock(path)
    assert is_locked(path)
    with pytest.raises(BlockingIOError):
        Lock(path)
    one.close()
    assert not is_locked(path)


def test_a_killed_process_no_longer_holds_the_lock(tmp_path):
    path = tmp_path / "lock"
    other = subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout.readline() == b"held\n"
    assert is_locked(path)
    with pytest.raises(BlockingIOError):
        Lock(path)
    other.kill()
    other.communicate()
    assert not is_locked(path)
    Lock(path).close()


def test_a_file_that_cannot_be_opened_counts_as_locked(tmp_path):
    assert is_locked(tmp_path)  # cannot be opened, as a file of another user
    assert not is_locked(tmp_path / "nowhere" / "lock")
