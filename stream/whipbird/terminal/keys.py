"""Single keys from a terminal, without the Enter key."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Any

__all__ = ["CLOSED", "Keys"]

ESCAPE = "\x1b"
CLOSED = "\x04"  # Ctrl-D, and the end of the input


class Keys:
    """Reads keys from standard input as they are pressed. Use it as a context manager.

    Arrow and function keys are left out. Ctrl-C raises KeyboardInterrupt, as elsewhere.
    """

    def __enter__(self) -> Keys:
        self._file = sys.stdin.fileno()
        self._saved: Any = None
        self._set(single=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._set(single=False)

    def read(self) -> str:
        """Wait for a key; returns its character, or Ctrl-D at the end of the input."""
        if sys.platform == "win32":
            import msvcrt

            key = str(msvcrt.getwch())
            if key in ("\0", "\xe0"):  # the first of two characters of a function key
                msvcrt.getwch()
                return self.read()
            if key == "\x03":
                raise KeyboardInterrupt
            return key
        text = b""
        while True:
            part = os.read(self._file, 1)
            text += part
            if not part:
                return CLOSED
            try:
                key = text.decode()
            except UnicodeDecodeError:  # only a part of a character
                continue
            if key != ESCAPE:
                return key
            self._skip_sequence()
            text = b""

    def line(self, question: str) -> str:
        """Ask for a line of text; empty at the end of the input."""
        self._set(single=False)
        try:
            print(question, end="", flush=True)
            text = b""  # read without a buffer, which would hide keys that were pressed since
            while (part := os.read(self._file, 1)) not in (b"", b"\n"):
                text += part
            return text.decode(errors="replace").strip()
        finally:
            self._set(single=True)

    def _set(self, single: bool) -> None:
        """Pass on keys one by one, or whole lines as before."""
        if sys.platform == "win32":
            return
        import termios
        import tty

        if single:
            self._saved = termios.tcgetattr(self._file)
            tty.setcbreak(self._file, termios.TCSANOW)
        elif self._saved is not None:
            termios.tcsetattr(self._file, termios.TCSANOW, self._saved)

    def _skip_sequence(self) -> None:
        """Skip what follows an escape character at once: the rest of the code of one key."""
        import select

        while select.select([self._file], [], [], 0.02)[0]:
            if os.read(self._file, 1)[-1:].isalpha():
                return
