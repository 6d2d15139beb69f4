"""``whipbird doctor``: what works on this computer, and what to do about the rest."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import Json
from whipbird.terminal.printing import say
from whipbird.text import counted, message

if TYPE_CHECKING:
    from rich.text import Text

    from whipbird.doctor.finding import Finding

__all__ = ["app"]

app = command_app()

STYLES = {"ok": "green", "note": "yellow", "problem": "bold red"}
INDENT = "         "
LEAST_WIDTH = 40  # of a terminal whose lines are broken between words


@app.command(
    epilog="Examples:\n\nwhipbird doctor\n\nwhipbird doctor --station station.toml\n\nwhipbird doctor --json",
)
def doctor(
    station: Annotated[
        Path | None,
        typer.Option(
            metavar="STATION.TOML", help="Also check the settings of a station, and whether its sources exist."
        ),
    ] = None,
    json_: Json = False,
) -> None:
    """Check what works on this computer, and show what to type about the rest.

    Checks Python and packages, a detection in a recording that comes with whipbird, models, sound devices, folders, the
    terminal and extras. It plays, records and changes nothing; 'whipbird selftest' plays a sound to test the
    microphone.

    [bold]Exit codes[/bold]: 0 everything needed works; 1 there are problems; 2 invalid command line. Notes are about
    what is optional, and do not count.
    """
    from dataclasses import asdict

    from rich.console import Console

    from whipbird.doctor.finding import Status
    from whipbird.doctor.run import examine

    console = Console(highlight=False)
    problems = []
    for finding in examine(station):
        if json_:
            print(json.dumps(asdict(finding)), flush=True)
        else:
            console.print(_shown(finding, console.width if console.is_terminal else None), soft_wrap=True)
        if finding.status is Status.PROBLEM:
            problems.append(finding.check)
    if problems:
        say(f"{counted(len(problems), 'problem')}: {', '.join(dict.fromkeys(problems))}")
        raise typer.Exit(1)
    if not json_:
        console.print("\nEverything needed works. Next: whipbird replay --demo", soft_wrap=True)


def _shown(finding: Finding, width: int | None) -> Text:
    """A finding as text, whose lines are broken between words if there is a ``width``; commands are never broken."""
    from rich.text import Text

    text = message(finding.text)
    if width is not None and width > LEAST_WIDTH:
        room = width - len(INDENT)
        text = f"\n{INDENT}".join(wrap(text, room, break_long_words=False, break_on_hyphens=False))
    shown = Text.assemble((f"{finding.status:<9}", STYLES[finding.status]), text)
    if finding.next is not None:
        shown.append(f"\n{INDENT}{message(finding.next)}", "bold")
    return shown
