"""``whipbird evaluate``: compare detected events with the annotations of whole recordings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import (
    AnnotationLabel,
    Exclude,
    Hop,
    Include,
    ModelName,
    Names,
    PlaceText,
    RangeThreshold,
    Sensitivity,
    Threshold,
)
from whipbird.cli.problems import Problems
from whipbird.cli.values import choose_thresholds, load_models, parse_species
from whipbird.errors import WhipbirdError
from whipbird.models.settings import RANGE_THRESHOLD
from whipbird.system.extras import check_installed
from whipbird.terminal.printing import say_next
from whipbird_train.cli.options import (
    Annotations,
    Background,
    BoxesOnly,
    Complete,
    Json,
    Recordings,
    Tolerance,
    matching_of,
)
from whipbird_train.packages import EVALUATE, EVALUATION

__all__ = ["app"]

app = command_app()


@app.command(
    name="evaluate",
    epilog="Examples:\n\n"
    "whipbird evaluate forest/ --annotations forest.csv --model capuchinbird\n\n"
    "whipbird evaluate words.wav -a words.csv --background radio/ --out report/",
)
def evaluate(
    recordings: Recordings = None,
    annotations: Annotations = [],  # noqa: B006  (typer copies it)
    annotation_label: AnnotationLabel = None,
    background: Background = [],  # noqa: B006
    complete: Complete = False,
    boxes_only: BoxesOnly = False,
    model: ModelName = "commands",
    sensitivity: Sensitivity = "balanced",
    threshold: Threshold = [],  # noqa: B006
    hop: Hop = None,
    tolerance: Tolerance = None,
    names: Names = "en",
    place: PlaceText = None,
    range_threshold: RangeThreshold = RANGE_THRESHOLD,
    include: Include = [],  # noqa: B006
    exclude: Exclude = [],  # noqa: B006
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write evaluation.json, recordings.csv and the curve over all thresholds (curve.csv, .json, .png).",
            show_default=False,
        ),
    ] = None,
    json_: Json = False,
) -> None:
    """Compare the events detected in whole recordings with their annotations.

    The recordings run through the live path at full speed; each event can match one annotation. The last lines say
    which tolerance was used and why, and what would change with a wider one.
    """
    check_installed(EVALUATE, *EVALUATION)
    from whipbird.models.bundle import read_card
    from whipbird_train.evaluate.recorded_scores import evaluated
    from whipbird_train.evaluate.recordings import Material, score_recordings
    from whipbird_train.reports.evaluation import make_console, notes, settings_of, tables, write_evaluation

    (network,) = load_models([model], sensitivity, threshold, hop, language=names)
    card = network.card
    thresholds = choose_thresholds(threshold, [model], names)
    matching = matching_of(card, tolerance)
    if out is not None:
        with _writing(out):
            out.mkdir(parents=True, exist_ok=True)
    problems = Problems()
    species = parse_species([network], names, place, range_threshold, include, exclude)
    material = Material(recordings or [], annotations, background, complete, annotation_label, species, boxes_only)
    annotated = score_recordings(material, network, problems)
    evaluation = evaluated(annotated, card, matching)
    if out is not None:
        with _writing(out):
            write_evaluation(out, evaluation, annotated, read_card(network.folder), sensitivity, thresholds)
    if json_:
        print(json.dumps({"model": card.name, **settings_of(card, sensitivity, evaluation)} | evaluation.as_dict()))
    else:
        console = make_console()
        for table in tables(evaluation, console.width):
            console.print(table)
        for line in notes(evaluation, annotated, card):
            console.print(line, markup=False)
        if out is not None:
            console.print(f"report: {out}", markup=False)
        say_next("scan", "RECORDINGS", "--model", model, "--out", "scan")
    problems.end()


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Report a file that cannot be written."""
    try:
        yield
    except OSError as error:
        raise WhipbirdError(f"cannot write {error.filename or folder}: {error.strerror or error}") from error
