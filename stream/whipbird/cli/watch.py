"""``whipbird watch``: processes recordings as they arrive in folders."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import Channel, Json, Labels, ModelNames, Sensitivity, TimeZone
from whipbird.cli.output_options import with_outputs
from whipbird.cli.running import Output, end_process
from whipbird.cli.values import choose_labels, load_models, parse_channel, parse_time_zone
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
    folders: Annotated[list[str], typer.Argument(metavar="FOLDER", help="Folders, with all that is in them.")],
    model: ModelNames = ["commands"],  # noqa: B006
    once: Annotated[bool, typer.Option("--once", help="End when nothing is left: import a memory card.")] = False,
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="Hear also what was heard before, but by other models or settings or into other outputs."
        ),
    ] = False,
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed", help="Hear also what failed before or is incomplete, as far as it goes, once more."
        ),
    ] = False,
    settle: Annotated[
        float,
        typer.Option(
            min=0.1, max=86_400, metavar="SECONDS", help="A recording is heard when it has not changed for so long."
        ),
    ] = 5.0,
    sweep: Annotated[
        float,
        typer.Option(
            min=0.1,
            max=86_400,
            metavar="SECONDS",
            help="Look through the folders so often, besides when the system tells of changes, which it does not of "
            "network folders.",
        ),
    ] = 10.0,
    ledger: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where it is kept what has been heard. Default: the user's state folder."),
    ] = None,
    channel: Channel = "mix",
    label: Labels = [],  # noqa: B006
    sensitivity: Sensitivity = "balanced",
    time_zone: TimeZone = None,
    plain: Annotated[bool, typer.Option("--plain", help="Lines alone, without progress.")] = False,
    json_: Json = False,
    *,
    outputs: Outputs,
    station: str,
) -> None:
    """Hear recordings as they arrive in folders, each once.

    A recording is heard as fast as possible when it is complete. What has been heard is kept, so that it is not heard
    again after a restart; outputs get all of a recording or nothing. Ends with Ctrl-C or, with --once, by itself.
    """
    from rich.console import Console

    from whipbird.watch.plan import WatchPlan
    from whipbird.watch.run import watch_folders

    models = load_models(model, sensitivity)
    plan = WatchPlan(settle, sweep, once, again, retry_failed, parse_time_zone(time_zone))
    shows = not (plain or json_) and has_screen(sys.stderr)
    session, code, totals = watch_folders(
        folders,
        models,
        plan,
        Output.JSON if json_ else Output.PLAIN,
        parse_channel(channel),
        choose_labels(label, models),
        outputs,
        station,
        ledger,
        Console(stderr=True) if shows else None,
    )
    say(str(totals))
    end_process(session, code, endless=not once)
