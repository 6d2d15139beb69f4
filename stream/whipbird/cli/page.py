"""``whipbird page``: a database or a scan in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.errors import WhipbirdError
from whipbird.terminal.printing import say

if TYPE_CHECKING:
    from whipbird.page.password import Passwords
    from whipbird.page.settings import PageSettings

__all__ = ["app"]

app = command_app()

POLL_S = 0.5


@app.command(
    name="page",
    epilog="Examples:\n\nwhipbird page forest.sqlite --clips heard/\n\n"
    "whipbird page --set-password\n\n"
    "whipbird page forest.sqlite --listen 0.0.0.0:8080 --certificate page.pem --key page.key",
)
def page(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="DATABASE",
            help="Database written by --out (.sqlite or .db), or the folder of a scan. With --set-password and tokens: "
            "the STATION.TOML of a station with a state folder of its own.",
        ),
    ] = None,
    clips: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Folder with clips, from --clips.")] = None,
    listen: Annotated[str, typer.Option(metavar="ADDRESS:PORT", help="Where the page is served.")] = "127.0.0.1:8080",
    open_: Annotated[
        bool, typer.Option("--open", help="Let anybody read without a password. Writing always needs it.")
    ] = False,
    host: Annotated[
        list[str],
        typer.Option(metavar="NAME", help="Name under which the page is reached, besides that of this computer."),
    ] = [],  # noqa: B006
    prefix: Annotated[str, typer.Option(metavar="/PATH", help="Start of all paths, behind a proxy.")] = "",
    certificate: Annotated[Path | None, typer.Option(metavar="FILE", help="Certificate (PEM) for HTTPS.")] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its key (PEM).")] = None,
    time_zone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Time zone of days and times. Default: that of the latest recording."),
    ] = None,
    set_password: Annotated[
        bool, typer.Option("--set-password", help="Ask for a new password, store its hash, and exit.")
    ] = False,
    new_token: Annotated[
        str | None, typer.Option(metavar="NAME", help="Print a new token for programs, and exit.")
    ] = None,
    revoke_token: Annotated[str | None, typer.Option(metavar="NAME", help="Make a token invalid, and exit.")] = None,
) -> None:
    """Show a database or a scan in the browser: events with their sound, days, labels, and review.

    A station serves its own page, see [bold]\\[page][/bold] in its settings. Reading needs the password, except on this
    computer itself, or with --open; giving verdicts always needs it.
    """
    from whipbird.page.settings import EXTRA, PACKAGES
    from whipbird.system.extras import check_installed

    if set_password or new_token is not None or revoke_token is not None:
        _change(_passwords(source), set_password, new_token, revoke_token)
        return
    if source is None:
        raise typer.BadParameter("give a database, or the folder of a scan", param_hint="DATABASE")
    check_installed(EXTRA, *PACKAGES)
    _serve(source, clips, _settings(listen, open_, host, prefix, certificate, key), time_zone)


def _settings(
    listen: str, open_: bool, host: list[str], prefix: str, certificate: Path | None, key: Path | None
) -> PageSettings:
    from pydantic import ValidationError

    from whipbird.page.settings import PageSettings
    from whipbird.system.strict import explain

    try:
        return PageSettings(
            listen=listen,
            open=open_,
            hosts=host,
            prefix=prefix,
            certificate=None if certificate is None else str(certificate),
            key=None if key is None else str(key),
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = f"--{str(first['loc'][0]).replace('hosts', 'host')}: " if first["loc"] else ""
        raise WhipbirdError(f"{name}{explain(first)}") from error


def _serve(source: Path, clips: Path | None, settings: PageSettings, time_zone: str | None) -> None:
    import threading

    from whipbird.page.opening import open_page, open_source
    from whipbird.page.server import PageServer
    from whipbird.recordings.metadata.zones import time_zone as zone_of
    from whipbird.sessions.shutdown import Shutdown
    from whipbird.station.page import password_folder

    if clips is not None and not clips.is_dir():
        raise WhipbirdError(f"{clips}: no such folder of clips")
    try:
        zone = None if time_zone is None else zone_of(time_zone)
    except ValueError as error:
        raise WhipbirdError(f"--time-zone: {error}") from error
    data = open_source(source, zone)
    server = PageServer(open_page(data, clips, settings, password_folder(None), data.title))
    ended = threading.Event()
    try:
        with Shutdown(ended.set):
            say(f"the page is at {server.address}; Ctrl-C ends it")
            while server.runs and not ended.wait(POLL_S):
                pass
    finally:
        server.close()


def _passwords(source: Path | None) -> Passwords:
    """The passwords of a station's page, or of this user's pages."""
    from whipbird.page.password import Passwords
    from whipbird.station.page import password_folder
    from whipbird.station.settings.read import read_settings

    return Passwords(password_folder(None if source is None else read_settings(source)))


def _change(passwords: Passwords, set_password: bool, new_token: str | None, revoke_token: str | None) -> None:
    if set_password:
        passwords.set(_ask())
        say(f"the password is set, and everybody is signed out ({passwords.path})")
    if new_token is not None:
        print(passwords.new_token(new_token))
    if revoke_token is not None:
        passwords.revoke_token(revoke_token)
        say(f"the token {revoke_token!r} is invalid now")


def _ask() -> str:
    """Ask for a password twice; a program gives it as a line on standard input."""
    import getpass
    import sys

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password of the page: ")
    if getpass.getpass("Again: ") != password:
        raise WhipbirdError("the two passwords are not the same")
    return password
