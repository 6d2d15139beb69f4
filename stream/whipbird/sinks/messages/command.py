"""A command that runs for each event, and gets the event as JSON on standard input: one object, and a line break.

The command is a program and its arguments, started directly and never through a shell. After a timeout, the command and
the processes it started are killed. Its standard output is discarded; if it fails, the first line of its standard error
is reported. It runs again for the same event if it could not be started, if it exits with 75 (``EX_TEMPFAIL`` of
``sysexits.h``: try again later), or if whipbird ended before the command did. After any other failure it does not run
again, because it may have done part of its work.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import IO, Annotated, Any, ClassVar

from pydantic import Field

from whipbird.errors import OutputError
from whipbird.sinks.messages.message import Message
from whipbird.sinks.messages.message_settings import MessageSettings
from whipbird.sinks.messages.spool import spool_name
from whipbird.sinks.messages.transport import Transport
from whipbird.sinks.publisher import POLL_S

__all__ = ["CommandTransport", "Exec", "split_command"]

TRY_AGAIN = 75  # exit status EX_TEMPFAIL
MESSAGE_BYTES = 1000  # of standard error that are read
SECRETS = frozenset({"WHIPBIRD_MQTT_PASSWORD", "WHIPBIRD_WEBHOOK", "WHIPBIRD_WEBHOOK_TOKEN"})
"""Environment variables that are for other outputs."""
WINDOWS = os.name == "nt"


class Exec(MessageSettings):
    """Command that is started for each event.

    Attributes
    ----------
    timeout : float
        Seconds after which it is killed.
    at_once : int
        Most commands that run at the same time; by default each waits for the one before, so events come in order.
    """

    MAIN_KEY: ClassVar[str] = "command"

    command: str
    timeout: Annotated[float, Field(ge=0.1, le=86_400)] = 30.0
    at_once: Annotated[int, Field(ge=1, le=64)] = 1

    def target(self, station: str) -> tuple[str, Callable[[], Transport]]:
        arguments = split_command(self.command)
        return spool_name("exec", *arguments), lambda: CommandTransport(arguments, station, self.timeout, self.at_once)


class CommandTransport(Transport):
    """Runs a command for each event, up to ``at_once`` at the same time, for up to ``timeout_s`` seconds each.

    ``arguments`` are the program and its arguments; see `split_command`.
    """

    def __init__(self, arguments: list[str], station: str, timeout_s: float, at_once: int) -> None:
        name = f"--exec {PurePath(arguments[0]).name}"  # arguments may be secret
        super().__init__(name, station, at_once=at_once)
        self._arguments = arguments
        self._timeout_s = timeout_s

    def send(self, messages: Sequence[Message], ending: Callable[[], bool]) -> None:
        for message in messages:
            try:
                self._run(message.body + b"\n", ending)
            except OSError as error:
                raise OutputError(f"cannot be started: {error.strerror or error}") from error

    def _run(self, data: bytes, ending: Callable[[], bool]) -> None:
        """Run the command once."""
        with _errors_file() as errors:
            options: dict[str, Any] = {} if WINDOWS else {"start_new_session": True}  # Ctrl-C must not reach it
            process = subprocess.Popen(
                self._arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env={name: value for name, value in os.environ.items() if name not in SECRETS},
                **options,
            )
            threading.Thread(target=_write_input, args=(process, data), daemon=True).start()
            self._wait_for(process, ending)
            if process.returncode == 0:
                return
            reason = f"{_ending(process.returncode)}{_first_line(errors)}"
            if process.returncode == TRY_AGAIN:
                raise OutputError(reason)
            raise ValueError(reason)

    def _wait_for(self, process: subprocess.Popen[bytes], ending: Callable[[], bool]) -> None:
        """Wait until a process ends, or kill it after the timeout."""
        deadline_s = time.monotonic() + self._timeout_s
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(POLL_S)
                return
            is_late = time.monotonic() >= deadline_s
            if is_late or ending():
                _kill(process)
                process.wait()
                if is_late:
                    raise ValueError(f"killed after {self._timeout_s:g} s")
                raise OutputError("still running at the end")


def split_command(text: str) -> list[str]:
    """Split a command line into arguments, quoted as for a shell; on Windows with double quotes only.

    Raises
    ------
    OutputError
        If the command is empty, a quotation mark is missing, or there is no such program.
    """
    try:
        parts = shlex.split(text, posix=not WINDOWS)
    except ValueError as error:
        raise OutputError(str(error)) from error
    if WINDOWS:
        parts = [part[1:-1] if len(part) > 1 and part[0] == part[-1] == '"' else part for part in parts]
    if not parts:
        raise OutputError("the command is empty")
    if shutil.which(parts[0]) is None:
        raise OutputError(f"program {parts[0]!r} not found")
    return parts


def _write_input(process: subprocess.Popen[bytes], data: bytes) -> None:
    """Write the input of a process; on a thread of its own, because a process that does not read would block it."""
    assert process.stdin is not None
    with contextlib.suppress(OSError), process.stdin as pipe:
        pipe.write(data)


def _errors_file() -> contextlib.AbstractContextManager[IO[bytes] | int]:
    """A file for standard error; not a pipe, which processes that the command leaves running would keep open."""
    try:
        return tempfile.TemporaryFile()
    except OSError:  # the disk is full
        return contextlib.nullcontext(subprocess.DEVNULL)


def _first_line(errors: IO[bytes] | int) -> str:
    if isinstance(errors, int):
        return ""
    errors.seek(0)
    lines = errors.read(MESSAGE_BYTES).decode(errors="replace").strip().splitlines()
    return f": {lines[0].strip()}" if lines else ""


def _ending(code: int) -> str:
    if code >= 0:
        return f"exited with {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and the processes of its group."""
    if process.poll() is not None:
        return
    with contextlib.suppress(OSError):
        if WINDOWS:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
