"""Commands for events: real ones, which write down what they get."""

import json
import os
import shlex
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from made_events import Notes, event

from stream.errors import OutputError
from stream.report import GapReport
from stream.sinks.command import CommandPublisher, split_command
from stream.sinks.messages import event_message

APPEND = "import sys, pathlib; pathlib.Path(sys.argv[1], str(hash(data := sys.stdin.read()))).write_text(data)"


def python(program, *arguments):
    return [sys.executable, "-c", program, *map(str, arguments)]


def children():
    """Processes that this one has started and that are still known, dead or alive."""
    listed = subprocess.run(["ps", "-o", "ppid=,comm="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 1) for line in listed.stdout.splitlines()]
    return [name for parent, name in rows if int(parent) == os.getpid() and name != "ps"]


def test_every_event_is_a_line_on_standard_input_and_other_reports_are_not(tmp_path):
    notes = Notes()
    publisher = CommandPublisher(python(APPEND, tmp_path), "forest", live=True, tell=notes)
    events = [event(begin_s) for begin_s in range(10)]
    for one in events:
        publisher.publish(one)
    publisher.publish(GapReport("microphone", 0, 1, "overflow"))
    assert publisher.close()
    got = [path.read_text() for path in tmp_path.iterdir()]
    assert all(text.endswith("\n") and text.count("\n") == 1 for text in got)
    told = sorted((json.loads(text) for text in got), key=lambda message: message["begin_s"])
    assert told == [event_message(one, "forest") for one in events]
    assert (notes, publisher.lost) == ([], 0)


def test_nothing_of_an_event_or_of_the_command_reaches_a_shell(tmp_path):
    nasty = f"$(touch {tmp_path}/shell); touch {tmp_path}/shell"
    command = split_command(
        f"{shlex.quote(sys.executable)} -c {shlex.quote(APPEND)} {shlex.quote(str(tmp_path))} '; ls'"
    )
    assert command[-1] == "; ls"
    publisher = CommandPublisher(command, nasty, live=True, tell=Notes())
    publisher.publish(event(label=nasty))
    assert publisher.close()
    (one,) = tmp_path.iterdir()
    assert json.loads(one.read_text())["label"] == nasty


def test_failures_are_told_once_each_and_counted():
    notes = Notes()
    program = "import sys; print('no bell here', file=sys.stderr); sys.exit(3)"
    publisher = CommandPublisher(python(program), "forest", live=True, tell=notes, at_once=1)
    for begin_s in range(3):
        publisher.publish(event(begin_s))
    assert publisher.close()
    name = f"--exec {Path(sys.executable).name}"
    assert notes == [f"{name}: ended with 3: no bell here"]
    assert publisher.loss == f"{name}: 3 events were not handled by the command"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals of this kind")
def test_signals_are_told_by_name():
    notes = Notes()
    program = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    publisher = CommandPublisher(python(program), "forest", live=True, tell=notes)
    publisher.publish(event())
    assert publisher.close()
    assert notes[0].endswith("was ended by SIGSEGV")


def test_a_command_that_does_not_read_does_not_matter():
    publisher = CommandPublisher(python("pass"), "forest" * 100_000, live=True, tell=Notes())
    publisher.publish(event())
    assert publisher.close()
    assert publisher.lost == 0


@pytest.mark.skipif(os.name == "nt", reason="uses ps")
def test_what_takes_too_long_is_ended_with_what_it_started_and_leaves_no_zombie(tmp_path):
    notes = Notes()
    others = children()  # such as what multiprocessing keeps
    mark = tmp_path / "pid"
    sleeper = ["sh", "-c", 'sleep 60 & echo $! > "$0"; wait', str(mark)]
    publisher = CommandPublisher(sleeper, "forest", live=True, tell=notes, timeout_s=2.0)
    publisher.publish(event())
    assert publisher.close()
    assert notes[0].endswith("was ended after 2 s")
    assert publisher.lost == 1
    assert children() == others
    grandchild = int(mark.read_text())
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(grandchild)], capture_output=True, text=True).stdout
    assert state.strip() in ("",) or state.startswith("Z")  # left to init


def test_no_more_run_at_once_than_may(tmp_path):
    program = (
        "import os, sys, pathlib, time; folder = pathlib.Path(sys.argv[1]); mine = folder / f'{os.getpid()}.on';"
        "mine.touch(); time.sleep(0.2); count = len(list(folder.glob('*.on')));"
        "(folder / f'{os.getpid()}.count').write_text(str(count)); mine.unlink()"
    )
    publisher = CommandPublisher(python(program, tmp_path), "forest", live=True, tell=Notes(), at_once=2)
    for begin_s in range(6):
        publisher.publish(event(begin_s))
    assert publisher.close()
    counts = [int(path.read_text()) for path in tmp_path.glob("*.count")]
    assert len(counts) == 6
    assert max(counts) <= 2


def test_the_end_waits_for_nobody_for_ever_and_counts_what_was_left():
    publisher = CommandPublisher(python("import time; time.sleep(60)"), "forest", live=True, tell=Notes(), at_once=2)
    for begin_s in range(5):
        publisher.publish(event(begin_s))
    while len(publisher._running) < 2:
        time.sleep(0.01)
    publisher.close(timeout_s=0.1)
    publisher._thread.join()
    assert publisher.lost == 5
    assert [thread for thread in threading.enumerate() if thread.name == "command"] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "there is no command"), ("say 'hello", "No closing quotation"), ("no-such-program-here", "no program")],
)
def test_a_command_that_cannot_be_is_refused(text, message):
    with pytest.raises(OutputError, match=message):
        split_command(text)
