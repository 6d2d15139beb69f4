"""``whipbird tone``: pure tones, sweeps and clicks, written or played."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.errors import WhipbirdError
from whipbird.system.whole_file import whole_file

if TYPE_CHECKING:
    from whipbird.arrays import Doubles

__all__ = ["app"]

RATE_HZ = 48_000
LONGEST = 60_000_000  # samples: 20 minutes at 48 kHz
SUFFIXES = (".wav", ".flac")

app = command_app()


@app.command(
    name="tone",
    epilog="Examples:\n\n"
    "whipbird tone 440\n\n"
    "whipbird tone 500 1000 5000 --together --out chord.wav\n\n"
    "whipbird tone --sweep 100 8000 --seconds 5 --level -20\n\n"
    "whipbird tone --clicks 2 --seconds 10",
)
def tone(
    frequencies: Annotated[list[float] | None, typer.Argument(metavar="[HZ]...", help="Of tones.")] = None,
    sweep: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="HZ HZ", help="A tone that goes from one frequency to another, too."),
    ] = None,
    clicks: Annotated[float | None, typer.Option(metavar="COUNT", help="Clicks, so many in a second, too.")] = None,
    together: Annotated[bool, typer.Option("--together", help="All at once, instead of one after the other.")] = False,
    seconds: Annotated[float, typer.Option(min=0.001, max=3600, metavar="SECONDS", help="How long each lasts.")] = 1.0,
    level: Annotated[
        float, typer.Option(min=-120, max=0, metavar="DBFS", help="Level of the highest peak; 0 is full scale.")
    ] = -12.0,
    fade: Annotated[
        float, typer.Option(min=0, max=3600, metavar="SECONDS", help="How long each rises and falls at its ends.")
    ] = 0.01,
    rate: Annotated[
        int | None,
        typer.Option(
            min=1000,
            max=1_000_000,
            metavar="HZ",
            help=f"Of a file, or wanted of the device. Default: {RATE_HZ}, or the device's own.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write WAV or FLAC of 24 bit; else it is played.")
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", "-d", metavar="DEVICE", help="Loudspeaker: number or part of its name.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a file that is there.")] = False,
) -> None:
    """Make pure tones, sweeps and clicks: write them to a file, or play them.

    One after the other, or all at once. The same words make the same file, to the last byte.
    """
    from whipbird.soundcheck.tones import joined

    wanted = [*(frequencies or []), *(sweep or ())]
    if not wanted and clicks is None:
        raise typer.BadParameter("nothing to make: give frequencies, --sweep or --clicks")
    if clicks is not None and not 0 < clicks <= 500:
        raise typer.BadParameter(f"--clicks {clicks:g}: give a number up to 500")
    parts = len(frequencies or []) + (sweep is not None) + (clicks is not None)

    def sound(rate_hz: int) -> Doubles:
        for frequency_hz in wanted:
            if not 0 < frequency_hz < rate_hz / 2 or not math.isfinite(frequency_hz):
                raise typer.BadParameter(f"{frequency_hz:g} Hz: at a rate of {rate_hz} Hz give less than half of it")
        if (1 if together else parts) * seconds * rate_hz > LONGEST:
            raise typer.BadParameter(f"that is too long: {LONGEST} samples are the most")
        return joined(frequencies or [], sweep, clicks, seconds, rate_hz, fade, level, together)

    if out is not None:
        rate_hz = rate or RATE_HZ
        _write(out, sound(rate_hz), rate_hz, replace)
        return
    from whipbird.soundcheck.speaker import Speaker

    with Speaker(device, rate) as speaker:
        speaker.play(sound(speaker.rate_hz))


def _write(path: Path, sound: Doubles, rate_hz: int, replace: bool) -> None:
    """Write a file whole, or not at all."""
    import soundfile

    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise typer.BadParameter(f"--out {path}: no known kind of sound; name it .wav or .flac")
    if path.exists() and not replace:
        raise WhipbirdError(f"{path} is there already; add --replace to write it anew")
    try:
        with whole_file(path) as file:
            soundfile.write(file, sound, rate_hz, subtype="PCM_24", format=suffix[1:].upper())
    except (soundfile.SoundFileError, OSError) as error:
        raise WhipbirdError(f"cannot write {path}: {getattr(error, 'strerror', None) or error}") from error
    print(f"{path}: {len(sound) / rate_hz:.3f} s, {rate_hz} Hz")
