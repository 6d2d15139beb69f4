"""How a session runs and ends: signals, slow readers, readers that go away."""

import shlex
import signal
import subprocess
import sys
import time
from pipes import unread

import pytest

from command_line import LIMIT_S, as_objects, command, only_line, started, whipbird_here
from waiting import wait_until


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_with_a_summary(demo, shipped, number):
    with started("replay", demo, "--speed", "1", "--json") as process:
        first = process.stdout.readline()  # an event has been printed, so the command is running
        process.send_signal(number)
        rest, errors = process.communicate(timeout=LIMIT_S)
    *_, last = as_objects(first + rest)
    assert 0 < last["summary"]["heard_s"] < 17
    assert process.returncode == 128 + number
    assert errors == ""


@pytest.mark.skipif(sys.platform != "linux", reason="makes a small pipe and looks into it")
def test_a_slow_reader_loses_nothing(demo, shipped, tmp_path):
    """The output fills the pipe and is read after a live source would have given it up; replay waits for its reader."""
    once = whipbird_here("replay", demo, "--speed", "max", "--json").stdout.count('"label"')
    copies = [tmp_path / f"{number}.flac" for number in range(6)]
    for copy in copies:
        copy.symlink_to(demo)
    impatient = "import whipbird.listen.session as s; s.PATIENCE_S = 0.1; from whipbird.__main__ import main; main()"
    words = [sys.executable, "-c", impatient, "replay", *map(str, copies), "--speed", "max", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pipesize=4096) as process:
        wait_until(lambda: unread(process.stdout) > 3000)
        time.sleep(2)  # everything is processed, and the pipe stays full
        out, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, errors
    assert out.count(b'"label"') == 6 * once


def test_a_reader_that_goes_away_is_no_error(demo, shipped):
    words = f"{shlex.join(command('replay', demo, '--speed', 'max'))} | head -1"
    result = subprocess.run(["bash", "-c", words], capture_output=True, text=True, timeout=LIMIT_S)
    assert only_line(result.stdout)
    assert result.stderr == ""
