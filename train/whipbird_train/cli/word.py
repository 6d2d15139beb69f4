"""``whipbird train word``: a detector of a phrase from its text."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.errors import DataError
from whipbird.terminal.printing import say
from whipbird_train.cli.options import Bundle, Data, Run, Seed
from whipbird_train.datasets.data_folders import data_root

if TYPE_CHECKING:
    from whipbird_train.phrases.phrase import Language, Phrase

__all__ = ["EXAMPLES", "word"]

EXAMPLES = (
    'Examples:\n\nwhipbird train word "hey computer" --say\n\nwhipbird train word "hey computer"\n\n'
    "whipbird listen --model models/hey-computer"
)
SAID = 5  # clips that are played
LIST = ".txt"


def word(
    phrase: Annotated[
        str, typer.Argument(metavar="PHRASE|LIST.txt", help="What to detect, or a file with a phrase on each line.")
    ],
    language: Annotated[str, typer.Option(metavar="CODE", help="en, en-us, en-gb, es, fr, it, pt or hi.")] = "en",
    phonemes: Annotated[
        str | None,
        typer.Option(
            metavar="SOUNDS",
            help="How the phrase sounds, in espeak-ng's notation, in place of what is printed.",
            show_default=False,
        ),
    ] = None,
    listen: Annotated[bool, typer.Option("--say", help="Play the phrase in some voices, and end.")] = False,
    clips: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Recordings of the phrase to train with as well; of several phrases, in a folder for each.",
            show_default=False,
        ),
    ] = None,
    test: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Recordings of the phrase to measure with, never to train on.", show_default=False
        ),
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.1, metavar="MINUTES", help="Time to take, on two idle cores.")] = 30.0,
    target: Annotated[float, typer.Option(min=1e-3, metavar="RATE", help="False alarms per hour.")] = 0.5,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the model. Default: that of the phrase.", show_default=False),
    ] = None,
    data: Data = None,
    run: Run = None,
    bundle: Bundle = None,
    seed: Seed = 1,
) -> None:
    """Train a detector of a phrase from its text; no recordings are needed.

    Synthetic voices say it, and what sounds like it. Thresholds are those for the wanted number of false alarms per
    hour. If interrupted, run the same command again to resume.
    """
    from whipbird.importers.bundle_files import model_name
    from whipbird_train.phrases.phrase import language_of, make_phrase

    spoken = language_of(language)
    typed = _lines(Path(phrase)) if phrase.lower().endswith(LIST) else [(phrase, phonemes)]
    if phonemes is not None and phrase.lower().endswith(LIST):
        raise DataError("--phonemes is for one phrase; in a list, they follow the phrase in [[double brackets]]")
    phrases = [make_phrase(text, spoken, notation) for text, notation in typed]
    for one in phrases:
        say(f"{one.text}: {one.ipa} (--phonemes {shlex.quote(one.notation)})")
        if one.is_short:
            say(f"{one.text} has one syllable, which is part of many words: expect false alarms or misses")
    if listen:
        _play(phrases, spoken, seed)
        return
    from whipbird_train.phrases.page import what_to_expect
    from whipbird_train.phrases.recordings import read_own
    from whipbird_train.phrases.train import WordSettings, train_phrases

    labels = [one.text for one in phrases]
    if len(set(map(str.lower, labels))) < len(labels):
        raise DataError("a phrase is in the list twice")
    settings = WordSettings(
        minutes=minutes,
        target_per_hour=target,
        own={} if clips is None else read_own(clips, labels),
        test={} if test is None else read_own(test, labels),
        seed=seed,
    )
    own = model_name(name or (Path(phrase).stem if phrase.lower().endswith(LIST) else phrase))
    folder = bundle or Path("models") / own
    card = train_phrases(own, phrases, spoken, settings, data or data_root(), run or Path("runs") / own, folder, say)
    for line in what_to_expect(card.results):
        print(line)
    print(f"model: {folder}\nreport: {folder / 'README.md'}")
    print(f"next: whipbird listen --model {shlex.quote(str(folder))}")


def _lines(path: Path) -> list[tuple[str, str | None]]:
    """Phrases of a list, each with its sounds where they follow it in double brackets."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not a text in UTF-8") from error
    found = []
    for line in lines:
        text, bracket, notation = line.partition("[[")
        if text.strip():
            found.append((text.strip(), notation.strip().removesuffix("]]").strip() if bracket else None))
    if not found:
        raise DataError(f"{path}: no phrases")
    return found


def _play(phrases: Sequence[Phrase], language: Language, seed: int) -> None:
    """Play each phrase in some voices of espeak-ng and flite."""
    from whipbird.soundcheck.speaker import Speaker
    from whipbird_train.phrases.quick_speech import RATE_HZ, phrase_clips

    with Speaker(rate_hz=RATE_HZ) as speaker:
        for phrase in phrases:
            for clip in phrase_clips(phrase, language, SAID, seed):
                speaker.play(clip)
