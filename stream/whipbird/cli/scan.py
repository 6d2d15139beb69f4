"""``whipbird scan``: process archives on many cores."""

from __future__ import annotations

import contextlib
import signal
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import (
    Channel,
    Embeddings,
    Exclude,
    Hop,
    Include,
    Labels,
    ModelNames,
    Names,
    PlaceText,
    RangeThreshold,
    Sensitivity,
    Threshold,
    TimeZone,
    Windows,
)
from whipbird.cli.values import (
    choose_labels,
    choose_thresholds,
    load_models,
    parse_channel,
    parse_species,
    parse_time_zone,
)
from whipbird.models.settings import RANGE_THRESHOLD
from whipbird.terminal.printing import say, say_next

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
        typer.Argument(metavar="PATH", help="Folders (searched recursively), recordings, or addresses such as s3://…"),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Folder for the results: a new one, or that of a scan to resume."
        ),
    ],
    model: ModelNames = ["commands"],  # noqa: B006
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Scheduler of a Dask cluster. Default: one process per core of this computer."
        ),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(
            min=1, max=1024, metavar="COUNT", help="Number of processes on this computer. Default: one per core."
        ),
    ] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Repeat recordings that failed.")] = False,
    channel: Channel = "mix",
    label: Labels = [],  # noqa: B006
    sensitivity: Sensitivity = "balanced",
    threshold: Threshold = [],  # noqa: B006
    hop: Hop = None,
    windows: Windows = None,
    embeddings: Embeddings = None,
    time_zone: TimeZone = None,
    names: Names = "en",
    place: PlaceText = None,
    range_threshold: RangeThreshold = RANGE_THRESHOLD,
    include: Include = [],  # noqa: B006
    exclude: Exclude = [],  # noqa: B006
) -> None:
    """Scan archives of recordings of any size, on one computer or many.

    Writes the same events as replay to Parquet files. If interrupted, run the same command again to resume; other
    models or settings are refused. A broken recording does not affect the others.

    [bold]Exit codes[/bold]: 0 every recording was processed to its end; 1 some could not be, or something could not be
    written; 2 invalid command line; 130 and 143 stopped by Ctrl-C and SIGTERM; run it again to resume.
    """
    from rich.console import Console

    from whipbird.activity.event_files import write_event_table
    from whipbird.activity.installed_names import InstalledNames
    from whipbird.formats.birdnet import BIRDNET
    from whipbird.models.names import ENGLISH
    from whipbird.scan.archive.listing import absolute
    from whipbird.scan.packages import EXTRA, SCANNING
    from whipbird.scan.results.export import windows_in_scan
    from whipbird.scan.results.scan_folder import ScanFolder
    from whipbird.scan.run import scan as scan_archive
    from whipbird.scan.settings import ScanSettings, identify
    from whipbird.sinks.files.open import check_window_file
    from whipbird.system.extras import check_installed

    if scheduler is not None and processes is not None:
        raise typer.BadParameter("--processes is for this computer; do not combine it with --scheduler")
    check_installed(EXTRA, *SCANNING)
    parse_time_zone(time_zone)
    models = load_models(model, sensitivity, threshold, hop, embeddings is not None, names)
    labels = choose_labels(label, models, names)
    species = parse_species(models, names, place, range_threshold, include, exclude)
    settings = ScanSettings(
        tuple(identify(str(loaded.folder.resolve()), loaded, labels) for loaded in models),
        sensitivity,
        parse_channel(channel),
        None if labels is None else tuple(sorted(labels)),
        time_zone,
        choose_thresholds(threshold, model, names) or None,
        hop,
        windows is not None,
        embeddings is not None,
        replace(species, language=ENGLISH),  # which does not matter for the results
    )
    if windows is not None:
        check_window_file(windows)
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
            embeddings,
        )
    except KeyboardInterrupt as interrupt:
        raise typer.Exit(128 + (interrupt.args[0] if interrupt.args else signal.SIGINT)) from None
    if windows is not None:
        write_event_table(windows_in_scan(ScanFolder(out)), BIRDNET, windows, InstalledNames(names))
    say(f"{progress} · {progress.events:,} events in {out}")
    say_next("report", out)
    if progress.problems or progress.unexamined:
        raise typer.Exit(1)


class _Interrupts:
    """Handles Ctrl-C and SIGTERM: both raise KeyboardInterrupt, and `check` raises it again.

    The first is confirmed at once, because it can take seconds until the workers have ended.

    Python ignores an exception raised in a callback of the garbage collector, and Dask has such a callback.
    """

    def __init__(self) -> None:
        self._number: int | None = None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def _handle(self, number: int, _: FrameType | None) -> None:
        if self._number is None:
            with contextlib.suppress(RuntimeError):  # the main thread is just printing something else
                say("ending …; run the same command again to resume")
        self._number = number
        raise KeyboardInterrupt(number)

    def check(self) -> None:
        """Raise KeyboardInterrupt if a signal was received."""
        if self._number is not None:
            raise KeyboardInterrupt(self._number)
