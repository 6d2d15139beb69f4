"""``whipbird page``: the password, tokens, serving, and what cannot be served."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from command_line import PLAIN, check_refused, command, only_line, whipbird, whipbird_here
from made_forest import make_forest
from whipbird.page.password import Passwords

pytest.importorskip("starlette", reason="starlette is not installed (extra 'page')")
pytest.importorskip("uvicorn", reason="uvicorn is not installed (extra 'page')")


@pytest.fixture
def state(tmp_path):
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


def folder_of(done):
    """The file of the password that a command names."""
    return Path(re.search(r"\((.*)\)", done.stderr)[1])


def test_a_password_is_read_from_standard_input_and_kept_as_a_hash(state):
    done = whipbird("page", "--set-password", env=state, stdin=None, input="a good password\n")
    assert done.returncode == 0
    assert "the password is set" in only_line(done.stderr)
    path = folder_of(done)
    assert Passwords(path.parent).is_right("a good password")


def test_a_station_with_a_state_folder_has_its_own_password(tmp_path, state):
    settings = tmp_path / "station.toml"
    settings.write_text(
        'station = { state = "own" }\n[[source]]\nname = "a"\nfeed = "rtsp://camera/x"\nmodels = "commands"\n'
    )
    done = whipbird("page", settings, "--set-password", env=state, stdin=None, input="a good password\n")
    assert Passwords(tmp_path / "own").is_right("a good password"), done.stderr


def test_tokens_are_printed_once_and_revoked(state):
    token = whipbird_here("page", "--new-token", "screen", env=state).stdout.strip()
    assert token.startswith("whb_")
    check_refused(whipbird_here("page", "--new-token", "screen", env=state), 1, "already")
    assert "is invalid now" in whipbird_here("page", "--revoke-token", "screen", env=state).stderr
    check_refused(whipbird_here("page", "--revoke-token", "screen", env=state), 1, "no token 'screen'")


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        (["--listen", "nowhere"], "--listen: 'nowhere': give an address and a port"),
        (["--prefix", "x"], "--prefix: 'x' is not the start of a path"),
        (["--host", "http://x"], "--host: 'http://x' is not the name of a computer"),
        (["--key", "x"], "HTTPS needs both certificate and key"),
        (["--time-zone", "Mars"], "--time-zone: unknown time zone 'Mars'"),
        (["--clips", "nothing"], "nothing: no such folder of clips"),
    ],
)
def test_wrong_options_are_one_line(tmp_path, state, options, wrong):
    check_refused(whipbird_here("page", tmp_path / "forest.sqlite", *options, env=state), 1, wrong)


def test_what_is_no_database_is_one_line(tmp_path, state):
    check_refused(whipbird_here("page", tmp_path / "none.sqlite", env=state), 1, "no such database")
    (tmp_path / "text.sqlite").write_text("nothing of this kind")
    check_refused(whipbird_here("page", tmp_path / "text.sqlite", env=state), 1, "is not a database")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are not the same there")
def test_a_database_is_served_until_ctrl_c(tmp_path, state):
    database = make_forest(tmp_path, days=1, every_h=12)
    words = command("page", database, "--listen", "127.0.0.1:0")
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=os.environ | PLAIN | state) as process:
        address = re.search(r"http://\S+/", process.stderr.readline())[0]
        with urllib.request.urlopen(f"{address}events", timeout=60) as answer:
            assert b"Tallowwood" in answer.read()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
