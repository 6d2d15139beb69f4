"""Shutdown of a session by Ctrl-C and SIGTERM."""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Callable
from types import FrameType

from whipbird.sources.base import Source

__all__ = ["Interrupted", "Shutdown"]


class Interrupted(BaseException):
    """A signal arrived while a source was being opened; no `Exception`, so that nobody takes it for a failure."""


class Shutdown:
    """Handles SIGINT and SIGTERM while it is used as a context manager, on the main thread.

    Every signal calls `stop`, but a second Ctrl-C raises KeyboardInterrupt.

    Attributes
    ----------
    signal : int
        Number of the latest signal, or 0.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self.signal = 0
        self._stop = stop
        self._opening = False

    def __enter__(self) -> Shutdown:
        self._before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def open_source(self, source: Source, duration_s: float | None = None) -> None:
        """Open a source; a signal during that raises `Interrupted`, as does a pipe silent for ``duration_s``."""
        timer = threading.Timer(duration_s or 0.0, _thread.interrupt_main, (signal.SIGTERM,))
        timer.daemon = True
        try:
            self._opening = True
            if duration_s is not None and source.is_fed:
                timer.start()
            source.open()
        finally:
            self._opening = False
            timer.cancel()

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if self.signal and number == signal.SIGINT:
            signal.default_int_handler(number, None)
        self.signal = number
        self._stop()
        if self._opening:
            raise Interrupted
