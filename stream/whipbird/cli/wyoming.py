"""``whipbird wyoming``: a server of wake words for Home Assistant and its satellites."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import Json, Sensitivity, Threshold, complete_models
from whipbird.cli.output_options import with_outputs
from whipbird.cli.values import choose_thresholds, in_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from whipbird.home.near_misses import NearMisses
    from whipbird.sinks.settings import Outputs
    from whipbird.sources.base import Notify
    from whipbird.station.settings.outputs import StationOutputs

__all__ = ["app"]

app = command_app()


@app.command(
    name="wyoming",
    epilog="Examples:\n\n"
    "whipbird wyoming\n\n"
    "whipbird wyoming --model openwakeword-alexa --room kitchen=192.168.1.20\n\n"
    "whipbird wyoming --out house.sqlite --clips wakes/ --clips-keep 14d",
)
@with_outputs
def wyoming(
    uri: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where it listens: tcp://HOST:PORT or unix://PATH.")
    ] = "tcp://0.0.0.0:10400",
    model: Annotated[
        list[str],
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="Installed model, or the folder of a model; repeat for several. Default: all installed models of "
            "words, also those that are installed later.",
            autocompletion=complete_models,
            show_default=False,
        ),
    ] = [],  # noqa: B006
    sensitivity: Sensitivity = "balanced",
    threshold: Threshold = [],  # noqa: B006
    room: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=ADDRESS",
            help="Name of the room of a client, by its IP address; repeat for several. Default: the address.",
            show_default=False,
        ),
    ] = [],  # noqa: B006
    room_thresholds: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Thresholds of phrases in single rooms, from [bold]whipbird calibrate --by-room[/bold].",
            show_default=False,
        ),
    ] = None,
    near_misses: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Keep the sound of near misses, which reach half a threshold, in this folder.",
            show_default=False,
        ),
    ] = None,
    near_keep: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="With --near-misses: remove their sound after this time, such as 7d.",
            show_default=False,
        ),
    ] = None,
    zeroconf: Annotated[
        bool, typer.Option("--zeroconf/--no-zeroconf", help="Announce the server in the local network.")
    ] = True,
    json_: Json = False,
    *,
    outputs: Outputs | None,
    station: str,
) -> None:
    """Serve wake words to Home Assistant and to satellites, by the Wyoming protocol.

    All clients share the models, and each listens for the phrases that it asks for. A model with one label is a phrase
    under the model's name; the labels of others are phrases such as commands/stop.

    With --out, each wake is kept with the room and the hours listened; with --clips, its sound as well. Near misses are
    kept with --near-misses and --near-keep only, and wake nothing.

    [bold]Exit codes[/bold]: 0 stopped; 1 it could not start, or could not write everything; 2 invalid command line.
    """
    from whipbird.system.extras import check_installed

    check_installed("home", "wyoming")
    from whipbird.home.address import parse_address
    from whipbird.home.catalog import Catalog, installed_models_of_words
    from whipbird.home.room_thresholds import NO_ROOM_THRESHOLDS, read_room_thresholds
    from whipbird.home.rooms import parse_rooms
    from whipbird.home.run import serve
    from whipbird.system.hard_exit import exit_now

    with in_option("--uri "):
        address = parse_address(uri)
    with in_option("--room "):
        rooms = parse_rooms(room)
    thresholds = choose_thresholds(threshold, model or installed_models_of_words())
    by_room = NO_ROOM_THRESHOLDS if room_thresholds is None else read_room_thresholds(room_thresholds)
    catalog = Catalog(model, sensitivity, thresholds, by_room)
    near = _near(near_misses, near_keep, station)
    exit_now(serve(address, catalog, rooms, _for_station(outputs), station, json_, zeroconf, near))


def _near(folder: Path | None, keep: str | None, station: str) -> Callable[[Notify], NearMisses] | None:
    """Opens what keeps near misses; None if they are not wanted."""
    from whipbird.home.near_misses import NearMisses
    from whipbird.sinks.values import seconds_of

    if (folder is None) != (keep is None):
        raise typer.BadParameter("--near-misses and --near-keep: give both, for how long their sound is kept")
    if folder is None or keep is None:
        return None
    try:
        keep_s = seconds_of(keep)
    except ValueError as error:
        raise typer.BadParameter(f"--near-keep: {error}") from error
    return lambda notify: NearMisses(folder, keep_s, station, notify)


def _for_station(outputs: Outputs | None) -> StationOutputs:
    """Outputs for several sources at once."""
    from pydantic import ValidationError

    from whipbird.station.settings.outputs import StationOutputs
    from whipbird.system.strict import explain

    if outputs is None:
        return StationOutputs()
    try:
        files = StationOutputs(files=outputs.files)
    except ValidationError as error:
        raise typer.BadParameter(f"--out: {explain(error.errors(include_url=False)[0])}") from error
    others = {name: value for name, value in outputs if name != "files"}
    if outputs.clips is not None:  # of what was said at home
        others["clips"] = outputs.clips.model_copy(update={"never_longer": True})
    return files.model_copy(update=others)
