"""``whipbird mix``: mix short clips into a stream with known events, for measuring a detector."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from whipbird.cli.command import command_app
from whipbird.cli.problems import Problems
from whipbird.errors import WhipbirdError
from whipbird.terminal.printing import say
from whipbird_train.progress import tracked

if TYPE_CHECKING:
    from whipbird.arrays import Floats
    from whipbird_train.datasets.clips import Clip
    from whipbird_train.soundscapes.clip_order import Sound
    from whipbird_train.soundscapes.mix import Range

__all__ = ["app"]

log = logging.getLogger(__name__)

SOUND_SUFFIXES = (".flac", ".wav")
ENOUGH_BACKGROUND_S = 3600.0  # a random part of a larger folder is read, and no more than this of one file
USUAL_SNR = "10"

app = command_app()


class Kind(StrEnum):
    """Formats of annotations."""

    CSV = "csv"
    RAVEN = "raven"
    AUDACITY = "audacity"


SUFFIXES = {Kind.CSV: ".csv", Kind.RAVEN: ".selections.txt", Kind.AUDACITY: ".txt"}


@app.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Examples:\n\nwhipbird mix my-words/ --background kitchen/ --snr 0:20 --runs 0.2 --out words.wav\n\n"
    "whipbird mix splits.csv --split validation --background noises/ --minutes 10 --out stream.flac",
)
def mix(
    clips: Annotated[
        Path,
        typer.Argument(
            metavar="CLIPS",
            help="Folder with a sub-folder of clips for each label, or CSV file with the columns path, label and "
            "optionally speaker and split.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="WAV or FLAC to write. Annotations are written beside it.",
            show_default=False,
        ),
    ],
    background: Annotated[
        list[str],
        typer.Option(
            "--background",
            "-b",
            metavar="PATH",
            help="Recordings, folders or patterns without any of the labels. Default: no background.",
            show_default=False,
        ),
    ] = [],  # noqa: B006  (typer copies it)
    annotations: Annotated[Kind, typer.Option(help="Format of the annotations.")] = Kind.CSV,
    split: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this split of a CSV file.", show_default=False)
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option(metavar="LABEL", help="Only this label; repeat for several.", show_default=False)
    ] = None,
    gap: Annotated[
        str, typer.Option(metavar="A:B", help="Seconds from the end of a sound to the start of the next.")
    ] = "0.5:3",
    level: Annotated[str, typer.Option(metavar="A:B", help="RMS level of a sound in dBFS.")] = "-35:-15",
    snr: Annotated[
        str | None,
        typer.Option(
            metavar="A:B",
            help=f"Ratio of a sound to the background in dB, or none. Default: {USUAL_SNR} with a background.",
            show_default=False,
        ),
    ] = None,
    runs: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            help="Share of placed items that are 2 to 4 sounds in quick succession, the same or different.",
        ),
    ] = 0.0,
    cut: Annotated[
        float, typer.Option(metavar="SHARE", help="Share of placed items that are half a sound, labelled _cut_.")
    ] = 0.0,
    minutes: Annotated[
        float | None,
        typer.Option(
            metavar="MINUTES",
            help="Length of the stream. Default: long enough to place every clip once.",
            show_default=False,
        ),
    ] = None,
    count: Annotated[
        int | None, typer.Option(metavar="COUNT", help="Number of sounds, instead of a length.", show_default=False)
    ] = None,
    rate: Annotated[int, typer.Option(min=4000, max=192_000, metavar="HZ", help="Sampling rate in Hz.")] = 16_000,
    seed: Annotated[int, typer.Option(min=0, metavar="NUMBER", help="The same seed makes the same stream.")] = 1,
    json_: Annotated[bool, typer.Option("--json", help="Print a summary as JSON.")] = False,
) -> None:
    """Place short clips in a long background, at random times and levels, and write their annotations."""
    from whipbird_train.soundscapes.clip_lists import find_clips
    from whipbird_train.soundscapes.mix import MixSettings, mixed

    if out.suffix.lower() not in SOUND_SUFFIXES:
        raise WhipbirdError(f"{out}: unknown extension; use .wav or .flac")
    if not out.parent.is_dir():
        raise WhipbirdError(f"{out.parent} is not a folder; create it first")
    if not background and snr not in (None, "none"):
        raise WhipbirdError(f"--snr {snr} needs a background; give recordings with --background")
    snr = snr or USUAL_SNR
    settings = MixSettings(
        rate_hz=rate,
        gap_s=_range(gap, "--gap"),
        level_dbfs=_range(level, "--level"),
        snr_db=None if not background or snr == "none" else _range(snr, "--snr"),
        runs=runs,
        cut=cut,
        count=count,
        seconds=None if minutes is None else 60 * minutes,
    )
    problems = Problems()
    found = find_clips(clips, split, label or [], problems)
    noises = [] if settings.snr_db is None else _find_backgrounds(background, problems)
    table = out.with_suffix(SUFFIXES[annotations])
    read = {path.resolve() for path in (clips, *(clip.path for clip in found), *noises)}
    for path in (out, table):
        if path.resolve() in read:
            raise WhipbirdError(f"{path} is an input and would be overwritten; choose another name")
    sounds = _read_clips(found, rate)
    backgrounds = _read_backgrounds(noises, rate, seed) if noises else []
    stream, placed, attenuation_db = mixed(sounds, backgrounds, settings, seed)
    if attenuation_db:
        say(f"the whole stream is {attenuation_db:.1f} dB quieter than requested, to avoid clipping")
    _write(out, stream, rate, table, placed, annotations)
    counts = dict(sorted(Counter(event.label for event in placed).items()))
    seconds = round(len(stream) / rate, 3)
    if json_:
        summary = {"file": str(out), "annotations": str(table), "seconds": seconds, "clips": len(placed)}
        print(json.dumps({**summary, "labels": counts, "seed": seed}))
    else:
        print(f"{out}: {seconds:.1f} s, {len(placed)} sounds\nannotations: {table}")
    problems.end()


def _range(text: str, option: str) -> Range:
    """``A:B``, or ``A`` for a range of one value."""
    low, _, high = text.partition(":")
    try:
        return float(low), float(high or low)
    except ValueError:
        raise WhipbirdError(f"{option} {text!r}: give a number or a range, such as 5 or 0:20") from None


def _read_clips(clips: Sequence[Clip], rate_hz: int) -> list[Sound]:
    """The sounds of clips; a damaged or silent clip is named in the log and left out."""
    from whipbird.errors import DataError
    from whipbird_train.datasets.clips import read_sounds
    from whipbird_train.soundscapes.clip_bounds import true_bounds
    from whipbird_train.soundscapes.clip_order import Sound

    sounds = []
    for clip, wave in zip(*read_sounds(tracked(clips, "reading clips"), rate_hz), strict=True):
        try:
            true_bounds(wave, rate_hz)
        except DataError as error:
            log.warning("left out %s: %s", clip.path, error)
        else:
            sounds.append(Sound(wave, clip.label, clip.group))
    if not sounds:
        raise DataError(f"none of {len(clips)} clips can be used")
    return sounds


def _find_backgrounds(paths: Sequence[str], problems: Problems) -> list[Path]:
    from whipbird.errors import DataError
    from whipbird.recordings.files import find_recordings

    found = [Path(path) for path in find_recordings(paths, problems)]
    for path in found:
        if not path.is_file():
            raise DataError(f"no background recordings in {path}")
    return found


def _read_backgrounds(paths: Sequence[Path], rate_hz: int, seed: int) -> list[Floats]:
    """Read recordings in random order until an hour is read; a damaged or silent recording is left out."""
    import numpy as np

    from whipbird.errors import DataError
    from whipbird_train.datasets.clips import Clip, read_sounds

    backgrounds: list[Floats] = []
    seconds = 0.0
    order = [paths[index] for index in np.random.default_rng(seed).permutation(len(paths))]
    for path in tracked(order, "reading backgrounds"):
        if seconds < ENOUGH_BACKGROUND_S:
            waves = read_sounds([Clip(path, "", "", "", duration_s=ENOUGH_BACKGROUND_S)], rate_hz)[1]
            audible = [wave for wave in waves if wave.any()]
            if waves and not audible:
                log.warning("left out %s: it is silent", path)
            backgrounds += audible
            seconds += sum(map(len, audible)) / rate_hz
    if not backgrounds:
        raise DataError(f"none of {len(paths)} background recordings can be used")
    return backgrounds


def _write(out: Path, stream: Floats, rate_hz: int, table: Path, placed: Sequence[Any], kind: Kind) -> None:
    import soundfile

    from whipbird.formats.annotation_files import write_annotations

    try:
        soundfile.write(out, stream, rate_hz, subtype="PCM_16")
    except (soundfile.SoundFileError, OSError) as error:
        raise WhipbirdError(f"cannot write {out}: {getattr(error, 'strerror', None) or error}") from error
    try:
        write_annotations(table, {out.name: placed}, kind.value)
    except ValueError as error:
        raise WhipbirdError(f"cannot write {table}: {error}") from error
