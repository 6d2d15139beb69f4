"""The outputs of a station: made from its settings, and exchanged where these have changed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stream.monitor.hub import Hub
from stream.monitor.settings import OTHERS, Outputs, describe
from stream.output_options import OutputOptions, all_openers
from stream.report import Report
from stream.sinks.file_publisher import FilePublisher, OutputFile
from stream.sinks.outputs import open_outputs
from stream.sinks.publisher import OutputPublisher, Tell
from stream.watch.ledger import output_key

__all__ = ["OpenOutputs", "SharedFile"]

PATIENCE_S = 5.0  # with an output that is to end


class SharedFile:
    """A file that several threads write to, each in its turn.

    Parameters
    ----------
    file : OutputFile
    """

    def __init__(self, file: OutputFile) -> None:
        self.name = file.name
        self._file = file
        self._lock = threading.Lock()

    def write(self, reports: Sequence[Report]) -> None:
        with self._lock:
            self._file.write(reports)

    def write_missing(self, reports: Sequence[Report]) -> None:
        with self._lock:
            self._file.write_missing(reports)

    def close(self) -> None:
        with self._lock:
            self._file.close()


class OpenOutputs:
    """The outputs that are open.

    Parameters
    ----------
    hub : Hub
        That gets them.
    tell : callable
    spool : Path
        Folder in which messages to others wait.

    Attributes
    ----------
    files : dict from str to SharedFile
        By their keys in the ledger.
    """

    def __init__(self, hub: Hub, tell: Tell, spool: Path) -> None:
        self.files: dict[str, SharedFile] = {}
        self._hub = hub
        self._tell = tell
        self._spool = spool
        self._open: dict[Any, OutputPublisher] = {}
        self._lost = 0  # by those that are closed

    def change(self, outputs: Outputs, station: str) -> bool:
        """Open what is new, close what is gone, and leave the rest; returns whether clips are others than before.

        Raises
        ------
        OutputError
            If one cannot be opened; then all is as it was.
        """
        wanted: dict[Any, dict[str, Any]] = {("file", name, station): {} for name in outputs.files}
        for kind in OTHERS:
            if options := describe(kind, outputs):
                wanted[kind, repr(options), station] = options
        files = dict(self.files)
        opened: dict[Any, OutputPublisher] = {}
        try:
            for key, options in wanted.items():
                if key in self._open:
                    continue
                if key[0] == "file":
                    (file,) = open_outputs([key[1]], recordings=False, station=station)
                    shared = files[output_key(key[1])] = SharedFile(file)
                    opened[key] = FilePublisher(shared, True, self._tell)
                else:
                    asked = OutputOptions(station=station, spool=self._spool, **options)
                    (opener,) = all_openers(asked)
                    opened[key] = opener(True, self._tell)
        except Exception:
            self._close_all(opened)
            raise
        gone = {key: publisher for key, publisher in self._open.items() if key not in wanted}
        self._open = {key: opened.get(key) or self._open[key] for key in wanted}
        self._hub.outputs = tuple(self._open.values())
        self._hub.files = tuple(publisher for key, publisher in self._open.items() if key[0] == "file")
        kept = {output_key(key[1]) for key in wanted if key[0] == "file"}
        self.files = {key: file for key, file in files.items() if key in kept}
        self._close_all(gone)
        return any(key[0] == "clips" for key in (*gone, *opened))

    def close(self) -> bool:
        """Let all write what waits; False if one does not end."""
        return self._close_all(self._open)

    @property
    def lost(self) -> int:
        """Reports that were not handed over."""
        return self._lost + sum(publisher.lost for publisher in self._open.values())

    def health(self) -> list[dict[str, Any]]:
        """How they are, for JSON."""
        return [
            {
                "name": one.name,
                "done": None if key[0] == "file" else one.done,
                "backlog": one.backlog,
                "failing_s": round(one.failing_s, 1),
                "lost": one.lost,
            }
            for key, one in self._open.items()
        ]

    def losses(self) -> list[str]:
        """What is said of those that lost something, or keep something for the next time."""
        publishers = self._open.values()
        return [one.loss for one in publishers if one.lost] + [one.rest for one in publishers if one.rest]

    def _close_all(self, publishers: dict[Any, OutputPublisher]) -> bool:
        for publisher in publishers.values():  # together
            publisher.give_up_after(PATIENCE_S)
        ended = [publisher.close() for publisher in publishers.values()]
        if publishers is not self._open:
            self._lost += sum(publisher.lost for publisher in publishers.values())
        return all(ended)
