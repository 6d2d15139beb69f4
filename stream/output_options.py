"""Options of the command line that say where reports go besides the screen, and the outputs that they ask for."""

from __future__ import annotations

import functools
import inspect
import socket
import tempfile
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_type_hints

import typer

from stream.errors import OutputError
from stream.options import FILES, Outputs
from stream.sinks.amounts import parse_bytes, parse_duration
from stream.sinks.secret import read_secret

if TYPE_CHECKING:
    from stream.sinks.message_publisher import MessagePublisher
    from stream.sinks.outlet import Manner, Outlet
    from stream.sinks.publisher import OutputPublisher, Tell

__all__ = ["MessageOpener", "Opener", "OutputOptions", "all_openers", "clip_openers", "message_openers", "with_outputs"]

CLIPS, PROGRAMS = "Clips of each event", "Output to other programs"
PASSWORD, TOKEN, ADDRESS = "WHIPBIRD_MQTT_PASSWORD", "WHIPBIRD_WEBHOOK_TOKEN", "WHIPBIRD_WEBHOOK"

Number = TypeVar("Number", int, float)

Opener = Callable[[bool, "Tell"], "OutputPublisher"]
"""Makes the publisher of an output; gets whether listening must never wait, and what tells people something."""


@dataclass(frozen=True)
class MessageOpener:
    """The same for messages to others.

    Attributes
    ----------
    key : str
        What the output is known by from one process to the next.
    outlet : callable
        Makes it.
    manner : Manner
    folder : Path or None
        In which messages wait; None for the usual one.
    most_bytes : int
        So much of them does at most.
    """

    key: str
    outlet: Callable[[], Outlet]
    manner: Manner
    folder: Path | None
    most_bytes: int

    def __call__(self, live: bool, tell: Tell, by_recording: bool = False) -> MessagePublisher:
        from stream.sinks.message_publisher import MessagePublisher
        from stream.sinks.spool import Spool, default_spool_folder

        spool = Spool(self.folder or default_spool_folder(), self.key, self.most_bytes)
        return MessagePublisher(self.outlet(), spool, live, tell, self.manner, by_recording)


def _option(panel: str, *names: str, **settings: Any) -> Any:
    return typer.Option(*names, rich_help_panel=panel, **settings)


_Wanted = tuple[str, Callable[[], "Outlet"], "Manner"]


@dataclass(frozen=True)
class OutputOptions:
    """What was asked for; each field is an option."""

    out: Outputs = field(default_factory=list)
    station: Annotated[
        str | None, _option(FILES, metavar="NAME", help="Name of this station in outputs. Default: the computer's.")
    ] = None
    clips: Annotated[
        Path | None,
        _option(CLIPS, metavar="FOLDER", help="Write the sound around each event into this folder, as FLAC."),
    ] = None
    clip_before: Annotated[float, _option(CLIPS, min=0, max=60, metavar="SECONDS", help="Sound before the event.")] = (
        2.0
    )
    clip_after: Annotated[float, _option(CLIPS, min=0, max=60, metavar="SECONDS", help="Sound behind the event.")] = 2.0
    clip_pictures: Annotated[
        bool,
        _option(CLIPS, "--clip-pictures", help="Draw the spectrogram of each, too, as PNG (needs matplotlib)."),
    ] = False
    clips_keep: Annotated[
        str | None, _option(CLIPS, metavar="TIME", help="Remove clips that are older, such as 12h or 30d.")
    ] = None
    clips_most: Annotated[
        str | None, _option(CLIPS, metavar="SIZE", help="Remove the oldest over this size altogether, such as 2GB.")
    ] = None
    clips_per_label: Annotated[
        int | None, _option(CLIPS, min=1, metavar="NUMBER", help="Remove the oldest of a label over this number.")
    ] = None
    clips_reserve: Annotated[
        str, _option(CLIPS, metavar="SIZE", help="Write no clips while less is free on the disk.")
    ] = "500MB"
    mqtt: Annotated[
        str | None,
        _option(
            PROGRAMS,
            metavar="ADDRESS",
            help="Send events and health to an MQTT broker: mqtt://user@host:1883/topic, or mqtts://.",
        ),
    ] = None
    mqtt_password_file: Annotated[
        Path | None,
        _option(PROGRAMS, metavar="FILE", help=f"File with the password. Default: the variable {PASSWORD}."),
    ] = None
    mqtt_ca: Annotated[
        Path | None,
        _option(PROGRAMS, metavar="FILE", help="Certificates to trust instead of the system's, for mqtts://."),
    ] = None
    mqtt_qos: Annotated[
        int,
        _option(PROGRAMS, min=0, max=2, metavar="0|1|2", help="Deliver at most once, at least once or exactly once."),
    ] = 1
    mqtt_discovery: Annotated[
        str,
        _option(PROGRAMS, metavar="PREFIX", help="Home Assistant's prefix of discovery; an empty one ('') for none."),
    ] = "homeassistant"
    webhook: Annotated[
        str | None,
        _option(
            PROGRAMS,
            metavar="ADDRESS",
            envvar=ADDRESS,
            show_envvar=False,
            help=f"POST each event as JSON to this address. Default: the variable {ADDRESS}.",
        ),
    ] = None
    webhook_token_file: Annotated[
        Path | None,
        _option(PROGRAMS, metavar="FILE", help=f"File with a bearer token. Default: the variable {TOKEN}."),
    ] = None
    webhook_batch: Annotated[
        int,
        _option(PROGRAMS, min=1, max=1000, metavar="NUMBER", help="Events in one request at most, if several wait."),
    ] = 50
    exec_: Annotated[
        str | None,
        _option(
            PROGRAMS,
            "--exec",
            metavar="COMMAND",
            help="Start this for each event, which it gets as JSON on standard input; not through a shell.",
        ),
    ] = None
    exec_timeout: Annotated[
        float, _option(PROGRAMS, min=0.1, max=86_400, metavar="SECONDS", help="End the command after so long.")
    ] = 30.0
    exec_at_once: Annotated[
        int, _option(PROGRAMS, min=1, max=64, metavar="NUMBER", help="Commands that may run at once.")
    ] = 4
    spool: Annotated[
        Path | None,
        _option(
            PROGRAMS,
            metavar="FOLDER",
            help="Keep here what is not delivered yet. Default: in the user's state folder.",
        ),
    ] = None
    spool_most: Annotated[
        str, _option(PROGRAMS, metavar="SIZE", help="Keep so much of it at most, for each output; 0MB for nothing.")
    ] = "200MB"


def with_outputs(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `OutputOptions`; it gets them as ``outputs``."""
    hints = get_type_hints(OutputOptions, include_extras=True)
    signature = inspect.signature(command, eval_str=True)
    names = [option.name for option in fields(OutputOptions)]
    options = [
        inspect.Parameter(
            option.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=[] if option.default is MISSING else option.default,
            annotation=hints[option.name],
        )
        for option in fields(OutputOptions)
    ]
    own = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in signature.parameters.items()
        if name != "outputs"
    ]

    @functools.wraps(command)
    def run(**arguments: Any) -> None:
        outputs = OutputOptions(**{name: arguments.pop(name) for name in names})
        command(**arguments, outputs=outputs)

    run.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *options)}
    return run


def all_openers(options: OutputOptions) -> list[Opener]:
    """Both of the two below."""
    return [*clip_openers(options), *message_openers(options)]


def clip_openers(options: OutputOptions) -> list[Opener]:
    """Clips: checks what was asked for, and returns what makes the publisher, if one is wanted.

    Raises
    ------
    OutputError
        If they cannot be written.
    typer.BadParameter
        If an option cannot be understood.
    """
    return [] if options.clips is None else [_clips(options, options.clips, _station(options))]


def message_openers(options: OutputOptions) -> list[MessageOpener]:
    """Outputs to other programs: checks what was asked for, and returns what makes the publishers.

    Raises
    ------
    OutputError
        If one cannot be used.
    typer.BadParameter
        If an option cannot be understood.
    """
    station = _station(options)
    most_bytes = _amount("--spool-most", parse_bytes, options.spool_most) or 0
    wanted = []
    if options.mqtt is not None:
        wanted.append(_mqtt(options, options.mqtt, station))
    if options.webhook:
        wanted.append(_webhook(options, options.webhook, station))
    if options.exec_ is not None:
        wanted.append(_command(options, options.exec_, station))
    if wanted and options.spool is not None:
        _check_spool(options.spool)
    return [MessageOpener(key, outlet, manner, options.spool, most_bytes) for key, outlet, manner in wanted]


def _station(options: OutputOptions) -> str:
    return options.station or socket.gethostname() or "unknown"


def _clips(options: OutputOptions, folder: Path, station: str) -> Opener:
    from stream.clips.cutter import Margins
    from stream.clips.limits import Limits
    from stream.clips.publisher import ClipPublisher
    from stream.clips.store import ClipSettings, Store

    limits = Limits(
        _amount("--clips-keep", parse_duration, options.clips_keep),
        _amount("--clips-most", parse_bytes, options.clips_most),
        options.clips_per_label,
    )
    reserve_bytes = _amount("--clips-reserve", parse_bytes, options.clips_reserve) or 0
    margins = Margins(options.clip_before, options.clip_after)
    store = Store(ClipSettings(folder, options.clip_pictures, limits, reserve_bytes), station)
    return lambda live, tell: ClipPublisher(store, margins, live, tell)


def _mqtt(options: OutputOptions, address: str, station: str) -> _Wanted:
    from stream.sinks.broker import parse_broker
    from stream.sinks.mqtt import MQTT_MANNER, Mqtt, check_paho
    from stream.sinks.spool import spool_name

    check_paho()
    broker = parse_broker(
        address,
        station,
        read_secret(options.mqtt_password_file, PASSWORD),
        options.mqtt_qos,
        options.mqtt_ca,
        options.mqtt_discovery,
    )
    return spool_name("mqtt", broker.host, str(broker.port), broker.topic), lambda: Mqtt(broker, station), MQTT_MANNER


def _webhook(options: OutputOptions, address: str, station: str) -> _Wanted:
    from stream.sinks.spool import spool_name
    from stream.sinks.webhook import Webhook, webhook_manner

    webhook = Webhook(address, station, read_secret(options.webhook_token_file, TOKEN))
    return spool_name("webhook", address), lambda: webhook, webhook_manner(options.webhook_batch)


def _command(options: OutputOptions, line: str, station: str) -> _Wanted:
    from stream.sinks.command import Command, command_manner, split_command
    from stream.sinks.spool import spool_name

    arguments = split_command(line)
    command = Command(arguments, station, options.exec_timeout)
    return spool_name("exec", *arguments), lambda: command, command_manner(options.exec_at_once)


def _check_spool(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(f"--spool: cannot write into {folder}: {error.strerror or error}") from error


def _amount(option: str, parse: Callable[[str], Number], text: str | None) -> Number | None:
    try:
        return None if text is None else parse(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {error}") from error
