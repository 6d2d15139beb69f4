"""Writes the reports of a recording to every output, completely and exactly once, even after failures or a kill.

The ledger holds the reports until every output has them. An output is asked to add only the reports it lacks, so asking
twice is harmless: nothing is doubled if the process was killed after an output was written but before the ledger noted
it. A failed write is retried; until it succeeds no further recordings are processed, since recordings can wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from whipbird.errors import OutputError, error_text
from whipbird.events.reports import Report
from whipbird.recordings.files import Version
from whipbird.sinks.files.file_publisher import FilePublisher, OutputFile
from whipbird.sinks.files.open import open_outputs
from whipbird.sinks.messages.message_publisher import MessagePublisher
from whipbird.system.backoff import Backoff
from whipbird.watch.ledger import Ledger, Unwritten, is_file

__all__ = ["CatchesUp", "Delivery"]

PAUSES_S = (0.5, 10.0)  # between attempts to write: the first pause, and the longest

T = TypeVar("T")


CatchesUp = OutputFile | FilePublisher | MessagePublisher
"""An output that can add reports it lacks."""


class Delivery:
    """Writes to the outputs and updates the ledger.

    Parameters
    ----------
    outputs : mapping from str to CatchesUp
        Outputs by their keys in the ledger.
    notify : callable
        Gets a line, and whether it is about a recording that could not be processed.
    ending : callable
        Returns whether to stop waiting.
    station : str
        Name of the station, for outputs of an earlier run.
    """

    def __init__(
        self,
        ledger: Ledger,
        outputs: Mapping[str, CatchesUp],
        notify: Callable[[str, bool], None],
        ending: Callable[[], bool],
        station: str,
    ) -> None:
        self.ledger = ledger
        self._outputs = outputs
        self.notify = notify
        self.ending = ending
        self._station = station

    def deliver(self, version: Version, reports: Sequence[Report], error: str | None = None) -> bool:
        """Record a recording as in `Ledger.record` and write its reports; returns whether the ledger was updated."""
        unwritten = self._retry(lambda: self.ledger.record(version, reports, error))
        if unwritten is None:
            return False
        self._write(unwritten, self._outputs)
        return True

    def recover(self) -> None:
        """Write the reports that an earlier process recorded but did not write to all outputs."""
        for unwritten in self.ledger.unwritten():
            if unwritten.reports is None:
                self.ledger.forget(unwritten.hearing_id)
                self.notify(
                    f"ledger {self.ledger.path}: the reports of {unwritten.recording} are damaged or of another "
                    "version; the recording is processed again if it is still there",
                    True,
                )
                continue
            earlier: dict[str, OutputFile] = {}
            for path in unwritten.outputs:
                if path not in self._outputs:
                    if not is_file(path):
                        self.notify(f"{path} is no longer an output; its missing reports stay in the ledger", False)
                        continue
                    try:
                        (earlier[path],) = open_outputs([path], recordings=True, station=self._station)
                    except (OSError, ValueError, OutputError) as error:
                        self.notify(f"{error}; its missing reports stay in the ledger", False)
            try:
                self._write(unwritten, {**self._outputs, **earlier})
            finally:
                for output in earlier.values():
                    output.close()

    def _write(self, unwritten: Unwritten, outputs: Mapping[str, CatchesUp]) -> None:
        for path in unwritten.outputs:
            if path in outputs:
                self._retry(partial(self._write_one, unwritten, path, outputs[path]))

    def _write_one(self, unwritten: Unwritten, path: str, output: CatchesUp) -> bool:
        try:
            output.write_missing(unwritten.reports or [])
        except (OSError, OutputError) as error:
            raise OutputError(f"{output.name}: {getattr(error, 'strerror', None) or error}") from error
        except Exception as error:  # what can never be written must not keep other recordings from being written
            self.notify(f"{output.name}: cannot write some reports: {error_text(error)}", True)
        self.ledger.mark_written(unwritten.hearing_id, path)
        return True

    def _retry(self, attempt: Callable[[], T]) -> T | None:
        """Repeat an attempt until it succeeds; returns None if the program ends first."""
        backoff = Backoff(*PAUSES_S)
        failing = False
        while True:
            try:
                result = attempt()
            except OutputError as error:
                if not failing:
                    self.notify(f"{error}; trying again, nothing is lost", False)
                failing = True
                if not backoff.wait(self.ending):
                    return None
            else:
                if failing:
                    self.notify("writing is possible again", False)
                return result
