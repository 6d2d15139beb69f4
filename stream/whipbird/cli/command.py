"""What each command's module needs; `whipbird.cli.app` loads the module when the command is called."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, TypeVar

import typer
import typer.core

__all__ = ["EXIT_CODES", "HELP", "Group", "command_app"]

HELP = {"help_option_names": ["-h", "--help"]}
EXIT_CODES = (
    "[bold]Exit codes[/bold]: 0 done; 1 something could not be found, processed, used or written, and a line on "
    "standard error says what; 2 invalid command line; 130 Ctrl-C."
)

LONGEST = 74  # characters in a line of an example

Function = TypeVar("Function", bound=Callable[..., Any])


class _ForPeople:
    """Help for people: it breaks lines where the terminal ends, and names values instead of Python's types.

    Its order is: what the command does, examples, details, arguments and options, exit codes. A command gives its
    examples as ``epilog``, and its exit codes as the last paragraph of its help, unless they are `EXIT_CODES`. What is
    wrong with a value is said in plain English.

    Attributes
    ----------
    summary, details, exit_codes : str
        First paragraph of the help, the following ones, and the paragraph of exit codes.
    examples : list of str
        Lines to type.
    """

    def __init__(self, *args: Any, help: str | None = None, epilog: str | None = None, **settings: Any) -> None:
        texts = re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.cleandoc(help or "")).split("\n\n")
        self.exit_codes = texts.pop() if texts[-1].startswith("[bold]Exit codes[/bold]") else EXIT_CODES
        self.summary, self.details = texts[0], "\n\n".join(texts[1:])
        self.examples = inspect.cleandoc(epilog or "").split("\n\n")[1:]
        parts = [self.summary, _shown(self.examples), self.details]
        settings |= {"help": "\n\n".join(filter(None, parts)), "short_help": self.summary, "epilog": self.exit_codes}
        super().__init__(*args, **settings)

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


class Group(_ForPeople, typer.core.TyperGroup):
    """A group of commands whose help is for people."""


def _shown(examples: list[str]) -> str:
    """Examples in help: indented, on lines of their own, and not dimmed as the text around them is."""
    lines = ["[bold]Examples[/bold]", *(f"  {line}" for example in examples for line in _lines(example))]
    return "\n".join(f"[not dim]{line}[/not dim]" for line in lines) if examples else ""


def _lines(example: str) -> list[str]:
    """A command on lines that fit into 80 columns, broken before options as a shell takes it."""
    lines = [""]
    for part in re.split(r" (?=-|\|)", example):
        if len(lines[-1]) + len(part) < LONGEST:
            lines[-1] += f" {part}" if lines[-1] else part
        else:
            lines[-1] += r" \\"  # one backslash before markup
            lines.append(f"    {part}")
    return lines


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
        cls=Group, add_completion=False, context_settings=dict(HELP), rich_markup_mode="rich", **settings
    )
