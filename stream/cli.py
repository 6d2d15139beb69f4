"""The command line. Each command imports what it needs when it runs, so that help and completion are quick."""

from __future__ import annotations

import json
import os
import sys
from enum import StrEnum
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core
import typer.main

from stream import __version__
from stream.errors import WhipbirdError
from stream.options import Channel, Json, Labels, ModelName, ModelNames, Outputs, Plain, Sensitivity

if TYPE_CHECKING:
    from datetime import tzinfo

    from stream.model import Model

__all__ = ["run"]

EXIT_CODES = """
[bold]Exit codes[/bold]: 0 every source was heard to its end (gaps tell what was lost on the way); 1 something could not
be heard to its end, used or written (a broken recording, a missing model or device, a full disk), and a line on
standard error says what; 2 the command was not understood; 130 and 143 Ctrl-C and SIGTERM ended a replay before its
end (they end listening, too, with 0).
"""


class Commands(typer.core.TyperGroup):
    """The commands below, and those that other packages announce as entry points, loaded when they are called."""

    GROUP = "whipbird.commands"

    def list_commands(self, context: Any) -> list[str]:
        return [*super().list_commands(context), *(point.name for point in entry_points(group=self.GROUP))]

    def get_command(self, context: Any, name: str) -> Any:
        if (command := super().get_command(context, name)) is not None:
            return command
        for point in entry_points(group=self.GROUP, name=name):
            return typer.main.get_command(point.load())
        return None


app = typer.Typer(
    name="whipbird",
    cls=Commands,
    help="Whipbird listens: a real-time keyword spotter and bird-call detector.\n\n" + EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Output(StrEnum):
    """Where reports go."""

    DASHBOARD = "dashboard"
    PLAIN = "plain"
    JSON = "json"


def _version(asked: bool) -> None:
    if asked:
        print(f"whipbird {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command(
    epilog="Examples:\n\n"
    "whipbird listen\n\n"
    "whipbird listen --device usb --channel 2 --model commands\n\n"
    "arecord -t wav -f S16_LE -r 16000 | whipbird listen - --json\n\n"
    "ffmpeg -i URL -f s16le -ar 16000 -ac 1 - | whipbird listen - --rate 16000 --format s16le"
)
def listen(
    source: Annotated[
        str | None,
        typer.Argument(metavar="[-]", help="A single - listens to standard input (WAV, or raw with --rate)."),
    ] = None,
    model: ModelNames = ["commands"],  # noqa: B006  (typer copies it)
    device: Annotated[
        str | None,
        typer.Option(
            "--device", "-d", metavar="DEVICE", help="Microphone: number or part of its name, see 'whipbird devices'."
        ),
    ] = None,
    channel: Annotated[
        str | None,
        typer.Option(
            metavar="CHANNEL",
            help="Channel, counted from 1, or [bold]mix[/bold]. Default: the first of a microphone, mix of a pipe.",
        ),
    ] = None,
    label: Labels = [],  # noqa: B006
    sensitivity: Sensitivity = "balanced",
    rate: Annotated[
        int | None,
        typer.Option(min=1, metavar="HZ", help="Rate in Hz: wanted of a microphone, or that of raw samples."),
    ] = None,
    channels: Annotated[int | None, typer.Option(min=1, metavar="COUNT", help="Channels of raw samples.")] = None,
    sample_format: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="Format of raw samples: s16le, f32le, S24_LE, …")
    ] = None,
    duration: Annotated[
        float | None, typer.Option(min=0, max=1e9, metavar="SECONDS", help="Stop after so many seconds.")
    ] = None,
    out: Outputs = [],  # noqa: B006
    plain: Plain = False,
    json_: Json = False,
) -> None:
    """Listen to a microphone, or to sound from another program.

    Ends with Ctrl-C and a summary.
    """
    from stream.sources.base import Source

    if source not in (None, "-"):
        raise typer.BadParameter(f"{source!r}: only - can stand here; recordings are for 'whipbird replay'")
    one: Source
    if source == "-":
        if device is not None:
            raise typer.BadParameter("--device does not go with standard input")
        from stream.sources.pipe import StandardInput

        number = _channel(channel or "mix")
        one = StandardInput(rate, channels, sample_format)
    else:
        if channels is not None or sample_format is not None:
            raise typer.BadParameter("--channels and --format describe raw samples on standard input")
        from stream.sources.microphone import Microphone

        number = _channel(channel or "1")
        one = Microphone(device, number, rate)
    _run_session(
        [one], _load_models(model, sensitivity), number, label, _output(plain, json_), out, one.live, True, duration
    )


@app.command(
    epilog="Examples:\n\n"
    "whipbird replay words.wav\n\n"
    "whipbird replay recordings/ 'more/*.mp3' --speed max --json\n\n"
    "whipbird replay meeting.flac --model commands --model ./my-model --channel 1"
)
def replay(
    recordings: Annotated[list[str], typer.Argument(help="Recordings (WAV, FLAC, OGG, MP3), folders, patterns.")],
    model: ModelNames = ["commands"],  # noqa: B006
    speed: Annotated[
        str, typer.Option(metavar="FACTOR", help="1 is as recorded, any factor, or [bold]max[/bold].")
    ] = "1",
    channel: Channel = "mix",
    label: Labels = [],  # noqa: B006
    sensitivity: Sensitivity = "balanced",
    time_zone: Annotated[
        str | None,
        typer.Option(
            metavar="ZONE",
            help="Time zone of recordings that do not tell theirs, such as Australia/Sydney or +10:00. Default: UTC "
            "where an AudioMoth named the file, else the system's.",
        ),
    ] = None,
    out: Outputs = [],  # noqa: B006
    plain: Plain = False,
    json_: Json = False,
) -> None:
    """Replay recordings as if they were heard live.

    Events are the same at every speed. A broken recording is reported, what can be read of it is heard, and the next
    one goes on.
    """
    from stream.sources.replay import Replay, find_recordings

    factor, zone = _speed(speed), _time_zone(time_zone)
    sources = [Replay(path, factor, zone) for path in find_recordings(recordings)]
    models = _load_models(model, sensitivity)
    _run_session(sources, models, _channel(channel), label, _output(plain, json_), out, live=False, endless=False)


@app.command(epilog="Example:\n\nwhipbird classify yes.wav no.wav --json")
def classify(
    clips: Annotated[list[str], typer.Argument(help="Short recordings of one sound each.")],
    model: ModelName = "commands",
    channel: Channel = "mix",
    json_: Json = False,
) -> None:
    """Say what a clip holds: one label, and the score of each."""
    from rich.console import Console
    from rich.text import Text

    from stream.classify import classify as classify_clip
    from stream.classify import read_clip
    from stream.model import Model
    from stream.sinks.plain import one_line

    network = Model(model)
    number = _channel(channel)
    console = Console(highlight=False)
    failed = False
    for path in clips:
        try:
            result = classify_clip(network, *read_clip(path, number))
        except WhipbirdError as error:
            _say(str(error))
            failed = True
            continue
        if json_:
            scores = {label: round(score, 6) for label, score in result.scores.items()}
            print(json.dumps({"path": path, "label": result.label, "score": round(result.score, 6), "scores": scores}))
        else:
            ranked = sorted(result.scores.items(), key=lambda item: -item[1])[1:4]
            others = ", ".join(f"{label} {score:.0%}" for label, score in ranked)
            line = Text(f"{one_line(path)}: ")
            line.append(result.label, "bold").append(f" {result.score:.0%}").append(f"  ({others})", "dim")
            console.print(line, soft_wrap=True)
    if failed:
        raise typer.Exit(1)


@app.command(epilog="Example:\n\nwhipbird devices --json")
def devices(json_: Json = False) -> None:
    """List the devices that can record."""
    from dataclasses import asdict

    from rich.console import Console
    from rich.text import Text

    from stream.sources.devices import input_devices

    found = input_devices()
    if json_:
        for device in found:
            print(json.dumps(asdict(device)))
    elif not found:
        raise WhipbirdError("the system has no device that can record")
    else:
        table = _table("number", "name", "sound system", "channels", "rate")
        for device in found:
            name = Text(f"{device.name} (default)" if device.default else device.name, "bold" if device.default else "")
            table.add_row(str(device.number), name, Text(device.host), str(device.channels), f"{device.rate_hz} Hz")
        Console().print(table)


@app.command(epilog="Example:\n\nwhipbird models --json")
def models(json_: Json = False) -> None:
    """List the installed models, and where to put your own."""
    from rich.console import Console
    from rich.text import Text

    from stream.errors import BundleError
    from stream.model import find_bundles, read_card, shipped_folder, user_folder

    table = _table("name", "version", "rate", "licence", "hears")
    for name, folder in find_bundles().items():
        try:
            card = read_card(folder)
        except BundleError as error:
            _say(str(error))
            continue
        if json_:
            print(json.dumps({"name": name, "folder": str(folder), "card": card.model_dump()}))
        cells = (name, card.version, f"{card.sample_rate_hz} Hz", card.licence, ", ".join(card.debounce))
        table.add_row(*(Text(cell) for cell in cells))
    if not json_:
        console = Console()
        console.print(table)
        console.print(
            f"\nThe models that come with whipbird are in {_short(shipped_folder())}, each with a page about it.\n"
            f"Your own go into {_short(user_folder())}, or anywhere else with --model FOLDER.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


@app.command(
    epilog="Examples:\n\nwhipbird report forest.sqlite\n\n"
    "whipbird report forest.sqlite --csv activity.csv --figure activity.png"
)
def report(
    database: Annotated[Path, typer.Argument(metavar="DATABASE", help="What --out wrote to a .sqlite or .db file.")],
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a row for each source, label and hour, too.")
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw activity and effort by hour of day, too, as PNG.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")] = False,
) -> None:
    """Tell what was heard, when, and in how many hours of listening.

    Counts per label, hour of day and day, each with the hours that were heard of them, and what was lost. A recording
    that was heard twice counts once.
    """
    from rich.console import Console

    from stream.activity.account import read_account
    from stream.activity.export import as_object, write_csv
    from stream.activity.figure import write_figure
    from stream.activity.tables import tables

    account = read_account(database)
    if csv is not None:
        write_csv(account, csv)
    if figure is not None:
        write_figure(account, figure)
    if json_:
        print(json.dumps(as_object(account)))
    else:
        console = Console(highlight=False)
        console.print(tables(account, console.width))


def run() -> None:
    """Run the command line; anything a user can mend becomes one line on standard error."""
    try:
        app(prog_name="whipbird")
    except WhipbirdError as error:
        _say(str(error))
        sys.exit(1)
    except OSError as error:  # of standard output; everything else is caught where it belongs
        _say(f"output failed: {error.strerror or error}")
        sys.exit(1)


def _run_session(
    sources: list[Any],
    models: list[Model],
    channel: int | None,
    labels: list[str],
    output: Output,
    out: list[str],
    live: bool,
    endless: bool,
    duration_s: float | None = None,
) -> None:
    from stream.session import Session
    from stream.sinks.outputs import open_outputs

    chosen = _labels(labels, models)
    files = open_outputs(out, recordings=all(source.path is not None for source in sources))
    session = Session(models, output, channel, chosen, live, files)
    code = session.run(sources, duration_s)
    if session.stuck:
        sys.stderr.flush()
        os._exit(code)  # an ordinary exit would wait for the thread that is
    if session.interrupted and not endless:
        raise typer.Exit(128 + session.interrupted)
    if code:
        raise typer.Exit(code)


def _load_models(names: list[str], sensitivity: str) -> list[Model]:
    from stream.errors import BundleError
    from stream.model import Model

    loaded: dict[Path, Model] = {}
    for name in names:
        model = Model(name, sensitivity)
        loaded.setdefault(model.folder.resolve(), model)
    seen: dict[str, Path] = {}
    for folder, model in loaded.items():
        other = seen.setdefault(model.card.name, folder)
        if other != folder:
            raise BundleError(
                f"{folder} and {other} are both named {model.card.name!r}; their events could not be told apart"
            )
    return list(loaded.values())


def _labels(labels: list[str], models: list[Model]) -> frozenset[str] | None:
    if not labels:
        return None
    known = {label for model in models for label in model.card.debounce}
    unknown = [label for label in labels if label not in known]
    if unknown:
        raise typer.BadParameter(f"no model here reports {unknown[0]!r}; known are {', '.join(sorted(known))}")
    return frozenset(labels)


def _output(plain: bool, json_: bool) -> Output:
    if json_:
        return Output.JSON
    shows = sys.stdout.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")
    return Output.DASHBOARD if shows and not plain else Output.PLAIN


def _channel(text: str) -> int | None:
    if text == "mix":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise typer.BadParameter(f"channel {text!r}: give a number from 1, or mix")
    return int(text)


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise typer.BadParameter(f"speed {text!r}: give a factor such as 1 or 10, or max")
    return factor


def _time_zone(text: str | None) -> tzinfo | None:
    from stream.metadata import zones

    try:
        return None if text is None else zones.time_zone(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _table(*headings: str) -> Any:
    from rich.table import Table

    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=heading == "name")
    return table


def _short(path: Path) -> str:
    try:
        home = Path.home()
    except RuntimeError:  # there is none
        return str(path)
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _say(text: str) -> None:
    from stream.sinks.plain import one_line

    print(f"whipbird: {one_line(text)}", file=sys.stderr)
