"""The command line of training and evaluation: one module per command.

Warnings of all of training are lines for people, like those of other commands.
"""

from __future__ import annotations

import logging

from whipbird.terminal.printing import say


class _Lines(logging.Handler):
    """Shows what is logged on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


logging.getLogger("whipbird_train").addHandler(_Lines())
logging.getLogger().addHandler(logging.NullHandler())  # without any, TensorFlow adds one that repeats our lines
