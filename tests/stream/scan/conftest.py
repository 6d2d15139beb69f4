"""One Dask worker that is shared by all scans that do not kill it."""

import pytest

from command_line import whipbird_here
from whipbird.scan.workers.cluster import workers


@pytest.fixture(scope="package")
def client():
    """A client of a cluster of one worker."""
    with workers(None, 1) as client:
        yield client


@pytest.fixture(scope="package")
def scan(client):
    """Scan in this process, with the shared worker."""

    def scan(*arguments):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("whipbird.scan.run.cores", lambda: 1)  # the same number of shards on every computer
            return whipbird_here("scan", *arguments, "--scheduler", client.scheduler.address)

    return scan


@pytest.fixture
def in_workers(client, monkeypatch):
    """Set environment variables, here and in the worker."""
    names = []

    def put(variables):
        names.extend(variables)
        client.run(exec, f"import os; os.environ.update({variables!r})")
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    yield put
    client.run(exec, f"import os; [os.environ.pop(name, None) for name in {names!r}]")
