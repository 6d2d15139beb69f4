"""``whipbird inspect``: show the facts of recordings, their pictures, annotations and detections."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import AnnotationLabel, Channel, Hop, Sensitivity, Threshold
from whipbird.cli.problems import Problems
from whipbird.errors import WhipbirdError
from whipbird.inspect.view import View
from whipbird.terminal.printing import say

if TYPE_CHECKING:
    from whipbird.formats.annotation import Annotation
    from whipbird.inspect.look import LookSettings

__all__ = ["app"]

IN_TERMINAL = (View.WAVEFORM, View.STFT)  # unless others are asked for; they need no more packages

app = command_app()


@app.command(
    name="inspect",
    epilog="Examples:\n\n"
    "whipbird inspect forest.wav\n\n"
    "whipbird inspect forest.wav --model capuchinbird --annotations calls.csv --out forest.png\n\n"
    "whipbird inspect forest.wav --view mel --from 1:02:30 --to 1:03:00 --out mel.png\n\n"
    "whipbird inspect recordings/ --json",
)
def inspect(
    recordings: Annotated[list[str], typer.Argument(help="Recordings (WAV, FLAC, OGG, MP3), folders, patterns.")],
    view: Annotated[
        list[View],
        typer.Option(
            "--view",
            help="Show only this view; repeat for several. Default: all in a figure, two in a terminal.",
        ),
    ] = [],  # noqa: B006  (typer copies it)
    start: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Start here: seconds, or hours:minutes:seconds.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="End here.")] = None,
    model: Annotated[
        list[str],
        typer.Option("--model", "-m", metavar="MODEL", help="Mark what this model detects; repeat for several."),
    ] = [],  # noqa: B006
    sensitivity: Sensitivity = "balanced",
    threshold: Threshold = [],  # noqa: B006
    hop: Hop = None,
    annotations: Annotated[
        list[Path],
        typer.Option(
            "--annotations",
            "-a",
            metavar="FILE",
            help="Mark these annotations: CSV, Raven selection tables, Audacity labels, BirdNET-Analyzer's CSV, or a "
            "folder of these files.",
        ),
    ] = [],  # noqa: B006
    annotation_label: AnnotationLabel = None,
    channel: Channel = "mix",
    time_zone: Annotated[
        str | None,
        typer.Option(
            metavar="ZONE", help="Time zone of recordings that do not state theirs, such as Australia/Sydney."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Draw a figure into this .png file; for several recordings, an existing folder.",
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print only the facts, one JSON object per line.")] = False,
) -> None:
    """Show the facts of recordings: format, levels, flaws, and pictures of the sound.

    On a terminal, the waveform and spectrogram are drawn in it. In long recordings, a column of a picture shows the
    loudest of its sound, so that short calls can be seen.
    """
    from whipbird.cli.values import load_models, parse_channel, parse_time_s, parse_time_zone
    from whipbird.recordings.files import find_recordings

    begin_s, end_s = parse_time_s(start, "--from") or 0.0, parse_time_s(end, "--to")
    if end_s is not None and end_s <= begin_s:
        raise typer.BadParameter(f"--to {end}: must be later than --from")
    channel_number, zone = parse_channel(channel), parse_time_zone(time_zone)
    problems = Problems()
    paths = list(find_recordings(recordings, problems))
    pictures = _pictures(out, paths)
    if out is not None:
        from whipbird.system.extras import check_installed

        check_installed("inspect", "librosa", "matplotlib")
    from whipbird.inspect.look import LookSettings

    settings = LookSettings(
        channel_number,
        begin_s,
        end_s,
        zone,
        load_models(model, sensitivity, threshold, hop),
        _annotations(annotations, annotation_label),
    )
    for position, path in enumerate(paths):
        try:
            problem = _show(path, settings, view, pictures.get(path), json_, first=position == 0)
        except WhipbirdError as error:
            problem = str(error)
        if problem:
            problems(problem)
    problems.end()


def _show(path: str, settings: LookSettings, views: list[View], picture: Path | None, json_: bool, first: bool) -> str:
    """Print or draw one recording; returns what is wrong with it."""
    from rich.console import Console

    from whipbird.inspect.look import find_lanes, look_into

    facts, survey = look_into(path, settings)
    if json_:
        print(json.dumps(facts.as_object()), flush=True)
    else:
        from whipbird.inspect.facts_table import facts_table

        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = max(console.width, 120)
        if not first:
            console.print()
        console.print(facts_table(facts, console.width))
    if picture is not None:
        from whipbird.inspect.figure import draw, save

        save(draw(facts, survey, views or list(View), find_lanes(path, settings, survey, say)), picture)
        if not json_:
            console.print(f"  picture: {picture}", markup=False, soft_wrap=True)
    elif not json_ and (views or console.is_terminal):
        from whipbird.inspect.terminal_views import print_views

        print_views(console, survey, views or IN_TERMINAL, find_lanes(path, settings, survey, say))
    return facts.problem


def _pictures(out: Path | None, recordings: list[str]) -> dict[str, Path]:
    """Path of the picture of each recording."""
    if out is None:
        return {}
    from whipbird.inspect.figure import SUFFIX
    from whipbird.inspect.look import picture_paths

    try:
        return picture_paths(out, recordings, SUFFIX)
    except ValueError as error:
        raise typer.BadParameter(f"--out {error}") from error


def _annotations(files: list[Path], unlabelled: str | None) -> Mapping[str, list[Annotation]] | None:
    from whipbird.formats.annotation_files import read_all

    return read_all(files, unlabelled) if files else None
