"""``whipbird inspect``: a look into recordings, with their annotations, which the runtime cannot read."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import Channel
from whipbird.errors import WhipbirdError
from whipbird.inspect.view import View
from whipbird.terminal.printing import has_screen, say

if TYPE_CHECKING:
    from whipbird.formats.annotation import Annotation
    from whipbird.inspect.marks import Lane
    from whipbird.inspect.survey import Survey
    from whipbird.models.model import Model

__all__ = ["app"]

IN_TERMINAL = (View.WAVEFORM, View.STFT)  # unless others are asked for; they need no more packages

app = command_app()


@dataclass(frozen=True)
class _Wanted:
    """What is to be looked at in each recording."""

    channel: int | None
    begin_s: float
    end_s: float | None
    zone: tzinfo | None
    models: list[Model]
    annotations: Mapping[str, list[Annotation]] | None


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
        list[View], typer.Option("--view", help="This view alone; repeat for several. Default: all of them.")
    ] = [],  # noqa: B006  (typer copies it)
    begin: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Begin here: seconds, or hours:minutes:seconds.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="End here.")] = None,
    model: Annotated[
        list[str],
        typer.Option("--model", "-m", metavar="MODEL", help="Mark what this model hears; repeat for several."),
    ] = [],  # noqa: B006
    annotations: Annotated[
        list[Path],
        typer.Option(
            "--annotations",
            "-a",
            metavar="FILE",
            help="Mark what is noted here: CSV, Raven selection tables, Audacity labels, or a folder of these.",
        ),
    ] = [],  # noqa: B006
    channel: Channel = "mix",
    time_zone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Time zone of recordings that do not tell theirs, as Australia/Sydney."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Draw a figure, as .png; of several recordings, a folder for them."
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="The facts alone, one JSON object per line.")] = False,
) -> None:
    """Look into recordings: what they are, how they sound, and what can be seen in them.

    On a terminal, waveform and spectrogram are drawn in it. Where a picture has fewer columns than there is sound, a
    column shows the loudest of it, so that short calls are seen in long recordings.
    """
    from whipbird.cli.values import load_models, moment_s, parse_channel, parse_time_zone
    from whipbird.recordings.files import find_recordings

    begin_s, end_s = moment_s(begin, "--from") or 0.0, moment_s(end, "--to")
    if end_s is not None and end_s <= begin_s:
        raise typer.BadParameter(f"--to {end}: must be later than --from")
    number, zone = parse_channel(channel), parse_time_zone(time_zone)
    paths = list(find_recordings(recordings))
    pictures = _pictures(out, paths)
    if out is not None:
        from whipbird.system.extras import check_installed

        check_installed("inspect", "librosa", "matplotlib")
    wanted = _Wanted(number, begin_s, end_s, zone, load_models(model), _annotations(annotations))
    failed = False
    for place, path in enumerate(paths):
        try:
            problem = _look(path, wanted, view, pictures.get(path), json_, first=place == 0)
        except WhipbirdError as error:
            problem = str(error)
        if problem:
            say(problem)
            failed = True
    if failed:
        raise typer.Exit(1)


def _look(path: str, wanted: _Wanted, views: list[View], picture: Path | None, json_: bool, first: bool) -> str:
    """Look into one recording; returns what is wrong with it."""
    from rich.console import Console

    from whipbird.inspect.facts import facts_of, form_of
    from whipbird.inspect.survey import survey
    from whipbird.recordings.reader import Recording

    recording = Recording(path)  # tells more clearly than what follows why one cannot be opened
    try:
        form = form_of(path)
        found = survey(recording, form.encoding, wanted.channel, wanted.begin_s, wanted.end_s)
    finally:
        recording.close()
    facts = facts_of(path, form, found, wanted.zone)
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

        save(draw(facts, found, views or list(View), _lanes(path, wanted, found)), picture)
        if not json_:
            console.print(f"  picture: {picture}", markup=False, soft_wrap=True)
    elif not json_ and (views or console.is_terminal):
        from whipbird.inspect.terminal_views import print_views

        print_views(console, found, views or IN_TERMINAL, _lanes(path, wanted, found))
    return facts.problem


def _lanes(path: str, wanted: _Wanted, found: Survey) -> list[Lane]:
    """What is noted of a recording, and what models hear in it."""
    from rich.console import Console

    from whipbird.inspect.marks import Lane, Mark, heard_by

    lanes = []
    if wanted.annotations is not None:
        from whipbird.formats.annotation import annotations_of

        noted = annotations_of(wanted.annotations, Path(path))
        if noted is None:
            say(f"no annotations for {path}")
        marks = sorted(Mark(one.begin_s, one.end_s, one.label) for one in noted or ())
        lanes.append(Lane("noted", True, tuple(marks)))
    if wanted.models:
        with Console(stderr=True).status("listening") if has_screen(sys.stderr) else nullcontext():
            heard, _ = heard_by(wanted.models, path, wanted.channel, found.end_s)
        lanes += heard
    return lanes


def _pictures(out: Path | None, paths: list[str]) -> dict[str, Path]:
    """From recording to its picture."""
    if out is None:
        return {}
    from whipbird.inspect.figure import SUFFIX
    from whipbird.recordings.short_names import short_names

    if len(paths) == 1 and not out.is_dir():
        if out.suffix.lower() != SUFFIX:
            raise typer.BadParameter(f"--out {out}: no known kind of picture; name it {SUFFIX}")
        return {paths[0]: out}
    if not out.is_dir():
        raise typer.BadParameter(f"--out {out}: of several recordings, name a folder that is there")
    names = short_names([Path(path) for path in paths])
    return {path: out / f"{name.replace('/', '_')}{SUFFIX}" for path, name in zip(paths, names, strict=True)}


def _annotations(files: list[Path]) -> Mapping[str, list[Annotation]] | None:
    from whipbird.formats.annotation_files import read_all

    return read_all(files) if files else None
