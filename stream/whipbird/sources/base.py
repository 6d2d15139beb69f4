"""What every source is: something that fills a ring with samples until it ends or is told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from whipbird.audio.clock import Clock
from whipbird.audio.resample import LEAD_S
from whipbird.audio.ring import Ring

__all__ = ["Notify", "Source"]


Notify = Callable[[str], None]


@dataclass
class Source:
    """A source of sound.

    `open` finds out rate and channels; `run` then writes blocks of samples, shape (n, channels), to the ring, and gaps
    where samples were lost, until the sound ends or ``stop`` is set. It may be used once.

    Attributes
    ----------
    name : str
        For people and for the events.
    live : bool
        Whether sound is lost unless it is taken when it comes. A source that is not live waits for its readers.
    rate_hz, channels : int
        Known once it is open.
    duration_s : float or None
        Length, when it is known beforehand.
    clock : Clock
    path : str or None
        Of the recording that it is, if it is one.
    paced : bool
        Whether sound comes no faster than somebody could listen to it. If not, it is worked on in large blocks.
    begin_s : int
        Where in the recording a piece of it begins, on the grid of `whipbird.scan.workers.boundaries`. Unless this is
        0, the sound
        begins `whipbird.audio.resample.LEAD_S` earlier, for resampling.
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

    @property
    def first(self) -> int:
        """Number in the recording of the first sample that comes."""
        return max(0, self.begin_s - LEAD_S) * self.rate_hz

    def open(self) -> None:
        """Make ready to run.

        Raises
        ------
        SourceError
            If there is nothing to listen to.
        """
        raise NotImplementedError

    def run(self, ring: Ring, stop: threading.Event, notify: Notify) -> None:
        """Fill the ring until the sound ends or ``stop`` is set; tell of anything odd through ``notify``.

        Raises
        ------
        SourceError
            If the sound breaks off; what came before has been written.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Give back whatever `open` took."""
