"""The crew: hands tasks to the workers, a few ahead of what they work on, and gives back what comes of them.

A scheduler chokes on too many tasks, and whatever it holds is lost with it: only some for each worker are on their way.
Tasks of a worker that dies are done by another; those that kill worker after worker are given back as failed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from whipbird.errors import WhipbirdError
from whipbird.scan.workers.cluster import PATIENCE_S

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["Dispatcher"]

AHEAD = 3  # tasks for each worker
LEAST_AHEAD = 8
POLL_S = 0.1
GOES_ON = "the same command goes on with what is left"
COUNT_S = 2.0  # between looks at how many workers there are

T = TypeVar("T")


class Dispatcher:
    """Workers of a cluster.

    Parameters
    ----------
    client : Client
    beat : callable
        Called again and again, with the number of workers.
    """

    def __init__(self, client: Client, beat: Callable[[int], None]) -> None:
        self._client = client
        self._beat = beat
        self._counted_s = -COUNT_S
        self.count = 0

    def work(
        self, function: Callable[..., Any], tasks: Iterable[T], *arguments: Any
    ) -> Iterator[tuple[T, Any, Exception | None]]:
        """Call the function with each task in some worker; gives the tasks with their results, as they come.

        Raises
        ------
        WhipbirdError
            If the cluster is gone.
        """
        waiting = iter(tasks)
        under_way: dict[Future, T] = {}
        more = True
        try:
            while more or under_way:
                self._look()
                room = max(LEAST_AHEAD, AHEAD * self.count) - len(under_way)
                while more and room > 0:
                    try:
                        task = next(waiting)
                    except StopIteration:
                        more = False
                        break
                    under_way[self._submit(function, task, arguments)] = task
                    room -= 1
                done = [future for future in under_way if future.done()]
                for future in done:
                    task = under_way.pop(future)
                    if future.status in ("cancelled", "lost"):  # the scheduler forgot it
                        self._check()
                        under_way[self._submit(function, task, arguments)] = task
                    elif future.status == "error":
                        error = future.exception()
                        yield task, None, error if isinstance(error, Exception) else RuntimeError(str(error))
                    else:
                        try:
                            result = self._result(future)
                        except _Lost:
                            under_way[future] = task
                        else:
                            yield task, result, None
                if not done and under_way:
                    time.sleep(POLL_S)
        finally:
            for future in under_way:
                future.release()

    def _submit(self, function: Callable[..., Any], task: Any, arguments: tuple[Any, ...]) -> Future:
        return self._client.submit(function, task, *arguments, pure=False)

    def _result(self, future: Future) -> Any:
        try:
            return future.result(timeout=PATIENCE_S)
        except TimeoutError as error:
            if not future.done():
                raise _Lost from error
            raise WhipbirdError(f"the cluster does not answer for {PATIENCE_S:g} s; {GOES_ON}") from error
        except OSError as error:
            raise WhipbirdError(f"the scheduler is gone; {GOES_ON}") from error

    def _check(self) -> None:
        if self._client.status != "running":
            raise WhipbirdError(f"the scheduler is gone; {GOES_ON}")

    def _look(self) -> None:
        now_s = time.monotonic()
        if now_s - self._counted_s >= COUNT_S:
            self._counted_s = now_s
            self._check()
            self.count = len(self._client.scheduler_info(n_workers=-1)["workers"])
        self._beat(self.count)


class _Lost(Exception):
    """A worker died with the result of a task, which is being done again."""
