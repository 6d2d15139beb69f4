"""Commands for events: real ones, which write down what they get."""

import json
import os
import shlex
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from made_events import Notes, event, publish_events
from waiting import wait_until
from whipbird.errors import OutputError
from whipbird.events.reports import GapReport
from whipbird.sinks.messages.command import CommandTransport, Exec, split_command
from whipbird.sinks.messages.message import event_message
from whipbird.sinks.messages.message_publisher import MessagePublisher
from whipbird.sinks.messages.spool import Spool

APPEND = "import sys, pathlib; pathlib.Path(sys.argv[1], str(hash(data := sys.stdin.read()))).write_text(data)"


def python(program, *arguments):
    return [sys.executable, "-c", program, *map(str, arguments)]


def children():
    """Numbers of processes that this one has started and that are still known, dead or alive."""
    listed = subprocess.run(["ps", "-o", "ppid=,pid=,comm="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return {int(number) for parent, number, name in rows if int(parent) == os.getpid() and name != "ps"}


def start(arguments, notes, station="forest", at_once=4, spool=None, timeout_s=30.0):
    command = CommandTransport(arguments, station, timeout_s, at_once)
    command.pauses_s = (0.01, 0.02)
    return MessagePublisher(command, spool or Spool(None, "exec"), True, notes)


def test_every_event_is_a_line_on_standard_input_and_other_reports_are_not(tmp_path):
    notes = Notes()
    publisher = start(python(APPEND, tmp_path), notes)
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


def test_commands_run_in_the_order_of_the_events_by_default(tmp_path):
    """Also if one must be tried again."""
    program = (
        "import json, sys, pathlib; folder = pathlib.Path(sys.argv[1]); begin_s = json.load(sys.stdin)['begin_s']\n"
        "if begin_s == 3 and not (folder / 'tried').exists(): (folder / 'tried').touch(); sys.exit(75)\n"
        "with (folder / 'order').open('a') as file: print(begin_s, file=file)"
    )
    transport = Exec(command=shlex.join(python(program, tmp_path))).target("forest")[1]()
    transport.pauses_s = (0.01, 0.02)
    publisher = MessagePublisher(transport, Spool(None, "exec"), True, Notes())
    publish_events(publisher, range(6))
    assert publisher.close()
    assert list(map(float, (tmp_path / "order").read_text().split())) == [0, 1, 2, 3, 4, 5]


def test_nothing_of_an_event_or_of_the_command_reaches_a_shell(tmp_path):
    nasty = f"$(touch {tmp_path}/shell); touch {tmp_path}/shell"
    command = split_command(
        f"{shlex.quote(sys.executable)} -c {shlex.quote(APPEND)} {shlex.quote(str(tmp_path))} '; ls'"
    )
    assert command[-1] == "; ls"
    publisher = start(command, Notes(), station=nasty)
    publisher.publish(event(label=nasty))
    assert publisher.close()
    (one,) = tmp_path.iterdir()
    assert json.loads(one.read_text())["label"] == nasty


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import sys; print('no bell here', file=sys.stderr); sys.exit(3)", "exited with 3: no bell here"),
        pytest.param(
            "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
            "killed by SIGSEGV",
            marks=pytest.mark.skipif(os.name == "nt", reason="Windows has no signals of this kind"),
        ),
    ],
)
def test_failures_are_told_once_each_and_counted(program, told):
    notes = Notes()
    publisher = start(python(program), notes, at_once=1)
    publish_events(publisher, range(3))
    assert publisher.close()
    name = f"--exec {Path(sys.executable).name}"
    assert notes == [f"{name}: {told}"]
    assert publisher.loss == f"{name}: 3 messages were not delivered"


def test_a_command_that_does_not_read_does_not_matter():
    publisher = start(python("pass"), Notes(), station="forest" * 100_000)
    publisher.publish(event())
    assert publisher.close()
    assert publisher.lost == 0


def test_a_command_may_be_slow_to_read_a_long_event(tmp_path):
    program = "import sys, time, pathlib; time.sleep(0.5); pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())"
    publisher = start(python(program, tmp_path / "got"), Notes(), station="forest" * 100_000)
    publisher.publish(event())
    assert publisher.close()
    assert json.loads((tmp_path / "got").read_text()) == event_message(event(), "forest" * 100_000)


@pytest.mark.skipif(os.name == "nt", reason="uses ps")
def test_what_takes_too_long_is_ended_with_what_it_started_and_leaves_no_zombie(tmp_path):
    notes = Notes()
    others = children()  # such as what multiprocessing keeps
    mark = tmp_path / "pid"
    sleeper = ["sh", "-c", 'sleep 60 & echo $! > "$0"; wait', str(mark)]
    publisher = start(sleeper, notes, timeout_s=4.0)
    publisher.publish(event())
    assert publisher.close()
    assert notes[0].endswith("killed after 4 s")
    assert publisher.lost == 1
    assert children() <= others
    grandchild = int(mark.read_text())
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(grandchild)], capture_output=True, text=True).stdout
    assert state.strip() in ("",) or state.startswith("Z")  # left to init


def test_no_more_run_at_once_than_may(tmp_path):
    program = (
        "import os, sys, pathlib, time; folder = pathlib.Path(sys.argv[1]); mine = folder / f'{os.getpid()}.on';"
        "mine.touch(); time.sleep(0.2); count = len(list(folder.glob('*.on')));"
        "(folder / f'{os.getpid()}.count').write_text(str(count)); mine.unlink()"
    )
    publisher = start(python(program, tmp_path), Notes(), at_once=2)
    publish_events(publisher, range(6))
    assert publisher.close()
    counts = [int(path.read_text()) for path in tmp_path.glob("*.count")]
    assert len(counts) == 6
    assert max(counts) <= 2


@pytest.mark.parametrize("on_disk", [True, False])
def test_the_end_waits_for_nobody_for_ever_and_what_was_left_is_kept_or_counted(tmp_path, on_disk):
    notes = Notes()
    spool = Spool(tmp_path if on_disk else None, "exec")
    program = "import os, sys, pathlib, time; pathlib.Path(sys.argv[1], f'{os.getpid()}.on').touch(); time.sleep(60)"
    publisher = start(python(program, tmp_path), notes, at_once=2, spool=spool)
    publish_events(publisher, range(5))
    wait_until(lambda: len(list(tmp_path.glob("*.on"))) == 2)
    publisher.close(timeout_s=0.1)
    publisher._thread.join()
    assert publisher.lost == (0 if on_disk else 5)
    assert publisher.rest == (
        f"{publisher.name}: 5 messages wait in {spool.path}, to be sent by the next run" * on_disk
    )
    assert [thread for thread in threading.enumerate() if thread.name == "lane"] == []
    assert notes == []


def test_what_cannot_be_done_now_is_done_later(tmp_path):
    program = (
        "import sys, pathlib; told = sys.stdin.read(); tried = pathlib.Path(sys.argv[1], 'tried');"
        "open(tried, 'a').write(told); count = len(tried.read_text().splitlines());"
        "count > 2 or sys.exit(print('busy', file=sys.stderr) or 75)"
    )
    notes = Notes()
    publisher = start(python(program, tmp_path), notes, at_once=1)
    publish_events(publisher, range(3))
    assert publisher.close()
    tried = [json.loads(line)["begin_s"] for line in (tmp_path / "tried").read_text().splitlines()]
    assert tried == [0, 0, 0, 1, 2]
    assert notes == [
        f"{publisher.name}: exited with 75: busy; listening continues, and sending will be retried",
        f"{publisher.name}: works again",
    ]
    assert (publisher.lost, publisher.done) == (0, 3)


def test_a_program_that_is_not_there_for_a_while_is_started_when_it_is(tmp_path):
    program, notes = tmp_path / "program", Notes()
    publisher = start([str(program)], notes)
    publisher.publish(event())
    wait_until(lambda: notes)
    assert notes[0].startswith("--exec program: cannot be started: ")
    program.write_text(f"#!/bin/sh\ncat > {shlex.quote(str(tmp_path / 'got'))}\n")
    program.chmod(0o755)
    assert publisher.close()
    assert json.loads((tmp_path / "got").read_text()) == event_message(event(), "forest")
    assert publisher.lost == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "the command is empty"), ("say 'hello", "No closing quotation"), ("no-such-program-here", "not found")],
)
def test_a_command_that_cannot_be_is_refused(text, message):
    with pytest.raises(OutputError, match=message):
        split_command(text)


def test_a_command_does_not_get_the_secrets_of_other_outputs(tmp_path, monkeypatch):
    for name in ("WHIPBIRD_MQTT_PASSWORD", "WHIPBIRD_WEBHOOK", "WHIPBIRD_WEBHOOK_TOKEN"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("OWN", "kept")
    write = "import json, os, pathlib, sys; pathlib.Path(sys.argv[1]).write_text(json.dumps(dict(os.environ)))"
    publisher = start(python(write, tmp_path / "environment.json"), Notes())
    publisher.publish(event())
    assert publisher.close()
    environment = json.loads((tmp_path / "environment.json").read_text())
    assert "secret" not in environment.values()
    assert environment["OWN"] == "kept"
