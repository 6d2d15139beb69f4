"""The recordings of a database in memory, and which of their runs count for which labels.

A recording that was processed more than once counts once for each label of a model, as in
`whipbird.activity.tallies`. Nearly all recordings are processed once, so only the others are looked at closely.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta, timezone, tzinfo

from whipbird.activity.heard_recording import Site, Target, Targets
from whipbird.activity.stored import stored_recordings, stored_targets
from whipbird.activity.tallies import counted_targets
from whipbird.audio.clock import MODIFIED
from whipbird.database.fingerprint import identity
from whipbird.database.reader import DatabaseReader, stored_time

__all__ = ["RunInfo", "Runs", "read_runs", "runs_version"]

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A recording, or an uninterrupted run of a live source.

    Attributes
    ----------
    source : int
        Number of its source.
    path : str or None
        None for a live source.
    identity : str or None
        Equal for the same recording at another path.
    start : str or None
        In UTC, as stored.
    utc_offset_s : int or None
    time_from : str
    """

    number: int
    source: int
    path: str | None
    identity: str | None
    start: str | None
    utc_offset_s: int | None
    time_from: str

    @property
    def live_start(self) -> str | None:
        """What distinguishes the runs of a live source; None for a file."""
        return self.start if self.path is None else None


@dataclass(frozen=True)
class Runs:
    """All recordings.

    Attributes
    ----------
    version : tuple
        See `runs_version`.
    by_number : mapping
    sites : mapping from int to Site
        The sources, by their numbers.
    counted : mapping from int to collection of Targets
        For each recording that was processed more than once, what counts of it.
    models : mapping from str to str
        A model that listens for each label.
    undated : frozenset of int
        Recordings whose time is only a guess, from when the file was written last.
    """

    version: Version = ()
    by_number: Mapping[int, RunInfo] = field(default_factory=dict)
    sites: Mapping[int, Site] = field(default_factory=dict)
    counted: Mapping[int, Collection[Targets]] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    undated: frozenset[int] = frozenset()

    def counts(self, number: int, model: str, label: str) -> bool:
        """Whether an event of a recording counts."""
        sets = self.counted.get(number)
        return sets is None or any(Target(model, label) in targets for targets in sets)

    def source_name(self, number: int) -> str:
        """The name of the source of a recording: its path, or that of the live source."""
        run = self.by_number[number]
        return run.path or self.sites[run.source].source

    def zone_of(self, number: int) -> tzinfo:
        """The time zone of a recording."""
        return timezone(timedelta(seconds=self.by_number[number].utc_offset_s or 0))

    def latest_zone(self) -> tzinfo | None:
        """Time zone of what was recorded last: the system's (None) if it has the same offset, or none is known."""
        known = [(run.start, run.utc_offset_s) for run in self.by_number.values() if run.utc_offset_s is not None]
        start, offset_s = max(known, key=lambda one: one[0] or "", default=(None, None))
        if start is None or offset_s is None:
            return None
        own = timezone(timedelta(seconds=offset_s))
        time = stored_time(start)
        return None if time.astimezone().utcoffset() == time.astimezone(own).utcoffset() else own


def runs_version(connection: sqlite3.Connection) -> Version:
    """Something that differs when recordings were added, removed or finished."""
    row = connection.execute("SELECT count(*), ifnull(max(id), 0), ifnull(sum(finished), 0) FROM recordings").fetchone()
    return tuple(map(int, row))


def read_runs(connection: sqlite3.Connection) -> Runs:
    """Read all recordings."""
    version = runs_version(connection)
    by_number = {
        number: RunInfo(number, source, path, identity(own, path), start, offset_s, origin)
        for number, source, path, own, start, offset_s, origin in connection.execute(
            "SELECT id, source_id, path, fingerprint, start, utc_offset_s, time_from FROM recordings"
        )
    }
    sites = {
        number: Site(station, name)
        for number, station, name in connection.execute(
            "SELECT sources.id, stations.name, sources.name FROM sources JOIN stations ON stations.id = station_id"
        )
    }
    models = dict(
        connection.execute(
            "SELECT DISTINCT label, models.name FROM listed_labels JOIN label_lists ON label_lists.id = list_id "
            "JOIN models ON models.id = model_id ORDER BY models.id DESC"
        )
    )
    undated = frozenset(number for number, run in by_number.items() if run.time_from == MODIFIED)
    return Runs(version, by_number, sites, _counted(connection, by_number), models, undated)


def _counted(connection: sqlite3.Connection, by_number: Mapping[int, RunInfo]) -> dict[int, Collection[Targets]]:
    times = Counter(run.identity for run in by_number.values() if run.identity is not None)
    again = frozenset(number for number, run in by_number.items() if run.identity and times[run.identity] > 1)
    if not again:
        return {}
    database = DatabaseReader(connection)
    recordings = stored_recordings(database, again)
    listened = [(number, targets) for number, targets in stored_targets(database) if number in again]
    own = {
        number: tuple(sets) for runs in counted_targets(recordings, listened).values() for number, sets in runs.items()
    }
    return {number: own.get(number, ()) for number in again}
