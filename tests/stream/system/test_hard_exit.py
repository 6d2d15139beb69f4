"""Exits while threads are stuck."""

import subprocess
import sys
import textwrap

PROGRAM = """
    import sys, threading, time
    from whipbird.system.hard_exit import daemon_threads_alive, exit_now
    assert not daemon_threads_alive()
    threading.Thread(target={stuck}, daemon=True).start()
    time.sleep(0.5)
    assert daemon_threads_alive()
    print("the last line", file=sys.stderr)
    exit_now(3)
"""


def ends(stuck):
    """Exit code and standard error of a process with a stuck thread."""
    program = textwrap.dedent(PROGRAM.format(stuck=stuck))
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        return process.wait(60), process.stderr.read()


def test_exit_does_not_wait_for_threads():
    assert ends("lambda: time.sleep(1e6)") == (3, "the last line\n")


def test_exit_does_not_wait_for_a_reader_that_does_not_read():
    assert ends("lambda: print('x' * 10_000_000)") == (3, "the last line\n")
