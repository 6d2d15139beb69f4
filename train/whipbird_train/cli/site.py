"""``whipbird train site``: correct BirdNET at a site by verdicts on its events."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from whipbird.errors import DataError, WhipbirdError
from whipbird.terminal.printing import say
from whipbird.text import counted, listed
from whipbird_train.cli.options import Bundle

__all__ = ["EXAMPLES", "site"]

EXAMPLES = (
    "Examples:\n\nwhipbird review scan-2024\n\nwhipbird train site scan-2024 --name garden\n\n"
    "whipbird scan RECORDINGS --model models/garden --out scan-garden"
)
MOST_LEFT_OUT = 10


def site(
    reviews: Annotated[
        Path,
        typer.Argument(
            metavar="DATABASE|SCAN",
            help="Events of BirdNET, judged with [bold]whipbird review[/bold].",
            show_default=False,
        ),
    ],
    name: Annotated[str, typer.Option(metavar="NAME", help="Name of the model.")] = "site",
    right: Annotated[
        float, typer.Option(min=0.01, max=0.999, metavar="SHARE", help="Share of the events to be right.")
    ] = 0.9,
    clips: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Clips to use where recordings are gone.", show_default=False),
    ] = None,
    bundle: Bundle = None,
) -> None:
    """Correct the scores of BirdNET at your site by verdicts on its events.

    A layer on BirdNET's embedding starts from BirdNET's own score of a species and learns from the verdicts what is
    wrong with it at this site; with few verdicts, little is changed. The model reports the species that have right and
    wrong events in several recordings, each with the lowest threshold above which the wanted share of its events is
    right. A table shows precision before and after, measured on recordings left out in turn.
    """
    from whipbird.review.clip_sound import KeptClips
    from whipbird_train.calls.head import BASE, base_here
    from whipbird_train.export.bundle_folder import check_target
    from whipbird_train.reports.evaluation import make_console
    from whipbird_train.site.bundle import write_site
    from whipbird_train.site.correction import own_layers
    from whipbird_train.site.judge import judged_site
    from whipbird_train.site.report import site_table
    from whipbird_train.site.sounds import judged_sounds

    base = base_here()
    if base is None:
        raise WhipbirdError(f"{BASE} is not installed; add it with 'whipbird models add {BASE}'")
    folder = bundle or Path("models") / name
    check_target(folder)
    sounds, events = judged_sounds(reviews, base, None if clips is None else KeptClips(clips), say)
    found = judged_site(sounds, events, base, own_layers(base), right)
    reasons = [f"{one.label}: {one.why}" for one in found.left_out]
    if not found.species:
        raise DataError(f"{reviews}: no species can be corrected; {listed(reasons, 1)}")
    console = make_console()
    console.print(site_table(found.species))
    for line in reasons[:MOST_LEFT_OUT]:
        console.print(f"left out: {line}", markup=False, soft_wrap=True)
    if len(reasons) > MOST_LEFT_OUT:
        console.print(f"left out: {counted(len(reasons) - MOST_LEFT_OUT, 'more label')} with fewer verdicts")
    if worse := [one.label for one in found.species if not one.is_better]:
        console.print(f"not better than {base.name}: {', '.join(worse)}", markup=False, soft_wrap=True)
    write_site(folder, name, found)
    console.print(
        f"model: {folder}\nreport: {folder / 'README.md'}\n"
        f"next: whipbird scan RECORDINGS --model {shlex.quote(str(folder))} --out scan",
        markup=False,
        soft_wrap=True,
    )
