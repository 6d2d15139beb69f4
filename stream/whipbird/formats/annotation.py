"""Annotations: the sounds in recordings, with their times. `whipbird.formats.annotation_files` reads and writes them.

Times are in seconds from the start of the recording. Labels and recordings are kept as written.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from whipbird.text import as_text

__all__ = ["Annotation", "RecordingNames", "annotations_of"]

UNCERTAIN = "?"


@dataclass(frozen=True, order=True)
class Annotation:
    """One sound in a recording.

    Attributes
    ----------
    begin_s, end_s : float
        From the start of the recording.
    label : str
        A label that ends with a question mark (``no?``) is uncertain: the sound may or may not be there.
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

    def renamed(self, name: str) -> Annotation:
        """The same annotation with another label, and as certain."""
        return replace(self, label=name + UNCERTAIN if self.uncertain else name)


class RecordingNames:
    """The names by which recordings are annotated.

    A recording may be named by its full path or any end of it, down to the file name, with or without suffix.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names: dict[tuple[str, ...], list[str]] = {}
        for name in names:
            self._names.setdefault(PurePosixPath(_plain(name)).parts, []).append(name)

    def of(self, recording: Path) -> list[str]:
        """The names of a recording."""
        parts = PurePosixPath(_plain(os.path.abspath(recording))).parts
        *folders, file = parts
        ends = dict.fromkeys((file, PurePosixPath(file).stem))
        return [
            name for start in range(len(parts)) for end in ends for name in self._names.get((*folders[start:], end), ())
        ]


def annotations_of(annotations: Mapping[str, list[Annotation]], recording: Path) -> list[Annotation] | None:
    """The annotations of a recording under all of its names, sorted; None if it has no name, see `RecordingNames`."""
    names = RecordingNames(annotations).of(recording)
    return sorted(event for name in names for event in annotations[name]) if names else None


def _plain(path: str) -> str:
    """A path with slashes, and accented letters as one character: systems write them differently."""
    return unicodedata.normalize("NFC", as_text(path).replace("\\", "/"))
