"""Digests: what was heard in a day or a week, sent to people with a picture.

When each digest was due last is kept in ``digests.json`` in the state folder. One that was due while the station did
not run is sent when it starts; of several, the latest. The picture is that of ``whipbird report``, drawn when the
digest is sent, in a process of its own, so that the station does not keep what drawing needs; without it, the text goes
alone.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from whipbird.activity.installed_names import InstalledNames
from whipbird.activity.selection import Selection
from whipbird.activity.stored import read_activity
from whipbird.activity.tallies import total
from whipbird.events.reports import Notification
from whipbird.recordings.metadata.zones import localise
from whipbird.sinks.messages.message import Message
from whipbird.sinks.messages.notification import NotificationTransport
from whipbird.station.settings.digest import DigestSettings
from whipbird.system.regular_file import read_bounded
from whipbird.system.whole_file import whole_file
from whipbird.text import counted

__all__ = ["MEMORY", "Contents", "DigestTransport", "Digests"]

MEMORY = "digests.json"
LARGEST_MEMORY = 1 << 20  # bytes
MOST_LABELS = 30
DRAWING_S = 300.0
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Contents:
    """Where a digest comes from.

    Attributes
    ----------
    database : Path
    station : str
    names : str
        Language of common names.
    """

    database: Path
    station: str
    names: str

    def title(self, since: datetime, until: datetime) -> str:
        """The title of a digest of some time."""
        span = f"{since:%d %B %Y}" if until - since <= DAY else f"{since:%d %B} to {until:%d %B %Y}"
        return f"{self.station}: {span}"

    def text(self, since: datetime, until: datetime) -> str:
        """What was heard; raises WhipbirdError if the database cannot be read."""
        names = InstalledNames(self.names)
        select = Selection(_wall_s(since), _wall_s(until)).selector()
        activity = names.of_species(read_activity(self.database, select))
        found = total(activity.tallies, lambda key: key.target)
        ranked = sorted((target for target in found if found[target].events), key=lambda one: (-found[one].events, one))
        lines = [f"{names.shown(target)}: {found[target].events:,}" for target in ranked[:MOST_LABELS]]
        if len(ranked) > MOST_LABELS:
            lines.append(f"and {counted(len(ranked) - MOST_LABELS, 'other')}")
        heard_h, lost_h = (
            sum(getattr(one, name) for (_, hour), one in activity.efforts.items() if hour is not None) / 3600
            for name in ("heard_s", "lost_s")
        )
        lines.append("" if lines else "Nothing was heard.")
        lines.append(f"Since {since:%d %B, %H:%M}; listened {heard_h:.1f} h, lost {lost_h:.1f} h.")
        return "\n".join(lines)

    @contextlib.contextmanager
    def picture(self, since: datetime, until: datetime, wanted: bool = True) -> Iterator[list[str]]:
        """Draw a picture, which exists until the end; an empty list if it is not wanted, or not possible."""
        if not wanted:
            yield []
            return
        with tempfile.TemporaryDirectory(prefix="whipbird-") as folder:
            path = Path(folder) / "activity.png"
            span = ["--from", f"{since:%Y-%m-%dT%H:%M}", "--to", f"{until:%Y-%m-%dT%H:%M}"]
            command = [sys.executable, "-m", "whipbird", "report", str(self.database), "--figure", str(path)]
            with contextlib.suppress(OSError, subprocess.SubprocessError):
                subprocess.run(
                    [*command, *span, "--names", self.names],
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=DRAWING_S,
                    check=True,
                )
            yield [str(path)] if path.exists() else []

    def notification(self, id_: str, since: datetime, until: datetime) -> Notification:
        """A digest whose text is still to be written."""
        return Notification(id_, self.title(since, until), "", begin=since, end=until)


class DigestTransport(NotificationTransport):
    """Sends digests; ``has_picture`` says whether they have one. For other arguments, see `NotificationTransport`."""

    def __init__(
        self, name: str, station: str, addresses: Sequence[str], contents: Contents, has_picture: bool
    ) -> None:
        super().__init__(name, station, addresses)
        self._contents = contents
        self._has_picture = has_picture

    def messages(self, report: Any) -> list[Message]:
        if not isinstance(report, Notification) or report.begin is None or report.end is None:
            return []
        text = self._contents.text(report.begin, report.end)
        return super().messages(Notification(report.id, report.title, text, report.label, report.begin, report.end))

    @contextlib.contextmanager
    def attached(self, fields: dict[str, Any], ending: Any) -> Iterator[list[str]]:
        since, until = (datetime.fromisoformat(fields[name]) for name in ("begin", "end"))
        with self._contents.picture(since, until, self._has_picture) as found:
            yield found


class Digests:
    """Knows when digests are due.

    Parameters
    ----------
    settings : sequence of DigestSettings
    zone : tzinfo or None
        Time zone of the station; None for the system's.
    folder : Path
        State folder.
    """

    def __init__(
        self, settings: Sequence[DigestSettings], contents: Contents, zone: tzinfo | None, folder: Path
    ) -> None:
        self._settings = settings
        self._contents = contents
        self._zone = zone
        self._path = folder / MEMORY
        self._last: dict[str, datetime] = {}
        with contextlib.suppress(OSError, ValueError, AttributeError, TypeError):
            kept = json.loads(read_bounded(self._path, LARGEST_MEMORY))
            self._last = {str(name): datetime.fromisoformat(text).astimezone(UTC) for name, text in kept.items()}

    def due(self, now: datetime) -> list[tuple[str, Notification]]:
        """The digests that are due, by name; each is given once. The first is due after the first start."""
        found = []
        before = dict(self._last)
        for one in self._settings:
            until = latest(one, now, self._zone)
            last = self._last.setdefault(one.name, now.astimezone(UTC))
            if last < until:
                self._last[one.name] = until.astimezone(UTC)
                since = until - one.length
                id_ = f"digest-{one.name}-{until:%Y-%m-%dT%H:%M}"
                found.append((one.name, self._contents.notification(id_, since, until)))
        if self._last != before:
            with contextlib.suppress(OSError), whole_file(self._path) as file:
                file.write(json.dumps({name: moment.isoformat() for name, moment in self._last.items()}).encode())
        return found


def latest(settings: DigestSettings, now: datetime, zone: tzinfo | None) -> datetime:
    """When a digest was due last, in a zone; None for the system's."""
    now = now.astimezone(zone)
    days = (now.date() - back * DAY for back in range(settings.length // DAY + 1))
    moments = (localise(datetime.combine(day, settings.at), zone) for day in days if settings.is_due_on(day))
    return next(moment for moment in moments if moment <= now)


def _wall_s(moment: datetime) -> float:
    """Seconds from the start of 1970 on the clock of a time's zone."""
    return moment.replace(tzinfo=UTC).timestamp()
