"""``whipbird alert``: tells people something, as the alerts of a station would."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.errors import WhipbirdError
from whipbird.terminal.printing import say

if TYPE_CHECKING:
    from whipbird.station.settings.alerts import AlertSettings

__all__ = ["app"]

app = command_app()


@app.command(
    name="alert",
    epilog="Examples:\n\nwhipbird alert station.toml --test\n\nwhipbird alert station.toml --test --name owls",
)
def alert(
    settings: Annotated[Path, typer.Argument(metavar="STATION.TOML", help="Settings file of the station.")],
    test: Annotated[bool, typer.Option("--test", help="Send a message to the services of each.")] = False,
    name: Annotated[
        list[str], typer.Option(metavar="ALERT", help="Only this alert or digest; repeat for several.")
    ] = [],  # noqa: B006
) -> None:
    """List the alerts and digests of a station, or try them: --test sends a message to the services of each.

    The message of a digest is the digest of the day or week until now.

    [bold]Exit codes[/bold]: 0 every service took the message; 1 one did not, or cannot be used.
    """
    from whipbird.station.alerts import tell_digest, tell_test
    from whipbird.station.settings.digest import DigestSettings
    from whipbird.station.settings.read import read_settings
    from whipbird.text import choice, counted

    station = read_settings(settings)
    every: list[AlertSettings | DigestSettings] = [*station.alert, *station.digest]
    known = [one.name for one in every]
    for wanted in name:
        if wanted not in known:
            raise WhipbirdError(f"{settings} has no alert {wanted!r}; {choice(wanted, known)}")
    if not known:
        raise WhipbirdError(f"{settings} has no [[alert]] and no [[digest]]")
    failed = False
    for one in every:
        if name and one.name not in name:
            continue
        services = counted(len(one.addresses()), "service")
        if not test:
            print(f"{one.name}: {services}")
            continue
        if tell_digest(one, station) if isinstance(one, DigestSettings) else tell_test(one, station.station.name):
            print(f"{one.name}: sent to {services}")
        else:
            failed = True
            say(f"{one.name}: a service did not take the message; try its address with 'apprise -vv'")
    if failed:
        raise typer.Exit(1)
