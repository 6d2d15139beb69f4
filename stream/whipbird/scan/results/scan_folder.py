"""The folder of a scan, written by one process at a time.

===============================  ====================================================================================
``scan.json``                    models, settings, versions (scans with others are refused), and roots
``manifest/part-*.parquet``      the recordings, from their headers
``plan/part-*.parquet``          the pieces of each shard
``events/shard-*.parquet``       events; a shard is done when this file exists
``windows/shard-*.parquet``      scores of windows that reach their threshold, if they were asked for
``recordings/shard-*.parquet``   results of each recording or piece of one; written before the events
``tracebacks/*.txt``             tracebacks of unexpected errors
``ledger.json``                  counts of done, failed and missing recordings, and the failures
===============================  ====================================================================================

Every file is either complete or does not exist, see `parquet_files`. Each Parquet file holds, as metadata under
``whipbird``, the models with their hashes, all settings, whipbird's version and the time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from whipbird.errors import WhipbirdError
from whipbird.scan.outcome import ShardOutcome
from whipbird.scan.results.parquet_files import (
    next_part,
    read_parts,
    read_table,
    shard_numbers,
    shard_path,
    write_file,
    write_table,
)
from whipbird.scan.settings import ScanSettings
from whipbird.scan.shards import Piece, PieceSpan, Shard
from whipbird.scan.tables import EVENTS, MANIFEST, PLAN, RECORDINGS, as_path, name_columns, table
from whipbird.sinks.files.embedding_files import discard_embeddings, write_embeddings
from whipbird.system.damage import damage_of
from whipbird.system.lock import Lock
from whipbird.system.regular_file import read_bounded
from whipbird.system.whole_file import partial_name
from whipbird.text import as_text

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ScanFolder", "is_scan"]

ABOUT, LEDGER, LOCK = "scan.json", "ledger.json", ".lock"
LARGEST_ABOUT = 16 << 20  # bytes
OWN = {LOCK, partial_name(ABOUT)}  # what a scan that was killed before it began may have left
FORMAT = 1


class _Part(BaseModel):
    """Part of ``scan.json``; there may be more."""

    model_config = ConfigDict(strict=True)


class _Model(_Part):
    name: str
    version: str
    sha256: str
    card_sha256: str
    labels: list[str]


class _Settings(_Part):
    models: list[_Model]


class _About(_Part):
    settings: _Settings
    roots: list[str]
    embeddings: str | None = None


def is_scan(path: Path) -> bool:
    """Whether a folder is that of a scan."""
    return (path / ABOUT).is_file()


class ScanFolder:
    """The folder of a scan.

    Parameters
    ----------
    path : Path
    embeddings : Path, optional
        Another folder, for the embeddings of windows.

    Attributes
    ----------
    about : dict
        Contents of ``scan.json``; empty before the first start.
    """

    def __init__(self, path: Path, embeddings: Path | None = None) -> None:
        self.path = path
        self._embeddings = embeddings
        self.about = self._read_about() if is_scan(path) else {}
        self._lock: Lock | None = None

    def _read_about(self) -> dict[str, Any]:
        path = self.path / ABOUT
        try:
            content = read_bounded(path, LARGEST_ABOUT)
        except OSError as error:
            raise WhipbirdError(f"{path}: cannot be read: {error.strerror or error}") from error
        with damage_of(path):
            about: dict[str, Any] = json.loads(content)
            if not isinstance(about, dict) or about.get("format") != FORMAT:
                raise WhipbirdError(f"{path}: was not written by this version of whipbird")
            _About.model_validate(about)
            return about

    def start(self, settings: ScanSettings, roots: Collection[str]) -> None:
        """Start a scan in this folder, or continue the one that is in it.

        Raises
        ------
        WhipbirdError
            If another process is using the folder, if its scan was started with other models or settings, or if the
            folder holds other files.
        """
        path = self.path
        try:
            if path.exists() and not self.about and any(entry.name not in OWN for entry in path.iterdir()):
                raise WhipbirdError(
                    f"{path}: contains other files; give a new folder, or the folder of an earlier scan"
                )
            path.mkdir(parents=True, exist_ok=True)
            self._lock = self._locked()
            if is_scan(path):
                self.about = self._read_about()
                if differences := settings.differences(self.about["settings"]):
                    raise WhipbirdError(
                        f"{path}: scan with other settings, and results must not be mixed: {'; '.join(differences)}"
                    )
            known = self.about.get("roots", [])
            names = [as_text(root) for root in roots]
            self.about = {
                "format": FORMAT,
                "settings": settings.as_object(),
                "fingerprint": settings.fingerprint,
                "begun": self.about.get("begun") or _now(),
                "roots": [*known, *(name for name in names if name not in known)],
                "embeddings": self._embeddings_name(),
            }
            self._write_json(ABOUT, self.about)
        except OSError as error:
            raise WhipbirdError(f"cannot write to {path}: {error.strerror or error}") from error

    def _embeddings_name(self) -> str | None:
        """Where the embeddings are, for later searches."""
        if self._embeddings is None:
            return self.about.get("embeddings")
        return as_text(os.path.abspath(self._embeddings))

    @property
    def embeddings(self) -> Path | None:
        """The folder of the embeddings, where it was or in the folder of the scan; None if it is at neither place."""
        name = self.about.get("embeddings")
        if name is None:
            return None
        beside = self.path / Path(name).name
        return next((path for path in (Path(name), beside) if path.is_dir()), None)

    def _locked(self) -> Lock:
        try:
            return Lock(self.path / LOCK)
        except BlockingIOError as error:
            raise WhipbirdError(f"{self.path}: another process is scanning into it") from error

    def close(self) -> None:
        """Release the folder for other processes."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def manifest(self) -> Iterator[pa.Table]:
        """Parts of the manifest."""
        return read_parts(self.path / "manifest", MANIFEST)

    def add_to_manifest(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._write_table(next_part(self.path / "manifest"), table(rows, MANIFEST))

    def plan(self) -> Iterator[tuple[Shard, bool]]:
        """Shards, and whether each repeats recordings of earlier shards."""
        for part in read_parts(self.path / "plan", PLAN):
            shards: dict[int, list[Piece]] = {}
            again: dict[int, bool] = {}
            for row in part.to_pylist():
                piece = Piece(
                    as_path(row["recording"], row["raw"]), PieceSpan(row["begin_s"], row["end_s"]), row["sound_s"]
                )
                shards.setdefault(row["shard"], []).append(piece)
                again[row["shard"]] = row["again"]
            for number, pieces in shards.items():
                yield Shard(number, tuple(pieces)), again[number]

    def add_to_plan(self, shards: Iterable[Shard], again: bool = False) -> None:
        rows = [
            {
                "shard": shard.number,
                **name_columns(piece.path),
                "begin_s": piece.span.begin_s,
                "end_s": piece.span.end_s,
                "sound_s": piece.sound_s,
                "again": again,
            }
            for shard in shards
            for piece in shard.pieces
        ]
        if rows:
            self._write_table(next_part(self.path / "plan"), table(rows, PLAN))

    def done(self) -> set[int]:
        """Numbers of the shards that are done."""
        return shard_numbers(self.path / "events")

    def save(self, outcome: ShardOutcome) -> None:
        """Save the outcome of a shard; the shard is then done."""
        for name, text in outcome.tracebacks.items():
            path = self.path / "tracebacks" / f"{name}.txt"
            write_file(path, text.encode("utf-8", "backslashreplace"))
        if self.has_windows:
            self._write_table(self._shard("windows", outcome.number), table(outcome.windows, EVENTS))
        if self._embeddings is not None:
            write_embeddings(shard_path(self._embeddings, outcome.number), outcome.embeddings)
        self._write_table(self._shard("recordings", outcome.number), table(outcome.recordings, RECORDINGS))
        self._write_table(self._shard("events", outcome.number), table(outcome.events, EVENTS))

    def events(self, shard: int) -> pa.Table:
        return read_table(self._shard("events", shard), EVENTS)

    @property
    def has_windows(self) -> bool:
        """Whether the scores of windows are kept."""
        return bool(self.about.get("settings", {}).get("windows"))

    def windows(self, shard: int) -> pa.Table:
        return read_table(self._shard("windows", shard), EVENTS)

    def recordings(self, shard: int) -> pa.Table:
        return read_table(self._shard("recordings", shard), RECORDINGS)

    def discard(self, shard: int, recordings: Collection[str]) -> None:
        """Remove the rows of recordings (by their names as text) from a shard that is done."""
        import pyarrow as pa
        import pyarrow.compute as pc

        names = pa.array(sorted(recordings), pa.string())
        if self._embeddings is not None:
            discard_embeddings(shard_path(self._embeddings, shard), recordings)
        windows = (("windows", EVENTS),) if self.has_windows else ()
        for kind, columns in (("recordings", RECORDINGS), *windows, ("events", EVENTS)):
            path = self._shard(kind, shard)
            rows = read_table(path, columns)
            kept = rows.filter(pc.invert(pc.is_in(rows["recording"].cast(pa.string()), names)))
            if len(kept) < len(rows):
                self._write_table(path, kept)

    def write_ledger(self, ledger: Mapping[str, Any]) -> None:
        self._write_json(LEDGER, {**ledger, "written": _now()})

    def _shard(self, kind: str, number: int) -> Path:
        return shard_path(self.path / kind, number)

    def _write_table(self, path: Path, rows: pa.Table) -> None:
        metadata = {
            "settings": _without_labels(self.about.get("settings")),
            "fingerprint": self.about.get("fingerprint"),
            "written": _now(),
        }
        write_table(path, rows, metadata)

    def _write_json(self, name: str, content: Mapping[str, Any]) -> None:
        write_file(self.path / name, json.dumps(content, indent=2).encode() + b"\n")


def _without_labels(settings: dict[str, Any] | None) -> dict[str, Any] | None:
    """Settings for each file: the hash of a model's card stands for its labels, of which there may be thousands."""
    if settings is None:
        return None
    models = [{key: value for key, value in model.items() if key != "labels"} for model in settings["models"]]
    return settings | {"models": models}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
