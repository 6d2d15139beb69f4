"""``whipbird segments``: clips out of annotated recordings, or of events."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import AnnotationLabel, EventLabels, EventSources, LeastScore, Since, Until
from whipbird.cli.problems import Problems
from whipbird.errors import DataError, SourceError
from whipbird.terminal.printing import say
from whipbird.text import counted, listed

if TYPE_CHECKING:
    from whipbird.segments.segment import Segment

__all__ = ["app"]

app = command_app()

EVENTS = "Clips of events"
MINUTE_S = 60.0
MOST_NAMED = 3  # labels in a line


@app.command(
    name="segments",
    epilog="Examples:\n\nwhipbird segments recordings/ -a calls.raven.txt --complete --out clips/\n\n"
    "whipbird segments --events forest.sqlite --count 50 --out to-listen-to/",
)
def segments(
    recordings: Annotated[
        list[str] | None, typer.Argument(help="Annotated recordings, folders, patterns.", show_default=False)
    ] = None,
    annotations: Annotated[
        list[Path],
        typer.Option(
            "--annotations",
            "-a",
            metavar="FILE",
            help="Annotations: CSV (recording,begin_s,end_s,label), Raven selection tables, Audacity labels, "
            "BirdNET-Analyzer's CSV, or a folder of these; repeat for several.",
        ),
    ] = [],  # noqa: B006  (typer copies it)
    annotation_label: AnnotationLabel = None,
    complete: Annotated[
        bool,
        typer.Option(
            "--complete",
            help="Every sound of the labels is annotated: cut background from the rest, and from recordings without "
            "annotations.",
        ),
    ] = False,
    label: EventLabels = [],  # noqa: B006
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Folder for the clips; what is in it stays.")
    ] = Path("clips"),
    margin: Annotated[
        float,
        typer.Option(min=0, max=30, metavar="SECONDS", help="Sound before and after, which a model can learn from."),
    ] = 2.0,
    background: Annotated[
        float, typer.Option(min=0, metavar="MINUTES", help="Cut up to this much background, from all recordings.")
    ] = 60.0,
    events: Annotated[
        Path | None,
        typer.Option(
            metavar="DATABASE",
            rich_help_panel=EVENTS,
            help="Cut clips of the events in this database or folder of a scan instead, as many of each tenth of the "
            "scores as possible.",
            show_default=False,
        ),
    ] = None,
    count: Annotated[
        int, typer.Option(min=1, metavar="COUNT", rich_help_panel=EVENTS, help="Clips of each label.")
    ] = 50,
    since: Since = None,
    until: Until = None,
    source: EventSources = [],  # noqa: B006
    min_score: LeastScore = 0.0,
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="Random seed of what is drawn.")] = 1,
) -> None:
    """Cut clips out of annotated recordings, one folder per label, to train a detector of calls.

    The clips are FLAC, or WAV if louder than full scale, at the recording's own rate; their names start with that of
    their recording. Annotations whose label starts with an underscore are other sounds, to learn from as well; those
    with a question mark are left out.
    """
    from whipbird.cli.values import parse_selection

    problems = Problems()
    if events is not None:
        if recordings or annotations:
            raise typer.BadParameter("--events: give either a database, or recordings with their --annotations")
        from whipbird.activity.installed_names import InstalledNames
        from whipbird.review.judged_events import JudgedEvents
        from whipbird.segments.detected import balanced, event_segments
        from whipbird.segments.segment import OTHER_SOUNDS

        selection = parse_selection(since, until, label, source, min_score, InstalledNames())
        heard = JudgedEvents(events).recordings(selection, say)
        written = _write(balanced(event_segments(heard, margin, problems), count, seed), out, problems)
        _print(written, out)
        _print_few(written)
        print(
            f"next: listen to them, and move those that are wrong into '{OTHER_SOUNDS}' or the right folder; then ",
            end="",
        )
    else:
        if not recordings or not annotations:
            raise typer.BadParameter("give recordings and their --annotations, or a database with --events")
        from whipbird.formats.annotation_files import read_all
        from whipbird.recordings.files import find_recordings
        from whipbird.segments.annotated import (
            annotated_files,
            drawn_background,
            other_segments,
            sound_segments,
            uncertain_labels,
        )

        files = annotated_files(
            list(find_recordings(recordings, problems)), read_all(annotations, annotation_label), label, warn=say
        )
        sounds = [one for file in files for one in sound_segments(file, label, margin)]
        if uncertain := uncertain_labels(files, label):
            say(f"every annotation of {listed(uncertain, MOST_NAMED)} has a question mark; those are left out")
        others = [one for file in files for one in other_segments(file, label)]
        quiet = drawn_background(files, label, background * MINUTE_S, seed, problems) if complete else []
        _print(_write([*sounds, *others, *quiet], out, problems), out)
        print("next: ", end="")
    print(f"whipbird train calls {shlex.quote(str(out))}")
    problems.end()


def _write(segments: Iterable[Segment], folder: Path, problem: Callable[[str], None]) -> list[Segment]:
    """Write clips; a recording that cannot be read there is a problem. Returns what was written."""
    from whipbird.segments.segment import write_segment

    written = []
    for one in segments:
        try:
            if write_segment(one, folder) is None:
                problem(f"{one.path}: has no sound at {one.begin_s:.1f} s; are the times in seconds from its start?")
            else:
                written.append(one)
        except SourceError as error:
            problem(str(error))
    if not written:
        raise DataError("no clip could be cut")
    return written


def _print_few(written: list[Segment]) -> None:
    """Name the labels that have too few clips to be trained, and what to do."""
    from whipbird.segments.segment import FEWEST_CLIPS

    few = [label for label, count in Counter(one.label for one in written).items() if count < FEWEST_CLIPS]
    if few:
        print(
            f"fewer than {FEWEST_CLIPS} clips, too few to train on: {counted(len(few), 'label')} "
            f"({listed(sorted(few), MOST_NAMED)}); cut those of your kinds of call alone with --label, into an empty "
            "folder, or remove the other folders"
        )


def _print(written: list[Segment], folder: Path) -> None:
    """What was written of each label: clips, their length, and recordings that they are from."""
    from rich.console import Console

    from whipbird.terminal.printing import new_table
    from whipbird.text import short_time

    table = new_table("label", "clips", "length", "recordings")
    counts = Counter(one.label for one in written)
    for label in sorted(counts):
        own = [one for one in written if one.label == label]
        length = short_time(sum(one.end_s - one.begin_s for one in own))
        table.add_row(label, str(counts[label]), length, str(len({one.path for one in own})))
    Console(highlight=False).print(table)
    print(f"clips: {folder}")
