"""``whipbird train extrapolate``: predict the rest of a clip from its first part, and score the prediction."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from whipbird.system.extras import check_installed
from whipbird_train.datasets.data_folders import DEFAULT_DATA, find_data
from whipbird_train.packages import EXTRAPOLATION, TRAIN

__all__ = ["EXAMPLES", "extrapolate"]

EXAMPLES = (
    "Examples:\n\nwhipbird train extrapolate\n\nwhipbird train extrapolate --speaker theo --digit 7 --share 0.25 "
    "--out completed/\n\nwhipbird train extrapolate --data my-words/lumos --rate 16000"
)


def extrapolate(
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Short clips of one sound, or spoken digits named DIGIT_SPEAKER_TAKE. Default: spoken-digits in "
            f"$WHIPBIRD_DATA, or in {DEFAULT_DATA}.",
            show_default=False,
        ),
    ] = None,
    speaker: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Speaker of spoken digits. Default: jackson, or the first speaker found.",
            show_default=False,
        ),
    ] = None,
    digit: Annotated[
        int | None,
        typer.Option(min=0, max=9, metavar="DIGIT", help="Digit, for spoken digits. Default: 0.", show_default=False),
    ] = None,
    share: Annotated[
        float, typer.Option(min=0, max=1, metavar="SHARE", help="Share of each clip that is given.")
    ] = 0.5,
    rate: Annotated[int, typer.Option(min=4000, max=48_000, metavar="HZ", help="Sampling rate in Hz.")] = 8000,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FOLDER",
            help="New or empty folder for sounds (original, provided, completed), scores and figures.",
            show_default=False,
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
) -> None:
    """Predict the rest of a clip from its first part, by regression on other takes.

    All takes are cut to the length of the shortest; each is completed by methods trained on the others.
    """
    check_installed(TRAIN, *EXTRAPOLATION)
    from whipbird_train.extrapolate.experiment import complete_all
    from whipbird_train.extrapolate.results import as_object, check_target, score_table, write_results
    from whipbird_train.extrapolate.takes import find_takes, read_takes
    from whipbird_train.reports.evaluation import make_console

    paths = find_takes(data or find_data("spoken-digits"), speaker, digit)
    if out is not None:
        check_target(out)
    takes = read_takes(paths, share, rate)
    outcomes = complete_all(takes)
    if json_:
        print(json.dumps(as_object(takes, outcomes)))
    else:
        make_console().print(score_table(takes, outcomes))
    if out is not None:  # last, so that the scores are printed even if the disk is full
        write_results(out, takes, outcomes)
