"""``whipbird scan``: archives, heard by as many processes as there are."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import Channel, Labels, ModelNames, Sensitivity, TimeZone
from whipbird.cli.values import choose_labels, load_models, parse_channel, parse_time_zone
from whipbird.terminal.printing import say

__all__ = ["app"]

app = command_app()


@app.command(
    name="scan",
    epilog="Examples:\n\n"
    "whipbird scan /archive/2024 --model capuchinbird --out scan-2024\n\n"
    "whipbird scan /archive/2024 --model capuchinbird --out scan-2024 --scheduler tcp://10.0.0.1:8786\n\n"
    "whipbird report scan-2024\n\n"
    "whipbird export scan-2024 --form raven",
)
def scan(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="Folders with all that is in them, recordings, addresses such as s3://…"),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the results: a new one, or to go on with.")
    ],
    model: ModelNames = ["commands"],  # noqa: B006
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Of a Dask cluster's scheduler. Default: a process for each core here."),
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, max=1024, metavar="COUNT", help="So many processes here, instead.")
    ] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Hear what failed before once more.")] = False,
    channel: Channel = "mix",
    label: Labels = [],  # noqa: B006
    sensitivity: Sensitivity = "balanced",
    time_zone: TimeZone = None,
) -> None:
    """Scan archives of recordings of any size, on one computer or many.

    Events are those of replay, in Parquet files. Broken off at any moment, also by Ctrl-C, the same command goes on
    with what is left; another model or setting is refused. A broken recording costs itself alone.
    """
    from rich.console import Console

    from whipbird.scan.archive.listing import absolute
    from whipbird.scan.packages import EXTRA, SCANNING
    from whipbird.scan.run import scan as scan_archive
    from whipbird.scan.settings import ScanSettings, identify
    from whipbird.system.extras import check_installed

    if scheduler is not None and processes is not None:
        raise typer.BadParameter("--processes is for this computer, and does not go with --scheduler")
    check_installed(EXTRA, *SCANNING)
    parse_time_zone(time_zone)
    models = load_models(model, sensitivity)
    labels = choose_labels(label, models)
    settings = ScanSettings(
        tuple(identify(str(one.folder.resolve()), one, labels) for one in models),
        sensitivity,
        parse_channel(channel),
        None if labels is None else tuple(sorted(labels)),
        time_zone,
    )
    interrupts = _Interrupts()
    console = Console(stderr=True, highlight=False)
    try:
        progress = scan_archive(
            list(dict.fromkeys(map(absolute, paths))),
            out,
            settings,
            models,
            console,
            scheduler,
            processes,
            retry_failed,
            interrupts.check,
        )
    except KeyboardInterrupt as interrupt:
        say("broken off; the same command goes on with what is left")
        raise typer.Exit(128 + (interrupt.args[0] if interrupt.args else signal.SIGINT)) from None
    say(f"{progress} · {progress.events:,} events in {out}")
    if progress.problems:
        raise typer.Exit(1)


class _Interrupts:
    """Ctrl-C and SIGTERM. They raise KeyboardInterrupt, and `check` does so again.

    Python ignores an exception that is raised in a callback of the garbage collector, and Dask has one.
    """

    def __init__(self) -> None:
        self._number: int | None = None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def _handle(self, number: int, _: FrameType | None) -> None:
        self._number = number
        raise KeyboardInterrupt(number)

    def check(self) -> None:
        """Raise KeyboardInterrupt if there was a signal."""
        if self._number is not None:
            raise KeyboardInterrupt(self._number)
