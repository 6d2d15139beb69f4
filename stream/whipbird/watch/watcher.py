"""The watcher: chooses the recording to process next, and decides what to do with the result.

The watcher yields complete recordings in the order of their start times to a session, which returns the reports of
each. The reports are delivered only if the recording was read as far as possible and has not changed since. If it
changed or disappeared during processing (the card was removed), it is processed again when it is available.
"""

from __future__ import annotations

import contextlib
import heapq
import threading
import time
from collections.abc import Iterator
from datetime import tzinfo

from whipbird.audio.ring import Ring
from whipbird.errors import WhipbirdError, error_text
from whipbird.events.reports import Notice, Report, Summary
from whipbird.recordings.files import Version, version_of
from whipbird.sources.base import Notify, Source
from whipbird.sources.replay import Replay
from whipbird.terminal.live_line import progress_parts
from whipbird.text import counted
from whipbird.watch.arrivals import Arrivals
from whipbird.watch.completeness import Incomplete, Waiting, check_complete, is_readable
from whipbird.watch.delivery import Delivery
from whipbird.watch.ledger import Status
from whipbird.watch.plan import WatchPlan, WatchTotals
from whipbird.watch.settling import Settling

__all__ = ["Watcher"]

HOUR_S = 3600
POLL_S = 0.1
EVENT_PAUSE_S = 0.3  # shortest pause between looks through the folders because of events
LOOK_SHARE = 0.05  # largest share of the time that looks may take
PATIENCE_S = 60.0  # before an incomplete recording is reported
REMEMBERED = 1000  # removed recordings that are kept in memory, so that the ledger is not queried if they come back
ATTEMPTS = 3  # to process a recording whose medium seems to be gone although its folder is there


class Watcher:
    """Yields recordings to a session and collects their reports."""

    def __init__(self, plan: WatchPlan, arrivals: Arrivals, delivery: Delivery) -> None:
        self.totals = WatchTotals()
        self._plan = plan
        self._arrivals = arrivals
        self._delivery = delivery
        self._ledger, self._notify, self._ending = delivery.ledger, delivery.notify, delivery.ending
        self._settling = Settling(plan.settle_s)
        self._queue: list[Waiting] = []  # a heap; those that are no longer in `_waiting` do not count
        self._waiting: dict[str, Waiting] = {}  # by path
        self._incomplete: dict[str, tuple[Version, str]] = {}  # not reported yet
        self._done: set[Version] = set()  # versions to skip without a query when their folder comes back
        self._attempts: dict[Version, int] = {}
        self._look_from_s = self._look_by_s = 0.0
        self._reports: list[Report] = []
        self._source: _WatchedRecording | None = None
        self._length_s = 0.0  # of that source
        self._since_s = 0.0

    def progress(self) -> tuple[list[str], float | None]:
        """Parts of the progress line, and the share done if recordings are left; see `LiveLine`. Safe on any thread."""
        totals, source = self.totals, self._source  # another thread may replace the source
        done = totals.processed + totals.failed
        processed_s, left_s, busy_s = totals.processed_s, totals.waiting_s, totals.busy_s
        total = done + totals.waiting
        if source is not None:
            total += 1
            processed_s += source.read_s
            left_s += max(0.0, self._length_s - source.read_s)
            busy_s += time.monotonic() - self._since_s
        speed = processed_s / busy_s if busy_s else 0.0
        if total > done:
            sound_s = processed_s + left_s
            return progress_parts(done, total, processed_s, sound_s, speed), processed_s / (sound_s or 1.0)
        waiting = "until files stop changing" if self._plan.once else "for recordings"
        pace = [f"{speed:,.0f} times real time"] if speed else []
        return [f"waiting {waiting}", f"{done:,} so far, {processed_s / HOUR_S:.2f} h", *pace], None

    def collect(self, report: Report) -> None:
        """Collect a report about the current source; safe on any thread."""
        self._reports.append(report)

    def sources(self) -> Iterator[Source]:
        """Yield recordings to process until the end."""
        self._delivery.recover()
        while not self._ending():
            self._look_if_due()
            if self._queue:
                waiting = heapq.heappop(self._queue)
                if self._waiting.get(waiting.version.path) is waiting:
                    yield from self._process(waiting)
            elif self._plan.once and not self._settling.unsettled:
                return
            else:
                time.sleep(POLL_S)

    def _process(self, waiting: Waiting) -> Iterator[Source]:
        version = waiting.version
        self._remove(waiting)
        if version_of(version.path) != version:
            self._settling.restart(version.path, time.monotonic())
            return
        self._reports = []
        self._source = source = _WatchedRecording(version.path, self._plan.zone)
        self._since_s, self._length_s = time.monotonic(), waiting.duration_s
        yield source
        self.totals.busy_s += time.monotonic() - self._since_s
        self._source = None
        if source.was_read or not self._ending():
            self._conclude(version, self._reports)
        else:  # it was cut off
            self._add(waiting)

    def _add(self, waiting: Waiting) -> None:
        """Let a recording wait, instead of an earlier version of it."""
        if (earlier := self._waiting.get(waiting.version.path)) is not None:
            self._remove(earlier)
        self._waiting[waiting.version.path] = waiting
        heapq.heappush(self._queue, waiting)
        self.totals.waiting += 1
        self.totals.waiting_s += waiting.duration_s

    def _remove(self, waiting: Waiting) -> None:
        del self._waiting[waiting.version.path]
        self.totals.waiting -= 1
        self.totals.waiting_s -= waiting.duration_s

    def _conclude(self, version: Version, reports: list[Report]) -> None:
        error = next((report.text for report in reports if isinstance(report, Notice) and report.problem), None)
        if version_of(version.path) != version or (error is not None and self._is_unreachable(version)):
            self._settling.restart(version.path, time.monotonic())
            self._notify(f"{version.path}: changed or removed during processing; result discarded", False)
        elif self._deliver(version, reports, error):
            self._attempts.pop(version, None)
            self._done.add(version)
            self.totals.processed_s += sum(report.heard_s for report in reports if isinstance(report, Summary))
            if error is None:
                self.totals.processed += 1
            else:
                self.totals.failed += 1

    def _deliver(self, version: Version, reports: list[Report], error: str | None) -> bool:
        """Deliver reports as `Delivery.deliver` does."""
        with self._net(version, "its results cannot be stored"):
            return self._delivery.deliver(version, reports, error)
        return False

    @contextlib.contextmanager
    def _net(self, version: Version, trouble: str) -> Iterator[None]:
        """Let whatever a recording raises cost that recording alone, until the next run."""
        try:
            yield
        except WhipbirdError:  # the ledger cannot be used
            raise
        except Exception as error:
            self._done.add(version)
            self.totals.failed += 1
            self._notify(f"{version.path}: {trouble}: {error_text(error)}", True)

    def _is_unreachable(self, version: Version) -> bool:
        if is_readable(version.path):
            return False
        self._attempts[version] = self._attempts.get(version, 0) + 1
        return self._attempts[version] < ATTEMPTS

    def _look_if_due(self) -> None:
        now_s = time.monotonic()
        due_s = min(self._look_by_s, self._settling.due_s or self._look_by_s)
        if self._arrivals.changed.is_set():
            due_s = 0.0
        if now_s < max(due_s, self._look_from_s):
            return
        renamed = self._arrivals.renamed()  # before the look, which must find the renamed files
        found = self._arrivals.look()
        self.totals.unexamined = self._arrivals.unexamined
        took_s = time.monotonic() - now_s
        self._look_from_s = time.monotonic() + max(EVENT_PAUSE_S, took_s / LOOK_SHARE)
        self._look_by_s = time.monotonic() + max(self._plan.sweep_s, took_s / LOOK_SHARE)
        skipped_before, failed_before = self.totals.skipped, self.totals.failed_before
        for version in self._settling.update(found, now_s, renamed):
            with self._net(version, "cannot be judged"):
                self._queue_if_needed(version)
        self._report_incomplete(found, now_s)
        if found and len(self._done) > 2 * len(found) + REMEMBERED and not self._plan.again:
            self._done.intersection_update(found.values())  # keeps the set small if a folder is emptied again and again
        if failed := self.totals.failed_before - failed_before:
            self._notify(
                f"{counted(failed, 'recording')} failed or incomplete before, and not changed since; "
                "use --retry-failed to process what can be read",
                False,
            )
        if skipped := self.totals.skipped - skipped_before:
            self._notify(
                f"{counted(skipped, 'recording')} skipped: already processed with other models, "
                "settings or outputs; use --again to process again",
                False,
            )

    def _queue_if_needed(self, version: Version) -> None:
        """Queue a recording that has settled, if it has to be processed."""
        if version in self._done:
            return
        status = self._ledger.status(version)
        if status is Status.PROCESSED and not (self._plan.again and not self._ledger.has_outputs):
            self.totals.processed_before += 1
            self._done.add(version)
        elif status is Status.PROCESSED_OTHERWISE and not self._plan.again:
            self.totals.skipped += 1
            self._done.add(version)
        elif status is Status.FAILED and not self._plan.retry_failed:
            self.totals.failed_before += 1
            self._done.add(version)
        else:
            try:
                waiting = check_complete(version, self._plan.zone, whole=status is not Status.FAILED)
            except Incomplete as error:
                self._incomplete[version.path] = (version, str(error))
                return
            except Exception:  # the session finds and reports what keeps the recording from being processed
                waiting = Waiting(version.modified_ns / 1e9, version, 0.0)
            self._add(waiting)

    def _report_incomplete(self, found: dict[str, Version], now_s: float) -> None:
        """Report recordings that seem to stay incomplete; they are checked again when they change."""
        for path, (version, error) in list(self._incomplete.items()):
            if found.get(path) != version:
                del self._incomplete[path]
            elif self._plan.once or self._settling.unchanged_s(path, now_s) >= PATIENCE_S:
                del self._incomplete[path]
                if self._deliver(version, [], error):
                    self._done.add(version)
                    self.totals.incomplete += 1
                    self._notify(f"{error}; will be processed when complete, or with --retry-failed as it is", True)


class _WatchedRecording(Replay):
    """A recording that is read as fast as possible, and knows how far, and whether to its end, it has been read."""

    def __init__(self, path: str, zone: tzinfo | None) -> None:
        super().__init__(path, None, zone)
        self.was_read = False
        self._ring: Ring | None = None

    @property
    def read_s(self) -> float:
        return self._ring.position / self.rate_hz if self._ring is not None else 0.0

    def run(self, ring: Ring, stop: threading.Event, notify: Notify) -> None:
        self._ring = ring
        try:
            super().run(ring, stop, notify)
        finally:
            self.was_read = not stop.is_set()
