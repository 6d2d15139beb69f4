"""Recording one live source: where files begin and end.

A file begins with the sound, on the hour, and after a gap of more than `FILL_S`; shorter gaps are silence in it. Its
start follows the source's clock, or the system's where the two differ by more than `DRIFT_S`, as after weeks.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.gap import Gap
from whipbird.audio.ring import Signal
from whipbird.sinks.record.hour_file import HourFile
from whipbird.sources.base import RunningSource

__all__ = ["Recorder"]

FILL_S = 0.5
DRIFT_S = 0.5
READ_S = 1.0  # of sound at once
HOUR_S = 3600


class Recorder:
    """Writes what one source hears; it has not started yet.

    Parameters
    ----------
    running : RunningSource
    folder : Path
    station : str
    signal : Signal
        Set when there is sound to read.
    check_room : callable
        Raises OSError or OutputError if a number of bytes cannot be written.
    finished : callable
        Gets each file that is finished, and whether sound above full scale was clipped in it.
    """

    def __init__(
        self,
        running: RunningSource,
        folder: Path,
        station: str,
        signal: Signal,
        check_room: Callable[[int], None],
        finished: Callable[[Path, bool], None],
    ) -> None:
        self.name = running.source.name
        self._running = running
        self._folder = folder
        self._station = station
        self._check_room = check_room
        self._finished = finished
        self._rate_hz = running.source.rate_hz
        self._reader = running.ring.reader(signal=signal)
        self._most = max(1, min(round(READ_S * self._rate_hz), running.ring.capacity // 4))
        self._file: HourFile | None = None
        self._next = 0  # sample after the last one in the file
        self._end = 0  # first sample of the next file
        self._kept: Floats | None = None  # samples that could not be written
        self.unwritten = 0.0  # seconds

    @property
    def ended(self) -> bool:
        """Whether the source has ended; all its sound can then be read."""
        return self._running.processed() is None

    @property
    def part(self) -> Path | None:
        """The unfinished file."""
        return None if self._file is None else self._file.part

    def advance(self) -> None:
        """Write all new sound; raises OSError or OutputError if that is impossible now."""
        self._reader.want(self._most)
        while True:
            samples = self._kept if self._kept is not None else self._read()
            if samples is None:
                return
            self._kept = samples
            self._write(samples, self._reader.cursor - len(samples))
            self._kept = None

    def pass_over(self) -> None:
        """Give up all sound that has come so far, since it cannot be written."""
        if self._kept is not None:
            self.unwritten += len(self._kept) / self._rate_hz
            self._kept = None
        while (samples := self._read()) is not None:
            self.unwritten += len(samples) / self._rate_hz

    def close(self) -> None:
        """Finish the file; raises OSError if that is impossible."""
        file, self._file = self._file, None
        if file is not None:
            self._finished(file.close(), file.loud)

    def _read(self) -> Floats | None:
        while isinstance(item := self._reader.read(self._most), Gap):
            pass
        return item

    def _write(self, samples: Floats, begin: int) -> None:
        self._check_room(samples.nbytes)
        while len(samples):
            missing = begin - self._next
            if self._file is None or missing > FILL_S * self._rate_hz or begin >= self._end:
                self.close()
                start = self._time(begin)
                into_s = start.minute * 60 + start.second + start.microsecond / 1e6
                self._end = begin + max(1, round((HOUR_S - into_s) * self._rate_hz))
                self._file = HourFile(
                    self._folder, self.name, self._station, start, self._rate_hz, self._running.source.channels
                )
                missing = 0
            piece = samples[: self._end - begin]
            if missing:
                self._file.write(np.zeros((missing, piece.shape[1]), np.float32))
            self._file.write(piece)
            begin += len(piece)
            self._next = begin
            samples = samples[len(piece) :]

    def _time(self, sample: int) -> datetime:
        """Time of a sample that came a moment ago."""
        zone = self._running.source.zone
        now = datetime.now(UTC) - timedelta(seconds=(self._running.ring.position - sample) / self._rate_hz)
        told = self._running.source.clock.at(sample / self._rate_hz)
        if told is not None and abs(told - now) <= timedelta(seconds=DRIFT_S):
            return told
        return now.astimezone(zone)
