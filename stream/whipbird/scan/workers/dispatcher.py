"""Hands tasks to the workers and returns their results.

A scheduler slows down with too many tasks, and whatever it holds is lost with it. So only a few tasks per worker are
submitted ahead. If a worker dies, another worker repeats its tasks; a task that kills several workers is returned as
failed.
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

AHEAD = 3  # submitted tasks per worker
LEAST_AHEAD = 8
POLL_S = 0.1
RESUME_HINT = "run the same command again to resume"
COUNT_S = 2.0  # between two counts of the workers

T = TypeVar("T")


class Dispatcher:
    """Hands tasks to the workers of a cluster.

    Parameters
    ----------
    client : Client
    on_poll : callable
        Called frequently, with the number of workers.

    Attributes
    ----------
    count : int
        Number of workers, when they were last counted.
    """

    def __init__(self, client: Client, on_poll: Callable[[int], None]) -> None:
        self._client = client
        self._on_poll = on_poll
        self._counted_s = -COUNT_S
        self.count = 0

    def run(
        self, function: Callable[..., Any], tasks: Iterable[T], *arguments: Any
    ) -> Iterator[tuple[T, Any, Exception | None]]:
        """Call the function with each task in some worker; yields task, result and error as tasks finish.

        Raises
        ------
        WhipbirdError
            If the cluster is gone.
        """
        waiting = iter(tasks)
        submitted: dict[Future, T] = {}
        more = True
        try:
            while more or submitted:
                self._poll()
                room = max(LEAST_AHEAD, AHEAD * self.count) - len(submitted)
                while more and room > 0:
                    try:
                        task = next(waiting)
                    except StopIteration:
                        more = False
                        break
                    submitted[self._submit(function, task, arguments)] = task
                    room -= 1
                done = [future for future in submitted if future.done()]
                for future in done:
                    task = submitted.pop(future)
                    if future.status in ("cancelled", "lost"):  # the scheduler lost it
                        self._check_scheduler()
                        submitted[self._submit(function, task, arguments)] = task
                    elif future.status == "error":
                        error = future.exception()
                        yield task, None, error if isinstance(error, Exception) else RuntimeError(str(error))
                    else:
                        try:
                            result = self._result(future)
                        except _ResultLost:
                            submitted[future] = task
                        else:
                            yield task, result, None
                if not done and submitted:
                    time.sleep(POLL_S)
        finally:
            for future in submitted:
                future.release()

    def _submit(self, function: Callable[..., Any], task: Any, arguments: tuple[Any, ...]) -> Future:
        return self._client.submit(function, task, *arguments, pure=False)

    def _result(self, future: Future) -> Any:
        try:
            return future.result(timeout=PATIENCE_S)
        except TimeoutError as error:
            if not future.done():
                raise _ResultLost from error
            raise WhipbirdError(f"the cluster has not answered for {PATIENCE_S:g} s; {RESUME_HINT}") from error
        except OSError as error:
            raise WhipbirdError(f"the connection to the scheduler was lost; {RESUME_HINT}") from error

    def _check_scheduler(self) -> None:
        if self._client.status != "running":
            raise WhipbirdError(f"the connection to the scheduler was lost; {RESUME_HINT}")

    def _poll(self) -> None:
        now_s = time.monotonic()
        if now_s - self._counted_s >= COUNT_S:
            self._counted_s = now_s
            self._check_scheduler()
            self.count = len(self._client.scheduler_info(n_workers=-1)["workers"])
        self._on_poll(self.count)


class _ResultLost(Exception):
    """A worker died with the result of a task; the scheduler repeats the task."""
