"""``whipbird evaluate`` and ``whipbird calibrate``."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from stream.card import Card
    from stream.model import Model
    from train.evaluate.annotations import Annotation
    from train.evaluate.listening import Listened
    from train.evaluate.matching import Matching

__all__ = ["calibrate_app", "evaluate_app"]

log = logging.getLogger(__name__)

NOT_A_LABEL = "_"  # so begin names of what is not to be heard
WIDTH = 120  # of tables that no terminal shows
OPTIONS = {"help_option_names": ["-h", "--help"]}

evaluate_app = typer.Typer(context_settings=OPTIONS, rich_markup_mode="rich")
calibrate_app = typer.Typer(context_settings=OPTIONS, rich_markup_mode="rich")

Recordings = Annotated[
    list[str] | None, typer.Argument(help="Annotated recordings, folders, patterns.", show_default=False)
]
Annotations = Annotated[
    list[Path],
    typer.Option(
        "--annotations",
        "-a",
        metavar="FILE",
        help="What is in them: CSV (recording,begin_s,end_s,label), Raven selection tables, Audacity labels, or a "
        "folder of these; repeat for several. A label with a question mark may be heard or not.",
    ),
]
Background = Annotated[
    list[str],
    typer.Option(
        "--background",
        "-b",
        metavar="PATH",
        help="Recordings, folders, patterns in which nothing is to be heard; repeat for several.",
    ),
]
Complete = Annotated[
    bool, typer.Option("--complete", help="The annotations are complete: recordings not named in them hold nothing.")
]
ModelName = Annotated[str, typer.Option("--model", "-m", metavar="MODEL", help="Installed model or folder of one.")]
Tolerance = Annotated[
    float | None,
    typer.Option(
        min=0,
        metavar="SECONDS",
        help="How far an event may lie from its annotation. Default: 0.5 s between the middles of words, 1 s between "
        "the begins of calls.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


@evaluate_app.command(
    name="evaluate",
    epilog="Examples:\n\n"
    "whipbird evaluate forest/ --annotations forest.csv --model capuchinbird\n\n"
    "whipbird evaluate words.wav -a words.csv --background radio/ --out report/",
)
def evaluate(
    recordings: Recordings = None,
    annotations: Annotations = [],  # noqa: B006  (typer copies it)
    background: Background = [],  # noqa: B006
    complete: Complete = False,
    model: ModelName = "commands",
    sensitivity: Annotated[
        str, typer.Option(metavar="NAME", help="Operating point of the model: strict, balanced, eager.")
    ] = "balanced",
    tolerance: Tolerance = None,
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
    """Compare what is heard in whole recordings with what is there.

    The recordings run through the live path at full speed; each event can be right about one annotation.
    """
    from stream.model import Model, read_card
    from train.evaluate.listening import evaluated

    network = Model(model, sensitivity)
    card = network.card
    matching = _matching(network, tolerance)
    if out is not None:
        with _writing(out):
            out.mkdir(parents=True, exist_ok=True)
    listened = _listen(recordings or [], annotations, background, complete, network)
    evaluation = evaluated(listened, card, matching)
    if out is not None:
        from train.evaluate.report import write_evaluation

        with _writing(out):
            write_evaluation(out, evaluation, listened, read_card(network.folder), sensitivity)
    if json_:
        print(json.dumps({"model": card.name, "sensitivity": sensitivity} | evaluation.as_dict()))
        return
    from train.evaluate.report import tables

    console = _console()
    for table in tables(evaluation, console.width):
        console.print(table)
    if out is not None:
        console.print(f"report: {out}", markup=False)


@calibrate_app.command(
    name="calibrate",
    epilog="Example:\n\n"
    "whipbird calibrate words.wav -a words.csv --background radio/ --target 1 --out my-commands\n\n"
    "whipbird listen --model my-commands --sensitivity strict",
)
def calibrate(
    recordings: Recordings = None,
    annotations: Annotations = [],  # noqa: B006
    background: Background = [],  # noqa: B006
    complete: Complete = False,
    model: ModelName = "commands",
    target: Annotated[
        float, typer.Option(min=1e-3, metavar="RATE", help="False alarms per hour, over all labels, when balanced.")
    ] = 1.0,
    tolerance: Tolerance = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Copy of the model to write. Default: MODEL-calibrated.", show_default=False
        ),
    ] = None,
    json_: Json = False,
) -> None:
    """Choose thresholds, smoothing and refractory time for so many false alarms per hour.

    They are written into a copy of the model as operating points: balanced, strict (a tenth of the false alarms) and
    eager (five times as many). With annotated recordings, what is missed least is chosen; without, one threshold for
    all labels.
    """
    from stream.errors import WhipbirdError
    from stream.model import Model
    from train.bundle import check_target, copy_bundle
    from train.evaluate.calibration import calibrate as find_points
    from train.evaluate.calibration import calibrated_card
    from train.evaluate.intervals import poisson_rate

    if not background:
        raise WhipbirdError("false alarms are counted in recordings in which nothing is to be heard: --background PATH")
    network = Model(model)
    matching = _matching(network, tolerance)
    folder = out or Path(f"{network.card.name}-calibrated")
    check_target(folder)
    listened = _listen(recordings or [], annotations, background, complete, network)
    points = find_points(listened, network.card, matching, target)
    copy_bundle(network.folder, folder, calibrated_card(network.card, points))
    if json_:
        described = {
            name: {
                "annotations": point.annotations,
                "hits": point.hits,
                "false": point.false,
                "false_alarms_per_hour": poisson_rate(point.false, point.hours).as_list(),
                "settings": {label: settings.model_dump() for label, settings in point.settings.items()},
            }
            for name, point in points.items()
        }
        print(json.dumps({"model": str(folder), "hours": round(points["balanced"].hours, 4), "points": described}))
        return
    from train.evaluate.report import points_table

    console = _console()
    console.print(points_table(points))
    for name, point in points.items():
        if point.false > point.allowed:
            console.print(f"{name}: no threshold has so few false alarms; these are the fewest")
    named = {annotation.label for _, truth in listened for annotation in truth}
    rest = [label for label in network.card.debounce if label not in named]
    if named & set(network.card.debounce) and rest:
        console.print(f"nothing annotated, fewest false alarms chosen: {', '.join(rest)}", markup=False)
    console.print(f"model: {folder}", markup=False)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Say what cannot be written."""
    from stream.errors import WhipbirdError

    try:
        yield
    except OSError as error:
        raise WhipbirdError(f"cannot write {error.filename or folder}: {error.strerror or error}") from error


def _console() -> Console:
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH)


def _matching(model: Model, tolerance_s: float | None) -> Matching:
    from stream.errors import WhipbirdError
    from train.evaluate.matching import CALLS, WORDS, Matching

    try:
        usual = CALLS if model.card.report == "end" else WORDS
        return usual if tolerance_s is None else Matching(tolerance_s, usual.at)
    except ValueError as error:
        raise WhipbirdError(f"--tolerance: {error}") from error


def _listen(
    recordings: list[str], files: list[Path], background: list[str], complete: bool, model: Model
) -> list[tuple[Listened, list[Annotation]]]:
    """Hear all recordings; each comes with its annotations."""
    from stream.errors import WhipbirdError
    from stream.sources.replay import find_recordings
    from train.evaluate.annotation_files import read_all
    from train.evaluate.annotations import find
    from train.evaluate.listening import listen_to
    from train.evaluate.recording_names import short_names
    from train.progress import tracked

    if not model.card.debounce:
        raise WhipbirdError(f"{model.card.name} reports nothing: its card has no debounce settings")
    annotated = read_all(files) if files else {}
    work: list[tuple[Path, list[Annotation]]] = []
    for path in map(Path, find_recordings(recordings)):
        truth = find(annotated, path)
        if truth is None and not complete:
            raise WhipbirdError(
                f"no annotations for {path}; if nothing is to be heard there, use --background or --complete"
            )
        work.append((path, truth or []))
    work += [(Path(path), []) for path in find_recordings(background)]
    if not work:
        raise WhipbirdError("nothing to hear: name recordings and their --annotations, or a --background")
    _warn_of_others((annotation for _, truth in work for annotation in truth), model.card)
    names = short_names([path for path, _ in work])
    return [
        (replace(listen_to(path, model), name=name), truth)
        for name, (path, truth) in tracked(list(zip(names, work, strict=True)), "listening")
    ]


def _warn_of_others(annotations: Iterable[Annotation], card: Card) -> None:
    """Say which labels count as background, but for those that are meant to."""
    names = {annotation.name for annotation in annotations} - card.debounce.keys()
    others = sorted(name for name in names if not name.startswith(NOT_A_LABEL))
    if others:
        reported = ", ".join(card.debounce)
        log.warning("annotations of %s count as background: %s reports %s", ", ".join(others), card.name, reported)
