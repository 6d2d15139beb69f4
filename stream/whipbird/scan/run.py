"""A scan from start to end: list, divide, process, save. A scan that was interrupted continues where it stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from whipbird.errors import WhipbirdError
from whipbird.models.model import Model
from whipbird.scan.manifest import list_recordings
from whipbird.scan.outcome import FAILED, NEEDS_WHOLE, ShardOutcome
from whipbird.scan.plan import ScanPlan
from whipbird.scan.progress import Progress, ProgressDisplay
from whipbird.scan.results.scan_folder import ScanFolder
from whipbird.scan.settings import ScanSettings
from whipbird.scan.shards import Shard
from whipbird.scan.workers.boundaries import cut_grid_s
from whipbird.scan.workers.cluster import cores, workers
from whipbird.scan.workers.dispatcher import Dispatcher
from whipbird.scan.workers.shard_worker import process_in_subprocesses, process_shard
from whipbird.sinks.files.embedding_files import new_folder
from whipbird.text import counted

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["scan"]

LEDGER_S = 30.0  # between two writes of the ledger
MOST_PRINTED = 20  # failures and notices that are printed one by one


def scan(
    roots: Sequence[str],
    out: Path,
    settings: ScanSettings,
    models: Sequence[Model],
    console: Console,
    scheduler: str | None = None,
    processes: int | None = None,
    retry_failed: bool = False,
    check_interrupt: Callable[[], None] = lambda: None,
    embeddings: Path | None = None,
) -> Progress:
    """Scan recordings into a folder, or continue an earlier scan.

    Parameters
    ----------
    roots : sequence of str
        Files, folders and addresses, absolute.
    out : Path
    settings : ScanSettings
    models : sequence of Model
        Those of the settings.
    console : Console
        Where progress and problems are shown.
    scheduler : str, optional
        Address of a Dask scheduler; by default one is started on this computer.
    processes : int, optional
        Workers on this computer; by default one per core.
    retry_failed : bool
        Repeat recordings that failed.
    check_interrupt : callable
        Called frequently; raises an exception to end the scan.
    embeddings : Path, optional
        Folder for the embeddings of windows: a new one, or that of the scan that is continued.

    Raises
    ------
    WhipbirdError
        If the scan cannot start or cannot be completed. Finished shards are saved.
    """
    folder = ScanFolder(out, embeddings)
    progress = Progress()
    try:
        if embeddings is not None and not folder.about:
            new_folder(embeddings)
        folder.start(settings, roots)
        with workers(scheduler, processes or cores()) as client, ProgressDisplay(progress, console) as display:
            if console.is_terminal and (dashboard := _dashboard(client, scheduler is None)):
                display.notify(f"the workers are shown at {dashboard}")
            work = _Scan(folder, settings, models, client, progress, display, check_interrupt)
            work.run(roots, processes or cores(), retry_failed)
        return progress
    finally:
        folder.close()


def _dashboard(client: Client, is_local: bool) -> str:
    """Address of Dask's dashboard, or an empty string; without bokeh the dashboard shows bare numbers only."""
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
        display: ProgressDisplay,
        check_interrupt: Callable[[], None],
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._models = models
        self._progress = progress
        self._display = display
        self._check_interrupt = check_interrupt
        self._dispatcher = Dispatcher(client, self._on_poll)
        self._plan = ScanPlan(folder)
        self._failures: dict[str, dict[str, Any]] = {}
        self._notices: dict[str, str] = {}
        self._printed = 0
        self._next_ledger_s = 0.0

    def _on_poll(self, workers: int) -> None:
        self._check_interrupt()
        self._progress.workers = workers
        self._display.update()
        if self._progress.total and time.monotonic() >= self._next_ledger_s:
            self._write_ledger()

    def run(self, roots: Sequence[str], processes: int, retry_failed: bool) -> None:
        progress = self._progress
        progress.stage = "listing recordings"
        list_recordings(
            self._folder,
            roots,
            self._dispatcher,
            self._settings.tzinfo,
            self._display.notify,
            self._note_unexamined,
            self._count_listed,
        )
        progress.stage = "planning"
        self._plan.add_new(max(processes, self._dispatcher.count), cut_grid_s(self._models))
        self._plan.add_repeats(failed=retry_failed)
        self._count_planned()
        progress.stage = "processing"
        progress.started_s = time.monotonic()
        try:
            self._process(self._plan.remaining())
            while self._plan.add_repeats(failed=False):
                self._process(self._plan.remaining())
        finally:
            self._write_ledger()
        progress.stage = "done"

    def _note_unexamined(self, text: str) -> None:
        self._progress.unexamined += 1
        self._display.notify(text)

    def _count_listed(self, count: int) -> None:
        self._progress.listed += count

    def _count_planned(self) -> None:
        progress = self._progress
        done = self._folder.done()
        for shard in self._plan.shards:
            progress.sound_s += shard.sound_s
            progress.total += sum(piece.span.end_s is None for piece in shard.pieces)
            if shard.number in done:
                progress.done_before_s += shard.sound_s
                rows = self._folder.recordings(shard.number)
                progress.events += sum(rows["events"].to_pylist())
                progress.done_before += sum(end_s is None for end_s in rows["end_s"].to_pylist())
                if FAILED in rows["status"].to_pylist() or rows["notice"].null_count < len(rows):
                    self._note_failures(rows.to_pylist())
                    self._note_notices(rows.to_pylist())

    def _process(self, shards: Iterable[Shard]) -> None:
        crashed: list[Shard] = []
        for shard, outcome, error in self._dispatcher.run(process_shard, shards, self._settings):
            if isinstance(error, WhipbirdError):
                raise error
            if error is not None:
                crashed.append(shard)
            else:
                self._save(shard, outcome)
        if crashed:
            self._display.notify(
                f"{counted(len(crashed), 'shard')} crashed a worker; retrying each recording in a separate process"
            )
        for shard, outcome, error in self._dispatcher.run(process_in_subprocesses, crashed, self._settings):
            if error is not None:
                raise WhipbirdError(f"shard {shard.number}: {type(error).__name__}: {error}") from error
            self._save(shard, outcome)

    def _save(self, shard: Shard, outcome: ShardOutcome) -> None:
        self._folder.save(outcome)
        progress = self._progress
        progress.processed_s += shard.sound_s
        progress.events += len(outcome.events)
        for row in outcome.recordings:
            is_last = row["end_s"] is None
            progress.failed += row["status"] == FAILED and is_last
            progress.processed += row["status"] not in (FAILED, NEEDS_WHOLE) and is_last
        for text in (*self._note_failures(outcome.recordings), *self._note_notices(outcome.recordings)):
            self._printed += 1
            if self._printed <= MOST_PRINTED:
                self._display.notify(text)
            if self._printed == MOST_PRINTED:
                self._display.notify(
                    f"further failures and notices are only listed in {self._folder.path / 'ledger.json'}"
                )

    def _note_failures(self, rows: Iterable[dict[str, Any]]) -> list[str]:
        """Add failures to the ledger's; returns a line for each."""
        lines = []
        for row in rows:
            if row["status"] == FAILED:
                error = row["error"] or ""
                self._failures[row["recording"]] = {
                    "recording": row["recording"],
                    "error": error,
                    "traceback": row["traceback"],
                    "heard_s": row["heard_s"],
                    "lost_s": row["lost_s"],
                    "below_trigger_s": row["below_trigger_s"],
                }
                lines.append(f"{error} (traceback {row['traceback']})" if row["traceback"] else error)
        self._progress.problems = len(self._failures)
        return lines

    def _note_notices(self, rows: Iterable[dict[str, Any]]) -> list[str]:
        """Add notices to the ledger's, one for each recording; returns those that are new."""
        found = {row["recording"]: row["notice"] for row in rows if row["notice"]}
        new = [text for name, text in found.items() if name not in self._notices]
        self._notices |= found
        return new

    def _write_ledger(self) -> None:
        self._next_ledger_s = time.monotonic() + LEDGER_S
        progress = self._progress
        remaining = self._plan.remaining()
        self._folder.write_ledger(
            {
                "recordings": {
                    "planned": progress.total,
                    "done": progress.done - len(self._failures),
                    "failed": len(self._failures),
                    "missing": progress.total - progress.done,
                },
                "shards": {"planned": len(self._plan.shards), "missing": [shard.number for shard in remaining]},
                "events": progress.events,
                "failures": [self._failures[name] for name in sorted(self._failures)],
                "notices": [self._notices[name] for name in sorted(self._notices)],
            }
        )
