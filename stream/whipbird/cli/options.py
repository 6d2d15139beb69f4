"""Options of the command line that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["Channel", "Json", "Labels", "ModelName", "ModelNames", "Plain", "Sensitivity", "TimeZone"]


def _complete_models() -> list[str]:
    from whipbird.models.bundle import find_bundles

    return sorted(find_bundles())


ModelName = Annotated[
    str,
    typer.Option(
        "--model", "-m", metavar="MODEL", help="Installed model or folder of one.", autocompletion=_complete_models
    ),
]
ModelNames = Annotated[
    list[str],
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        help="Installed model or folder of one; repeat for several at once.",
        autocompletion=_complete_models,
    ),
]
Labels = Annotated[
    list[str], typer.Option("--label", "-l", metavar="LABEL", help="Report this label alone; repeat for several.")
]
Sensitivity = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="How easily it reports: [bold]strict[/bold], [bold]balanced[/bold] or [bold]eager[/bold], as far as the "
        "model's card has them.",
        autocompletion=lambda: ["strict", "balanced", "eager"],
    ),
]
Channel = Annotated[
    str, typer.Option(metavar="CHANNEL", help="Channel to listen to, counted from 1, or [bold]mix[/bold].")
]
Plain = Annotated[bool, typer.Option("--plain", help="One line per event, no dashboard.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
TimeZone = Annotated[
    str | None,
    typer.Option(
        metavar="ZONE",
        help="Time zone of recordings that do not tell theirs, such as Australia/Sydney or +10:00. Default: UTC "
        "where an AudioMoth named the file, else the system's.",
    ),
]
