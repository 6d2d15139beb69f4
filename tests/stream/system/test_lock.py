"""Locks that one process holds at a time."""

import subprocess
import sys

import pytest

from whipbird.system.lock import Lock, is_locked

HOLD = """
import pathlib, sys
from whipbird.lock import Lock
one = Lock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
input()
"""


def test_one_holds_it_until_it_is_closed(tmp_path):
    path = tmp_path / "lock"
    assert not is_locked(path)
    one = Lock(path)
    assert is_locked(path)
    with pytest.raises(BlockingIOError):
        Lock(path)
    one.close()
    assert not is_locked(path)


def test_a_process_that_is_killed_holds_it_no_longer(tmp_path):
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


def test_what_cannot_be_opened_may_be_locked(tmp_path):
    assert is_locked(tmp_path)  # as a file that belongs to another user
    assert not is_locked(tmp_path / "nowhere" / "lock")
