"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.errors import WhipbirdError
from whipbird_train.datasets.data_folders import DEFAULT_DATA

if TYPE_CHECKING:
    from whipbird.models.card import Card
    from whipbird_train.evaluate.matching import Matching

__all__ = [
    "Annotations",
    "Background",
    "BoxesOnly",
    "Bundle",
    "Complete",
    "Data",
    "Epochs",
    "Json",
    "Recordings",
    "Run",
    "Seed",
    "Tolerance",
    "matching_of",
]

Run = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="Folder for checkpoints, history and report. Default: runs/NAME.", show_default=False
    ),
]
Bundle = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Folder for the model. Default: models/NAME.", show_default=False)
]
Epochs = Annotated[
    int | None,
    typer.Option(min=1, metavar="COUNT", help="Number of epochs. Default: that of the recipe.", show_default=False),
]
Seed = Annotated[int, typer.Option(metavar="NUMBER", help="Random seed; the same seed gives the same examples.")]
Recordings = Annotated[
    list[str] | None, typer.Argument(help="Annotated recordings, folders, patterns.", show_default=False)
]
Annotations = Annotated[
    list[Path],
    typer.Option(
        "--annotations",
        "-a",
        metavar="FILE",
        help="Annotations: CSV (recording,begin_s,end_s,label), Raven selection tables, Audacity labels, "
        "BirdNET-Analyzer's CSV, or a folder of these; repeat for several. A label with a question mark may be "
        "detected or not.",
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help=f"Folder of data sets. Default: $WHIPBIRD_DATA, or {DEFAULT_DATA}.",
        show_default=False,
    ),
]
Background = Annotated[
    list[str],
    typer.Option(
        "--background",
        "-b",
        metavar="PATH",
        help="Recordings, folders, patterns that contain none of the labels; repeat for several.",
    ),
]
Complete = Annotated[
    bool,
    typer.Option(
        "--complete", help="Annotations are complete: recordings not named in them contain none of the labels."
    ),
]
BoxesOnly = Annotated[
    bool,
    typer.Option(
        "--boxes-only",
        help="Only the annotated times are judged: an event that overlaps no annotation is neither right nor wrong. "
        "For recordings that were annotated in part; annotate other sounds with labels such as _other.",
    ),
]
Tolerance = Annotated[
    float | None,
    typer.Option(
        min=0,
        metavar="SECONDS",
        help="Largest distance of an event from its annotation. Default: 0.5 s between the middles of words, 1 s "
        "between the starts of calls, 1 s from an event that overlaps none for models of species such as BirdNET, of "
        "which one event may cover several songs.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def matching_of(card: Card, tolerance_s: float | None) -> Matching:
    """The matching for a model, with another tolerance if one is given.

    Raises
    ------
    WhipbirdError
        If the tolerance is invalid.
    """
    from whipbird_train.evaluate.matching import Matching, usual_matching

    usual = usual_matching(card)
    try:
        return usual if tolerance_s is None else Matching(tolerance_s, usual.at)
    except ValueError as error:
        raise WhipbirdError(f"--tolerance: {error}") from error
