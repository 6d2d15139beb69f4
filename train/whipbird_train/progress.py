"""Progress bars on standard error, where that is a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

__all__ = ["bar", "make_console", "tracked"]

T = TypeVar("T")


def make_console() -> Console:
    """Console on standard error that does not wrap or colour lines."""
    return Console(stderr=True, soft_wrap=True, highlight=False)


@contextmanager
def bar(title: str, total: float | None, in_bytes: bool = False) -> Iterator[Callable[..., None]]:
    """Show a bar until the block ends. Yield a function that takes ``completed``, ``total`` and ``note``, all optional.

    Lines that are written to standard error before the block ends appear above the bar, and are not wrapped.
    """
    console = make_console()
    amount = (DownloadColumn(), TransferSpeedColumn()) if in_bytes else (MofNCompleteColumn(), TimeElapsedColumn())
    columns = (BarColumn(), *amount, TimeRemainingColumn(), TextColumn("[dim]{task.fields[note]}"))
    with Progress(
        TextColumn("{task.description}"), *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        yield partial(progress.update, progress.add_task(title, total=total, note=""))


def tracked(items: Sequence[T], title: str) -> Iterable[T]:
    """Yield the items, with a bar that shows how many are done."""
    with bar(title, len(items)) as update:
        for number, item in enumerate(items, 1):
            yield item
            update(completed=number)
