"""``whipbird tone``: write or play pure tones, sweeps and clicks."""

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
    frequencies: Annotated[list[float] | None, typer.Argument(metavar="HZ", help="Frequencies of tones.")] = None,
    sweep: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="HZ HZ", help="Add a sweep from one frequency to another."),
    ] = None,
    clicks: Annotated[float | None, typer.Option(metavar="COUNT", help="Add clicks, this many per second.")] = None,
    together: Annotated[
        bool, typer.Option("--together", help="Combine all sounds instead of one after the other.")
    ] = False,
    seconds: Annotated[float, typer.Option(min=0.001, max=3600, metavar="SECONDS", help="Length of each sound.")] = 1.0,
    level: Annotated[
        float, typer.Option(min=-120, max=0, metavar="DBFS", help="Level of the highest peak; 0 is full scale.")
    ] = -12.0,
    fade: Annotated[
        float,
        typer.Option(min=0, max=3600, metavar="SECONDS", help="Length of the fades at both ends of tones and sweeps."),
    ] = 0.01,
    rate: Annotated[
        int | None,
        typer.Option(
            min=1000,
            max=1_000_000,
            metavar="HZ",
            help=f"Sample rate of the file or the device. Default: {RATE_HZ}, or the device's own.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write a 24-bit WAV or FLAC file instead of playing."),
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", "-d", metavar="DEVICE", help="Loudspeaker: number or part of its name.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an existing file.")] = False,
) -> None:
    """Make pure tones, sweeps and clicks, and play them or write them to a file.

    They come one after the other, or all at once. The same arguments always give the same file, to the last byte.
    """
    from whipbird.soundcheck.tones import joined

    wanted = [*(frequencies or []), *(sweep or ())]
    if not wanted and clicks is None:
        raise typer.BadParameter("nothing to make: give frequencies, --sweep or --clicks")
    if clicks is not None and not 0 < clicks <= 500:
        raise typer.BadParameter(f"--clicks {clicks:g}: give a number above 0, up to 500")
    parts = len(frequencies or []) + (sweep is not None) + (clicks is not None)

    def sound(rate_hz: int) -> Doubles:
        for frequency_hz in wanted:
            if not 0 < frequency_hz < rate_hz / 2 or not math.isfinite(frequency_hz):
                raise typer.BadParameter(
                    f"{frequency_hz:g} Hz: give more than 0 and less than half of the sample rate of {rate_hz} Hz"
                )
        if (1 if together else parts) * seconds * rate_hz > LONGEST:
            raise typer.BadParameter(f"too long: give up to {LONGEST} samples in total")
        return joined(frequencies or [], sweep, clicks, seconds, rate_hz, fade, level, together)

    if out is not None:
        rate_hz = rate or RATE_HZ
        _write(out, sound(rate_hz), rate_hz, replace)
        return
    from whipbird.soundcheck.speaker import Speaker

    with Speaker(device, rate) as speaker:
        speaker.play(sound(speaker.rate_hz))


def _write(path: Path, sound: Doubles, rate_hz: int, replace: bool) -> None:
    """Write a complete file, or none."""
    import soundfile

    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise typer.BadParameter(f"--out {path}: unknown extension; use .wav or .flac")
    if path.exists() and not replace:
        raise WhipbirdError(f"{path} exists already; add --replace to overwrite it")
    try:
        with whole_file(path) as file:
            soundfile.write(file, sound, rate_hz, subtype="PCM_24", format=suffix[1:].upper())
    except (soundfile.SoundFileError, OSError) as error:
        raise WhipbirdError(f"cannot write {path}: {getattr(error, 'strerror', None) or error}") from error
    print(f"{path}: {len(sound) / rate_hz:.3f} s, {rate_hz} Hz")
