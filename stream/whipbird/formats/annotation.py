"""Annotations: what is to be heard in recordings, and where; `whipbird.formats.annotation_files` reads and
writes them.

Times are in seconds from the start of the recording. Labels and recordings are kept as written.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

__all__ = ["Annotation", "Names", "find"]

UNCERTAIN = "?"


@dataclass(frozen=True, order=True)
class Annotation:
    """One sound in a recording.

    Attributes
    ----------
    begin_s, end_s : float
        From the start of the recording.
    label : str
        A label that ends with a question mark (``no?``) is uncertain: it may be heard or not.
    """

    begin_s: float
    end_s: float
    label: str

    @property
    def uncertain(self) -> bool:
        """Whether the label ends with a question mark."""
        return self.label.endswith(UNCERTAIN)

    @property
    def name(self) -> str:
        """The label without the question mark."""
        return self.label.removesuffix(UNCERTAIN)


class Names:
    """By which names recordings are annotated.

    A recording may be named by its full path or any end of it, down to the file's name, with or without suffix.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names: dict[tuple[str, ...], list[str]] = {}
        for name in names:
            self._names.setdefault(PurePosixPath(_plain(name)).parts, []).append(name)

    def of(self, recording: Path) -> list[str]:
        """All that stand for a sound file."""
        parts = PurePosixPath(_plain(os.path.abspath(recording))).parts
        *folders, file = parts
        ends = dict.fromkeys((file, PurePosixPath(file).stem))
        return [
            name for begin in range(len(parts)) for end in ends for name in self._names.get((*folders[begin:], end), ())
        ]


def find(annotations: Mapping[str, list[Annotation]], recording: Path) -> list[Annotation] | None:
    """What is annotated for a sound file, under all of its names, sorted; None if it has none, see `Names`."""
    names = Names(annotations).of(recording)
    return sorted(event for name in names for event in annotations[name]) if names else None


def _plain(path: str) -> str:
    """With slashes, and letters with accents as one sign: not all systems write them alike."""
    return unicodedata.normalize("NFC", path.replace("\\", "/"))
