"""``whipbird calibrate``: choose a model's thresholds for a given rate of false alarms."""

from __future__ import annotations

import json
import shlex
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import AnnotationLabel, Exclude, Include, ModelName, Names, PlaceText, RangeThreshold
from whipbird.cli.problems import Problems
from whipbird.cli.values import parse_species
from whipbird.errors import WhipbirdError
from whipbird.models.settings import RANGE_THRESHOLD
from whipbird.system.extras import check_installed
from whipbird.terminal.printing import say
from whipbird.text import choice, listed
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

MOST_NAMED = 30  # labels in a line


@app.command(
    name="calibrate",
    epilog="Example:\n\n"
    "whipbird calibrate words.wav -a words.csv --background radio/ --target 1 --out my-commands\n\n"
    "whipbird listen --model my-commands --sensitivity strict\n\n"
    "whipbird calibrate --reviews forest.sqlite --model capuchinbird --right 0.9",
)
def calibrate(
    recordings: Recordings = None,
    annotations: Annotations = [],  # noqa: B006  (typer copies it)
    annotation_label: AnnotationLabel = None,
    background: Background = [],  # noqa: B006
    complete: Complete = False,
    boxes_only: BoxesOnly = False,
    model: ModelName = "commands",
    target: Annotated[
        float,
        typer.Option(min=1e-3, metavar="RATE", help="False alarms per hour, over all labels, at the balanced point."),
    ] = 1.0,
    reviews: Annotated[
        Path | None,
        typer.Option(
            metavar="DATABASE",
            help="Choose thresholds by the verdicts on the events of this database or scan instead; see "
            "[bold]whipbird review[/bold].",
            show_default=False,
        ),
    ] = None,
    right: Annotated[
        float,
        typer.Option(min=0.01, max=0.999, metavar="SHARE", help="With --reviews: share of the events to be right."),
    ] = 0.9,
    clips: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="With --reviews: clips to use where recordings are gone.",
            show_default=False,
        ),
    ] = None,
    by_room: Annotated[
        bool,
        typer.Option(
            "--by-room",
            help="With --reviews: thresholds for each room of [bold]whipbird wyoming[/bold], written into the file "
            "--out; those of other rooms and models in it are kept.",
        ),
    ] = False,
    near: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="With --by-room: judged near misses, from --near-misses; with them, thresholds may become lower.",
            show_default=False,
        ),
    ] = None,
    tolerance: Tolerance = None,
    names: Names = "en",
    place: PlaceText = None,
    range_threshold: RangeThreshold = RANGE_THRESHOLD,
    include: Include = [],  # noqa: B006
    exclude: Exclude = [],  # noqa: B006
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Folder of the copy. Default: MODEL-calibrated.", show_default=False),
    ] = None,
    json_: Json = False,
) -> None:
    """Choose thresholds, smoothing and refractory times for a given number of false alarms per hour.

    They are written as operating points into a copy of the model, named as its folder: balanced, strict (a tenth of
    the false alarms) and eager (five times as many). With annotated recordings, the settings with the fewest misses are
    chosen; without, one threshold for all labels. The rate is that expected in other background; a longer background
    makes the estimate less cautious.

    With --reviews, each label gets the lowest threshold above which the wanted share of its events is right. A table
    shows thresholds, precision and what is kept, before and after; a copy of the model is written only with --out.
    With --by-room as well, the table and the thresholds are those of each room.
    """
    check_installed(EVALUATE, *EVALUATION)
    if reviews is not None:
        if recordings or annotations or background:
            raise typer.BadParameter("--reviews: do not combine it with recordings, annotations or background")
        if by_room:
            _by_room(reviews, model, right, clips, near, out, json_)
        elif near is not None:
            raise typer.BadParameter("--near: give --by-room as well")
        else:
            _by_reviews(reviews, model, right, clips, out, json_)
        return
    if by_room or near is not None:
        raise typer.BadParameter("--by-room and --near: give --reviews as well")
    from whipbird.importers.bundle_files import model_name
    from whipbird.models.model import Model
    from whipbird_train.evaluate.calibration import calibrate as find_points
    from whipbird_train.evaluate.calibration import calibrated_card
    from whipbird_train.evaluate.recorded_scores import relevant_labels
    from whipbird_train.evaluate.recordings import Material, score_recordings
    from whipbird_train.export.bundle_folder import check_target, copy_bundle
    from whipbird_train.reports.evaluation import make_console, points_table
    from whipbird_train.reports.model_page import recalibrated_page

    if not background:
        raise WhipbirdError(
            "no background to count false alarms in; give recordings without any of the labels with --background PATH"
        )
    network = Model(model)
    matching = matching_of(network.card, tolerance)
    folder = out or Path(f"{network.card.name}-calibrated")
    check_target(folder)
    problems = Problems()
    species = parse_species([network], names, place, range_threshold, include, exclude)
    material = Material(recordings or [], annotations, background, complete, annotation_label, species, boxes_only)
    annotated = score_recordings(material, network, problems)
    points = find_points(annotated, network.card, matching, target)
    card = calibrated_card(network.card, points).model_copy(update={"name": model_name(folder.resolve().name)})
    copy_bundle(network.folder, folder, card, partial(recalibrated_page, card=network.card, copy=card))
    labels = relevant_labels(annotated, network.card)
    if json_:
        described = {
            name: {
                "hits": point.hits,
                "false": point.false,
                **point.as_dict(),
                "settings": {label: point.settings[label].model_dump() for label in labels},
            }
            for name, point in points.items()
        }
        print(json.dumps({"model": str(folder), "points": described}))
    else:
        console = make_console()
        console.print(points_table(points))
        for name, point in points.items():
            if point.expected > point.allowed:
                console.print(f"{name}: no threshold has so few false alarms; the settings with the fewest are used")
        named = {annotation.label for _, truth in annotated for annotation in truth}
        rest = [label for label in labels if label not in named]
        if named & set(network.card.debounce) and rest:
            console.print(f"not annotated, set to the fewest false alarms: {listed(rest, MOST_NAMED)}", markup=False)
        if others := len(network.card.debounce) - len(labels):
            console.print(f"without a sound or a score, as they were: {others:,} labels")
        console.print(f"model: {folder}\nnext: whipbird listen --model {shlex.quote(str(folder))}", markup=False)
    problems.end()


def _by_room(
    reviews: Path, name: str, right: float, clips: Path | None, near: Path | None, out: Path | None, as_json: bool
) -> None:
    """Choose thresholds for each room by verdicts; show them, and write them into a file if one is given."""
    from whipbird.home.near_misses import DATABASE
    from whipbird.home.room_thresholds import NO_ROOM_THRESHOLDS, read_room_thresholds, write_room_thresholds
    from whipbird.models.model import Model
    from whipbird.review.clip_sound import ClipFolders
    from whipbird.review.judged_events import JudgedEvents
    from whipbird_train.evaluate.by_room import reviewed_rooms, room_table
    from whipbird_train.reports.evaluation import make_console
    from whipbird_train.reports.reviews import rooms_object, rooms_table

    network = Model(name)
    missed = [] if near is None else JudgedEvents(near / DATABASE).recordings()
    folders = [folder for folder in (clips, near) if folder is not None]
    sounds = ClipFolders(folders) if folders else None
    rooms = reviewed_rooms(JudgedEvents(reviews).recordings(), missed, network, right, sounds, say)
    if not rooms:
        raise WhipbirdError(f"{reviews}: no verdicts on events of {network.card.name}; whipbird review {reviews}")
    table = room_table(network.card.name, rooms)
    if out is not None and table:
        known = read_room_thresholds(out) if out.exists() else NO_ROOM_THRESHOLDS
        write_room_thresholds(out, known.updated(table))
    if as_json:
        print(json.dumps(rooms_object(rooms)))
        return
    console = make_console()
    console.print(rooms_table(rooms))
    if out is not None and table:
        console.print(f"next: whipbird wyoming --room-thresholds {shlex.quote(str(out))}", markup=False)
    elif table:
        console.print("nothing is written yet; give a file with --out rooms.json", markup=False)


def _by_reviews(reviews: Path, name: str, right: float, clips: Path | None, out: Path | None, as_json: bool) -> None:
    """Choose thresholds by verdicts; show them, and write them into a copy if a folder is given."""
    from whipbird.importers.bundle_files import model_name
    from whipbird.models.model import Model
    from whipbird.review.clip_sound import KeptClips
    from whipbird.review.judged_events import JudgedEvents
    from whipbird.review.sampling import candidates_of
    from whipbird_train.evaluate.reviewed import reviewed_card, reviewed_labels
    from whipbird_train.export.bundle_folder import check_target, copy_bundle
    from whipbird_train.reports.evaluation import make_console
    from whipbird_train.reports.reviews import reviewed_object, reviewed_page, reviewed_table

    network = Model(name)
    if out is not None:
        check_target(out)
    candidates = candidates_of(JudgedEvents(reviews).recordings())
    models = sorted({one.event.model for one in candidates})
    if network.card.name not in models:
        raise WhipbirdError(f"{reviews}: no events of {network.card.name}; {choice(network.card.name, models)}")
    labels = reviewed_labels(candidates, network, right, None if clips is None else KeptClips(clips), say)
    if not labels:
        raise WhipbirdError(f"{reviews}: no verdicts on events of {network.card.name}; whipbird review {reviews}")
    changed = any(one.after is not None for one in labels)
    if out is not None and changed:
        card = reviewed_card(network.card, labels, right).model_copy(update={"name": model_name(out.resolve().name)})
        copy_bundle(network.folder, out, card, lambda page: reviewed_page(page, network.card, card))
    if as_json:
        print(json.dumps({"model": None if out is None or not changed else str(out), **reviewed_object(labels)}))
        return
    console = make_console()
    console.print(reviewed_table(labels))
    copy = shlex.quote(str(out or f"{network.card.name}-reviewed"))
    if out is not None and changed:
        console.print(f"model: {out}\nnext: whipbird listen --model {copy}", markup=False)
    elif changed:
        console.print(
            f"nothing is changed yet; next: whipbird calibrate --reviews {shlex.quote(str(reviews))} --model "
            f"{shlex.quote(name)} --right {right:g} --out {copy}",
            markup=False,
            soft_wrap=True,
        )
