"""The command line. Each command imports what it needs when it runs, so that help and completion are quick."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer
import typer.core
import typer.main

from whipbird import __version__
from whipbird.cli.command import HELP
from whipbird.cli.options import Channel, Json, Labels, ModelName, ModelNames, Plain, Sensitivity, TimeZone
from whipbird.cli.output_options import openers, with_outputs
from whipbird.cli.values import choose_labels, load_models, parse_channel, parse_time_zone
from whipbird.errors import WhipbirdError
from whipbird.terminal.printing import has_screen, new_table, say

if TYPE_CHECKING:
    from whipbird.listen.session import Session
    from whipbird.models.model import Model
    from whipbird.sinks.settings import Outputs

__all__ = ["run"]

EXIT_CODES = """
[bold]Exit codes[/bold]: 0 every source was heard to its end (gaps tell what was lost on the way); 1 something could not
be heard to its end, used or written (a broken recording, a missing model or device, a full disk), and a line on
standard error says what; 2 the command was not understood; 130 and 143 Ctrl-C and SIGTERM ended a replay before its
end (they end listening, too, with 0).
"""


class Commands(typer.core.TyperGroup):
    """The commands below, and those of other modules and of packages with entry points, loaded when they are called."""

    MODULES: ClassVar[dict[str, str]] = {
        "monitor": "whipbird.cli.monitor",
        "status": "whipbird.cli.status",
        "scan": "whipbird.cli.scan",
        "export": "whipbird.cli.export",
        "tone": "whipbird.cli.tone",
        "selftest": "whipbird.cli.selftest",
    }
    GROUP = "whipbird.commands"

    def list_commands(self, context: Any) -> list[str]:
        others = (point.name for point in entry_points(group=self.GROUP))
        return [*super().list_commands(context), *self.MODULES, *others]

    def get_command(self, context: Any, name: str) -> Any:
        if (command := super().get_command(context, name)) is not None:
            return command
        if name in self.MODULES:
            return typer.main.get_command(import_module(self.MODULES[name]).app)
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
    context_settings=HELP,
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
    "whipbird listen rtsp://camera.local/stream --model capuchinbird\n\n"
    "sox talk.wav -t raw -r 16000 -e float -b 32 - | whipbird listen - --rate 16000 --format f32le"
)
@with_outputs
def listen(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="ADDRESS|-",
            help="Of a network feed: rtsp://, http:// and others, or an .sdp file. A single - listens to standard "
            "input (WAV, or raw with --rate). Default: a microphone.",
        ),
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
            help="Channel, counted from 1, or [bold]mix[/bold]. Default: the first of a microphone, else mix.",
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
        str | None,
        typer.Option("--format", metavar="FORMAT", help="Format of raw samples: s16le, s24le, s32le or f32le."),
    ] = None,
    duration: Annotated[
        float | None, typer.Option(min=0, max=1e9, metavar="SECONDS", help="Stop after so many seconds.")
    ] = None,
    plain: Plain = False,
    json_: Json = False,
    *,
    outputs: Outputs,
    station: str,
) -> None:
    """Listen to a microphone, to a network feed, or to sound from another program.

    Ends with Ctrl-C and a summary.
    """
    from whipbird.sources.base import Source
    from whipbird.system.address import is_feed

    if source is not None and source != "-" and not is_feed(source):
        # It is not repeated: it may hold a password.
        raise typer.BadParameter(
            "only -, an address such as rtsp://… or an .sdp file can stand here; recordings are for 'whipbird replay'"
        )
    if source is not None and device is not None:
        raise typer.BadParameter("--device does not go with standard input or a feed")
    if source != "-" and (channels is not None or sample_format is not None):
        raise typer.BadParameter("--channels and --format describe raw samples on standard input")
    number = parse_channel(channel or ("1" if source is None else "mix"))
    one: Source
    if source is None:
        from whipbird.sources.microphone import Microphone

        one = Microphone(device, number, rate)
    elif source == "-":
        from whipbird.sources.pipe import StandardInput

        one = StandardInput(rate, channels, sample_format)
    else:
        if rate is not None:
            raise typer.BadParameter("--rate does not go with a feed")
        from whipbird.sources.feed import Feed

        one = Feed(source)
    models = load_models(model, sensitivity)
    _run_session([one], models, number, label, _output(plain, json_), outputs, station, one.live, True, duration)


@app.command(
    epilog="Examples:\n\n"
    "whipbird replay words.wav\n\n"
    "whipbird replay recordings/ 'more/*.mp3' --speed max --json\n\n"
    "whipbird replay meeting.flac --model commands --model ./my-model --channel 1"
)
@with_outputs
def replay(
    recordings: Annotated[list[str], typer.Argument(help="Recordings (WAV, FLAC, OGG, MP3, …), folders, patterns.")],
    model: ModelNames = ["commands"],  # noqa: B006
    speed: Annotated[
        str, typer.Option(metavar="FACTOR", help="1 is as recorded, any factor, or [bold]max[/bold].")
    ] = "1",
    channel: Channel = "mix",
    label: Labels = [],  # noqa: B006
    sensitivity: Sensitivity = "balanced",
    time_zone: TimeZone = None,
    plain: Plain = False,
    json_: Json = False,
    *,
    outputs: Outputs,
    station: str,
) -> None:
    """Replay recordings as if they were heard live.

    Events are the same at every speed. A broken recording is reported, what can be read of it is heard, and the next
    one goes on.
    """
    from whipbird.recordings.files import find_recordings
    from whipbird.sources.replay import Replay
    from whipbird.system.address import scheme

    if any(map(scheme, recordings)):
        raise typer.BadParameter("an address cannot stand here; 'whipbird listen' hears what is on the network")
    factor, zone = _speed(speed), parse_time_zone(time_zone)
    sources = [Replay(path, factor, zone) for path in find_recordings(recordings)]
    models = load_models(model, sensitivity)
    number = parse_channel(channel)
    _run_session(sources, models, number, label, _output(plain, json_), outputs, station, live=False, endless=False)


@app.command(
    epilog="Examples:\n\n"
    "whipbird watch recordings/ --model capuchinbird --out forest.sqlite\n\n"
    "whipbird watch /media/card --once --model capuchinbird --out forest.sqlite --out forest.csv"
)
@with_outputs
def watch(
    folders: Annotated[list[str], typer.Argument(metavar="FOLDER", help="Folders, with all that is in them.")],
    model: ModelNames = ["commands"],  # noqa: B006
    once: Annotated[bool, typer.Option("--once", help="End when nothing is left: import a memory card.")] = False,
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="Hear also what was heard before, but by other models or settings or into other outputs."
        ),
    ] = False,
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed", help="Hear also what failed before or is incomplete, as far as it goes, once more."
        ),
    ] = False,
    settle: Annotated[
        float,
        typer.Option(
            min=0.1, max=86_400, metavar="SECONDS", help="A recording is heard when it has not changed for so long."
        ),
    ] = 5.0,
    sweep: Annotated[
        float,
        typer.Option(
            min=0.1,
            max=86_400,
            metavar="SECONDS",
            help="Look through the folders so often, besides when the system tells of changes, which it does not of "
            "network folders.",
        ),
    ] = 10.0,
    ledger: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where it is kept what has been heard. Default: the user's state folder."),
    ] = None,
    channel: Channel = "mix",
    label: Labels = [],  # noqa: B006
    sensitivity: Sensitivity = "balanced",
    time_zone: TimeZone = None,
    plain: Annotated[bool, typer.Option("--plain", help="Lines alone, without progress.")] = False,
    json_: Json = False,
    *,
    outputs: Outputs,
    station: str,
) -> None:
    """Hear recordings as they arrive in folders, each once.

    A recording is heard as fast as possible when it is complete. What has been heard is kept, so that it is not heard
    again after a restart; outputs get all of a recording or nothing. Ends with Ctrl-C or, with --once, by itself.
    """
    from rich.console import Console

    from whipbird.watch.plan import Plan
    from whipbird.watch.run import watch_folders

    models = load_models(model, sensitivity)
    plan = Plan(settle, sweep, once, again, retry_failed, parse_time_zone(time_zone))
    shows = not (plain or json_) and has_screen(sys.stderr)
    session, code, tally = watch_folders(
        folders,
        models,
        plan,
        Output.JSON if json_ else Output.PLAIN,
        parse_channel(channel),
        choose_labels(label, models),
        outputs,
        station,
        ledger,
        Console(stderr=True) if shows else None,
    )
    say(str(tally))
    _exit(session, code, endless=not once)


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

    from whipbird.engine.classify import classify as classify_clip
    from whipbird.engine.classify import read_clip
    from whipbird.models.model import Model
    from whipbird.text import one_line

    network = Model(model)
    number = parse_channel(channel)
    console = Console(highlight=False)
    failed = False
    for path in clips:
        try:
            result = classify_clip(network, *read_clip(path, number))
        except WhipbirdError as error:
            say(str(error))
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

    from whipbird.sources.devices import input_devices

    found = input_devices()
    if json_:
        for device in found:
            print(json.dumps(asdict(device)))
    elif not found:
        raise WhipbirdError("the system has no device that can record")
    else:
        table = new_table("number", "name", "sound system", "channels", "rate")
        table.columns[1].no_wrap = True
        for device in found:
            name = Text(f"{device.name} (default)" if device.default else device.name, "bold" if device.default else "")
            table.add_row(str(device.number), name, Text(device.host), str(device.channels), f"{device.rate_hz} Hz")
        Console().print(table)


@app.command(epilog="Example:\n\nwhipbird models --json")
def models(json_: Json = False) -> None:
    """List the installed models, and where to put your own."""
    from rich.console import Console
    from rich.text import Text

    from whipbird.errors import BundleError
    from whipbird.models.bundle import find_bundles, read_card, shipped_folder, user_folder

    table = new_table("name", "version", "rate", "licence", "hears")
    table.columns[0].no_wrap = True
    for name, folder in find_bundles().items():
        try:
            card = read_card(folder)
        except BundleError as error:
            say(str(error))
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
    database: Annotated[
        Path,
        typer.Argument(metavar="DATABASE", help="What --out wrote to a .sqlite or .db file, or the folder of a scan."),
    ],
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

    from whipbird.activity.export import as_object, write_csv
    from whipbird.activity.figure import write_figure
    from whipbird.activity.tables import tables
    from whipbird.activity.tallies import read_account
    from whipbird.scan.results.activity import read_scan
    from whipbird.scan.results.scan_folder import is_scan

    account = read_scan(database) if is_scan(database) else read_account(database)
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
        say(str(error))
        sys.exit(1)
    except OSError as error:  # of standard output; everything else is caught where it belongs
        say(f"output failed: {error.strerror or error}")
        sys.exit(1)


def _run_session(
    sources: list[Any],
    models: list[Model],
    channel: int | None,
    labels: list[str],
    output: Output,
    outputs: Outputs,
    station: str,
    live: bool,
    endless: bool,
    duration_s: float | None = None,
) -> None:
    from whipbird.listen.session import Session
    from whipbird.sinks.files.open import open_outputs

    chosen = choose_labels(labels, models)
    others = openers(outputs, station)
    recordings = all(source.path is not None for source in sources)
    files = open_outputs(outputs.files, recordings, station)
    session = Session(models, output, channel, chosen, live, files, others=others)
    code = session.run(sources, duration_s)
    _exit(session, code, endless)


def _exit(session: Session, code: int, endless: bool) -> None:
    """End the process as a session did."""
    from whipbird.system.hard_exit import is_anybody_left, leave

    if session.interrupted and not endless and not session.stuck:
        code = 128 + session.interrupted
    if session.stuck or is_anybody_left():
        leave(code)
    if code:
        raise typer.Exit(code)


def _output(plain: bool, json_: bool) -> Output:
    if json_:
        return Output.JSON
    return Output.DASHBOARD if has_screen(sys.stdout) and not plain else Output.PLAIN


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


def _short(path: Path) -> str:
    try:
        home = Path.home()
    except RuntimeError:  # there is none
        return str(path)
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
