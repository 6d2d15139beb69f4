"""Base class of all sources, which fill a ring with samples until they end or are stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo

from whipbird.audio.clock import Clock
from whipbird.audio.resample import LEAD_S
from whipbird.audio.ring import Ring

__all__ = ["Notify", "RunningSource", "Source"]

Notify = Callable[[str], None]
"""Gets a line of text for people."""


@dataclass
class Source:
    """A source of sound, which can be used once.

    `open` finds the sample rate and the number of channels. `run` then writes blocks of samples, shape (n, channels),
    to the ring, and gaps where samples were lost, until the sound ends or ``stop`` is set.

    Attributes
    ----------
    name : str
        Shown to people and stored in events.
    live : bool
        Whether sound is lost unless it is read as it arrives. A source that is not live waits for its readers.
    rate_hz, channels : int
        Known once the source is open.
    duration_s : float or None
        Length, if it is known beforehand.
    clock : Clock
    path : str or None
        Path, if the source is a recording.
    paced : bool
        Whether sound arrives at most in real time, or at a set speed. Otherwise it is processed in large blocks.
    zone : tzinfo or None
        Time zone of a live source's times, and of a recording that does not name its own; None for the system's.
    begin_s : int
        Start of a piece within its recording, on the grid of `whipbird.scan.workers.boundaries`. Unless this is 0, the
        sound starts `whipbird.audio.resample.LEAD_S` earlier, for resampling.
    """

    name: str
    live: bool
    rate_hz: int = 0
    channels: int = 0
    duration_s: float | None = None
    clock: Clock = field(default_factory=Clock)
    path: str | None = None
    paced: bool = True
    begin_s: int = 0
    zone: tzinfo | None = None

    @property
    def is_fed(self) -> bool:
        """Whether another program gives the sound, when it likes: nothing is lost while that program pauses."""
        return self.paced and not self.live and self.path is None

    @property
    def first(self) -> int:
        """Number, within the recording, of the first sample that is written to the ring."""
        return max(0, self.begin_s - LEAD_S) * self.rate_hz

    def open(self) -> None:
        """Prepare to run.

        Raises
        ------
        SourceError
            If the source has no sound.
        """
        raise NotImplementedError

    def run(self, ring: Ring, stop: threading.Event, notify: Notify) -> None:
        """Fill the ring until the sound ends or ``stop`` is set; report problems through ``notify``.

        Raises
        ------
        SourceError
            If the sound breaks off; everything before that has been written.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Release everything acquired by `open`."""


@dataclass(frozen=True)
class RunningSource:
    """A source and its ring, for those who read its sound as well.

    Attributes
    ----------
    processed : callable
        Gives the number of samples processed so far; events up to shortly before have been reported. None at the end.
    """

    source: Source
    ring: Ring
    processed: Callable[[], int | None]
