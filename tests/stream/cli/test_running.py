"""How a session runs and ends: signals, slow readers, readers that go away."""

import os
import signal
import subprocess
import sys
import time
from pipes import unread

import pytest

from command_line import LIMIT_S, PACKAGES, as_objects, started, whipbird_here, with_demo
from databases import rows
from waiting import wait_until
from whipbird.formats.annotation_files import read_annotations

pytestmark = pytest.mark.usefixtures("first_alone_installed")


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
    impatient = "import whipbird.sessions.session as s; s.PATIENCE_S = 0.1; from whipbird.__main__ import main; main()"
    words = [sys.executable, "-c", impatient, "replay", *map(str, copies), "--speed", "max", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pipesize=4096) as process:
        wait_until(lambda: unread(process.stdout) > 3000)
        time.sleep(2)  # everything is processed, and the pipe stays full
        out, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, errors
    assert out.count(b'"label"') == 6 * once


def without_reader(*arguments, **options):
    """Exit code and standard error of a command whose standard output is read by nobody."""
    with started(*arguments, **options) as process:
        process.stdout.close()
        errors = process.stderr.read()
        return process.wait(LIMIT_S), errors


@pytest.mark.skipif(sys.platform == "win32", reason="signals are not the same there")
@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["models"],
        ["models", "--json"],
        ["monitor", "--example"],
        ["replay", "demo", "--speed", "max", "--json"],
        ["classify", "demo", "--json"],
        ["inspect", "demo"],
    ],
)
def test_a_reader_that_goes_away_ends_a_command_quietly(demo, shipped, words):
    """As SIGPIPE ends other programs: `whipbird models | head -1` has no message, and a shell can see the exit code."""
    assert without_reader(*with_demo(words, demo)) == (141, "")


def test_what_was_heard_until_the_reader_went_is_in_the_outputs(demo, shipped, tmp_path):
    outputs = [part for name in ("h.csv", "h.sqlite") for part in ("--out", tmp_path / name)]
    assert without_reader("replay", demo, "--json", *outputs) == (141, "")
    assert len(read_annotations(tmp_path / "h.csv")[str(demo)]) == 1  # the first event could not be printed
    assert rows(tmp_path / "h.sqlite", "SELECT count(*) FROM events") == [(1,)]


@pytest.mark.parametrize(("words", "code"), [(["models"], 0), (["replay", "nowhere.wav"], 1), (["sing"], 2)])
def test_nothing_changes_if_nobody_reads_the_errors(shipped, words, code):
    with started(*words) as process:
        process.stderr.close()
        process.stdout.read()
        assert process.wait(LIMIT_S) == code


@pytest.mark.skipif(sys.platform == "win32", reason="signals are not the same there")
@pytest.mark.parametrize("words", [["listen"], ["listen", "--json"], ["devices"]])
def test_ctrl_c_while_the_sound_system_starts_is_no_error_of_it(shipped, tmp_path, words):
    (tmp_path / "sounddevice.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    with started(*words, env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{PACKAGES}"}) as process:
        _, errors = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, errors) == (130, "")
