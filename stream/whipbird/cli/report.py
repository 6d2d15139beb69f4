"""``whipbird report``: events by label, hour and day."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import EventLabels, EventSources, LeastScore, Names, Since, Until
from whipbird.cli.values import parse_selection
from whipbird.terminal.printing import say, say_next

__all__ = ["app"]

app = command_app()


@app.command(
    epilog="Examples:\n\nwhipbird report forest.sqlite\n\n"
    "whipbird report forest.sqlite --csv activity.csv --figure activity.png\n\n"
    "whipbird report forest.sqlite --from 2024-05-01 --to 2024-05-31 --label capuchinbird --min-score 0.9"
)
def report(
    database: Annotated[
        Path,
        typer.Argument(metavar="DATABASE", help="Database written by --out (.sqlite or .db), or the folder of a scan."),
    ],
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write a CSV file with one row per source, label and hour.")
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also draw activity and hours listened by hour of day, and a map of days and hours, as PNG.",
        ),
    ] = None,
    since: Since = None,
    until: Until = None,
    label: EventLabels = [],  # noqa: B006  (typer copies it)
    source: EventSources = [],  # noqa: B006
    min_score: LeastScore = 0.0,
    names: Names = "en",
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
) -> None:
    """Summarise events by label, hour and day, with the hours listened.

    Also shows what was processed and lost of each source. A recording that was processed twice counts once. Of a model
    that listens for more than 1,000 labels, tables, --csv and --json have those that were heard or are selected with
    --label, and the number of all.
    """
    from rich.console import Console

    from whipbird.activity.export import as_object, write_csv
    from whipbird.activity.figure import write_figure
    from whipbird.activity.installed_names import InstalledNames
    from whipbird.activity.stored import read_activity
    from whipbird.activity.tables import tables
    from whipbird.scan.results.activity import read_scan
    from whipbird.scan.results.scan_folder import is_scan

    known = InstalledNames(names)
    select = parse_selection(since, until, label, source, min_score, known).selector(say)
    activity = read_scan(database, select) if is_scan(database) else read_activity(database, select)
    if csv is not None:
        write_csv(activity, csv)
    if figure is not None:
        write_figure(activity, figure, known)
    if json_:
        print(json.dumps(as_object(activity)))
    else:
        console = Console(highlight=False)
        console.print(tables(activity, console.width, known))
        if any(tally.events for tally in activity.tallies.values()):
            say_next("review", database)
