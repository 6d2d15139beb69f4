"""The command line, in a process of its own as users meet it, or in this one, which is quicker.

Programs are ended after `LIMIT_S`, so that one that hangs fails a test; the limit measures nothing.
"""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from whipbird.cli.app import run

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = os.pathsep.join((str(ROOT / "stream"), str(ROOT / "train")))
os.environ.pop("PYTHONUNBUFFERED", None)  # it hides what happens to output that is written only at the end
PLAIN = {"COLUMNS": "120", "NO_COLOR": "1", "PYTHONPATH": PACKAGES}
LIMIT_S = 240


def command(*arguments):
    """The words that start it."""
    return [sys.executable, "-m", "whipbird", *map(str, arguments)]


def whipbird(*arguments, env=None, **options):
    """Run it in a process of its own, without a terminal; options are those of `subprocess.run`."""
    environment = os.environ | PLAIN | (env or {})
    options = {"stdin": subprocess.DEVNULL, "timeout": LIMIT_S} | options
    return subprocess.run(command(*arguments), capture_output=True, text=True, env=environment, **options)


def whipbird_here(*arguments, env=None, cwd=None):
    """Run it in this process: for help, errors and all that is not about processes, signals and pipes."""
    words = list(map(str, arguments))
    out, err, code = io.StringIO(), io.StringIO(), 0
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        contextlib.chdir(cwd or Path.cwd()),
    ):
        for name, value in (PLAIN | (env or {})).items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["whipbird", *words])
        patch.setattr(os, "_exit", sys.exit)
        try:
            run()
        except SystemExit as end:
            code = end.code or 0
    for number, handler in handlers.items():
        signal.signal(number, handler)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def started(*arguments, env=None, **options):
    """A process that runs on, with pipes of text for what it says."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = os.environ | PLAIN | (env or {})
    return subprocess.Popen(command(*arguments), env=environment, **(pipes | options))


def as_objects(text):
    """The object in each line."""
    return [json.loads(line) for line in text.splitlines()]


def check_refused(result, code, message):
    """Whether a command was refused as it should be: in one line, or where it was misunderstood with its usage."""
    assert result.returncode == code
    assert message in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    if code == 1:
        assert only_line(result.stderr).startswith("whipbird: ")


def only_line(text):
    """The only line there is, such as an error."""
    assert text.count("\n") == 1, text
    return text.strip()


def with_demo(arguments, demo):
    """Arguments with the path of the demo in place of the word demo."""
    return [str(demo) if argument == "demo" else argument for argument in arguments]
