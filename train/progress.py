"""How long work comes along: a bar on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import track

__all__ = ["tracked"]

T = TypeVar("T")


def tracked(items: Sequence[T], title: str) -> Iterable[T]:
    """The items one after the other, with a bar on standard error while they last, if that is a terminal.

    What is written to standard error meanwhile goes above the bar, and its lines are not broken.
    """
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    return track(items, title, console=console, transient=True, disable=not console.is_terminal)
