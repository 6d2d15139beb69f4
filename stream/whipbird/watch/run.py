"""Runs ``whipbird watch``: sets up the ledger, the outputs and the session, and processes recordings until the end."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from whipbird.engine.report_rules import ReportRules
from whipbird.errors import SourceError
from whipbird.models.model import Model
from whipbird.sessions.session import Session
from whipbird.sinks.files.open import open_outputs
from whipbird.sinks.publisher import OutputPublisher
from whipbird.sinks.settings import MessageOpener, Outputs, openers
from whipbird.sources.base import Notify
from whipbird.terminal.live_line import LiveLine
from whipbird.watch.arrivals import Arrivals
from whipbird.watch.delivery import CatchesUp, Delivery
from whipbird.watch.fingerprint import listening_fingerprint
from whipbird.watch.ledger import Ledger, default_ledger, output_key
from whipbird.watch.plan import WatchPlan, WatchTotals
from whipbird.watch.watcher import Watcher

__all__ = ["watch_folders"]


def watch_folders(
    folders: Sequence[str],
    models: Sequence[Model],
    plan: WatchPlan,
    output: str,
    channel: int | None,
    labels: frozenset[str] | None,
    outputs: Outputs,
    station: str,
    ledger_path: Path | None,
    console: Console | None,
    rules: Sequence[ReportRules] | None = None,
) -> tuple[Session, int, WatchTotals]:
    """Process recordings as they arrive; returns the session, the exit code and the totals.

    ``output`` is ``plain`` or ``json``; ``ledger_path`` None selects the default ledger. Progress is shown on the
    console if there is one. Raises WhipbirdError if watching cannot start.
    """
    paths = [os.path.abspath(os.path.expanduser(folder)) for folder in folders]
    for folder, path in zip(folders, paths, strict=True):
        if os.path.exists(path) and not os.path.isdir(path):
            raise SourceError(f"{folder}: not a folder; use 'whipbird replay' for single recordings")
        if plan.once and not os.path.exists(path):
            raise SourceError(f"{folder}: no such folder")
    keys = [output_key(name) for name in outputs.files]
    output_openers = openers(outputs, station)
    with contextlib.ExitStack() as stack:
        every = [*keys, *(opener.key for opener in output_openers if isinstance(opener, MessageOpener))]
        ledger = Ledger(
            ledger_path or default_ledger(), listening_fingerprint(models, channel, labels, rules or ()), every
        )
        stack.callback(ledger.close)
        files = open_outputs(outputs.files, recordings=True, station=station)
        catching_up: dict[str, CatchesUp] = dict(zip(keys, files, strict=True))
        for file in files:
            stack.callback(file.close)
        line = stack.enter_context(LiveLine(console)) if console is not None else None  # before the session prints

        def open_by_recording(opener: MessageOpener, live: bool, notify: Notify) -> OutputPublisher:
            publisher = catching_up[opener.key] = opener(live, notify, by_recording=True)
            return publisher

        session = Session(
            models,
            output,
            channel,
            labels,
            live=False,
            tap=lambda report: watcher.collect(report),
            rules=rules,
            others=[
                partial(open_by_recording, opener) if isinstance(opener, MessageOpener) else opener
                for opener in output_openers
            ],
        )
        arrivals = Arrivals(paths, not plan.once, session.notify)
        stack.callback(arrivals.close)
        watcher = Watcher(
            plan, arrivals, Delivery(ledger, catching_up, session.notify, lambda: session.ending, station)
        )
        if line is not None:
            line.describe = watcher.progress
        code = session.run(watcher.sources())
    return session, code, watcher.totals
