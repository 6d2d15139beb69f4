"""Settings of outputs: models with defaults and bounds, which make the publishers.

The options of the command line (`whipbird.cli.output_options`) and ``station.toml``
(`whipbird.station.settings.schema`) fill the same models; `whipbird.sinks.values` reads times and sizes. Each kind of
message has its settings beside its transport, in `whipbird.sinks.messages`. A new kind needs such a module and a line
in `OTHERS` and in `Outputs`; its options on the command line are in `whipbird.cli.output_options`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ByteSize, Field

from whipbird.errors import OutputError
from whipbird.sinks.messages.command import Exec
from whipbird.sinks.messages.message_publisher import MessagePublisher
from whipbird.sinks.messages.message_settings import MessageSettings
from whipbird.sinks.messages.mqtt import Mqtt
from whipbird.sinks.messages.spool import MOST_BYTES, Spool, default_spool_folder
from whipbird.sinks.messages.webhook import Webhook
from whipbird.sinks.values import Duration, PathText, Size, StrictTable

if TYPE_CHECKING:
    from whipbird.sinks.messages.transport import Transport
    from whipbird.sinks.publisher import OutputPublisher
    from whipbird.sources.base import Notify

__all__ = ["OF_SOUND", "OTHERS", "Clips", "MessageOpener", "Opener", "Outputs", "openers"]

Opener = Callable[[bool, "Notify"], "OutputPublisher"]
"""Makes the publisher of an output; see `OutputPublisher` for the arguments, ``live`` and ``notify``."""

Seconds = Annotated[float, Field(ge=0, le=60)]


@dataclass(frozen=True)
class MessageOpener:
    """Makes the publisher of messages; an `Opener`.

    Attributes
    ----------
    key : str
        Name of the output, the same in every process.
    transport : callable
        Makes the transport.
    spool_folder : Path or None
        Folder in which messages wait, up to ``spool_most`` bytes; None for the default.
    """

    key: str
    transport: Callable[[], Transport]
    spool_folder: Path | None
    spool_most: int

    def __call__(self, live: bool, notify: Notify, by_recording: bool = False) -> MessagePublisher:
        spool = Spool(self.spool_folder or default_spool_folder(), self.key, self.spool_most)
        return MessagePublisher(self.transport(), spool, live, notify, by_recording)


class KeptFiles(StrictTable):
    """Sound in files in a folder, with limits.

    Attributes
    ----------
    keep : float, optional
        Seconds after which files are removed.
    most : int, optional
        Bytes; the oldest files are removed when the total exceeds this.
    reserve : int
        Bytes; nothing is written while less is free on the disk.
    """

    MAIN_KEY: ClassVar[str] = "folder"
    NOUN: ClassVar[str]

    folder: PathText
    keep: Duration | None = None
    most: Size | None = None
    reserve: Size = ByteSize(500_000_000)

    def opener(self, station: str) -> Opener:
        """Return the opener of the publisher; raises OutputError if files cannot be written. Creates no folder."""
        folder = Path(self.folder)
        existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if not existing.is_dir() or not os.access(existing, os.W_OK):
            reason = "no permission" if existing.is_dir() else f"{existing} is not a folder"
            raise OutputError(f"cannot write {self.NOUN} into {self.folder}: {reason}")
        return lambda live, notify: self._open(station, live, notify)

    def _open(self, station: str, live: bool, notify: Notify) -> OutputPublisher:
        raise NotImplementedError


class Clips(KeptFiles):
    """Sound around each event, as FLAC files.

    Attributes
    ----------
    before, after : float
        Seconds to keep around an event.
    pictures : bool
        Whether to draw a spectrogram of each clip.
    per_label : int, optional
        The oldest clips of a label are removed when there are more.
    never_longer : bool
        Whether clips are removed for their age even when the clock is in doubt.
    voices : str
        What becomes of clips in which somebody speaks; empty keeps those of models that listen for words, and withholds
        others.
    """

    NOUN: ClassVar[str] = "clips"

    before: Seconds = 2.0
    after: Seconds = 2.0
    pictures: bool = False
    per_label: Annotated[int, Field(ge=1)] | None = None
    never_longer: bool = False
    voices: Literal["", "keep", "blank", "withhold"] = ""

    def _open(self, station: str, live: bool, notify: Notify) -> OutputPublisher:
        from whipbird.sinks.clips.clip_publisher import ClipPublisher
        from whipbird.sinks.clips.cutter import Margins
        from whipbird.sinks.clips.store import Store
        from whipbird.sinks.retention import Retention

        retention = Retention(self.keep, self.most, self.per_label, self.never_longer)
        store = Store(Path(self.folder), station, retention, self.pictures, self.reserve)
        return ClipPublisher(store, Margins(self.before, self.after), live, notify, self.voices)


class Record(KeptFiles):
    """Everything that microphones and feeds hear, as FLAC files of an hour."""

    NOUN: ClassVar[str] = "recordings"

    def _open(self, station: str, live: bool, notify: Notify) -> OutputPublisher:
        from whipbird.sinks.record.record_publisher import RecordPublisher
        from whipbird.sinks.retention import Retention

        retention = Retention(self.keep, self.most)
        return RecordPublisher(Path(self.folder), station, retention, self.reserve, live, notify)


OTHERS: dict[str, type[KeptFiles | MessageSettings]] = {
    "clips": Clips,
    "record": Record,
    "mqtt": Mqtt,
    "webhook": Webhook,
    "exec": Exec,
}
"""Outputs that are not files of events."""
OF_SOUND = frozenset(kind for kind, settings in OTHERS.items() if issubclass(settings, KeptFiles))
"""Outputs that take the sound of a source, from its start."""


def _short(settings: type[KeptFiles | MessageSettings]) -> BeforeValidator:
    """Accept a text instead of a table with only its main key."""
    return BeforeValidator(lambda value: {settings.MAIN_KEY: value} if isinstance(value, str) else value)


class Outputs(StrictTable):
    """All outputs besides the screen.

    Attributes
    ----------
    files : list of str
        See `whipbird.sinks.files.open.open_outputs`.
    spool_most : int
        Most bytes of undelivered messages on disk, for each broker, webhook or command.
    """

    files: list[PathText] = Field(default=[])
    clips: Annotated[Clips | None, _short(Clips)] = None
    record: Annotated[Record | None, _short(Record)] = None
    mqtt: Annotated[Mqtt | None, _short(Mqtt)] = None
    webhook: Annotated[Webhook | None, _short(Webhook)] = None
    exec: Annotated[Exec | None, _short(Exec)] = None
    spool_most: Size = ByteSize(MOST_BYTES)

    def opener(self, kind: str, station: str, spool_folder: Path | None = None) -> Opener | None:
        """Return the opener of an output: a `MessageOpener` unless it takes sound; None if it is not wanted.

        Messages wait in ``spool_folder``, or in the default folder. Raises OutputError if the output cannot be used.
        Creates nothing.
        """
        settings: KeptFiles | MessageSettings | None = getattr(self, kind)
        if settings is None:
            return None
        if isinstance(settings, KeptFiles):
            return settings.opener(station)
        return MessageOpener(*settings.target(station), spool_folder, self.spool_most)


def openers(outputs: Outputs, station: str) -> list[Opener | MessageOpener]:
    """Openers of all outputs that are not files; raises OutputError if one cannot be used."""
    made = []
    for kind in OTHERS:
        try:
            opener = outputs.opener(kind, station)
        except OutputError as error:
            raise OutputError(f"--{kind}: {error}") from error
        if opener is not None:
            made.append(opener)
    return made
