"""The manifest: lists the recordings at some places and reads their headers, in as many processes as there are.

Headers are read while the listing goes on, and kept in parts: broken off, it goes on with what is not in them yet.
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
from whipbird.scan.tables import as_text
from whipbird.scan.workers.dispatcher import Dispatcher

__all__ = ["list_recordings"]

BATCH = 2_000  # headers read as one task


def list_recordings(
    folder: ScanFolder,
    roots: Sequence[str],
    crew: Dispatcher,
    zone: tzinfo | None,
    tell: Callable[[str], None],
    count: Callable[[int], None],
) -> None:
    """Bring the manifest of a folder up to date.

    A recording that has changed since it was listed stays as it was, and that is told: its old events are kept.

    Parameters
    ----------
    roots : sequence of str
        Files, folders and addresses, absolute.
    tell : callable
        Gets a line for what cannot be looked at.
    count : callable
        Gets the number of recordings that have been added to it.

    Raises
    ------
    SourceError
        If there is nothing to be found at one of the roots, in this or earlier times.
    """
    known = {
        name: (size, modified_ns)
        for part in folder.manifest()
        for name, size, modified_ns in zip(
            *(part[column].to_pylist() for column in ("recording", "bytes", "modified_ns")), strict=True
        )
    }
    fresh = _fresh(roots, known, tell)
    for batch, rows, error in crew.work(read_headers, _batches(fresh), zone):
        if error is not None:
            rows = list(_one_by_one(batch, crew, zone))
        folder.add_to_manifest(rows)
        count(len(rows))


def _fresh(roots: Sequence[str], known: dict[str, tuple[int, int]], tell: Callable[[str], None]) -> Iterator[Version]:
    """What is not in the manifest."""
    changed = 0
    seen: set[str] = set()
    for root in roots:
        try:
            for found in listing(root, tell):
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
            tell(f"{root}: is not there any more")
    if changed:
        tell(f"{changed} recordings have changed since they were listed; scan them into another folder")


def _batches(found: Iterable[Version]) -> Iterator[list[Version]]:
    batch: list[Version] = []
    for one in found:
        batch.append(one)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _one_by_one(batch: list[Version], crew: Dispatcher, zone: tzinfo | None) -> Iterator[dict[str, Any]]:
    """Headers of a batch in which one ends the process that reads it."""
    for single, rows, error in crew.work(read_headers, [[one] for one in batch], zone):
        if error is None:
            yield from rows
        else:
            yield unread_row(single[0], "ends the process that reads its header")
