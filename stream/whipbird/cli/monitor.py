"""``whipbird monitor``: runs several sources at once, for weeks, from one settings file."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import Json, Plain
from whipbird.cli.running import choose_output
from whipbird.terminal.printing import say
from whipbird.text import counted

__all__ = ["app"]

app = command_app()

EXAMPLE = "example.toml"


@app.command(
    name="monitor",
    epilog="Examples:\n\n"
    "whipbird monitor --example > station.toml\n\n"
    "whipbird monitor station.toml --check\n\n"
    "whipbird monitor station.toml\n\n"
    "whipbird monitor station.toml --unit | sudo tee /etc/systemd/system/whipbird.service",
)
def monitor(
    settings: Annotated[
        Path | None, typer.Argument(metavar="STATION.TOML", help="Settings file of the station.")
    ] = None,
    example: Annotated[bool, typer.Option("--example", help="Print commented example settings.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Check the settings and exit.")] = False,
    unit: Annotated[bool, typer.Option("--unit", help="Print a systemd unit and exit.")] = False,
    plain: Plain = False,
    json_: Json = False,
) -> None:
    """Run several sources at once: microphones, feeds and folders, each with its own models.

    A source that fails does not disturb the others; whipbird tries it again until it is back.

    SIGTERM and Ctrl-C stop the station after all received sound is processed and written; SIGHUP reloads the settings.

    'whipbird status' shows the state of the station.

    [bold]Exit codes[/bold]: 0 stopped; 1 it could not start, or could not write everything; 2 invalid command line.
    """
    if example:
        print((resources.files("whipbird.station") / EXAMPLE).read_text(encoding="utf-8"), end="")
        return
    if settings is None:
        raise typer.BadParameter("give a settings file; --example prints one", param_hint="STATION.TOML")
    if unit:
        _print_unit(settings)
    elif check:
        _check(settings)
    else:
        _run(settings, plain, json_)


def _print_unit(path: Path) -> None:
    import getpass

    from whipbird.station.settings.read import read_settings
    from whipbird.station.systemd import unit

    read_settings(path)
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "whipbird"
    print(unit(path, user), end="")


def _check(path: Path) -> None:
    from whipbird.station.settings.check import warnings
    from whipbird.station.station import prepare

    settings, _ = prepare(path)
    missing = list(warnings(settings))
    for text in missing:
        say(text)
    count = len(settings.source)
    summary = f"{path}: {counted(count, 'source')}, "
    print(
        summary
        + ("the settings are valid, but not everything is available now" if missing else "the settings are valid")
    )


def _run(path: Path, plain: bool, json_: bool) -> None:
    from whipbird.station.run import monitor as run
    from whipbird.system.hard_exit import exit_now

    exit_now(run(path, choose_output(plain, json_)))
