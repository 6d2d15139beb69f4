"""Leaving while threads are stuck."""

import subprocess
import sys
import textwrap

PROGRAM = """
    import sys, threading, time
    from whipbird.leaving import is_anybody_left, leave
    assert not is_anybody_left()
    threading.Thread(target={stuck}, daemon=True).start()
    time.sleep(0.5)
    assert is_anybody_left()
    print("the last words", file=sys.stderr)
    leave(3)
"""


def ends(stuck):
    """How a process ends, of which a thread is stuck: exit code, and what it said."""
    program = textwrap.dedent(PROGRAM.format(stuck=stuck))
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        return process.wait(60), process.stderr.read()


def test_threads_are_not_waited_for():
    assert ends("lambda: time.sleep(1e6)") == (3, "the last words\n")


def test_nor_is_whoever_does_not_read():
    assert ends("lambda: print('x' * 10_000_000)") == (3, "the last words\n")
