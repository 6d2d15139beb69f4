"""A scan from begin to end: list, divide, hear, keep; and whatever of this is left, when it is started again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from whipbird.errors import WhipbirdError
from whipbird.models.model import Model
from whipbird.scan.archive.manifest import list_recordings
from whipbird.scan.outcome import FAILED, UNEVEN, RecordingOutcome
from whipbird.scan.plan import ScanPlan
from whipbird.scan.progress import Progress, Screen
from whipbird.scan.results.scan_folder import ScanFolder
from whipbird.scan.settings import ScanSettings
from whipbird.scan.shards import Shard
from whipbird.scan.workers.boundaries import cut_grid_s
from whipbird.scan.workers.cluster import cores, workers
from whipbird.scan.workers.dispatcher import Dispatcher
from whipbird.scan.workers.shard_worker import hear_alone, hear_shard

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["scan"]

LEDGER_S = 30.0  # between the times at which it is written
MOST_TOLD = 20  # failures that are told one by one


def scan(
    roots: Sequence[str],
    out: Path,
    settings: ScanSettings,
    models: Sequence[Model],
    console: Console,
    scheduler: str | None = None,
    processes: int | None = None,
    retry_failed: bool = False,
    check: Callable[[], None] = lambda: None,
) -> Progress:
    """Scan recordings into a folder, or go on with it.

    Parameters
    ----------
    roots : sequence of str
        Files, folders and addresses, absolute.
    out : Path
    settings : ScanSettings
    models : sequence of Model
        Those of the settings.
    console : Console
        For people.
    scheduler : str, optional
        Address of Dask's; else there is one on this computer.
    processes : int, optional
        Of the latter; else one for each core.
    retry_failed : bool
        Hear once more what failed.
    check : callable
        Called again and again; raises what is to end the scan.

    Raises
    ------
    WhipbirdError
        If it cannot be done, or not to its end. What has been done is kept.
    """
    folder = ScanFolder(out)
    progress = Progress()
    try:
        folder.begin(settings, roots)
        with workers(scheduler, processes or cores()) as client, Screen(progress, console) as screen:
            if console.is_terminal and (dashboard := _dashboard(client, scheduler is None)):
                screen.tell(f"workers are shown at {dashboard}")
            work = _Scan(folder, settings, models, client, progress, screen, check)
            work.run(roots, processes or cores(), retry_failed)
        return progress
    finally:
        folder.close()


def _dashboard(client: Client, is_local: bool) -> str:
    """Its address; without bokeh, Dask serves bare numbers there."""
    if is_local and find_spec("bokeh") is None:
        return ""
    services = client.scheduler_info(n_workers=0).get("services", {})
    return str(client.dashboard_link) if "dashboard" in services else ""


class _Scan:
    def __init__(
        self,
        folder: ScanFolder,
        settings: ScanSettings,
        models: Sequence[Model],
        client: Client,
        progress: Progress,
        screen: Screen,
        check: Callable[[], None],
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._models = models
        self._progress = progress
        self._screen = screen
        self._check = check
        self._crew = Dispatcher(client, self._beat)
        self._plan = ScanPlan(folder)
        self._failures: dict[str, dict[str, Any]] = {}
        self._told = 0
        self._ledger_s = 0.0

    def _beat(self, workers: int) -> None:
        self._check()
        self._progress.workers = workers
        self._screen.beat()
        if self._progress.total and time.monotonic() >= self._ledger_s:
            self._write_ledger()

    def run(self, roots: Sequence[str], processes: int, retry_failed: bool) -> None:
        progress = self._progress
        progress.stage = "listing recordings"
        list_recordings(self._folder, roots, self._crew, self._settings.tzinfo, self._screen.tell, self._listed)
        progress.stage = "planning"
        self._plan.add_new(max(processes, self._crew.count), cut_grid_s(self._models))
        self._plan.add_again(failed=retry_failed)
        self._count_planned()
        progress.stage = "hearing"
        progress.began_s = time.monotonic()
        try:
            self._hear(self._plan.left())
            while self._plan.add_again(failed=False):
                self._hear(self._plan.left())
        finally:
            self._write_ledger()
        progress.stage = "done"

    def _listed(self, count: int) -> None:
        self._progress.listed += count

    def _count_planned(self) -> None:
        progress = self._progress
        done = self._folder.done()
        for shard in self._plan.shards:
            progress.sound_s += shard.sound_s
            progress.total += sum(piece.span.end_s is None for piece in shard.pieces)
            if shard.number in done:
                progress.before_s += shard.sound_s
                rows = self._folder.recordings(shard.number)
                progress.events += sum(rows["events"].to_pylist())
                progress.before += sum(end_s is None for end_s in rows["end_s"].to_pylist())
                if FAILED in rows["status"].to_pylist():
                    self._note_failures(rows.to_pylist())

    def _hear(self, shards: Iterable[Shard]) -> None:
        killed: list[Shard] = []
        for shard, outcome, error in self._crew.work(hear_shard, shards, self._settings):
            if isinstance(error, WhipbirdError):
                raise error
            if error is not None:
                killed.append(shard)
            else:
                self._keep(shard, outcome)
        if killed:
            self._screen.tell(f"{len(killed)} shards end the processes that hear them; each recording gets its own")
        for shard, outcome, error in self._crew.work(hear_alone, killed, self._settings):
            if error is not None:
                raise WhipbirdError(f"shard {shard.number}: {type(error).__name__}: {error}") from error
            self._keep(shard, outcome)

    def _keep(self, shard: Shard, outcome: RecordingOutcome) -> None:
        self._folder.keep(outcome)
        progress = self._progress
        progress.heard_s += shard.sound_s
        progress.events += len(outcome.events)
        for row in outcome.recordings:
            whole = row["end_s"] is None
            progress.failed += row["status"] == FAILED and whole
            progress.heard += row["status"] not in (FAILED, UNEVEN) and whole
        for text in self._note_failures(outcome.recordings):
            self._told += 1
            if self._told <= MOST_TOLD:
                self._screen.tell(text)
            if self._told == MOST_TOLD:
                self._screen.tell(f"further failures are told in {self._folder.path / 'ledger.json'} alone")

    def _note_failures(self, rows: Iterable[dict[str, Any]]) -> list[str]:
        found = []
        for row in rows:
            if row["status"] == FAILED:
                error = row["error"] or ""
                self._failures[row["recording"]] = {
                    "recording": row["recording"],
                    "error": error,
                    "traceback": row["traceback"],
                    "heard_s": row["heard_s"],
                    "lost_s": row["lost_s"],
                }
                found.append(f"{error} (traceback {row['traceback']})" if row["traceback"] else error)
        self._progress.problems = len(self._failures)
        return found

    def _write_ledger(self) -> None:
        self._ledger_s = time.monotonic() + LEDGER_S
        progress = self._progress
        done = progress.before + progress.heard + progress.failed
        left = self._plan.left()
        self._folder.write_ledger(
            {
                "recordings": {
                    "planned": progress.total,
                    "done": done - len(self._failures),
                    "failed": len(self._failures),
                    "missing": progress.total - done,
                },
                "shards": {"planned": len(self._plan.shards), "missing": [shard.number for shard in left]},
                "events": progress.events,
                "failures": [self._failures[name] for name in sorted(self._failures)],
            }
        )
