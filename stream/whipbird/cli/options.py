"""Command-line options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "FILES",
    "AnnotationLabel",
    "Channel",
    "Embeddings",
    "EventLabels",
    "EventSources",
    "Exclude",
    "Hop",
    "Include",
    "Json",
    "Labels",
    "LeastScore",
    "ModelName",
    "ModelNames",
    "Names",
    "PlaceText",
    "Plain",
    "RangeThreshold",
    "Sensitivity",
    "Since",
    "Threshold",
    "TimeZone",
    "Until",
    "Windows",
    "complete_models",
]


def complete_models() -> list[str]:
    from whipbird.models.bundle import find_bundles

    return sorted(find_bundles())


FILES, SPECIES = "Output to files", "Species"
ModelName = Annotated[
    str,
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        help="Installed model, or the folder of a model.",
        autocompletion=complete_models,
    ),
]
ModelNames = Annotated[
    list[str],
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        help="Installed model, or the folder of a model; repeat for several at once.",
        autocompletion=complete_models,
    ),
]
Labels = Annotated[
    list[str],
    typer.Option(
        "--label",
        "-l",
        metavar="LABEL",
        help="Report only this label: by its scientific name, common name or code, if it has some; repeat for several.",
    ),
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
Hop = Annotated[
    float | None,
    typer.Option(
        "--hop",
        metavar="SECONDS",
        help="Seconds from one window to the next, for models whose windows are sound itself; 0.5 to 3 for BirdNET.",
        show_default=False,
    ),
]
Windows = Annotated[
    Path | None,
    typer.Option(
        "--windows",
        metavar="FILE",
        rich_help_panel=FILES,
        help="Also write the scores of every window that reach the threshold to this .csv file, in the columns of "
        "BirdNET-Analyzer.",
        show_default=False,
    ),
]
Embeddings = Annotated[
    Path | None,
    typer.Option(
        "--embeddings",
        metavar="FOLDER",
        rich_help_panel=FILES,
        help="Also write the embedding of every window, if the model has embeddings, to Parquet files in this new "
        "folder.",
        show_default=False,
    ),
]
Threshold = Annotated[
    list[str],
    typer.Option(
        metavar="SCORE",
        help="Score between 0 and 1 at which an event starts, or LABEL=SCORE for one label; repeat for several. "
        "Replaces the scores that [bold]--sensitivity[/bold] chooses; its other settings remain.",
        show_default=False,
    ),
]
AnnotationLabel = Annotated[
    str | None,
    typer.Option(
        metavar="LABEL",
        help="Label of annotations that have none, as in Raven tables without a column of labels.",
        show_default=False,
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="TIME",
        help="Only from this date or time on, such as 2024-05-01 or 2024-05-01T18:30, by each recording's own clock.",
        show_default=False,
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="TIME", help="Only up to the end of this date, or before this time.", show_default=False
    ),
]
EventLabels = Annotated[
    list[str],
    typer.Option(
        "--label",
        "-l",
        metavar="LABEL",
        help="Only this label: by its scientific name, common name or code, if it has some; repeat for several.",
        show_default=False,
    ),
]
EventSources = Annotated[
    list[str],
    typer.Option(
        "--source",
        metavar="NAME",
        help="Only this source: a microphone, feed, folder or recording, the end of a path, or a pattern; repeat for "
        "several.",
        show_default=False,
    ),
]
LeastScore = Annotated[
    float, typer.Option("--min-score", min=0, max=1, metavar="SCORE", help="Only events with at least this score.")
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
Names = Annotated[
    str,
    typer.Option(
        "--names",
        metavar="LANGUAGE",
        rich_help_panel=SPECIES,
        help="Language of common names, such as [bold]de[/bold] or [bold]pt-br[/bold]; [bold]scientific[/bold] for "
        "none.",
    ),
]
PlaceText = Annotated[
    str | None,
    typer.Option(
        "--place",
        metavar="LAT,LON",
        rich_help_panel=SPECIES,
        help="Report only species of this place and of the week of the recording, if the model has a range model: "
        "degrees north and east, such as 47.6,8.2.",
        show_default=False,
    ),
]
RangeThreshold = Annotated[
    float,
    typer.Option(
        min=0,
        max=1,
        metavar="PROBABILITY",
        rich_help_panel=SPECIES,
        help="How probable a species must be at the place.",
    ),
]
Include = Annotated[
    list[str],
    typer.Option(
        metavar="FILE|NAMES",
        rich_help_panel=SPECIES,
        help="Report only these species, besides those of the [bold]--place[/bold]: a file with a name on each line, "
        "or names with commas between them; repeat for several.",
        show_default=False,
    ),
]
Exclude = Annotated[
    list[str],
    typer.Option(
        metavar="FILE|NAMES",
        rich_help_panel=SPECIES,
        help="Do not report these, given as with [bold]--include[/bold].",
        show_default=False,
    ),
]
