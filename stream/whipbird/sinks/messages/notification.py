"""Notifications to people, through Apprise: Telegram, ntfy, mail, Matrix and many more services.

Apprise says only whether a service took a notification. If it did not, the notification is sent again later, like every
message. A clip takes some seconds to be written: a notification with one waits for it, but not for long.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from whipbird.errors import OutputError
from whipbird.events.reports import Notification
from whipbird.sinks.clips.clip import label_in, label_part, starts_with_time, time_part
from whipbird.sinks.messages.message import Message, to_json
from whipbird.sinks.messages.transport import Transport
from whipbird.system.extras import needs

__all__ = ["Attachments", "NotificationTransport", "check_addresses"]

PAUSES_S = (5.0, 300.0)
LONGEST_CLIP = timedelta(seconds=160)  # with its margins
CLIP_WAIT_S = 3.0  # between looks for a clip
SETTLED_S = 15.0  # after the end of an event and the margin of its clip, in which the clip is written


@dataclass(frozen=True)
class Attachments:
    """Clips that are sent with notifications, from a folder, with the seconds that they have after an event."""

    folder: Path
    after_s: float

    def find(self, label: str, begin: datetime) -> list[str]:
        """The clip of an event, and its picture, as far as they are there."""
        first, last = time_part(begin - LONGEST_CLIP), time_part(begin)
        found = [
            path
            for path in (self.folder.iterdir() if self.folder.is_dir() else ())
            if label_in(path.name) == label_part(label)
            and starts_with_time(path.name)
            and first <= path.name[: len(last)] <= last
        ]
        if not found:
            return []
        clip = max(found)
        picture = clip.with_suffix(".png")
        return [str(picture), str(clip)] if picture.exists() else [str(clip)]


class _NotYet(OutputError):
    """The clip of a notification may still come."""

    after_s = CLIP_WAIT_S


class NotificationTransport(Transport):
    """Sends notifications to some addresses of Apprise.

    Parameters
    ----------
    name : str
        For people, without secrets.
    addresses : sequence of str
        They hold secrets, and are never shown.
    attachments : Attachments, optional

    Raises
    ------
    OutputError
        If Apprise is not installed, or does not know one of the addresses.
    """

    wanted = (Notification,)

    def __init__(
        self, name: str, station: str, addresses: Sequence[str], attachments: Attachments | None = None
    ) -> None:
        super().__init__(name, station, pauses_s=PAUSES_S)
        self._services = check_addresses(addresses)
        self._attachments = attachments

    def messages(self, report: Any) -> list[Message]:
        if not isinstance(report, Notification):
            return []
        fields = {
            "title": report.title,
            "text": report.text,
            "label": report.label,
            "begin": None if report.begin is None else report.begin.isoformat(),
            "end": None if report.end is None else report.end.isoformat(),
        }
        return [Message("notification", report.id, to_json(fields))]

    def send(self, messages: Sequence[Message], ending: Callable[[], bool]) -> None:
        for message in messages:
            fields = json.loads(message.body)
            with self.attached(fields, ending) as attach:
                if not self._services.notify(title=fields["title"], body=fields["text"], attach=attach or None):
                    raise OutputError("a service did not take the notification")

    @contextlib.contextmanager
    def attached(self, fields: dict[str, Any], ending: Callable[[], bool]) -> Iterator[list[str]]:
        """The files that go with a message."""
        yield self._found(fields, ending)

    def _found(self, fields: dict[str, Any], ending: Callable[[], bool]) -> list[str]:
        if self._attachments is None or not fields["begin"]:
            return []
        begin, end = (datetime.fromisoformat(fields[name]) for name in ("begin", "end"))
        found = self._attachments.find(fields["label"], begin)
        written_by = end.timestamp() + self._attachments.after_s + SETTLED_S
        if not found and time.time() < written_by and not ending():
            raise _NotYet("waits for the clip")
        return found


def check_addresses(addresses: Sequence[str]) -> Any:
    """Services of some addresses; raises OutputError if Apprise is not installed, or does not know one."""
    try:
        import apprise
    except ImportError as error:
        raise OutputError(f"an alert {needs('alerts', 'apprise')}") from error
    services = apprise.Apprise(asset=apprise.AppriseAsset(app_id="whipbird", app_desc="whipbird"))
    for address in addresses:
        if not services.add(address):
            kind = address.split("://")[0] if "://" in address else "without a scheme"
            raise OutputError(f"Apprise cannot use an address ({kind}); its services are at appriseit.com")
    return services
