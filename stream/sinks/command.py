"""A command for each event, which gets it as JSON on its standard input: one object, and a line break.

The command is a program and its arguments, started directly and never through a shell. It has so much time, then it and
what it has started are ended. What it prints goes nowhere; if it fails, the first line of what it writes to standard
error is told. It is started again for the same event if it could not be started, if it ends with 75 (``EX_TEMPFAIL`` of
``sysexits.h``: try again later), and if the process or the time that it had at the end was over before it was; not
otherwise, for nobody knows what it has done already.
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
from collections.abc import Sequence
from pathlib import PurePath
from typing import IO, Any

from stream.detection import Detection
from stream.errors import OutputError
from stream.report import Report
from stream.sinks.messages import Message, message_of
from stream.sinks.outlet import Manner, Outlet

__all__ = ["Command", "command_manner", "split_command"]

TIMEOUT_S = 30.0
AT_ONCE = 4
TRY_AGAIN = 75  # what a command ends with that could not do it now
MESSAGE_BYTES = 1000  # of standard error that are looked at
WINDOWS = os.name == "nt"


def command_manner(at_once: int = AT_ONCE) -> Manner:
    """How events are handed to commands, of which so many may run at the same time."""
    return Manner(
        at_once=at_once,
        again="listening goes on, and it is started again",
        well="works again",
        lost=("event", "handled by the command"),
    )


class Command(Outlet):
    """Starts a command for each event.

    Parameters
    ----------
    arguments : list of str
        The program, and what it gets; see `split_command`.
    station : str
    timeout_s : float
        So long it may run.
    """

    def __init__(self, arguments: list[str], station: str, timeout_s: float = TIMEOUT_S) -> None:
        self.name = f"--exec {PurePath(arguments[0]).name}"  # arguments may be secret
        self._arguments = arguments
        self._station = station
        self._timeout_s = timeout_s
        self._lock = threading.Lock()  # of what follows
        self._running: set[subprocess.Popen[bytes]] = set()
        self._breaks_off = False

    def messages(self, report: Report) -> list[Message]:
        return [message_of(report, self._station)] if isinstance(report, Detection) else []

    def send(self, messages: Sequence[Message]) -> None:
        for message in messages:
            try:
                self._handle(message.body + b"\n")
            except OSError as error:
                raise OutputError(f"cannot be started: {error.strerror or error}") from error

    def break_off(self) -> None:
        with self._lock:
            self._breaks_off = True
            for process in self._running:
                _end(process)

    def close(self) -> None:
        pass

    def _handle(self, data: bytes) -> None:
        """Run the command once."""
        with _errors_file() as errors:
            options: dict[str, Any] = {} if WINDOWS else {"start_new_session": True}  # Ctrl-C is not for it
            process = subprocess.Popen(
                self._arguments, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, **options
            )
            with self._lock:
                self._running.add(process)
                if self._breaks_off:
                    _end(process)
            try:
                process.communicate(data, self._timeout_s)
            except subprocess.TimeoutExpired:
                _end(process)
                process.wait()
                raise ValueError(f"was ended after {self._timeout_s:g} s") from None
            finally:
                with self._lock:
                    self._running.discard(process)
            if process.returncode == 0:
                return
            if self._breaks_off:
                raise OutputError("had not finished at the end")
            reason = f"{_ending(process.returncode)}{_first_line(errors)}"
            if process.returncode == TRY_AGAIN:
                raise OutputError(reason)
            raise ValueError(reason)


def split_command(text: str) -> list[str]:
    """A command line as its arguments, quoted as for a shell; on Windows with double quotes alone.

    Raises
    ------
    OutputError
        If it is empty, a quotation mark is missing, or there is no such program.
    """
    try:
        parts = shlex.split(text, posix=not WINDOWS)
    except ValueError as error:
        raise OutputError(f"--exec: {error}") from error
    if WINDOWS:
        parts = [part[1:-1] if len(part) > 1 and part[0] == part[-1] == '"' else part for part in parts]
    if not parts:
        raise OutputError("--exec: there is no command")
    if shutil.which(parts[0]) is None:
        raise OutputError(f"--exec: there is no program {parts[0]!r} that can be run")
    return parts


def _errors_file() -> contextlib.AbstractContextManager[IO[bytes] | int]:
    """Where a command's errors go: not a pipe, which what it leaves running would keep open."""
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
        return f"ended with {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with all that it has started, as far as that has stayed with it."""
    if process.poll() is not None:
        return
    with contextlib.suppress(OSError):
        if WINDOWS:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
