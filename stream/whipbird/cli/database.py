"""``whipbird database``: a copy of a database, removal of what is old, and a check."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import Json
from whipbird.cli.questions import agreed
from whipbird.terminal.printing import say

if TYPE_CHECKING:
    from whipbird.database.upkeep import Contents

__all__ = ["app"]

app = command_app(no_args_is_help=True)
Database = Annotated[Path, typer.Argument(metavar="DATABASE", help="Database written by --out (.sqlite or .db).")]


@app.callback(
    epilog="Examples:\n\nwhipbird database backup forest.sqlite forest-2026.sqlite\n\n"
    "whipbird database prune forest.sqlite --before 2025-01-01\n\nwhipbird database check forest.sqlite"
)
def database() -> None:
    """Copy, prune or check a database, also while a station writes to it."""


@app.command(epilog="Examples:\n\nwhipbird database backup forest.sqlite /media/disk/forest.sqlite")
def backup(
    database: Database,
    target: Annotated[Path, typer.Argument(metavar="COPY", help="File for the copy; an earlier copy is replaced.")],
) -> None:
    """Copy a database as it is at one moment, while others go on writing to it."""
    from rich.console import Console
    from rich.filesize import decimal
    from rich.progress import Progress

    from whipbird.database.upkeep import copy

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("copying", total=None)
        copy(database, target, lambda done, all_: progress.update(task, completed=done, total=all_))
    print(f"{target}: {decimal(target.stat().st_size)}")


@app.command(
    epilog="Examples:\n\nwhipbird database prune forest.sqlite --before 2025-01-01\n\n"
    "whipbird database prune forest.sqlite --before 2025-01-01 --yes --json"
)
def prune(
    database: Database,
    before: Annotated[
        str, typer.Option(metavar="TIME", help="Date or time, such as 2025-01-01; in the system's time zone.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Remove without asking.")] = False,
    json_: Json = False,
) -> None:
    """Remove recordings that ended before a date, with their events and hours; shows what goes, and asks.

    A recording that goes on after the date stays whole. The file does not become smaller: what is new takes the room. A
    copy ([bold]whipbird database backup[/bold]) of what is removed can be made before.
    """
    from whipbird.database import upkeep

    moment = _moment(before)
    old, kept = upkeep.old_contents(database, moment)
    removed = 0
    if not old.recordings:
        say(f"{database}: no recording ended before {before}; nothing was removed")
    elif agreed(f"Remove {_described(old)} from {database}? {_described(kept)} stay.", yes, "--yes"):
        removed = upkeep.prune(database, moment)
        if not json_:
            print(f"removed {removed:,} recordings; {kept.recordings:,} stay")
    else:
        say("nothing was removed")
    if json_:
        print(json.dumps({"removed": asdict(old) if removed else None, "kept": asdict(kept)}))


@app.command(
    epilog="Examples:\n\nwhipbird database check forest.sqlite\n\nwhipbird database check forest.sqlite --json"
)
def check(database: Database, json_: Json = False) -> None:
    """Check that a database is whole, and say what is in it.

    [bold]Exit codes[/bold]: 0 the database is whole; 1 it is damaged, or cannot be read.
    """
    from whipbird.database import upkeep

    contents, faults = upkeep.check(database)
    if json_:
        print(json.dumps({"database": str(database), "faults": faults, **asdict(contents)}))
    elif not faults:
        print(f"{database}: whole; {_described(contents)}")
    for fault in faults:
        say(f"{database}: {fault}")
    if faults:
        say("copy what can be read: whipbird export, or sqlite3 FILE .recover")
        raise typer.Exit(1)


def _described(contents: Contents) -> str:
    hours = f"{contents.heard_s / 3600:,.1f} hours" if contents.heard_s >= 360 else f"{contents.heard_s:,.0f} s"
    days = "" if contents.first is None else f" ({contents.first[:10]} to {(contents.last or contents.first)[:10]})"
    return f"{contents.recordings:,} recordings with {contents.events:,} events in {hours}{days}"


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip()).astimezone()
    except (ValueError, OverflowError, OSError) as error:
        raise typer.BadParameter(f"--before {text!r}: give a date or time, such as 2025-01-01") from error
    if moment > datetime.now(UTC):
        raise typer.BadParameter(f"--before {text!r}: is in the future")
    return moment
