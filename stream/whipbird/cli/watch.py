"""``whipbird watch``: processes recordings as they arrive in folders."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import (
    Channel,
    Exclude,
    Hop,
    Include,
    Json,
    Labels,
    ModelNames,
    Names,
    PlaceText,
    RangeThreshold,
    Sensitivity,
    Threshold,
    TimeZone,
)
from whipbird.cli.output_options import with_outputs
from whipbird.cli.running import Output, end_process
from whipbird.cli.values import (
    choose_labels,
    load_models,
    parse_channel,
    parse_species,
    parse_time_zone,
)
from whipbird.models.settings import RANGE_THRESHOLD
from whipbird.terminal.printing import has_screen, say

if TYPE_CHECKING:
    from whipbird.sinks.settings import Outputs

__all__ = ["app"]

app = command_app()


@app.command(
    epilog="Examples:\n\n"
    "whipbird watch recordings/ --model capuchinbird --out forest.sqlite\n\n"
    "whipbird watch /media/card --once --model capuchinbird --out forest.sqlite --out forest.csv"
)
@with_outputs
def watch(
    folders: Annotated[
        list[str], typer.Argument(metavar="FOLDER", help="Folders to watch, including their subfolders.")
    ],
    model: ModelNames = ["commands"],  # noqa: B006
    once: Annotated[
        bool, typer.Option("--once", help="Exit when no recordings are left, to import a memory card.")
    ] = False,
    again: Annotated[
        bool,
        typer.Option("--again", help="Reprocess recordings if the models, settings or outputs have changed."),
    ] = False,
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed", help="Process again what failed before or is incomplete, as far as it can be read."
        ),
    ] = False,
    settle: Annotated[
        float,
        typer.Option(
            min=0.1, max=86_400, metavar="SECONDS", help="Process a recording when it has not changed for this long."
        ),
    ] = 5.0,
    sweep: Annotated[
        float,
        typer.Option(
            min=0.1,
            max=86_400,
            metavar="SECONDS",
            help="Look through the folders this often, and also when the system reports changes. It reports none for "
            "network folders.",
        ),
    ] = 10.0,
    ledger: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="File that records what has been processed. Default: in the user's state folder."
        ),
    ] = None,
    channel: Channel = "mix",
    label: Labels = [],  # noqa: B006
    sensitivity: Sensitivity = "balanced",
    threshold: Threshold = [],  # noqa: B006
    hop: Hop = None,
    time_zone: TimeZone = None,
    names: Names = "en",
    place: PlaceText = None,
    range_threshold: RangeThreshold = RANGE_THRESHOLD,
    include: Include = [],  # noqa: B006
    exclude: Exclude = [],  # noqa: B006
    plain: Annotated[bool, typer.Option("--plain", help="Print lines only, without progress.")] = False,
    json_: Json = False,
    *,
    outputs: Outputs | None,
    station: str,
) -> None:
    """Process recordings as they arrive in folders, each once.

    A recording is processed as fast as possible when it is complete. A ledger records it, so that it is not processed
    again after a restart. Outputs get the events of a whole recording or none. Stop with Ctrl-C, or use --once.

    [bold]Exit codes[/bold]: 0 stopped, or with --once every recording was processed; 1 something could not be found,
    processed to its end or written, and a line on standard error says what; 2 invalid command line.
    """
    from rich.console import Console

    from whipbird.sinks.settings import Outputs
    from whipbird.watch.plan import WatchPlan
    from whipbird.watch.run import watch_folders

    models = load_models(model, sensitivity, threshold, hop, language=names)
    species = parse_species(models, names, place, range_threshold, include, exclude)
    plan = WatchPlan(settle, sweep, once, again, retry_failed, parse_time_zone(time_zone))
    shows = not (plain or json_) and has_screen(sys.stderr)
    session, code, totals = watch_folders(
        folders,
        models,
        plan,
        Output.JSON if json_ else Output.PLAIN,
        parse_channel(channel),
        choose_labels(label, models, names),
        outputs or Outputs(),
        station,
        ledger,
        Console(stderr=True) if shows else None,
        species.rules(models),
    )
    say(str(totals))
    end_process(session, code, endless=not once)
