"""``whipbird train calls``: a detector of calls from a folder of few clips."""

from __future__ import annotations

import shlex
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from whipbird.errors import WhipbirdError
from whipbird.terminal.printing import say
from whipbird_train.cli.options import Bundle, Seed

__all__ = ["EXAMPLES", "calls"]

EXAMPLES = (
    "Examples:\n\nwhipbird segments recordings/ -a calls.raven.txt --complete --out clips/\n\n"
    "whipbird train calls clips/ --name boobook\n\nwhipbird listen --model models/boobook"
)
MOST_SUSPECTS = 3


class NetworkName(StrEnum):
    """Candidates."""

    BEST = "best"
    OWN = "own"
    BIRDNET = "birdnet"


def calls(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="Folder with a subfolder of clips for each kind of call, and perhaps 'background'."
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the model. Default: that of the folder.", show_default=False),
    ] = None,
    background: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Recordings without any of the calls, best of the places where the model will be used.",
            show_default=False,
        ),
    ] = None,
    reviews: Annotated[
        list[Path],
        typer.Option(
            "--reviews",
            "--from-search",
            metavar="DATABASE|SCAN",
            help="Also learn from what 'whipbird review' or 'whipbird search' was told: right sounds are calls, wrong "
            "ones background; repeat for several.",
            show_default=False,
        ),
    ] = [],  # noqa: B006  (typer copies it)
    clips: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="With --reviews: clips of events whose recordings are gone.", show_default=False
        ),
    ] = None,
    target: Annotated[
        float, typer.Option(min=1e-3, metavar="RATE", help="False alarms per hour, over all kinds of call.")
    ] = 1.0,
    window: Annotated[
        float | None,
        typer.Option(
            min=0.2,
            max=10,
            metavar="SECONDS",
            help="Window of a network of their own. Default: 1.7 times a usual call.",
            show_default=False,
        ),
    ] = None,
    band: Annotated[
        str | None,
        typer.Option(
            metavar="LOW-HIGH", help="Band in Hz, such as 300-1200. Default: that of the calls.", show_default=False
        ),
    ] = None,
    source_until: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="The name of a clip up to this text is that of its recording. Default: known from 'whipbird "
            "segments', or from the numbers of xeno-canto.",
            show_default=False,
        ),
    ] = None,
    network: Annotated[
        NetworkName,
        typer.Option(help="What is trained: a network of their own, a layer on BirdNET, or the better one."),
    ] = NetworkName.BEST,
    bundle: Bundle = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, metavar="COUNT", help="Epochs of a network of its own.", show_default=False),
    ] = None,
    seed: Seed = 1,
) -> None:
    """Train a detector of calls from a few clips of each kind.

    Clips of one recording stay together: what is printed was measured on recordings that were not trained on, as
    events, and the thresholds are those for the wanted number of false alarms per hour. For words, there is
    [bold]whipbird train custom[/bold].
    """
    from whipbird.review.clip_sound import KeptClips
    from whipbird_train.calls.clips import kinds_in, read_folder
    from whipbird_train.calls.judge import FEWEST
    from whipbird_train.calls.judged import judged_clips
    from whipbird_train.calls.train import Choices, train_calls

    bundle_name = name or folder.resolve().name
    judged = []
    if reviews:
        kept = None if clips is None else KeptClips(clips)
        judged = judged_clips(reviews, kinds_in(folder), kept, Path("runs") / bundle_name / "judged", say)
    given = read_folder(folder, background, source_until, judged)
    if network is NetworkName.BIRDNET:
        from whipbird_train.calls.head import BASE, base_here

        if base_here() is None:
            raise WhipbirdError(f"{BASE} is not installed; add it with 'whipbird models add {BASE}'")
    if not given.sources_known:
        say("the recordings of the clips are not known, each counts as its own: results may be too good; name them "
            "with --source-until, or cut them with 'whipbird segments'")  # fmt: skip
    choices = Choices(bundle_name, target, window, _band(band), network.value, epochs, seed)
    target_folder = bundle or Path("models") / choices.name
    trained = train_calls(given, choices, target_folder, say)
    found, results = trained.judgement, trained.judgement.as_dict()
    for source, begin_s, score in found.suspects[:MOST_SUSPECTS]:
        say(f"background of {source} may hold the call, {begin_s:.1f} s after the start of a piece (score {score:.2f})")
    if found.hours and target * found.hours < FEWEST:
        say(f"{60 * found.hours:.0f} minutes of background cannot show a rate of {target:g} false alarms per hour: "
            f"the thresholds allow {FEWEST:g} in that time; give more with --background, or calibrate")  # fmt: skip
    recall, right, rate = (results[key] for key in ("recall", "precision", "false_alarms_per_hour"))
    print(f"chosen: {trained.chosen}")
    print(f"recall: {recall[0]:.1%} of {found.calls} calls ({recall[1]:.1%} to {recall[2]:.1%})")
    if right[0] is not None:
        print(f"precision: {right[0]:.1%} ({right[1]:.1%} to {right[2]:.1%})")
    print(f"false alarms per hour: {rate[0]:.2g} ({rate[1]:.2g} to {rate[2]:.2g}), by {found.hours:.2f} hours")
    if found.others:
        print(f"other sounds taken for calls: {found.mistaken} of {found.others}")
    print(f"model: {target_folder}\nreport: {target_folder / 'README.md'}")
    print(f"next: whipbird scan RECORDINGS --model {shlex.quote(str(target_folder))} --out scan")


def _band(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        low, high = map(float, text.split("-"))
    except ValueError:
        low, high = 0.0, 0.0
    if not 20 <= low < high <= 24_000:
        raise WhipbirdError(f"--band {text!r}: give two frequencies in Hz, such as 300-1200")
    return low, high
