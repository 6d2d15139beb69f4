"""Where the embeddings of an archive are, with which model they were made, and when its recordings started."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from whipbird.api.model import Model, load_model
from whipbird.audio.clock import MODIFIED
from whipbird.errors import WhipbirdError
from whipbird.review.judged_events import verdicts_path
from whipbird.scan.packages import EXTRA, RESULTS
from whipbird.scan.results.parquet_files import shard_numbers
from whipbird.scan.results.scan_folder import ScanFolder, is_scan
from whipbird.search.hits import Hit
from whipbird.search.vectors import VectorIndex
from whipbird.system.extras import check_installed
from whipbird.text import choice

__all__ = ["SearchArchive"]

DIGITS = 8  # of a hash, for people


class SearchArchive:
    """A scan that kept embeddings, or a folder of embeddings.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    index : VectorIndex
        Call its `update` first.
    store_path : Path
        The database of verdicts on what was found.

    Raises
    ------
    WhipbirdError
        If it cannot be read, or has no embeddings.
    """

    def __init__(self, path: Path) -> None:
        check_installed(EXTRA, *RESULTS)
        self.path = path
        self._scan = ScanFolder(path) if is_scan(path) else None
        folder = path
        if self._scan is not None:
            kept = self._scan.embeddings
            if kept is None:
                raise WhipbirdError(
                    f"{path}: this scan kept no embeddings, or does not say where they are; name their folder, or scan "
                    "again with --embeddings FOLDER"
                )
            folder = kept
        self.index = VectorIndex(folder)
        self.store_path = verdicts_path(path)

    def model(self, name: str | None) -> Model:
        """The model to search with.

        Parameters
        ----------
        name : str, optional
            Name of an installed model, or folder of a model; by default, that of the embeddings.

        Raises
        ------
        WhipbirdError
            If it cannot be used, or made none of the embeddings, or if several models made them and none is named.
        """
        models = self.index.models
        names = sorted(set(models.values()))
        if name is None:
            if len(names) != 1:
                raise WhipbirdError(
                    f"{self.path}: embeddings of {' and '.join(names) or 'no model'}; name one with --model"
                )
            name = names[0]
        model = load_model(name)
        sha256 = model.embedding_sha256
        if sha256 not in models:
            if model.name in names:
                others = ", ".join(own[:DIGITS] for own, other in models.items() if other == model.name)
                raise WhipbirdError(
                    f"{self.path}: embeddings of another {model.name} (hash {others}, here {sha256[:DIGITS]}); use "
                    "that one with --model, or scan again with --embeddings"
                )
            raise WhipbirdError(f"{self.path}: no embeddings of {model.name}; {choice(model.name, names)}")
        return model

    def starts(self, hits: list[Hit]) -> dict[str, datetime]:
        """When the recordings of hits started, as far as the scan knows."""
        if self._scan is None:
            return {}
        starts: dict[str, datetime] = {}
        numbers = {int(hit.shard.removeprefix("shard-")) for hit in hits if hit.shard.startswith("shard-")}
        for number in numbers & shard_numbers(self._scan.path / "recordings"):
            for row in self._scan.recordings(number).to_pylist():
                if row["start"] is not None and row["time_from"] != MODIFIED:
                    zone = timezone(timedelta(seconds=row["utc_offset_s"] or 0))
                    starts[row["recording"]] = row["start"].astimezone(zone)
        return starts
