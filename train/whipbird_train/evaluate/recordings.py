"""Find the recordings of an evaluation, score them, and assign their annotations."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from whipbird.engine.species_choice import EVERY_SPECIES, SpeciesChoice
from whipbird.errors import SourceError, WhipbirdError
from whipbird.formats.annotation import Annotation, RecordingNames
from whipbird.formats.annotation_files import read_all
from whipbird.models.model import Model
from whipbird.models.names import LabelNames
from whipbird.recordings.files import find_recordings
from whipbird.recordings.short_names import short_names
from whipbird.sources.replay import Replay
from whipbird.text import as_text, choice, listed
from whipbird_train.evaluate.recorded_scores import Annotated, RecordedScores, record_scores
from whipbird_train.progress import tracked

__all__ = ["Material", "score_recordings"]

log = logging.getLogger(__name__)

NOT_A_LABEL = "_"  # first character of names that are not labels to be detected
MOST_LABELS = 20  # named in a warning
MOST_NAMED = 5  # unreadable recordings, or unknown labels, in a message


@dataclass(frozen=True)
class Material:
    """What a model is evaluated on.

    Attributes
    ----------
    recordings : sequence of str
        Recordings, folders, patterns.
    annotations : sequence of Path
        Files with annotations of the recordings, or folders of such files.
    background : sequence of str
        Recordings, folders, patterns that contain none of the labels.
    complete : bool
        Recordings without annotations also contain none of the labels.
    unlabelled : str or None
        Label of annotations that have none; None if they are an error.
    species : SpeciesChoice
        Species that are reported. Annotations may have any names of labels, also in its language.
    boxes_only : bool
        Of recordings with annotations, only the annotated times are judged.
    """

    recordings: Sequence[str]
    annotations: Sequence[Path]
    background: Sequence[str]
    complete: bool = False
    unlabelled: str | None = None
    species: SpeciesChoice = EVERY_SPECIES
    boxes_only: bool = False


def score_recordings(material: Material, model: Model, problem: Callable[[str], None] = lambda text: None) -> Annotated:
    """Find recordings and score them, and give each its annotations.

    Parameters
    ----------
    material : Material
    model : Model
    problem : callable
        Gets a line for each file or folder that cannot be examined.

    Raises
    ------
    WhipbirdError
        If there are no recordings, one cannot be read or has no annotations, or the model reports nothing.
    """
    if not model.card.debounce:
        raise WhipbirdError(f"{model.card.name} reports no labels: its card has no debounce settings")
    (rules,) = material.species.rules([model])
    annotated = read_all(material.annotations, material.unlabelled) if material.annotations else {}
    annotated = {name: [_with_label(one, rules.names) for one in own] for name, own in annotated.items()}
    found, others = (_distinct(find_recordings(paths, problem)) for paths in (material.recordings, material.background))
    if not found + others:
        raise WhipbirdError("no recordings: give recordings with their --annotations, or a --background")
    _check_recordings(found + others)
    work = _assign(annotated, found, others, material.complete)
    _warn_of_unreported_labels((annotation for _, truth in work for annotation in truth), rules.names)
    names = short_names([path for path, _ in work])
    scored = [
        (replace(record_scores(path, model, rules), name=as_text(name)), truth)
        for name, (path, truth) in tracked(list(zip(names, work, strict=True)), "processing")
    ]
    for recorded, truth in scored:
        _warn_of_wrong_annotations(recorded, truth)
    return [(one.within(truth) if material.boxes_only and truth else one, truth) for one, truth in scored]


def _with_label(annotation: Annotation, names: LabelNames) -> Annotation:
    """An annotation with the model's label, if it has another name of it."""
    found = names.find(annotation.name)
    return annotation if len(found) != 1 else annotation.renamed(found[0])


def _distinct(paths: Iterable[str]) -> list[Path]:
    """Each file once, even if it is given under several names."""
    return list({os.path.realpath(path): Path(path) for path in reversed(list(paths))}.values())[::-1]


def _assign(
    annotated: Mapping[str, list[Annotation]], recordings: Sequence[Path], background: Sequence[Path], complete: bool
) -> list[tuple[Path, list[Annotation]]]:
    """Each recording with its annotations; those of a background are not used."""
    names = RecordingNames(annotated)
    owners: dict[str, Path] = {}
    work = []
    for path in recordings:
        own = names.of(path)
        if not own and not complete:
            raise WhipbirdError(
                f"no annotations for {path}; if it contains none of the labels, use --background or --complete"
            )
        for name in own:
            if name in owners:
                raise WhipbirdError(
                    f"the annotations of {name} could belong to {owners[name]} or {path}; add the folder to the name"
                )
            owners[name] = path
        work.append((path, sorted(annotation for name in own for annotation in annotated[name])))
    ignored = {name for path in background for name in names.of(path)}
    unused = [name for name in annotated if name not in owners and name not in ignored]
    if unused:
        text = f"annotated, but not among the recordings: {_first_of(unused, 1)}"
        if recordings and not owners:
            raise WhipbirdError(text)
        log.warning(text)
    return work + [(path, []) for path in background]


def _check_recordings(paths: Sequence[Path]) -> None:
    """Check, before hours are processed, that each recording is given once and can be opened."""
    twice = [real for real, count in Counter(map(os.path.realpath, paths)).items() if count > 1]
    if twice:
        raise WhipbirdError(f"{twice[0]} is both among the recordings and in the background")
    wrong = []
    for path in paths:
        try:
            with closing(Replay(str(path))) as source:
                source.open()
        except SourceError as error:
            wrong.append(str(error))
    if wrong:
        raise WhipbirdError(_first_of(wrong, MOST_NAMED))


def _first_of(texts: Sequence[str], most: int) -> str:
    """The first texts, and the number of further ones."""
    more = len(texts) - most
    return "; ".join(texts[:most]) + (f" and {more} more" if more > 0 else "")


def _warn_of_wrong_annotations(recorded: RecordedScores, truth: Sequence[Annotation]) -> None:
    """Warn of annotations that are probably wrong: after the recording's end, or given twice."""
    after = sum(annotation.begin_s >= recorded.seconds for annotation in truth)
    if after:
        log.warning(
            "%s: %d annotations start after its end at %.1f s; are they in seconds from its start?",
            recorded.name, after, recorded.seconds,
        )  # fmt: skip
    twice = len(truth) - len(set(truth))
    if twice:
        log.warning("%s: %d annotations are duplicates", recorded.name, twice)


def _warn_of_unreported_labels(annotations: Iterable[Annotation], known: LabelNames) -> None:
    """Warn of labels that the model does not report, except those marked as background."""
    card = known.card
    names = {annotation.name for annotation in annotations} - card.debounce.keys()
    others = sorted(name for name in names if not name.startswith(NOT_A_LABEL))
    if others:
        reported = ", ".join(card.debounce)
        if len(card.debounce) > MOST_LABELS:
            hints = "; ".join(f"{name}: {choice(name, known.known)}" for name in others[:MOST_NAMED])
            reported = f"{len(card.debounce):,} labels; {hints}"
        log.warning(
            "annotations of %s count as background: %s reports %s", listed(others, MOST_LABELS), card.name, reported
        )
