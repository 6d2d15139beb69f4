"""``whipbird export``: events of a scan in the formats of other programs."""

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
    """Formats of `whipbird.scan.results.export`."""

    RAVEN = "raven"
    AUDACITY = "audacity"
    BIRDNET = "birdnet"
    CSV = "csv"


@app.command(name="export", epilog="Example:\n\nwhipbird export scan-2024 --form raven")
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a scan.")],
    form: Annotated[FormName, typer.Option("--form", "-f", help="Format of the files.")],
    to: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Folder for the files. Default: export/FORM in the scan's folder."),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Also write files for recordings without events.")] = False,
) -> None:
    """Write one file per recording of a scan that has events.

    Times count from the start of the recording.
    """
    from whipbird.scan.packages import EXTRA, RESULTS
    from whipbird.scan.results.export import export as export_scan
    from whipbird.scan.results.scan_folder import ScanFolder, is_scan
    from whipbird.system.extras import check_installed
    from whipbird.text import one_line

    check_installed(EXTRA, *RESULTS)
    if not is_scan(folder):
        raise WhipbirdError(f"{folder}: is not the folder of a scan")
    target = to or folder / "export" / form.value
    files, events = export_scan(ScanFolder(folder), form.value, target, all_)
    print(f"{one_line(str(target))}: {files:,} files with {events:,} events")
