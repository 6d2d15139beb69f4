"""Settings of outputs: what there is to set, with defaults, bounds and meanings; the only place that says so.

The options of the command line (`whipbird.cli.output_options`) and ``station.toml``
(`whipbird.station.settings.schema`) fill the same models (`whipbird.sinks.values` reads times and sizes). Each model
knows how to make its publisher.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, ByteSize, Field

from whipbird.errors import OutputError
from whipbird.sinks.messages.message_publisher import MessagePublisher
from whipbird.sinks.messages.spool import MOST_BYTES, Spool, default_spool_folder, spool_name
from whipbird.sinks.values import Duration, PathText, Size, Strict, read_secret

if TYPE_CHECKING:
    from whipbird.sinks.messages.transport import Transport
    from whipbird.sinks.publisher import OutputPublisher, Tell

__all__ = [
    "MAIN_KEYS",
    "OTHERS",
    "Clips",
    "Exec",
    "MessageOpener",
    "Mqtt",
    "Opener",
    "Outputs",
    "Webhook",
    "openers",
    "station_name",
]

PASSWORD, TOKEN = "WHIPBIRD_MQTT_PASSWORD", "WHIPBIRD_WEBHOOK_TOKEN"

Kind = Literal["clips", "mqtt", "webhook", "exec"]
OTHERS: tuple[Kind, ...] = ("clips", "mqtt", "webhook", "exec")  # outputs that are no files
MAIN_KEYS: dict[Kind, str] = {"clips": "folder", "mqtt": "address", "webhook": "address", "exec": "command"}

Opener = Callable[[bool, "Tell"], "OutputPublisher"]
"""Makes the publisher of an output; gets whether listening must never wait, and what tells people something."""


def _qos(value: Any) -> Any:
    if value == 2:
        raise ValueError("2 is not supported any longer; use 1, and tell a message that comes twice by its id")
    return value


Seconds = Annotated[float, Field(ge=0, le=60)]


@dataclass(frozen=True)
class MessageOpener:
    """Makes the publisher of messages to others; an `Opener`.

    Attributes
    ----------
    key : str
        Name of the output, the same in every process.
    outlet : callable
        Makes what takes the messages.
    spool_folder : Path or None
        Folder in which messages wait, up to ``spool_most`` bytes; None for the usual one.
    """

    key: str
    outlet: Callable[[], Transport]
    spool_folder: Path | None
    spool_most: int

    def __call__(self, live: bool, tell: Tell, by_recording: bool = False) -> MessagePublisher:
        spool = Spool(self.spool_folder or default_spool_folder(), self.key, self.spool_most)
        return MessagePublisher(self.outlet(), spool, live, tell, by_recording)


class Clips(Strict):
    """The sound around each event, as FLAC files in a folder.

    Attributes
    ----------
    before, after : float
        Seconds to keep around an event.
    pictures : bool
        Whether to draw the spectrogram of each.
    keep : float, optional
        Seconds after which clips are removed.
    most : int, optional
        Bytes; the oldest clips over this size altogether are removed.
    per_label : int, optional
        The oldest clips of a label over this number are removed.
    reserve : int
        Bytes; no clip is written while less is free on the disk.
    """

    folder: PathText
    before: Seconds = 2.0
    after: Seconds = 2.0
    pictures: bool = False
    keep: Duration | None = None
    most: Size | None = None
    per_label: Annotated[int, Field(ge=1)] | None = None
    reserve: Size = ByteSize(500_000_000)

    def opener(self, station: str) -> Opener:
        """Return what makes the publisher; raises OutputError if clips cannot be written. No folder is made."""
        place = next(one for one in (Path(self.folder), *Path(self.folder).absolute().parents) if one.exists())
        if not place.is_dir() or not os.access(place, os.W_OK):
            reason = "no permission" if place.is_dir() else f"{place} is not a folder"
            raise OutputError(f"cannot write clips into {self.folder}: {reason}")
        return lambda live, tell: self._open(station, live, tell)

    def _open(self, station: str, live: bool, tell: Tell) -> OutputPublisher:
        from whipbird.sinks.clips.clip_publisher import ClipPublisher
        from whipbird.sinks.clips.cutter import Margins
        from whipbird.sinks.clips.retention import Retention
        from whipbird.sinks.clips.store import Store

        limits = Retention(self.keep, self.most, self.per_label)
        store = Store(Path(self.folder), station, limits, self.pictures, self.reserve)
        return ClipPublisher(store, Margins(self.before, self.after), live, tell)


class Mqtt(Strict):
    """A broker that gets events and health.

    Attributes
    ----------
    password_file : str, optional
        File with the password; otherwise it is in the environment, or in the address.
    ca : str, optional
        Certificates to trust instead of the system's.
    qos : int
        Quality of service: 0 delivers at most once, 1 at least once.
    discovery : str
        Home Assistant's prefix; an empty one announces nothing to it.
    """

    address: str
    password_file: PathText | None = None
    ca: PathText | None = None
    qos: Annotated[int, BeforeValidator(_qos), Field(ge=0, le=1)] = 1
    discovery: str = "homeassistant"

    def target(self, station: str) -> tuple[str, Callable[[], Transport]]:
        """Return the name of its spool and what makes the outlet; raises OutputError if it cannot be used."""
        from whipbird.sinks.messages import mqtt
        from whipbird.sinks.messages.mqtt_broker import parse_broker

        mqtt.check_paho()
        password = read_secret(self.password_file, PASSWORD)
        broker = parse_broker(self.address, station, password, self.ca)
        name = spool_name("mqtt", broker.host, str(broker.port), broker.topic)
        return name, lambda: mqtt.Mqtt(broker, station, self.qos, self.discovery or None)


class Webhook(Strict):
    """An address to which events are posted.

    Attributes
    ----------
    token_file : str, optional
        File with a bearer token; otherwise it is in the environment.
    batch : int
        Most events in one request.
    """

    address: str
    token_file: PathText | None = None
    batch: Annotated[int, Field(ge=1, le=1000)] = 50

    def target(self, station: str) -> tuple[str, Callable[[], Transport]]:
        """See `Mqtt.target`."""
        from whipbird.sinks.messages import webhook

        outlet = webhook.Webhook(self.address, station, read_secret(self.token_file, TOKEN), self.batch)
        return spool_name("webhook", self.address), lambda: outlet


class Exec(Strict):
    """A command that is started for each event.

    Attributes
    ----------
    timeout : float
        Seconds after which it is killed.
    at_once : int
        Most of them that run at the same time.
    """

    command: str
    timeout: Annotated[float, Field(ge=0.1, le=86_400)] = 30.0
    at_once: Annotated[int, Field(ge=1, le=64)] = 4

    def target(self, station: str) -> tuple[str, Callable[[], Transport]]:
        """See `Mqtt.target`."""
        from whipbird.sinks.messages.command import Command, split_command

        arguments = split_command(self.command)
        return spool_name("exec", *arguments), lambda: Command(arguments, station, self.timeout, self.at_once)


def _short(kind: Kind) -> BeforeValidator:
    """Let one text stand for a table with its main key alone."""
    key = MAIN_KEYS[kind]
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


class Outputs(Strict):
    """Where everything goes that was heard, besides the screen.

    Attributes
    ----------
    files : list of str
        See `whipbird.sinks.files.open.open_outputs`.
    spool_most : int
        Most bytes that are kept on disk of what a broker, a webhook or a command does not take, for each of them.
    """

    files: list[PathText] = Field(default=[])
    clips: Annotated[Clips | None, _short("clips")] = None
    mqtt: Annotated[Mqtt | None, _short("mqtt")] = None
    webhook: Annotated[Webhook | None, _short("webhook")] = None
    exec: Annotated[Exec | None, _short("exec")] = None
    spool_most: Size = ByteSize(MOST_BYTES)

    def opener(self, kind: Kind, station: str, spool_folder: Path | None = None) -> Opener | None:
        """What makes the publisher of an output: a `MessageOpener` unless it is for clips; None if it is not wanted.

        Messages wait in the folder that is given, or the usual one. Raises OutputError if the output cannot be used.
        Nothing is made yet.
        """
        settings: Clips | Mqtt | Webhook | Exec | None = getattr(self, kind)
        if settings is None:
            return None
        if isinstance(settings, Clips):
            return settings.opener(station)
        return MessageOpener(*settings.target(station), spool_folder, self.spool_most)


def station_name(name: str | None) -> str:
    """What a station is called: as it was named, or like the computer."""
    return name or socket.gethostname() or "unknown"


def openers(outputs: Outputs, station: str) -> list[Opener | MessageOpener]:
    """Openers of all outputs that are not files; raises OutputError if one of them cannot be used."""
    made = []
    for kind in OTHERS:
        try:
            opener = outputs.opener(kind, station)
        except OutputError as error:
            raise OutputError(f"--{kind}: {error}") from error
        if opener is not None:
            made.append(opener)
    return made
