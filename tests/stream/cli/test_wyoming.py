"""``whipbird wyoming``: a server in a process of its own, its lines, its end, and what cannot be served."""

import contextlib
import re
import signal
import socket

import pytest

from command_line import LIMIT_S, as_objects, check_refused, started, whipbird_here

pytest.importorskip("wyoming", reason="wyoming is not installed (extra 'home')")

from wyoming_peers import WORDS, demo_pcm, heard_by, run

LOCAL = ("--uri", "tcp://127.0.0.1:0", "--no-zeroconf")


@contextlib.contextmanager
def serving(*options):
    """A server; gives the process and its address."""
    process = started("wyoming", *LOCAL, *options)
    try:
        line = process.stderr.readline()
        yield process, re.search(r"at (tcp://\S+); Ctrl-C ends", line)[1], line
    finally:
        process.kill()
        process.communicate()


def test_wakes_are_printed_with_room_and_time_and_ctrl_c_ends_it(tmp_path):
    kept = ("--out", tmp_path / "x.jsonl", "--clips", tmp_path / "clips", "--clips-keep", "1d")
    with serving("--model", "commands", "--room", "kitchen=127.0.0.1", *kept) as one:
        process, uri, line = one
        assert "serving 10 phrases" in line
        assert len(run(heard_by(uri, demo_pcm(WORDS)[0]))) == WORDS
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, err
    lines = out.splitlines()
    assert len(lines) == WORDS
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  kitchen  yes  9\d%  commands", lines[0])
    assert "all: heard 8.4 s, lost 0.0 s, 6 events" in err
    assert list((tmp_path / "clips").glob("*.flac"))
    written = as_objects((tmp_path / "x.jsonl").read_text())
    assert [one["source"] for one in written if "label" in one] == ["kitchen"] * WORDS


def test_programs_get_json_and_sigterm_ends_it():
    with serving("--model", "commands", "--json") as (process, uri, _):
        run(heard_by(uri, demo_pcm()[0], ["commands/left"]))
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, err
    (event,) = (one for one in as_objects(out) if "label" in one)
    assert (event["label"], event["source"]) == ("left", "127.0.0.1")


def test_a_second_server_cannot_have_the_same_address(tmp_path):
    with serving("--model", "commands") as (_, uri, _):
        done = whipbird_here("wyoming", "--uri", uri, "--no-zeroconf", "--model", "commands")
        check_refused(done, 1, f"{uri}: ")


def test_near_misses_are_kept_only_for_a_time_that_is_given(tmp_path):
    options = ("wyoming", *LOCAL, "--model", "commands")
    reason = "--near-misses and --near-keep: give both"
    check_refused(whipbird_here(*options, "--near-misses", tmp_path), 2, reason)
    check_refused(whipbird_here(*options, "--near-keep", "7d"), 2, reason)
    wrong = ("--near-misses", tmp_path, "--near-keep", "long")
    check_refused(whipbird_here(*options, *wrong), 2, "--near-keep: 'long': give a time such as 12h or 30d")
    with serving("--model", "commands", "--near-misses", tmp_path / "near", "--near-keep", "7d") as (process, uri, _):
        run(heard_by(uri, demo_pcm()[0]))
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_S) == 0
    assert (tmp_path / "near" / "near.sqlite").exists()


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no sockets in files")
def test_a_socket_file_is_replaced_only_if_nobody_listens(tmp_path):
    path = tmp_path / "wake.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    uri = f"unix://{path}"
    process = started("wyoming", "--uri", uri, "--model", "commands")
    try:
        assert f"at {uri};" in process.stderr.readline()
        check_refused(whipbird_here("wyoming", "--uri", uri, "--model", "commands"), 1, "another program listens there")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--uri", "localhost"], 2, "--uri 'localhost': give an address such as tcp://0.0.0.0:10400"),
        (["--room", "kitchen"], 2, "--room 'kitchen': give a name and an IP address"),
        (["--model", "comands"], 1, "no model named 'comands'"),
        (["--model", "commands", "--sensitivity", "wild"], 1, "no operating point 'wild'"),
        (["--threshold", "yess=0.5"], 2, "no chosen model reports 'yess'"),
        (["--out", "x.raven.txt"], 2, "--out: "),
        (["--uri", "tcp://127.0.0.1:1", "--model", "commands", "--out", "/no/such/folder/x.sqlite"], 1, "/no/such"),
    ],
)
def test_what_cannot_be_served_is_refused_in_one_line(options, code, message):
    check_refused(whipbird_here("wyoming", "--no-zeroconf", *options), code, message)


def test_it_ends_when_nobody_reads_its_lines():
    with serving("--model", "commands") as (process, uri, _):
        process.stdout.close()
        run(heard_by(uri, demo_pcm()[0]))
        assert process.wait(LIMIT_S) == 141
        process.stdout = None
