"""What each command's module needs; `whipbird.cli.app` loads the module when the command is called."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import typer
import typer.core

__all__ = ["HELP", "command_app"]

HELP = {"help_option_names": ["-h", "--help"]}

Function = TypeVar("Function", bound=Callable[..., Any])


class _Command(typer.core.TyperCommand):
    """A command whose help breaks lines where the terminal ends, not where the docstring does."""

    def __init__(self, *args: Any, help: str | None = None, **settings: Any) -> None:
        super().__init__(*args, help=help and re.sub(r"(?<!\n)\n(?!\n)", " ", help), **settings)


class _CommandApp(typer.Typer):
    def command(self, *args: Any, **settings: Any) -> Callable[[Function], Function]:
        return super().command(*args, cls=_Command, **settings)


def command_app(**settings: Any) -> typer.Typer:
    """Typer application of one command, or of a group; its ``command`` decorates the functions."""
    return _CommandApp(add_completion=False, context_settings=dict(HELP), rich_markup_mode="rich", **settings)
