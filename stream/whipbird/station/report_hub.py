"""Passes the reports of all sources to the screen and to the outputs, which may change while the station runs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whipbird.events.detection import Detection
from whipbird.events.reports import Notice, Report
from whipbird.sinks.files.file_publisher import FilePublisher
from whipbird.sinks.files.open import open_outputs
from whipbird.sinks.publisher import OutputPublisher, Publisher, close_all
from whipbird.sinks.settings import OF_SOUND, OTHERS
from whipbird.station.alerts import ALERT, DIGEST, Alerts
from whipbird.station.settings.outputs import StationOutputs
from whipbird.watch.ledger import output_key

if TYPE_CHECKING:
    from whipbird.sources.base import RunningSource

__all__ = ["ReportHub"]

CLOSE_PATIENCE_S = 5.0  # for an output to close
FILE = "file"

_Key = tuple[Any, ...]  # the kind of an output, its settings, and what it reads from files


class ReportHub:
    """Passes reports from any thread to the screen's publisher and to any number of outputs.

    Undelivered messages are kept in the folder ``spool``, or the default one. ``follower`` gets what the screen gets,
    for the page.
    """

    def __init__(self, screen: Publisher, spool: Path | None, station: str, follower: Publisher | None = None) -> None:
        self.station = station
        self._screens = [screen] if follower is None else [screen, follower]
        self._spool = spool
        # Replaced as a whole, never changed, since other threads iterate over it.
        self._outputs: dict[_Key, OutputPublisher] = {}
        self._alerts: Alerts | None = None
        self._lost = 0  # reports lost by outputs that are closed

    def publish(self, report: Report, with_files: bool = True) -> None:
        """Pass on a report; without files if it is of a recording in a folder, which reaches files separately."""
        for screen in self._screens:
            screen.publish(report)
        if isinstance(report, Detection) and self._alerts is not None:
            for name, notification in self._alerts.desk.notifications(report):
                self._outputs[self._alerts.keys[ALERT, name]].publish(notification)
        for key, output in self._outputs.items():
            if key[0] != ALERT and (with_files or key[0] != FILE):
                output.publish(report)

    def tick(self) -> None:
        """Send the digests that are due."""
        if self._alerts is not None and self._alerts.digests is not None:
            for name, digest in self._alerts.digests.due(datetime.now(UTC)):
                self._outputs[self._alerts.keys[DIGEST, name]].publish(digest)

    def notify(self, text: str, problem: bool = False) -> None:
        """Show a notice on the screen."""
        for screen in self._screens:
            screen.publish(Notice(text, problem))

    def attach(self, running: RunningSource) -> None:
        """Expect reports about this source; it has not started."""
        for publisher in (*self._screens, *self._outputs.values()):
            publisher.attach(running)

    def update(self, outputs: StationOutputs, alerts: Alerts | None = None) -> bool:
        """Open new outputs, close removed ones, and keep the others; returns whether an output of sound changed.

        Of alerts that stay, the desk is replaced as well.

        Raises
        ------
        OutputError
            If an output cannot be opened; nothing has changed then.
        """
        others = {kind: settings for kind in OTHERS if (settings := getattr(outputs, kind)) is not None}
        wanted: list[_Key] = [
            *((FILE, name) for name in outputs.files),
            *(
                (kind, settings, kind not in OF_SOUND and outputs.spool_most, getattr(settings, "credentials", ()))
                for kind, settings in others.items()
            ),
        ]
        openers = {} if alerts is None else {alerts.keys[name]: opener for name, opener in alerts.openers.items()}
        wanted += openers
        opened: dict[_Key, OutputPublisher] = {}
        try:
            for key in wanted:
                if key not in self._outputs:
                    opened[key] = openers[key](True, self.notify) if key in openers else self._open_output(key, outputs)
        except Exception:
            close_all(opened.values(), CLOSE_PATIENCE_S)
            raise
        before, self._outputs = self._outputs, {key: opened.get(key) or self._outputs[key] for key in wanted}
        self._alerts = alerts
        gone = {key: publisher for key, publisher in before.items() if key not in self._outputs}
        close_all(gone.values(), CLOSE_PATIENCE_S)
        self._lost += sum(publisher.lost for publisher in gone.values())
        return any(key[0] in OF_SOUND for key in (*gone, *opened))

    def close(self) -> bool:
        """Let all outputs write what is queued; False if one of them does not finish."""
        if self._alerts is not None:
            self._alerts.desk.close()
        return close_all(self._outputs.values(), CLOSE_PATIENCE_S)

    @property
    def files(self) -> dict[str, FilePublisher]:
        """The file outputs, by their keys in a ledger."""
        return {output_key(one.name): one for one in self._outputs.values() if isinstance(one, FilePublisher)}

    @property
    def is_empty(self) -> bool:
        """Whether there are no outputs."""
        return not self._outputs

    @property
    def is_crowded(self) -> bool:
        """Whether an output is so far behind that recordings should wait."""
        return any(output.is_crowded for output in self._outputs.values())

    @property
    def lost(self) -> int:
        """Number of reports that were not delivered."""
        return self._lost + sum(publisher.lost for publisher in self._outputs.values())

    def health(self) -> list[dict[str, Any]]:
        """Health of the outputs, for JSON."""
        return [
            {
                "name": one.name,
                "done": None if key[0] == FILE else one.done,
                "backlog": one.backlog,
                "failing_s": round(one.failing_s, 1),
                "lost": one.lost,
                "withheld": one.withheld,
            }
            for key, one in self._outputs.items()
        ]

    def losses(self) -> list[str]:
        """Messages about outputs that lost reports or keep some for the next run."""
        publishers = self._outputs.values()
        return [one.loss for one in publishers if one.lost] + [one.rest for one in publishers if one.rest]

    def _open_output(self, key: _Key, outputs: StationOutputs) -> OutputPublisher:
        if key[0] == FILE:
            (file,) = open_outputs([key[1]], recordings=False, station=self.station)
            return FilePublisher(file, True, self.notify)
        opener = outputs.opener(key[0], self.station, self._spool)
        assert opener is not None  # it is wanted
        return opener(True, self.notify)
