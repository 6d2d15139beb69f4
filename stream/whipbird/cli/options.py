"""Command-line options that several commands share."""

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
        "--model",
        "-m",
        metavar="MODEL",
        help="Installed model, or the folder of a model.",
        autocompletion=_complete_models,
    ),
]
ModelNames = Annotated[
    list[str],
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        help="Installed model, or the folder of a model; repeat for several at once.",
        autocompletion=_complete_models,
    ),
]
Labels = Annotated[
    list[str], typer.Option("--label", "-l", metavar="LABEL", help="Report only this label; repeat for several.")
]
Sensitivity = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="How readily events are reported: [bold]strict[/bold], [bold]balanced[/bold] or [bold]eager[/bold], as "
        "far as the model's card defines them.",
        autocompletion=lambda: ["strict", "balanced", "eager"],
    ),
]
Channel = Annotated[
    str, typer.Option(metavar="CHANNEL", help="Channel to process, counted from 1, or [bold]mix[/bold].")
]
Plain = Annotated[bool, typer.Option("--plain", help="Print one line per event instead of the dashboard.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
TimeZone = Annotated[
    str | None,
    typer.Option(
        metavar="ZONE",
        help="Time zone of recordings that do not state theirs, such as Australia/Sydney or +10:00. Default: the "
        "system's.",
    ),
]
