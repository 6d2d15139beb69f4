"""What the page shows of a database: its events, counts, effort and verdicts, always up to date.

Any thread may ask. Each question opens the database for reading; what is kept in memory is brought up to date first.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, tzinfo
from functools import cached_property
from pathlib import Path

from whipbird.activity.recorded_events import RecordedEvents
from whipbird.database.reader import stored_time
from whipbird.database.schema import connect_to_read
from whipbird.database.verdicts import VerdictStore
from whipbird.errors import OutputError, WhipbirdError
from whipbird.events.detection import Detection
from whipbird.page.counts import Hours, LabelCounts, Tallied, hour_of
from whipbird.page.events import LAST_NUMBER, Cursor, EventFilter, EventPage, PageEvent, event_page, events_by_number
from whipbird.page.judged import JudgedEvent, JudgedIndex
from whipbird.page.runs import Runs, read_runs, runs_version
from whipbird.recordings.metadata.zones import localise
from whipbird.review.sampling import Candidate
from whipbird.system.damage import damage_of
from whipbird.system.sqlite import reason

__all__ = ["Look", "Observations", "UnknownEventError"]


class UnknownEventError(WhipbirdError):
    """An event that is not there, or no longer."""


@dataclass(frozen=True)
class Look:
    """A database at one moment, open for reading.

    Attributes
    ----------
    connection : Connection
    runs : Runs
    judged : mapping from int to JudgedEvent
        By the numbers of the events.
    count : callable
        Counts the events of the database.
    """

    connection: sqlite3.Connection
    runs: Runs
    judged: Mapping[int, JudgedEvent]
    count: Callable[[], Tallied]

    @cached_property
    def tallied(self) -> Tallied:
        """Events by label and hour, with those that were rejected."""
        return self.count()

    def events(self, chosen: EventFilter, cursor: Cursor | None, count: int) -> EventPage:
        """A page of events."""
        return event_page(self.connection, self.runs, self.judged, chosen, cursor, count)

    def event(self, number: int) -> PageEvent | None:
        """The event with a number; None if it is not there."""
        return next(iter(events_by_number(self.connection, [number])), None) if number < LAST_NUMBER else None

    def candidate(self, number: int) -> Candidate:
        """The event with a number, as it is judged; raises UnknownEventError if it is not there."""
        event = self.event(number)
        if event is None:
            raise UnknownEventError(f"there is no event {number}")
        return Candidate(self.recorded(event), self.detection(event))

    def judgement(self, number: int) -> JudgedEvent | None:
        """The verdict on an event."""
        return self.judged.get(number)

    def rejected_hours(self) -> dict[str, Hours]:
        """The events that were rejected, by label and hour."""
        found: dict[str, Hours] = {}
        for one in self.judged.values():
            if one.verdict.right is False and one.counts:
                hours, hour = found.setdefault(one.label, {}), hour_of(one.time)
                hours[hour] = hours.get(hour, 0) + 1
        return found

    def recorded(self, event: PageEvent) -> RecordedEvents:
        """The recording of an event, without what it holds."""
        run = self.runs.by_number[event.recording]
        start = None if run.start is None else stored_time(run.start)
        source = self.runs.source_name(event.recording)
        return RecordedEvents(
            source, run.path, run.identity, start, run.time_from, 0, 0, None, 0.0, 0.0, 0.0, detections=()
        )

    def detection(self, event: PageEvent) -> Detection:
        """An event as it was reported."""
        run = self.runs.by_number[event.recording]
        moment = None if event.time is None else stored_time(event.time)
        own = None if moment is None else moment.astimezone(self.runs.zone_of(event.recording))
        judged = self.judgement(event.number)
        return Detection(
            label=event.label,
            begin_s=event.begin_s,
            peak_s=event.peak_s,
            end_s=event.end_s,
            reported_s=event.reported_s,
            score=event.score,
            source=self.runs.source_name(event.recording),
            model=event.model,
            begin_sample=event.begin_sample,
            time=own,
            time_from="none" if own is None else run.time_from,
            concealed=bool(event.concealed),
            verdict=None if judged is None else judged.verdict,
        )


class Observations:
    """A database of events.

    Parameters
    ----------
    database : Path
    verdicts : Path
        The database of the verdicts: the same, or the file beside a scan, which may not exist yet.
    zone : tzinfo, optional
        Time zone of all days and times. Default: that of what was recorded last.
    shown : str, optional
        Name of the database for people.
    on_close : callable
        Called at the end.

    Attributes
    ----------
    name : str
        Of the database, for people.
    title : str
        Name of the station, if the database has one.

    Raises
    ------
    OutputError
        If it cannot be read.
    """

    def __init__(
        self,
        database: Path,
        verdicts: Path | None = None,
        zone: tzinfo | None = None,
        shown: str | None = None,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self.path = database
        self.name = database.name if shown is None else shown
        self._verdicts = verdicts or database
        self._lock, self._counting = threading.Lock(), threading.Lock()
        self._runs = Runs()
        self._counts = LabelCounts()
        self._index = JudgedIndex()
        self._store: VerdictStore | None = None
        self._on_close = on_close
        with self._open(database) as connection:
            self._runs = read_runs(connection)
        self.zone = zone or self._runs.latest_zone()
        stations = {site.station for site in self._runs.sites.values()}
        self.title = stations.pop() if len(stations) == 1 and shown is None else self.name

    @contextlib.contextmanager
    def look(self) -> Iterator[Look]:
        """Open the database, up to date.

        Raises
        ------
        OutputError
            If it cannot be read.
        """
        with self._open(self.path) as connection:
            yield self._update(connection)

    def warm(self) -> None:
        """Count all events, so that no visitor waits for it; what is wrong with the database is said to them."""
        with contextlib.suppress(WhipbirdError), self.look() as look:
            look.count()

    def store(self) -> VerdictStore:
        """What new verdicts are written to; raises OutputError if that cannot be opened."""
        with self._lock:
            if self._store is None:
                self._store = VerdictStore(self._verdicts)
            return self._store

    @contextlib.contextmanager
    def verdicts(self, look: Look) -> Iterator[sqlite3.Connection | None]:
        """Open the database of verdicts and notes; None if there is none yet."""
        if self._verdicts == self.path:
            yield look.connection
        elif self._verdicts.exists():
            with self._open(self._verdicts) as connection:
                yield connection
        else:
            yield None

    def disk(self) -> tuple[int, int, int]:
        """Bytes of the database, and bytes free and in all on its disk."""
        try:
            usage = shutil.disk_usage(self.path.parent)
            return self.path.stat().st_size, usage.free, usage.total
        except OSError:
            return 0, 0, 0

    def close(self) -> None:
        """Close what verdicts are written to."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None
        self._on_close()

    def local(self, moment: datetime) -> datetime:
        """A time in the zone of the page."""
        return moment.astimezone(self.zone)

    def start_of(self, day: date, hour: int = 0) -> datetime:
        """When a day, or an hour of it, starts; in UTC."""
        return localise(datetime.combine(day, time(hour)), self.zone).astimezone(UTC)

    def _update(self, connection: sqlite3.Connection) -> Look:
        with self._lock:
            if runs_version(connection) != self._runs.version:
                self._runs = read_runs(connection)
            runs = self._runs
            look = Look(connection, runs, self._index.by_event, lambda: self._count(connection, runs))
            with self.verdicts(look) as verdicts:
                self._index.update(verdicts, connection, runs)
            return replace(look, judged=self._index.by_event)

    def _count(self, connection: sqlite3.Connection, runs: Runs) -> Tallied:
        with self._counting:
            self._counts.update(connection, runs)
            return self._counts.tallied

    @contextlib.contextmanager
    def _open(self, path: Path) -> Iterator[sqlite3.Connection]:
        connection = connect_to_read(path)
        try:
            with damage_of(path):
                yield connection
        except sqlite3.Error as error:
            raise OutputError(f"{path}: {reason(error)}") from error
        finally:
            connection.close()
