"""Annotations: what is to be heard in recordings, and where; `train.evaluate.annotation_files` reads and writes them.

Times are in seconds from the start of the recording. Labels and recordings are kept as written.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

__all__ = ["Annotation", "find"]

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


def find(annotations: Mapping[str, list[Annotation]], recording: Path) -> list[Annotation] | None:
    """What is annotated for a sound file; None if it is not named.

    It may be named by its full path or any end of it, down to the file's name, with or without suffix. The longest
    such name counts, and of two as long, the one with the suffix.
    """
    named = {PurePosixPath(_slashed(key)).parts: events for key, events in annotations.items()}
    parts = PurePosixPath(_slashed(os.path.abspath(recording))).parts
    for begin in range(len(parts)):
        for end in (parts[-1], recording.stem):
            events = named.get((*parts[begin:-1], end))
            if events is not None:
                return events
    return None


def _slashed(path: str) -> str:
    return path.replace("\\", "/")
