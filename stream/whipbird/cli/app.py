"""The command line. Each command is in a module of its own, which is loaded when the command is called."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import entry_points
from typing import Annotated, Any, ClassVar

import typer
import typer.core
import typer.main

from whipbird import __version__
from whipbird.cli.command import HELP
from whipbird.errors import WhipbirdError
from whipbird.system.hard_exit import exit_now
from whipbird.system.standard_streams import READER_GONE, reader_is_gone
from whipbird.terminal.printing import say

__all__ = ["app", "run"]

INTERRUPTED = 130  # exit code after Ctrl-C: 128 + SIGINT

EXIT_CODES = (
    "[bold]Exit codes[/bold]: 0 every source was processed to its end (gaps show what was lost); 1 something could not "
    "be processed to its end, used or written (a broken recording, a missing model or device, a full disk), and a line "
    "on standard error says what; 2 the command line is invalid; 130 and 143 Ctrl-C and SIGTERM stopped a replay "
    "before its end (when they stop listening, the exit code is 0); 141 the reader of standard output was gone, as "
    "after [bold]| head -1[/bold]."
)


class Commands(typer.core.TyperGroup):
    """The commands, in modules beside this one and in entry points of other packages, loaded when they are called."""

    MODULES: ClassVar = (
        *("listen", "replay", "watch", "classify", "devices", "models", "species", "report"),
        *("monitor", "status", "scan", "export", "inspect", "tone", "selftest"),
    )
    GROUP = "whipbird.commands"

    def list_commands(self, context: Any) -> list[str]:
        return [*self.MODULES, *(point.name for point in entry_points(group=self.GROUP))]

    def get_command(self, context: Any, name: str) -> Any:
        if name in self.MODULES:
            return typer.main.get_command(import_module(f"whipbird.cli.{name}").app)
        for point in entry_points(group=self.GROUP, name=name):
            return typer.main.get_command(point.load())
        return None


app = typer.Typer(
    name="whipbird",
    cls=Commands,
    help="Real-time keyword spotter and bird-call detector.\n\n" + EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings=HELP,
)


def _show_version(requested: bool) -> None:
    if requested:
        print(f"whipbird {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


def run() -> None:
    """Run the command line and end the process; an error that a user can fix becomes one line on standard error."""
    code = _run()
    try:
        sys.stdout.flush()
    except OSError as error:
        code = _output_failed(error)
    if reader_is_gone():
        code = READER_GONE
    if code == INTERRUPTED:
        exit_now(code)  # without waiting for threads, which may be blocked
    sys.exit(code)


def _run() -> Any:
    """Run the command; returns the exit code."""
    try:
        app(prog_name="whipbird")
    except SystemExit as end:
        return end.code
    except WhipbirdError as error:
        say(str(error))
    except OSError as error:
        return _output_failed(error)
    return 1


def _output_failed(error: OSError) -> int:
    """Report an error of the system; one that names no file is about standard output. Returns the exit code."""
    if not reader_is_gone():
        say(f"{error.filename or 'output failed'}: {error.strerror or error}")
    return 1
