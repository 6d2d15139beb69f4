"""Events on their way from the thread that listens to the thread or coroutine that takes them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from queue import Empty

from whipbird.events.detection import Detection

__all__ = ["MOST_WAITING", "EventQueue"]

MOST_WAITING = 10_000  # events that nobody has taken yet; further ones are dropped
POLL_S = 0.25  # a wait that is shorter can be interrupted by signals on every system


class EventQueue:
    """A queue of events that ends, perhaps with an error.

    Attributes
    ----------
    dropped : int
        Events for which there was no room.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._events: deque[Detection] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._error: BaseException | None = None
        self._wakes: list[Callable[[], None]] = []

    def put(self, event: Detection) -> None:
        """Append an event. Never waits."""
        with self._changed:
            if len(self._events) >= MOST_WAITING:
                self.dropped += 1
                return
            self._events.append(event)
            self._notify()

    def end(self, error: BaseException | None = None) -> None:
        """Say that no event will follow, and why, if that is an error."""
        with self._changed:
            self._ended, self._error = True, error
            self._notify()

    def clear(self) -> None:
        """Forget the events, and the error, that are left."""
        with self._changed:
            self._events.clear()
            self._error = None

    def get(self) -> Detection | None:
        """Wait for the next event; None at the end. An error is raised once."""
        with self._changed:
            while not self._is_ready:
                self._changed.wait(POLL_S)
            return self._take()

    def get_now(self) -> Detection | None:
        """The next event, without waiting; None at the end. An error is raised once.

        Raises
        ------
        queue.Empty
            If there is no event, and not the end.
        """
        with self._changed:
            if not self._is_ready:
                raise Empty
            return self._take()

    def wait_for_end(self, timeout_s: float | None) -> bool:
        """Wait until no event will follow; returns whether this is so. An error is raised once."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._ended, timeout_s):
                return False
            self._raise()
            return True

    def when_ready(self, wake: Callable[[], None]) -> None:
        """Call a function, once, when there is an event or the end: at once, or on the thread that listens."""
        with self._changed:
            if not self._is_ready:
                self._wakes.append(wake)
                return
        wake()

    @property
    def _is_ready(self) -> bool:
        return bool(self._events) or self._ended

    def _take(self) -> Detection | None:
        if self._events:
            return self._events.popleft()
        self._raise()
        return None

    def _raise(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _notify(self) -> None:
        self._changed.notify_all()
        wakes, self._wakes = self._wakes, []
        for wake in wakes:
            wake()
