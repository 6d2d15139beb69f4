"""Problems with some of a command's inputs, which do not end the command."""

from __future__ import annotations

import typer

from whipbird.terminal.printing import say

__all__ = ["Problems"]


class Problems:
    """Shows each problem as it occurs; in the end, the command fails if there was one."""

    def __init__(self) -> None:
        self._any = False

    def __call__(self, text: str) -> None:
        say(text)
        self._any = True

    def end(self) -> None:
        """End the command with exit code 1 if there was a problem."""
        if self._any:
            raise typer.Exit(1)
