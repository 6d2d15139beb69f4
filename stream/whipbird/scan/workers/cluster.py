"""Workers of a scan: a Dask cluster on this computer, one single-threaded process per core, or any Dask cluster."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from whipbird.errors import WhipbirdError
from whipbird.scan.workers.scratch import scratch_folder

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

__all__ = ["PATIENCE_S", "cores", "workers"]

NEVER = "1000 days"
PATIENCE_S = 60.0  # until a scheduler that does not answer is given up
QUIET = ("distributed", "distributed.client", "tornado", "tornado.application", "asyncio", "bokeh")


def cores() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def workers(scheduler: str | None, count: int) -> Iterator[Client]:
    """A client of a running cluster, or of a local one with ``count`` processes that ends with the context.

    Raises
    ------
    WhipbirdError
        If the scheduler does not answer.
    """
    import dask
    from distributed import Client

    for name in QUIET:  # they log every loss of a worker; whipbird itself prints one line
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    if scheduler is not None:
        try:
            client = Client(scheduler, timeout=PATIENCE_S)
        except (OSError, ValueError) as error:
            raise WhipbirdError(f"no Dask scheduler answers at {scheduler}: {error}") from error
        with client:
            yield client
        return
    with scratch_folder() as scratch:
        settings: dict[str, Any] = {
            "temporary-directory": scratch,
            "distributed.worker.daemon": False,
            "distributed.deploy.lost-worker-timeout": NEVER,  # 15 s: too short to start a worker on a busy computer
            "distributed.worker.profile.enabled": False,  # it would look at the worker's stack 100 times a second
            "distributed.admin.tick.interval": "1s",  # otherwise every event loop wakes up 50 times a second
            "distributed.admin.system-monitor.interval": "10s",
            "distributed.admin.low-level-log-length": 0,
        }
        with dask.config.set(settings), _local(count, scratch) as client:
            yield client


@contextmanager
def _local(count: int, scratch: str) -> Iterator[Client]:
    from distributed import Client, LocalCluster

    def start() -> LocalCluster:
        _block_interrupts()
        return LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            env={"TMPDIR": scratch},  # for copies of recordings
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL + 1,
        )

    with _started(start) as cluster, Client(cluster) as client:
        yield client


def _block_interrupts() -> None:
    """Keep Ctrl-C from this thread, and from the threads and processes that it starts.

    A terminal sends it to the workers too, which must end in order, with this process.
    """
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # by the threads that start workers, it would end the blocking there
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _started(start: Callable[[], LocalCluster]) -> LocalCluster:
    """The cluster that `start` makes on a thread of its own; closed again if this thread is interrupted meanwhile."""
    with ThreadPoolExecutor(1, "cluster") as pool:
        made = pool.submit(start)
        try:
            return made.result()
        except KeyboardInterrupt:
            made.result().close()
            raise
