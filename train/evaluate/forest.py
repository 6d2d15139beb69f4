"""Forest recordings of three minutes in which every Capuchinbird call is annotated; none of them is trained on."""

from __future__ import annotations

from pathlib import Path

from stream.model import Model
from train.evaluate.annotation_files import read_annotations
from train.evaluate.annotations import find
from train.evaluate.listening import Annotated, listen_to
from train.progress import tracked

__all__ = ["forest"]

SUFFIXES = (".ogg", ".mp3")


def forest(data: Path, model: Model) -> Annotated:
    """All recordings in ``data/capuchinbird/forest``, heard by a model, with their calls; none where there are none."""
    folder = data / "capuchinbird" / "forest"
    if not (folder / "annotations.csv").is_file():
        return []
    annotations = read_annotations(folder / "annotations.csv")
    paths = [path for path in sorted(folder.iterdir()) if path.suffix in SUFFIXES]
    return [(listen_to(path, model), find(annotations, path) or []) for path in tracked(paths, "forest")]
