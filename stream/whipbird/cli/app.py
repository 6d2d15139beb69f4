"""The command line. Each command is in a module of its own, which is loaded when the command is called."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer
import typer.main

from whipbird import __version__
from whipbird.cli.command import HELP, Group
from whipbird.errors import WhipbirdError
from whipbird.system.hard_exit import exit_now
from whipbird.system.standard_streams import READER_GONE, reader_is_gone
from whipbird.terminal.printing import say
from whipbird.text import nearest

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

__all__ = ["app", "run"]

INTERRUPTED = 130  # exit code after Ctrl-C: 128 + SIGINT

EXIT_CODES = (
    "[bold]Exit codes[/bold]: 0 every source was processed to its end (gaps show what was lost); 1 something could not "
    "be processed to its end, used or written (a broken recording, a missing model or device, a full disk), and a line "
    "on standard error says what; 2 the command line is invalid; 130 and 143 Ctrl-C and SIGTERM stopped a replay "
    "before its end (when they stop listening, the exit code is 0); 141 the reader of standard output was gone, as "
    "after [bold]| head -1[/bold]."
)
WELCOME = """\
whipbird detects words and bird calls in live sound and in recordings. Try one:

  Speak: say yes, no, up, down, left, right, on, off, stop or go.
    whipbird listen

  A card: add BirdNET, then process each recording of a memory card once.
    whipbird models add birdnet
    whipbird watch /media/card --once --model birdnet --out forest.sqlite

  A script: print one JSON object per line, for programs.
    whipbird replay recordings/ --speed max --json

Without a microphone and recordings:  whipbird replay --demo
What works on this computer:          whipbird doctor
All commands:                         whipbird --help
"""


def _entry_points(name: str | None = None) -> EntryPoints:
    """Entry points of all installed packages; the runtime's own commands need none."""
    from importlib.metadata import entry_points

    found = entry_points(group=Commands.GROUP)
    return found if name is None else found.select(name=name)


class Commands(Group):
    """The commands, in modules beside this one and in entry points of other packages, loaded when they are called."""

    PANELS: ClassVar = {
        "Listen": ("listen", "devices", "selftest", "doctor"),
        "Recordings": (
            "replay",
            "watch",
            "scan",
            "classify",
            "inspect",
            "report",
            "review",
            "search",
            "export",
            "segments",
        ),
        "Stations": ("monitor", "wyoming", "rooms", "page", "status", "alert", "database"),
        "Models": ("models", "species", "train"),
        "Measure": ("evaluate", "calibrate", "mix", "tone"),
    }
    TRAINING: ClassVar = frozenset({"calibrate", "evaluate", "mix", "train"})  # entry points
    OTHERS = "Other packages"
    GROUP = "whipbird.commands"

    def list_commands(self, context: Any) -> list[str]:
        points = [point.name for point in _entry_points()]
        own = [name for names in self.PANELS.values() for name in names]
        there = [name for name in own if name not in self.TRAINING or name in points]
        return there + sorted(set(points).difference(own))

    def get_command(self, context: Any, name: str) -> Any:
        command = self._load(name)
        if command is not None:
            command.name = name
            panels = (panel for panel, names in self.PANELS.items() if name in names)
            command.rich_help_panel = next(panels, self.OTHERS)
        return command

    def _is_own(self, name: str) -> bool:
        return any(name in names for names in self.PANELS.values())

    def _load(self, name: str) -> Any:
        if name not in self.TRAINING and self._is_own(name):
            return typer.main.get_command(import_module(f"whipbird.cli.{name}").app)
        for point in _entry_points(name):
            return typer.main.get_command(point.load())
        return None

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name = args[0]
        if not self._is_own(name) and name not in (known := self.list_commands(ctx)):
            near = nearest(name, known)
            ctx.fail(f"No such command '{name}'." + ("" if near is None else f" Did you mean '{near}'?"))
        resolved: tuple[str | None, Any, list[str]] = super().resolve_command(ctx, args)
        return resolved

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            print(WELCOME, end="", file=sys.stderr)
            raise typer.Exit(2)
        return super().parse_args(ctx, args)


app = typer.Typer(
    name="whipbird",
    cls=Commands,
    help=f"Real-time keyword spotter and bird-call detector.\n\n{EXIT_CODES}",
    epilog="Examples:\n\nwhipbird listen\n\n"
    "whipbird watch /media/card --once --model capuchinbird --out forest.sqlite\n\n"
    "whipbird replay recordings/ --speed max --json",
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
