"""Forest recordings of three minutes with every Capuchinbird call annotated; none is used for training."""

from __future__ import annotations

from pathlib import Path

from whipbird.formats.annotation import Annotation, annotations_of
from whipbird.formats.annotation_files import read_annotations
from whipbird.models.model import Model
from whipbird_train.evaluate.recorded_scores import Annotated, record_scores
from whipbird_train.progress import tracked

__all__ = ["forest", "forest_recordings"]

SUFFIXES = (".ogg", ".mp3")


def forest_recordings(data: Path) -> list[tuple[Path, list[Annotation]]]:
    """All recordings in ``data/capuchinbird/forest`` with their calls; none if the annotations are missing."""
    folder = data / "capuchinbird" / "forest"
    if not (folder / "annotations.csv").is_file():
        return []
    annotations = read_annotations(folder / "annotations.csv")
    paths = [path for path in sorted(folder.iterdir()) if path.suffix in SUFFIXES]
    return [(path, annotations_of(annotations, path) or []) for path in paths]


def forest(data: Path, model: Model) -> Annotated:
    """The same recordings, scored by a model."""
    return [(record_scores(path, model), calls) for path, calls in tracked(forest_recordings(data), "forest")]
