"""A command for each event, which gets it as JSON on its standard input: one object, and a line break.

The command is a program and its arguments, started directly and never through a shell. It has so much time, then it and
what it has started are ended. What it prints goes nowhere; if it fails, the first line of what it writes to standard
error is told. It is not started again for the same event: nobody knows what it has done already.
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
from pathlib import PurePath
from typing import IO, Any

from stream.detection import Detection
from stream.errors import OutputError
from stream.report import Report
from stream.sinks.messages import event_message, to_json
from stream.sinks.publisher import POLL_S, OutputPublisher, Tell

__all__ = ["CommandPublisher", "split_command"]

TIMEOUT_S = 30.0
AT_ONCE = 4
MESSAGE_BYTES = 1000  # of standard error that are looked at
WINDOWS = os.name == "nt"


class CommandPublisher(OutputPublisher):
    """Starts a command for each event.

    Parameters
    ----------
    arguments : list of str
        The program, and what it gets; see `split_command`.
    station : str
    live : bool
    tell : callable
        Gets a line when the command fails, and does so otherwise than the time before.
    timeout_s : float
        So long it may run.
    at_once : int
        So many may run at the same time.
    """

    LOST = ("event", "handled by the command")

    def __init__(
        self,
        arguments: list[str],
        station: str,
        live: bool,
        tell: Tell,
        timeout_s: float = TIMEOUT_S,
        at_once: int = AT_ONCE,
    ) -> None:
        self._arguments = arguments
        self._station = station
        self._timeout_s = timeout_s
        self._free = threading.Semaphore(at_once)
        self._lock = threading.Lock()  # of what follows
        self._running: dict[threading.Thread, subprocess.Popen[bytes] | None] = {}
        self._ended_at_once = False
        super().__init__(f"--exec {PurePath(arguments[0]).name}", live, tell)  # arguments may be secret

    def publish(self, report: Report) -> None:
        if isinstance(report, Detection):
            super().publish(report)

    def _run(self) -> None:
        while (event := self._queue.get()) is not None:
            if not self._may_start():
                with self._lock:
                    self._unwritten += 1
                continue
            thread = threading.Thread(target=self._handle, args=(event,), name="command", daemon=True)
            with self._lock:
                self._running[thread] = None
            thread.start()
        self._await_all()

    def _may_start(self) -> bool:
        """Wait until another one may run; False if there is no time left."""
        while not self._overdue():
            if self._free.acquire(timeout=POLL_S):
                return True
        return False

    def _await_all(self) -> None:
        while thread := self._any_running():
            thread.join(POLL_S)
            if self._overdue():
                with self._lock:
                    self._ended_at_once = True
                    for process in self._running.values():
                        if process is not None:
                            _end(process)

    def _any_running(self) -> threading.Thread | None:
        with self._lock:
            return next(iter(self._running), None)

    def _handle(self, event: Detection) -> None:
        failure: str | None
        try:
            failure = self._start(to_json(event_message(event, self._station)) + b"\n")
        except (OSError, ValueError) as error:
            failure = f"cannot be started: {getattr(error, 'strerror', None) or error}"
        with self._lock:
            del self._running[threading.current_thread()]
            if failure is None:
                self._refusal = ""
            else:
                self._refuse(failure)
        self._free.release()

    def _start(self, data: bytes) -> str | None:
        """Run the command, and return what went wrong."""
        with _errors_file() as errors:
            options: dict[str, Any] = {} if WINDOWS else {"start_new_session": True}  # Ctrl-C is not for it
            process = subprocess.Popen(
                self._arguments, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, **options
            )
            with self._lock:
                self._running[threading.current_thread()] = process
                if self._ended_at_once:
                    _end(process)
            try:
                process.communicate(data, self._timeout_s)
            except subprocess.TimeoutExpired:
                _end(process)
                process.wait()
                return f"was ended after {self._timeout_s:g} s"
            if process.returncode == 0:
                return None
            if self._ended_at_once:
                return "had not finished at the end"
            return f"{_ending(process.returncode)}{_first_line(errors)}"


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
