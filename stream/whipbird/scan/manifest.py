"""The manifest: list recordings and read their headers in the workers.

Headers are read while the listing continues, and saved in parts. After an interruption, only the recordings that are
not in a part yet are read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import Any

from whipbird.errors import SourceError
from whipbird.recordings.files import Version
from whipbird.scan.archive.headers import read_headers, unread_row
from whipbird.scan.archive.listing import listing
from whipbird.scan.results.scan_folder import ScanFolder
from whipbird.scan.workers.dispatcher import Dispatcher
from whipbird.sources.base import Notify
from whipbird.text import as_text, counted

__all__ = ["list_recordings"]

BATCH = 2_000  # headers that are read as one task


def list_recordings(
    folder: ScanFolder,
    roots: Sequence[str],
    dispatcher: Dispatcher,
    zone: tzinfo | None,
    notify: Notify,
    problem: Notify,
    on_added: Callable[[int], None],
) -> None:
    """Bring the manifest of a folder up to date.

    The row of a recording that has changed since it was listed stays as it was, as do its events; the number of such
    recordings is reported.

    Parameters
    ----------
    roots : sequence of str
        Files, folders and addresses, absolute.
    dispatcher : Dispatcher
    zone : tzinfo or None
        Time zone of recordings that do not give their own.
    notify : callable
        Receives a line about recordings that are not listed again.
    problem : callable
        Receives a line for each file or folder that cannot be examined.
    on_added : callable
        Receives the number of recordings in each part that was added.

    Raises
    ------
    SourceError
        If a root does not exist or holds nothing, and the manifest has no recordings of it.
    """
    known = {
        name: (size, modified_ns)
        for part in folder.manifest()
        for name, size, modified_ns in zip(
            *(part[column].to_pylist() for column in ("recording", "bytes", "modified_ns")), strict=True
        )
    }
    new = _new(roots, known, notify, problem)
    for batch, rows, error in dispatcher.run(read_headers, _batches(new), zone):
        if error is not None:
            rows = list(_one_by_one(batch, dispatcher, zone))
        folder.add_to_manifest(rows)
        on_added(len(rows))


def _new(roots: Sequence[str], known: dict[str, tuple[int, int]], notify: Notify, problem: Notify) -> Iterator[Version]:
    """Recordings that are not in the manifest; ``known`` are size and time of modification of those that are."""
    changed = 0
    seen: set[str] = set()
    for root in roots:
        try:
            for found in listing(root, problem):
                if found.path in seen:
                    continue
                seen.add(found.path)
                before = known.get(as_text(found.path))
                if before is None:
                    yield found
                else:
                    changed += before != (found.size, found.modified_ns)
        except SourceError:
            prefix = as_text(root)
            if not any(name == prefix or name.startswith((f"{prefix}{os.sep}", f"{prefix}/")) for name in known):
                raise
            notify(f"{root}: no longer exists; its earlier results are kept")
    if changed:
        notify(
            f"{counted(changed, 'recording')} changed since the first scan; to process them again, use another folder"
        )


def _batches(found: Iterable[Version]) -> Iterator[list[Version]]:
    batch: list[Version] = []
    for version in found:
        batch.append(version)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _one_by_one(batch: list[Version], dispatcher: Dispatcher, zone: tzinfo | None) -> Iterator[dict[str, Any]]:
    """Rows of a batch in which one header crashes its worker."""
    for single, rows, error in dispatcher.run(read_headers, [[version] for version in batch], zone):
        if error is None:
            yield from rows
        else:
            yield unread_row(single[0], "reading its header crashes the process")
