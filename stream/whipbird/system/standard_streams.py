"""Standard output and error whose reader may leave, as in ``whipbird models | head -1``.

Python writes what is left when it exits, and then complains about a reader that is gone with a traceback and exit code
120. Other programs are killed without a word by SIGPIPE, which must not happen to one that also writes databases and
talks to servers. So the streams remember that writing has failed: the first failure on standard output raises the usual
error, and whatever is written later is discarded. On standard error no failure raises anything, because there is no
place left to report it.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

from whipbird.text import as_text

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["READER_GONE", "guard_standard_streams", "reader_is_gone"]

ESCAPED = "whipbird.escaped"  # how streams write what they cannot show
READER_GONE = 141  # exit code that a shell shows for a program that SIGPIPE has killed: 128 + 13


class _Stream(io.FileIO):
    """A copy of a file descriptor, to write to; discards everything after the first failure."""

    def __init__(self, descriptor: int, raises: bool) -> None:
        super().__init__(os.dup(descriptor), "w")
        self.failure: OSError | None = None
        self._raises = raises

    def write(self, data: ReadableBuffer, /) -> int:
        if self.failure is None:
            try:
                return super().write(data)
            except OSError as error:
                self.failure = error
                if self._raises:
                    raise
        return memoryview(data).nbytes


_output: _Stream | None = None


def guard_standard_streams() -> None:
    """Replace ``sys.stdout`` and ``sys.stderr`` for the rest of the process, if they are files or pipes.

    What a stream cannot show is escaped, so that it does not end a run; names that are not UTF-8 as by `as_text`, which
    matters where other packages print them.
    """
    global _output
    codecs.register_error(ESCAPED, _escape)
    sys.stdout.flush()
    sys.stderr.flush()
    if not sys.stdout.isatty():
        _output = _Stream(sys.stdout.fileno(), raises=True)
        sys.stdout = _text(_output, sys.stdout)
    elif isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=ESCAPED)
    if not sys.stderr.isatty():
        sys.stderr = _text(_Stream(sys.stderr.fileno(), raises=False), sys.stderr)
    elif isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors=ESCAPED)


def reader_is_gone() -> bool:
    """Whether writing to standard output has failed because its reader was gone."""
    return _output is not None and isinstance(_output.failure, BrokenPipeError)


def _escape(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError), "streams only encode"
    text = as_text(error.object[error.start : error.end])
    return text.encode(error.encoding, "backslashreplace").decode(error.encoding), error.end


def _text(stream: _Stream, like: TextIO) -> TextIO:
    """A text file on a stream, which writes lines at once where `like` does, or writes everything at once."""
    by_line = bool(like.line_buffering or getattr(like, "write_through", False))
    return io.TextIOWrapper(io.BufferedWriter(stream), like.encoding, ESCAPED, line_buffering=by_line)
