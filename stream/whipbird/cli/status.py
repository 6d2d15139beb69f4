"""``whipbird status``: shows the state of this computer's stations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import Json

__all__ = ["app"]

app = command_app()


@app.command(name="status", epilog="Examples:\n\nwhipbird status\n\nwhipbird status station.toml --json")
def status(
    settings: Annotated[
        Path | None,
        typer.Argument(
            metavar="STATION.TOML", help="Settings file of one station. Default: all stations of this user."
        ),
    ] = None,
    json_: Json = False,
) -> None:
    """Show the state of a running station: its sources, the time heard and lost, and its outputs.

    [bold]Exit codes[/bold]: 0 healthy; 1 not: a source gives no sound, an output fails or lost events; 2 not running.
    """
    from rich.console import Console

    from whipbird.station.settings.read import read_settings
    from whipbird.station.state_file import state_folder, state_folders
    from whipbird.station.status import NOT_RUNNING, judge, render
    from whipbird.system.station_name import station_name

    if settings is not None:
        read = read_settings(settings)
        folders = [state_folder(station_name(read.station.name), read.station.state)]
    else:
        folders = state_folders()
    if not folders:
        if json_:
            raise typer.Exit(NOT_RUNNING)
        print("no station found; start one with 'whipbird monitor'")
        raise typer.Exit(NOT_RUNNING)
    verdicts = [judge(folder) for folder in folders]
    console = Console(highlight=False)
    for number, verdict in enumerate(verdicts):
        if json_:
            print(json.dumps(verdict.as_object()))
        else:
            if number:
                console.print()
            console.print(render(verdict))
    if code := max(verdict.code for verdict in verdicts):
        raise typer.Exit(code)
