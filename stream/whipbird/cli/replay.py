"""``whipbird replay``: process recordings as if they were live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import (
    Channel,
    Embeddings,
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
    TimeZone,
    Windows,
)
from whipbird.cli.output_options import with_outputs
from whipbird.cli.running import choose_output, run_session
from whipbird.cli.values import load_models, parse_channel, parse_species, parse_time_zone
from whipbird.models.settings import RANGE_THRESHOLD

if TYPE_CHECKING:
    from whipbird.sinks.settings import Outputs

__all__ = ["app"]

app = command_app()


@app.command(
    epilog="Examples:\n\n"
    "whipbird replay --demo\n\n"
    "whipbird replay words.wav\n\n"
    "whipbird replay recordings/ 'more/*.mp3' --speed max --json\n\n"
    "whipbird replay meeting.flac --model commands --model ./my-model --channel 1\n\n"
    "whipbird replay forest/ --speed max --model birdnet --place 47.6,8.2 --names de"
)
@with_outputs
def replay(
    recordings: Annotated[
        list[str] | None, typer.Argument(help="Recordings (WAV, FLAC, OGG, MP3, …), folders or patterns.")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Replay the recording of synthetic voices that comes with whipbird.")
    ] = False,
    model: ModelNames = ["commands"],  # noqa: B006
    speed: Annotated[
        str, typer.Option(metavar="FACTOR", help="Playback speed: 1 is real time, any factor, or [bold]max[/bold].")
    ] = "1",
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
    plain: Plain = False,
    json_: Json = False,
    *,
    outputs: Outputs | None,
    station: str,
) -> None:
    """Replay recordings as if they were live.

    Events are the same at every speed. A broken recording is reported and processed as far as it can be read; the next
    recordings follow.

    [bold]Exit codes[/bold]: 0 every recording was processed to its end; 1 something could not be found, processed to
    its end or written, and a line on standard error says what; 2 invalid command line; 130 and 143 stopped by Ctrl-C
    and SIGTERM.
    """
    from whipbird.recordings.files import find_recordings
    from whipbird.sources.replay import Replay
    from whipbird.system.address import scheme
    from whipbird.system.shipped import demo_recording

    wanted = [*(recordings or []), *([str(demo_recording())] if demo else [])]
    if not wanted:
        raise typer.BadParameter("give recordings, or --demo", param_hint="RECORDINGS")
    if any(map(scheme, wanted)):
        raise typer.BadParameter("addresses are not supported here; use 'whipbird listen' for network streams")
    if embeddings is not None:
        from whipbird.system.extras import check_installed

        check_installed("scan", "pyarrow")
    factor, zone = _parse_speed(speed), parse_time_zone(time_zone)
    problems: list[str] = []
    sources = [Replay(path, factor, zone) for path in find_recordings(wanted, problems.append)]
    models = load_models(model, sensitivity, threshold, hop, embeddings is not None, names)
    species = parse_species(models, names, place, range_threshold, include, exclude)
    number = parse_channel(channel)
    run_session(
        sources,
        models,
        number,
        label,
        choose_output(plain, json_),
        outputs,
        station,
        live=False,
        endless=False,
        problems=problems,
        species=species,
        windows=windows,
        embeddings=embeddings,
    )


def _parse_speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise typer.BadParameter(f"speed {text!r}: give a factor such as 1 or 10, or max")
    return factor
