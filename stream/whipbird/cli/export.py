"""``whipbird export``: what a scan has heard, in the forms of other programs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.errors import WhipbirdError

__all__ = ["app"]

app = command_app()


class FormName(StrEnum):
    """Forms of `whipbird.scan.results.export`."""

    RAVEN = "raven"
    AUDACITY = "audacity"
    BIRDNET = "birdnet"
    CSV = "csv"


@app.command(name="export", epilog="Example:\n\nwhipbird export scan-2024 --form raven")
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="ScanFolder of a scan.")],
    form: Annotated[FormName, typer.Option("--form", "-f", help="For which program.")],
    to: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where the files go. Default: export/FORM in the scan's folder."),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="A file also for recordings in which nothing was heard.")] = False,
) -> None:
    """Write a file for each recording of a scan in which something was heard.

    Times count from the begin of the recording.
    """
    from whipbird.scan.packages import EXTRA, RESULTS
    from whipbird.scan.results.export import export as export_scan
    from whipbird.scan.results.scan_folder import ScanFolder, is_scan
    from whipbird.system.extras import check_installed
    from whipbird.text import one_line

    check_installed(EXTRA, *RESULTS)
    if not is_scan(folder):
        raise WhipbirdError(f"{folder}: is no folder of a scan")
    place = to or folder / "export" / form.value
    files, events = export_scan(ScanFolder(folder), form.value, place, all_)
    print(f"{one_line(str(place))}: {files:,} files with {events:,} events")
