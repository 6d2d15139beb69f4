"""What commands in modules of their own are registered with; `whipbird.cli.app` loads them when they are called."""

from __future__ import annotations

import typer

__all__ = ["HELP", "command_app"]

HELP = {"help_option_names": ["-h", "--help"]}


def command_app() -> typer.Typer:
    """An application of one command, to be decorated with its ``command``."""
    return typer.Typer(add_completion=False, context_settings=dict(HELP), rich_markup_mode="rich")
