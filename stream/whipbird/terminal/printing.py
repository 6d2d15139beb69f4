"""Printing by commands: lines on standard error, numbers for JSON, and tables in one style."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING, Any, TextIO

from whipbird.text import message

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["has_screen", "new_list", "new_table", "rounded", "say", "say_next"]

DIGITS = 6


def say(text: str) -> None:
    """Print a line for people on standard error."""
    print(f"whipbird: {message(text)}", file=sys.stderr)


def say_next(*words: object) -> None:
    """Name the command that comes next, by its words, on standard error if that is a terminal, so for people alone."""
    if sys.stderr.isatty():
        sys.stdout.flush()
        print(f"next: {shlex.join(['whipbird', *map(str, words)])}", file=sys.stderr)


def has_screen(file: TextIO) -> bool:
    """Whether a file is a terminal that can be drawn on."""
    return file.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def rounded(value: Any) -> Any:
    """A value for JSON, with all numbers rounded to six decimals."""
    if isinstance(value, dict):
        return {name: rounded(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return round(value, DIGITS) if isinstance(value, float) else value


def new_table(*headings: str) -> Table:
    """An empty table without rules, whose cells wrap."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in headings:
        table.add_column(Text(heading), overflow="fold")
    return table


def new_list() -> Table:
    """An empty table of names and values."""
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    return table
