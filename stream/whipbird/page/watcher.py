"""What waits for a browser that watches or listens: a bounded queue, which threads fill and the event loop empties."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

__all__ = ["Watcher"]


class Watcher:
    """A browser that watches or listens; made on the event loop that serves it.

    Parameters
    ----------
    most : int
        Items that wait for it; a browser that is slower misses items.
    """

    def __init__(self, most: int) -> None:
        self._queue: asyncio.Queue[Any] = asyncio.Queue(most)
        self._loop = asyncio.get_running_loop()

    def send(self, item: Any, must: bool = False) -> None:
        """Add an item, from any thread; one that must arrive takes the place of the oldest if there is no room."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._put, item, must)

    async def next(self) -> Any:
        """The next item."""
        return await self._queue.get()

    def _put(self, item: Any, must: bool) -> None:
        if must and self._queue.full():
            self._queue.get_nowait()
        with contextlib.suppress(asyncio.QueueFull):
            self._queue.put_nowait(item)
