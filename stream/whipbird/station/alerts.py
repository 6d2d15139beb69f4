"""Alerts: which of the events of a station people are told of.

What has been heard here, and what was told when, is kept in ``alerts.json`` in the state folder, so that nothing is
told again after a restart; at first, it is read from the databases of the station. An alert is about the present:
events older than `FRESH`, as those of recordings from a card, are only remembered.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache, partial
from pathlib import Path

from whipbird.database.reader import open_reader
from whipbird.engine.report_rules import Place
from whipbird.errors import WhipbirdError
from whipbird.events.detection import Detection
from whipbird.events.reports import Notification
from whipbird.models.model import Model
from whipbird.models.range_model import has_range, range_scores, week_of
from whipbird.sinks.messages.message import event_message
from whipbird.sinks.messages.notification import Attachments, NotificationTransport, check_addresses
from whipbird.sinks.messages.spool import spool_name
from whipbird.sinks.settings import MessageOpener, Opener
from whipbird.station.digest import Contents, Digests, DigestTransport
from whipbird.station.listening_hours import ListeningHours
from whipbird.station.settings.alerts import BACK, NEW_HERE, NEW_THIS_YEAR, AlertSettings, Condition
from whipbird.station.settings.digest import DigestSettings
from whipbird.station.settings.schema import StationFile
from whipbird.system.regular_file import read_bounded
from whipbird.system.station_name import station_name
from whipbird.system.whole_file import whole_file

__all__ = ["ALERT", "DIGEST", "MEMORY", "AlertDesk", "AlertMemory", "Alerts", "tell_digest", "tell_test"]

MEMORY = "alerts.json"
ALERT, DIGEST = "alert", "digest"
DATABASES = (".sqlite", ".db")
LARGEST_MEMORY = 50_000_000  # bytes
FRESH = timedelta(hours=1)
SAVE_EVERY = timedelta(minutes=1)


class AlertMemory:
    """When each label was heard last, and told last by each alert. Any thread may use it.

    Parameters
    ----------
    path : Path
        File in which it is kept.
    databases : sequence of Path
        Read if there is no such file.
    """

    def __init__(self, path: Path, databases: Sequence[Path] = ()) -> None:
        self._path = path
        self._saved = datetime.now(UTC)
        self._changed = False
        self.heard: dict[str, datetime] = {}
        self.told: dict[tuple[str, str], datetime] = {}
        try:
            kept = json.loads(read_bounded(path, LARGEST_MEMORY))
            self.heard = {str(label): _moment(time) for label, time in kept["heard"].items()}
            self.told = {(str(alert), str(label)): _moment(time) for alert, label, time in kept["told"]}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            for database in databases:
                self._read(database)

    def _read(self, database: Path) -> None:
        with contextlib.suppress(WhipbirdError, ValueError), open_reader(database) as reader:
            for label, time in reader.last_times():
                self.hear(label, _moment(time))

    def hear(self, label: str, time: datetime) -> None:
        """Note that a label was heard."""
        if label not in self.heard or time > self.heard[label]:
            self.heard[label] = time
            self._changed = True

    def tell(self, alert: str, label: str, time: datetime) -> None:
        """Note that a label was told."""
        self.told[alert, label] = time
        self.save()

    def save_sometimes(self) -> None:
        """Write the file, unless that was done a moment ago."""
        if self._changed and datetime.now(UTC) - self._saved >= SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Write the file; a disk that is full is left to the other outputs."""
        self._saved, self._changed = datetime.now(UTC), False
        kept = {
            "heard": {label: time.isoformat() for label, time in self.heard.items()},
            "told": [[alert, label, time.isoformat()] for (alert, label), time in self.told.items()],
        }
        with contextlib.suppress(OSError), whole_file(self._path) as file:
            file.write(json.dumps(kept).encode())


def _moment(text: str) -> datetime:
    """A time with a zone; raises ValueError if it is none."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


@dataclass(frozen=True)
class _Alert:
    settings: AlertSettings
    labels: frozenset[str]
    hours: ListeningHours


class AlertDesk:
    """Makes notifications of events.

    Parameters
    ----------
    alerts : sequence of (AlertSettings, frozenset of str)
        Each with its labels as the models call them; none for all.
    models : mapping of str to Model
        By name.
    place : Place or None
    zone : tzinfo or None
        Time zone of days and times; None for the system's.
    memory : AlertMemory
    """

    def __init__(
        self,
        alerts: Sequence[tuple[AlertSettings, frozenset[str]]],
        models: Mapping[str, Model],
        place: Place | None,
        zone: tzinfo | None,
        station: str,
        memory: AlertMemory,
    ) -> None:
        self._alerts = [
            _Alert(settings, labels, ListeningHours(settings.hours, zone, place)) for settings, labels in alerts
        ]
        self._models = models
        self._place = place
        self._zone = zone
        self._station = station
        self._memory = memory
        self._lock = threading.Lock()

    def notifications(self, event: Detection) -> list[tuple[str, Notification]]:
        """Names of alerts, each with the notification that an event causes; called once for each event."""
        if event.time is None:
            return []
        now = datetime.now(UTC)
        with self._lock:
            earlier = self._memory.heard.get(event.label)
            self._memory.hear(event.label, event.time)
            found = []
            for alert in self._alerts if abs(now - event.time) <= FRESH else ():
                reasons = self._reasons(alert, event, earlier)
                if reasons is not None:
                    self._memory.tell(alert.settings.name, event.label, event.time)
                    found.append((alert.settings.name, self._notification(alert, event, reasons)))
            self._memory.save_sometimes()
        return found

    def close(self) -> None:
        """Keep what is known."""
        with self._lock:
            self._memory.save()

    def _reasons(self, alert: _Alert, event: Detection, earlier: datetime | None) -> list[str] | None:
        """Why an event is worth this alert; None if it is not."""
        settings = alert.settings
        assert event.time is not None
        if (
            (alert.labels and event.label not in alert.labels)
            or (settings.sources and event.source not in settings.sources)
            or (settings.score is not None and event.score < settings.score)
            or not alert.hours.listens(event.time)
        ):
            return None
        told = self._memory.told.get((settings.name, event.label))
        if told is not None and event.time < told + timedelta(seconds=settings.every):
            return None
        if not settings.when:
            return []
        reasons = [why for one in settings.when if (why := self._holds(one, event, earlier)) is not None]
        return reasons or None

    def _holds(self, condition: Condition, event: Detection, earlier: datetime | None) -> str | None:
        """Why a condition holds; None if it does not."""
        assert event.time is not None
        if condition.kind == NEW_HERE:
            return NEW_HERE if earlier is None else None
        if condition.kind == NEW_THIS_YEAR:
            year = event.time.astimezone(self._zone).year
            is_new = earlier is None or earlier.astimezone(self._zone).year < year
            return NEW_THIS_YEAR if is_new else None
        if condition.kind == BACK:
            days = 0 if earlier is None else (event.time - earlier).days
            return f"back after {days} days" if days >= condition.amount else None
        probability = self._probability(event)
        if probability is None or probability >= condition.amount:
            return None
        return f"rare here: {probability:.1%} likely in this week"

    def _probability(self, event: Detection) -> float | None:
        """Of the label at the place in the week of the event; None if it is not known."""
        model = self._models.get(event.model)
        if model is None or self._place is None or event.time is None or not has_range(model.card):
            return None
        week = week_of(event.time.astimezone(self._zone).date())
        return _likely(model, self._place, week).get(event.label)

    def _notification(self, alert: _Alert, event: Detection, reasons: Sequence[str]) -> Notification:
        assert event.time is not None
        local = event.time.astimezone(self._zone)
        values = {
            "name": event.shown_name,
            "label": event.label,
            "score": f"{event.score:.0%}",
            "source": event.source,
            "station": self._station,
            "model": event.model,
            "date": f"{local:%Y-%m-%d}",
            "time": f"{local:%H:%M}",
            "why": f" ({', '.join(reasons)})" if reasons else "",
        }
        length = timedelta(seconds=event.end_s - event.begin_s)
        return Notification(
            f"{event_message(event, self._station)['id']}-{alert.settings.name}",
            alert.settings.title.format_map(values),
            alert.settings.text.format_map(values),
            event.label,
            event.time,
            event.time + length,
        )


@lru_cache(maxsize=8)
def _likely(model: Model, place: Place, week: int) -> dict[str, float]:
    """Probability of each label at a place in a week."""
    (scores,) = range_scores(model.folder, model.card, place.latitude, place.longitude, [week])
    return dict(zip(model.card.labels, map(float, scores), strict=True))


def tell_test(alert: AlertSettings, station: str | None) -> bool:
    """Send a message to the services of an alert; returns whether all took it. Raises OutputError if it cannot."""
    services = check_addresses(alert.addresses())
    title = f"{station_name(station)}: a test"
    return bool(services.notify(title=title, body=f"This is how the alert {alert.name!r} reaches you."))


def tell_digest(digest: DigestSettings, settings: StationFile) -> bool:
    """Send a digest of the day or week until now; returns whether all services took it.

    Raises
    ------
    WhipbirdError
        If it cannot, or the database cannot be read.
    """
    assert settings.outputs.database is not None  # the settings see to it
    services = check_addresses(digest.addresses())
    zone = settings.station.zone
    until = datetime.now(zone).astimezone(zone)
    since = until - digest.length
    database, name = Path(settings.outputs.database), station_name(settings.station.name)
    contents = Contents(database, name, settings.station.names)
    text = contents.text(since, until)
    with contents.picture(since, until, digest.picture) as attach:
        return bool(services.notify(title=contents.title(since, until), body=text, attach=attach or None))


@dataclass(frozen=True)
class Alerts:
    """The alerts and digests of a station: what makes notifications, and what sends them.

    Attributes
    ----------
    desk : AlertDesk
    digests : Digests or None
    keys : mapping of (str, str) to tuple
        What tells the senders of different settings apart, by the kind and name of an alert or digest.
    """

    desk: AlertDesk
    digests: Digests | None
    keys: Mapping[tuple[str, str], tuple[str, ...]]
    openers: Mapping[tuple[str, str], Opener]

    @staticmethod
    def of(
        settings: StationFile, labels: Sequence[frozenset[str]], models: Sequence[Model], station: str, folder: Path
    ) -> Alerts | None:
        """The alerts and digests in some settings, the alerts with their labels; None if there are none.

        Parameters
        ----------
        folder : Path
            State folder.

        Raises
        ------
        OutputError
            If an address cannot be used.
        """
        if not settings.alert and not settings.digest:
            return None
        zone = settings.station.zone
        databases = [Path(name) for name in settings.outputs.files if name.endswith(DATABASES)]
        desk = AlertDesk(
            list(zip(settings.alert, labels, strict=True)),
            {model.card.name: model for model in models},
            settings.station.place,
            zone,
            station,
            AlertMemory(folder / MEMORY, databases),
        )
        clips = settings.outputs.clips
        attachments = None if clips is None else Attachments(Path(clips.folder), clips.after)
        keys: dict[tuple[str, str], tuple[str, ...]] = {}
        openers: dict[tuple[str, str], Opener] = {}
        for alert in settings.alert:
            addresses = alert.addresses()
            keys[ALERT, alert.name] = ("alert", alert.name, *addresses, str(alert.clip and attachments))
            transport = partial(
                NotificationTransport,
                f"alert {alert.name}",
                station,
                addresses,
                attachments if alert.clip else None,
            )
            name = spool_name("alert", alert.name, *addresses)
            openers[ALERT, alert.name] = MessageOpener(name, transport, folder / "spool", settings.outputs.spool_most)
        digests = None
        if settings.digest and settings.outputs.database is not None:
            contents = Contents(Path(settings.outputs.database), station, settings.station.names)
            digests = Digests(settings.digest, contents, zone, folder)
            for digest in settings.digest:
                addresses = digest.addresses()
                keys[DIGEST, digest.name] = ("alert", DIGEST, digest.name, *addresses, str((contents, digest.picture)))
                send = partial(DigestTransport, f"digest {digest.name}", station, addresses, contents, digest.picture)
                name = spool_name(DIGEST, digest.name, *addresses)
                openers[DIGEST, digest.name] = MessageOpener(name, send, folder / "spool", settings.outputs.spool_most)
        return Alerts(desk, digests, keys, openers)
