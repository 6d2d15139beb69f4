"""The user's own recordings: a folder with one sub-folder for each label.

Recordings are WAV, FLAC, AIFF, OGG, Opus or MP3 of any rate, with the extra ``feeds`` also M4A, WebM and others,
anywhere below the label's folder. Hidden files are ignored; others that are not read are named.
A sub-folder ``_background_noise_``, ``_background_``, ``background`` or ``other-sounds`` contains longer recordings
without any of the labels' sounds; it is not a label.

The speaker of a recording is known only if its name has the form of Speech Commands, ``SPEAKER_nohash_TAKE``. All takes
of a speaker, with any label, are one group; any other file is a group of its own. Recordings of several people, birds
or sites should be named in this way: otherwise validation contains speakers of the training set and its accuracy is too
high.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from whipbird.arrays import Floats
from whipbird.errors import DataError
from whipbird.recordings.files import sound_files
from whipbird.segments.segment import BACKGROUND, OTHER_SOUNDS
from whipbird.text import as_text
from whipbird_train.datasets.clips import Clip, read_recordings, recordings_of

__all__ = [
    "DIVIDER",
    "NAME",
    "is_background",
    "labels_of",
    "read_backgrounds",
    "read_clips",
    "subfolders",
    "training_data",
]

log = logging.getLogger(__name__)

NAME = "own recordings"

BACKGROUNDS = ("_background_noise_", "_background_", BACKGROUND, OTHER_SOUNDS)
DIVIDER = "_nohash_"
LONGEST_LABEL = 64  # characters
FEWEST_CLIPS = 2  # per label
MOST_NAMED = 10  # files that are left out
FEWEST_TO_DIVIDE = 5  # clips of a label from which at least one is for validation

training_data = recordings_of(NAME, "recorded or collected by the user", "not stated")


def read_clips(folder: Path, validation_share: float = 0.2, seed: int = 1) -> list[Clip]:
    """List all clips of the folder, by label and then by path, in the splits ``train`` and ``validation``.

    Groups are divided at random. As far as whole groups allow, validation gets its share of each label: at least one
    clip of a label with five or more clips, and none of a smaller label. Training keeps at least one clip of each
    label.

    Parameters
    ----------
    validation_share : float
        Between 0 and 1.

    Raises
    ------
    DataError
        If the folder does not exist or has no labels with recordings, if a label has fewer than two recordings, or if
        the name of a sub-folder is not a valid label.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; create it with a sub-folder of recordings for each label")
    files = {
        subfolder.name: sound_files(subfolder, nested=True, problem=log.warning)
        for subfolder in subfolders(folder)
        if not is_background(subfolder)
    }
    for label, paths in files.items():
        _tell_others(folder / label, paths)
    for label in [label for label, paths in files.items() if not paths]:
        log.warning("left out %s: it has no recordings", folder / label)
        del files[label]
    if not files:
        loose = len(sound_files(folder))
        found = f"{loose} recordings in the folder itself" if loose else "no recordings"
        raise DataError(
            f"no labels in {folder}: each needs a sub-folder of recordings (WAV, FLAC, OGG, MP3, …); found {found}"
        )
    for label, paths in files.items():
        if not label.isprintable() or label != label.strip() or len(label) > LONGEST_LABEL:
            raise DataError(
                f"'{label}' in {folder} is not a valid label: rename it, with up to {LONGEST_LABEL} characters"
            )
        if len(paths) < FEWEST_CLIPS:
            raise DataError(
                f"only {len(paths)} recording of '{label}' in {folder}: at least {FEWEST_CLIPS} are needed, better 50"
            )
    clips = [Clip(path, label, _group(path, folder), "train") for label, paths in files.items() for path in paths]
    validation = _validation_groups(clips, validation_share, seed)
    return [Clip(c.path, c.label, c.group, "validation" if c.group in validation else "train") for c in clips]


def labels_of(clips: Iterable[Clip]) -> tuple[str, ...]:
    """The labels of the clips, sorted."""
    return tuple(sorted({clip.label for clip in clips}))


def read_backgrounds(folder: Path, rate_hz: int, separate: Path | None = None) -> list[Floats]:
    """Read the long background recordings of the folder and of a separate folder, each of shape (samples,).

    A damaged recording is named in the log and left out.

    Raises
    ------
    DataError
        If the separate folder has no recordings.
    """
    backgrounds = [subfolder for subfolder in subfolders(folder) if is_background(subfolder)]
    paths = [path for background in backgrounds for path in sound_files(background, nested=True, problem=log.warning)]
    if separate is not None:
        more = sound_files(separate, nested=True, problem=log.warning) if separate.is_dir() else []
        if not more:
            raise DataError(f"no background recordings in {separate}")
        paths += more
    return read_recordings(paths, rate_hz)


def subfolders(folder: Path) -> list[Path]:
    """The folders in a folder that are not hidden, sorted."""
    return sorted(path for path in folder.glob("*") if path.is_dir() and not path.name.startswith("."))


def _tell_others(folder: Path, recordings: Iterable[Path]) -> None:
    """Name the files of a label that are no recordings by their names: they may be sound all the same."""
    known = {path.name for path in recordings}
    others = sorted(
        {path.name for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")} - known
    )
    if others:
        named = ", ".join([*others[:MOST_NAMED], "…"] if len(others) > MOST_NAMED else others)
        log.warning("left out of %s, which have no suffix of a recording: %s", folder, named)


def is_background(folder: Path) -> bool:
    """Whether a sub-folder has a name of background."""
    return folder.name.lower() in BACKGROUNDS


def _group(path: Path, folder: Path) -> str:
    if DIVIDER in path.stem:
        return as_text(path.stem.split(DIVIDER)[0])
    return as_text(path.relative_to(folder).with_suffix("").as_posix())  # with the label: many files are named 1, 2, 3


def _validation_groups(clips: list[Clip], share: float, seed: int) -> set[str]:
    """Groups for validation; their order depends only on seed and name, so that new clips change little."""
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for clip in clips:
        groups[clip.group][clip.label] += 1
    totals = Counter(clip.label for clip in clips)
    wanted = {
        label: min(max(1, int(share * total)), total - 1) if share > 0 and total >= FEWEST_TO_DIVIDE else 0
        for label, total in totals.items()
    }
    order = sorted(groups, key=lambda group: hashlib.sha1(f"{seed} {group}".encode()).digest())
    validation: set[str] = set()
    taken: Counter[str] = Counter()
    # First the groups that fit for all their labels; then, for each label without any, the smallest group that leaves
    # some clips to train on.
    for group in order:
        if all(taken[label] + count <= wanted[label] for label, count in groups[group].items()):
            validation.add(group)
            taken.update(groups[group])
    for missing in sorted(label for label, count in wanted.items() if count):
        for group in sorted(order, key=lambda group: groups[group].total()):
            if taken[missing]:
                break
            if groups[group][missing] and all(taken[label] + n < totals[label] for label, n in groups[group].items()):
                validation.add(group)
                taken.update(groups[group])
        if not taken[missing]:
            log.warning("all clips of %r are of one group: none is used for validation", missing)
    return validation
