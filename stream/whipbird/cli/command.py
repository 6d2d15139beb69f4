"""What each command's module needs; `whipbird.cli.app` loads the module when the command is called."""

from __future__ import annotations

import typer

__all__ = ["HELP", "command_app"]

HELP = {"help_option_names": ["-h", "--help"]}


def command_app() -> typer.Typer:
    """Typer application of one command; its ``command`` decorates the function."""
    return typer.Typer(add_completion=False, context_settings=dict(HELP), rich_markup_mode="rich")
