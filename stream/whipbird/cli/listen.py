"""``whipbird listen``: process sound from a microphone, a network feed or another program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import (
    Exclude,
    Hop,
    Include,
    Json,
    Labels,
    ModelNames,
    Names,
    PlaceText,
    Plain,
    RangeThreshold,
    Sensitivity,
    Threshold,
)
from whipbird.cli.output_options import with_outputs
from whipbird.cli.running import choose_output, run_session
from whipbird.cli.values import load_models, parse_channel, parse_species
from whipbird.models.settings import RANGE_THRESHOLD

if TYPE_CHECKING:
    from whipbird.sinks.settings import Outputs

__all__ = ["app"]

app = command_app()


@app.command(
    epilog="Examples:\n\n"
    "whipbird listen\n\n"
    "whipbird listen --device usb --channel 2 --model commands\n\n"
    "arecord -t wav -f S16_LE -r 16000 | whipbird listen - --json\n\n"
    "whipbird listen rtsp://camera.local/stream --model capuchinbird\n\n"
    "sox talk.wav -t raw -r 16000 -e float -b 32 - | whipbird listen - --rate 16000 --format f32le"
)
@with_outputs
def listen(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="ADDRESS|-",
            help="Network stream (rtsp://, http:// and others) or .sdp file; - reads standard input (WAV, or raw "
            "samples with --rate). Default: a microphone.",
        ),
    ] = None,
    model: ModelNames = ["commands"],  # noqa: B006  (typer copies it)
    device: Annotated[
        str | None,
        typer.Option(
            "--device",
            "-d",
            metavar="DEVICE",
            help="Microphone: its number or part of its name; see 'whipbird devices'.",
        ),
    ] = None,
    channel: Annotated[
        str | None,
        typer.Option(
            metavar="CHANNEL",
            help="Channel to process, counted from 1, or [bold]mix[/bold]. Default: 1 for a microphone, otherwise mix.",
        ),
    ] = None,
    label: Labels = [],  # noqa: B006
    sensitivity: Sensitivity = "balanced",
    threshold: Threshold = [],  # noqa: B006
    hop: Hop = None,
    rate: Annotated[
        int | None,
        typer.Option(min=1, metavar="HZ", help="Sample rate to request from the microphone, or of raw samples."),
    ] = None,
    channels: Annotated[
        int | None, typer.Option(min=1, metavar="COUNT", help="Number of channels of raw samples.")
    ] = None,
    sample_format: Annotated[
        str | None,
        typer.Option("--format", metavar="FORMAT", help="Format of raw samples: s16le, s24le, s32le or f32le."),
    ] = None,
    duration: Annotated[
        float | None, typer.Option(min=0, max=1e9, metavar="SECONDS", help="Stop after this many seconds.")
    ] = None,
    names: Names = "en",
    place: PlaceText = None,
    range_threshold: RangeThreshold = RANGE_THRESHOLD,
    include: Include = [],  # noqa: B006
    exclude: Exclude = [],  # noqa: B006
    plain: Plain = False,
    json_: Json = False,
    *,
    outputs: Outputs | None,
    station: str,
) -> None:
    """Listen to a microphone, a network stream, or sound from another program.

    Press Ctrl-C to stop and print a summary.

    [bold]Exit codes[/bold]: 0 stopped, or the sound ended (gaps show what was lost); 1 something could not be found,
    opened or written, and a line on standard error says what; 2 invalid command line; 130 Ctrl-C before it listened.
    """
    from whipbird.sources.base import Source
    from whipbird.system.address import is_feed, local_path
    from whipbird.system.address_list import file_of_addresses

    if source is not None and source != "-" and not is_feed(source):
        # The message does not repeat the address, which may contain a password.
        raise typer.BadParameter(
            file_of_addresses(local_path(source))
            or "expected -, an address such as rtsp://… or an .sdp file; use 'whipbird replay' for recordings"
        )
    if source is not None and device is not None:
        raise typer.BadParameter("--device cannot be used with standard input or a network stream")
    if source != "-" and (channels is not None or sample_format is not None):
        raise typer.BadParameter("--channels and --format apply only to raw samples on standard input")
    number = parse_channel(channel or ("1" if source is None else "mix"))
    chosen: Source
    if source is None:
        from whipbird.sources.microphone import Microphone

        chosen = Microphone(device, number, rate)
    elif source == "-":
        from whipbird.sources.pipe import StandardInput

        chosen = StandardInput(rate, channels, sample_format)
    else:
        if rate is not None:
            raise typer.BadParameter("--rate cannot be used with a network stream")
        from whipbird.sources.feed import Feed

        chosen = Feed(source, limit_s=duration)
    models = load_models(model, sensitivity, threshold, hop, language=names)
    species = parse_species(models, names, place, range_threshold, include, exclude)
    run_session(
        [chosen],
        models,
        number,
        label,
        choose_output(plain, json_),
        outputs,
        station,
        chosen.live,
        True,
        duration,
        species=species,
    )
