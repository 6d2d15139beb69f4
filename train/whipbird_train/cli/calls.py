"""``whipbird train calls``: a detector of calls from a folder of few clips."""

from __future__ import annotations

import shlex
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.errors import WhipbirdError
from whipbird.terminal.printing import say
from whipbird.text import HOUR_S, counted, short_time
from whipbird_train.cli.options import Bundle, Seed

if TYPE_CHECKING:
    from whipbird.models.model import Model

__all__ = ["EXAMPLES", "calls"]

EXAMPLES = (
    "Examples:\n\nwhipbird segments recordings/ -a calls.raven.txt --complete --out clips/\n\n"
    "whipbird train calls clips/ --name boobook\n\nwhipbird listen --model models/boobook\n\n"
    "whipbird train calls clips/ --name boobook --reviews scan-2024"
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
            help="Recordings without any of the calls, best of the places where the model will be used; up to an hour "
            "is used.",
            show_default=False,
        ),
    ] = None,
    reviews: Annotated[
        list[Path],
        typer.Option(
            "--reviews",
            "--from-search",
            metavar="DATABASE|SCAN",
            help="Also learn from verdicts of 'whipbird review' or 'whipbird search': right sounds are calls, wrong "
            "ones other sounds; repeat for several.",
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
        float,
        typer.Option(
            min=1e-3,
            metavar="RATE",
            help="False alarms per hour, over all kinds of call. Three are allowed in all of the background, an hour "
            "at most: for fewer, calibrate the model with more hours.",
        ),
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
    events. The thresholds are chosen for a number of false alarms per hour; up to an hour of background is used, and
    three false alarms are allowed in it. For a rate over more hours, there is [bold]whipbird calibrate[/bold].

    With --reviews, a model of that name that is there already stays as it is: a table shows what both detect of the
    judged sounds, and the new one is NAME-reviewed. Give --bundle to replace a model.

    For words, there is [bold]whipbird train custom[/bold].
    """
    from whipbird.models.bundle import CARD
    from whipbird.review.clip_sound import KeptClips
    from whipbird_train.calls.clips import kinds_in, read_folder
    from whipbird_train.calls.judged import judged_clips
    from whipbird_train.calls.page import reviewed_calls_table
    from whipbird_train.calls.train import Choices, train_calls
    from whipbird_train.reports.evaluation import make_console

    if network is NetworkName.BIRDNET and not (window is None and band is None):
        raise WhipbirdError("--window and --band are for a network of its own; leave out --network birdnet")
    bundle_name = name or folder.resolve().name
    target_folder = bundle or Path("models") / bundle_name
    earlier_folder = next(
        (one for one in (target_folder, Path("models") / bundle_name) if (one / CARD).is_file()), None
    )
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
    earlier = None
    if reviews and earlier_folder is not None:
        earlier = _model(earlier_folder)
        if bundle is None:
            bundle_name += "-reviewed"
            target_folder = Path("models") / bundle_name
    choices = Choices(bundle_name, target, window, _band(band), network.value, epochs, seed)
    trained = train_calls(given, choices, target_folder, say, earlier)
    found, results = trained.judgement, trained.judgement.as_dict()
    for path, begin_s, score in found.suspects[:MOST_SUSPECTS]:
        say(f"background may hold the call: {path} at {short_time(begin_s)} (score {score:.2f}); listen to it, and if "
            "it is a call, annotate it or take the file away, and train again")  # fmt: skip
    about = trained.card.results
    if advice := _on_rate(found.hours, about["background_s"], target, target_folder):
        say(advice)
    recall, right, rate = (results[key] for key in ("recall", "precision", "false_alarms_per_hour"))
    print(f"chosen: {trained.chosen}")
    print(f"recall: {recall[0]:.1%} of {found.calls} calls ({recall[1]:.1%} to {recall[2]:.1%})")
    if right[0] is not None:
        print(f"precision: {right[0]:.1%} ({right[1]:.1%} to {right[2]:.1%})")
    noise = f", {about['noise_s'] / HOUR_S:.2f} of them synthetic noise" if about["noise_s"] else ""
    print(f"false alarms per hour: {rate[0]:.2g} ({rate[1]:.2g} to {rate[2]:.2g}), by {found.hours:.2f} hours{noise}")
    if found.others:
        print(f"other sounds taken for calls: {found.mistaken} of {found.others}")
    if trained.before is not None:
        make_console().print(reviewed_calls_table(trained.before, found.reviewed))
        print("after: by networks that had not learned from that recording; before: the model may have learned from it")
    print(f"model: {target_folder}\nreport: {target_folder / 'README.md'}")
    if earlier_folder not in (None, target_folder):
        print(f"{earlier_folder}: as it was; to replace it, give --bundle {shlex.quote(str(earlier_folder))}")
    print(f"next: whipbird scan RECORDINGS --model {shlex.quote(str(target_folder))} --out scan")


def _on_rate(hours: float, background_s: float, target: float, model: Path) -> str:
    """What to do where the background cannot show a rate; empty where it can.

    Parameters
    ----------
    hours : float
        In which false alarms were counted.
    background_s : float
        That was given and read.
    """
    from whipbird_train.calls.judge import FEWEST
    from whipbird_train.calls.sounds import MOST_BACKGROUND_S

    if not hours or target * hours >= FEWEST:
        return ""
    more = "" if background_s >= MOST_BACKGROUND_S else "give more with --background, up to an hour; "
    return (
        f"{counted(round(60 * hours), 'minute')} of background cannot show a rate of {target:g} false alarms per hour: "
        f"the thresholds allow {FEWEST:g} in that time; {more}for a rate over more hours, whipbird calibrate --model "
        f"{shlex.quote(str(model))} --background FOLDER"
    )


def _model(folder: Path) -> Model | None:
    """An earlier model, to compare; None with a line if it does not work."""
    from whipbird.models.model import Model

    try:
        return Model(str(folder))
    except WhipbirdError as error:
        say(f"not compared with the earlier model: {error}")
        return None


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
