"""``whipbird export``: events of a database or a scan in the formats of other programs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import EventLabels, EventSources, LeastScore, Names, Since, Until
from whipbird.cli.values import parse_selection
from whipbird.terminal.printing import say, say_next

__all__ = ["app"]

app = command_app()


class FormName(StrEnum):
    """Formats of `whipbird.activity.event_files`."""

    RAVEN = "raven"
    AUDACITY = "audacity"
    BIRDNET = "birdnet"
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"  # of `whipbird.scan.results.events_file`


@app.command(
    name="export",
    epilog="Examples:\n\nwhipbird export scan-2024 --form raven\n\n"
    "whipbird export forest.sqlite --form birdnet --from 2024-05-01 --to 2024-05-31 --label capuchinbird "
    "--min-score 0.9 --out may",
)
def export(
    events: Annotated[
        Path,
        typer.Argument(metavar="DATABASE", help="Database written by --out (.sqlite or .db), or the folder of a scan."),
    ],
    form: Annotated[FormName, typer.Option("--form", "-f", help="Format of the files.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FOLDER",
            help="Folder for the files. Default: export/FORM in a scan, DATABASE-FORM beside a database.",
            show_default=False,
        ),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Also write files for recordings without events.")] = False,
    since: Since = None,
    until: Until = None,
    label: EventLabels = [],  # noqa: B006  (typer copies it)
    source: EventSources = [],  # noqa: B006
    min_score: LeastScore = 0.0,
    names: Names = "en",
) -> None:
    """Write one file per recording that has events, or one Parquet file of all events.

    Times count from the start of the recording; a live source has a recording for each time that it ran without
    interruption. If events were judged, see [bold]whipbird review[/bold], the verdicts are written as well.
    """
    from whipbird.activity.event_files import FORMS, write_event_files
    from whipbird.activity.installed_names import InstalledNames
    from whipbird.review.judged_events import JudgedEvents
    from whipbird.scan.results.events_file import write_events_file
    from whipbird.text import counted, one_line

    known = InstalledNames(names)
    selection = parse_selection(since, until, label, source, min_score, known)
    judged = JudgedEvents(events)
    beside = events / "export" / form.value if judged.is_scan else events.with_name(f"{events.stem}-{form.value}")
    target = out or beside
    roots, recordings = judged.roots(), judged.recordings(selection, say)
    if form is FormName.PARQUET:
        files, count = write_events_file(recordings, target)
    else:
        has_verdicts = bool(judged.verdicts())
        files, count = write_event_files(recordings, roots, FORMS[form.value], target, all_, known, has_verdicts)
    print(f"{one_line(str(target))}: {counted(files, 'file')} with {counted(count, 'event')}")
    if count and not judged.verdicts():
        say_next("review", events)
