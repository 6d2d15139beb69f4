"""The command line in a terminal, where it can ask."""

import os
import subprocess

import pytest

from command_line import LIMIT_S, PLAIN, command


def whipbird_in_terminal(*arguments, answers=(), env=None):
    """Run it with standard input and error in a terminal and type lines; returns code, standard output and screen."""
    if os.name != "posix":
        pytest.skip("needs a pseudo-terminal")
    import pty

    ours, theirs = pty.openpty()
    environment = os.environ | PLAIN | {"TERM": "xterm"} | (env or {})
    process = subprocess.Popen(
        command(*arguments), stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, env=environment, text=True
    )
    os.close(theirs)
    os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
    screen = b""
    try:
        while part := os.read(ours, 1 << 16):
            screen += part
    except OSError:  # how a terminal ends on Linux
        pass
    os.close(ours)
    out, _ = process.communicate(timeout=LIMIT_S)
    return process.returncode, out, screen.decode(errors="replace").replace("\r\n", "\n")
