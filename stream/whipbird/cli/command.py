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


class _ForPeople:
    """Help for people: it breaks lines where the terminal ends, and names values instead of Python's types.

    What is wrong with a value is said in plain English.
    """

    def __init__(self, *args: Any, help: str | None = None, **settings: Any) -> None:
        super().__init__(*args, help=help and re.sub(r"(?<!\n)\n(?!\n)", " ", help), **settings)  # type: ignore[call-arg]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            words: list[str] = super().parse_args(ctx, args)  # type: ignore[misc]
            return words
        except typer.BadParameter as error:
            from whipbird.system.strict import plain_english

            error.message = plain_english(error.message)
            raise

    def get_params(self, ctx: Any) -> list[Any]:
        parameters: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for parameter in parameters:
            _name_values(parameter, ctx)
        return parameters


class _Command(_ForPeople, typer.core.TyperCommand):
    """A command whose help is for people."""


class _Group(_ForPeople, typer.core.TyperGroup):
    """A group of commands whose help is for people."""


def _name_values(parameter: Any, context: Any) -> None:
    """Show no type for arguments and flags, and the choices of an option that has some."""
    is_argument = parameter.param_type_name == "argument"
    if is_argument and parameter.metavar is None:
        parameter.metavar = parameter.name.upper()
    if is_argument or parameter.is_flag:
        parameter.display_type_rich = lambda ctx: None
    elif parameter.metavar is None and hasattr(parameter, "display_type"):  # not in early versions of Typer
        parameter.metavar = re.sub(r"<(?:list\[)?(.*?)\]?>", r"\1", parameter.display_type(context))


class _CommandApp(typer.Typer):
    def command(self, *args: Any, **settings: Any) -> Callable[[Function], Function]:
        return super().command(*args, cls=_Command, **settings)


def command_app(**settings: Any) -> typer.Typer:
    """Typer application of one command, or of a group; its ``command`` decorates the functions."""
    return _CommandApp(
        cls=_Group, add_completion=False, context_settings=dict(HELP), rich_markup_mode="rich", **settings
    )
