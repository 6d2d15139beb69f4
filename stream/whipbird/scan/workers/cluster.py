"""Workers of a scan: a Dask cluster on this computer, one single-threaded process per core, or any Dask cluster."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from whipbird.errors import WhipbirdError
from whipbird.scan.workers.scratch import scratch_folder

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["PATIENCE_S", "cores", "workers"]

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
            "distributed.admin.low-level-log-length": 0,
        }
        with dask.config.set(settings), _local(count, scratch) as client:
            yield client


@contextmanager
def _local(count: int, scratch: str) -> Iterator[Client]:
    from distributed import Client, LocalCluster

    with _interrupts_ignored():  # a terminal also sends them to the workers, which end with this process
        cluster = LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            env={"TMPDIR": scratch},  # for copies of recordings
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL + 1,
        )
    with cluster, Client(cluster) as client:
        yield client


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
