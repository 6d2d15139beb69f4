"""The recordings that an evaluation is made of: found, heard, and each with what is in it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from stream.card import Card
from stream.errors import WhipbirdError
from stream.model import Model
from stream.sources.replay import find_recordings
from train.evaluate.annotation_files import read_all
from train.evaluate.annotations import Annotation, find
from train.evaluate.listening import Annotated, listen_to
from train.evaluate.recording_names import short_names
from train.progress import tracked

__all__ = ["hear_recordings"]

log = logging.getLogger(__name__)

NOT_A_LABEL = "_"  # so begin names of what is not to be heard


def hear_recordings(
    recordings: list[str], files: list[Path], background: list[str], complete: bool, model: Model
) -> Annotated:
    """Find recordings and hear them; each comes with its annotations.

    Parameters
    ----------
    recordings : list of str
        Recordings, folders, patterns.
    files : list of Path
        What is in them: files of annotations, or folders of such.
    background : list of str
        Recordings, folders, patterns in which nothing is to be heard.
    complete : bool
        Nothing is to be heard in recordings without annotations, either.
    model : Model

    Raises
    ------
    WhipbirdError
        If there are none, one cannot be heard or has no annotations, or the model reports nothing.
    """
    if not model.card.debounce:
        raise WhipbirdError(f"{model.card.name} reports nothing: its card has no debounce settings")
    annotated = read_all(files) if files else {}
    work: list[tuple[Path, list[Annotation]]] = []
    for path in map(Path, find_recordings(recordings)):
        truth = find(annotated, path)
        if truth is None and not complete:
            raise WhipbirdError(
                f"no annotations for {path}; if nothing is to be heard there, use --background or --complete"
            )
        work.append((path, truth or []))
    work += [(Path(path), []) for path in find_recordings(background)]
    if not work:
        raise WhipbirdError("nothing to hear: name recordings and their --annotations, or a --background")
    _warn_of_others((annotation for _, truth in work for annotation in truth), model.card)
    names = short_names([path for path, _ in work])
    return [
        (replace(listen_to(path, model), name=name), truth)
        for name, (path, truth) in tracked(list(zip(names, work, strict=True)), "listening")
    ]


def _warn_of_others(annotations: Iterable[Annotation], card: Card) -> None:
    """Say which labels count as background, but for those that are meant to."""
    names = {annotation.name for annotation in annotations} - card.debounce.keys()
    others = sorted(name for name in names if not name.startswith(NOT_A_LABEL))
    if others:
        reported = ", ".join(card.debounce)
        log.warning("annotations of %s count as background: %s reports %s", ", ".join(others), card.name, reported)
