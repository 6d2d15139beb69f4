"""Outputs beyond files, as users ask for them: in a process of its own."""

import json
import os
import shlex
import signal
import sys
from pathlib import Path

import pytest
import soundfile

from command_line import LIMIT_S, check_refused, started, whipbird, whipbird_here
from hook_server import SECRET, serving
from ports import reserved_port

pytestmark = pytest.mark.usefixtures("first_alone_installed")

ROOT = Path(__file__).resolve().parents[3]
COLLECT = "import os, sys; open(f'{sys.argv[1]}/{os.getpid()}', 'w').write(sys.stdin.read())"


@pytest.fixture
def server():
    with serving() as server:
        yield server


@pytest.fixture
def port():
    """Of a server that is not there yet."""
    with reserved_port() as port:
        yield port


def test_all_get_the_same_events(demo, shipped, tmp_path, server):
    command = shlex.join([sys.executable, "-c", COLLECT, str(tmp_path / "got")])
    (tmp_path / "got").mkdir()
    result = whipbird(
        *("replay", demo, "--speed", "max", "--json", "--station", "forest", "--clips", tmp_path / "clips"),
        *("--exec", command),
        env={"WHIPBIRD_WEBHOOK": server.address, "XDG_STATE_HOME": str(tmp_path / "state")},
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    events = [report for report in map(json.loads, result.stdout.splitlines()) if "label" in report]
    posted = server.events
    started = [json.loads(path.read_text()) for path in (tmp_path / "got").iterdir()]
    assert posted == sorted(started, key=posted.index)
    assert {one["station"] for one in posted} == {"forest"}
    assert [{key: one[key] for key in events[0]} for one in posted] == events
    assert {path.name.split("_")[-2] for path in (tmp_path / "clips").iterdir()} == {one["label"] for one in events}


def test_sound_from_another_program_gives_clips_too(demo, shipped, tmp_path):
    wav = tmp_path / "demo.wav"
    soundfile.write(wav, *soundfile.read(demo))
    with wav.open("rb") as pipe:
        result = whipbird("listen", "-", "--json", "--clips", tmp_path / "clips", stdin=pipe)
    assert result.returncode == 0, result.stderr
    assert len(list((tmp_path / "clips").iterdir())) > 5


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_what_nobody_took_is_kept_and_sent_the_next_time(demo, shipped, tmp_path, port):
    wav = tmp_path / "demo.wav"
    soundfile.write(wav, *soundfile.read(demo))
    options = ["--json", "--webhook", f"http://127.0.0.1:{port}/hook"]
    state = {"XDG_STATE_HOME": str(tmp_path)}
    with wav.open("rb") as pipe, started("listen", "-", *options, stdin=pipe, env=state) as process:
        heard = []
        while "summary" not in (line := json.loads(process.stdout.readline())):
            heard.append(line)
        process.send_signal(signal.SIGINT)  # enough of trying
        failing, left = process.communicate(timeout=LIMIT_S)[1].splitlines()
    name, events = f"whipbird: http://127.0.0.1:{port}/…", len(heard)
    assert failing.endswith("; listening continues, and sending will be retried")
    assert left.startswith(f"{name}: {events} messages wait in {tmp_path / 'whipbird' / 'spool' / 'webhook-'}")
    assert left.endswith(".sqlite, to be sent by the next run")
    assert process.returncode == 1
    soundfile.write(wav, [0.0] * 16_000, 16_000)
    with serving(port) as server, wav.open("rb") as pipe:
        result = whipbird("listen", "-", *options, stdin=pipe, env=state)
        assert [one["begin_s"] for one in server.events] == [one["begin_s"] for one in heard]
    assert result.stderr == f"{name}: {events} messages wait from an earlier run, to be sent first\n"
    assert result.returncode == 0


def test_what_was_not_delivered_is_told_at_the_end_without_secrets(demo, shipped, tmp_path):
    command = shlex.join([sys.executable, "-c", "import sys; sys.exit('no bell')", SECRET])
    state = {"XDG_STATE_HOME": str(tmp_path)}
    result = whipbird("replay", demo, "--speed", "max", "--json", "--exec", command, env=state)
    assert result.returncode == 1
    name = f"whipbird: --exec {Path(sys.executable).name}"
    events = sum('"label"' in line for line in result.stdout.splitlines())
    assert events > 5
    assert result.stderr.splitlines() == [
        f"{name}: exited with 1: no bell",
        f"{name}: {events} messages were not delivered",
    ]
    assert SECRET not in result.stderr + result.stdout


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--clips", "clips", "--clips-keep", "soon"], 2, "--clips-keep: 'soon': give a time such as 12h or 30d"),
        (["--clips", "file/clips"], 1, "--clips: cannot write clips into file/clips"),
        (["--webhook", f"localhost/{SECRET}"], 1, "a webhook's address starts with http:// or https://"),
        (["--webhook", "http://host", "--webhook-token-file", "none"], 1, "none: No such file or directory"),
        (["--mqtt", f"http://host/{SECRET}"], 1, "a broker's address looks like mqtt://user@host:1883/topic"),
        (["--mqtt", "mqtt://host", "--mqtt-ca", "file"], 1, "certificates need mqtts://"),
        (["--mqtt", "mqtt://host", "--mqtt-password-file", "file"], 1, "file: the first line is empty"),
        (["--mqtt", "mqtts://host", "--mqtt-ca", "file"], 1, "file: "),
    ],
)
def test_errors_say_what_to_do_and_nothing_is_made(demo, shipped, tmp_path, options, code, message):
    (tmp_path / "file").touch()
    result = whipbird_here("replay", demo, "--out", "heard.csv", *options, cwd=tmp_path)
    check_refused(result, code, message)
    assert SECRET not in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
