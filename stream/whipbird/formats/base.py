"""Parts of every file format: how it writes events, and how it reads and writes annotations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from whipbird.events.detection import Detection
from whipbird.events.reports import Report, Summary
from whipbird.formats.annotation import Annotation
from whipbird.formats.annotation_rows import Annotations

__all__ = ["AnnotationFormat", "FileFormat", "Formatter", "ListFormatter"]


class Formatter:
    """How reports become text: one line for each event, unless a subclass overrides `line`.

    Only `line` may change its state, and only by assignment: callers copy it, to undo what they could not write.
    ``appends`` says whether events can be added to an existing file, and ``verdicts`` whether the verdicts of people
    are written, see `with_verdicts`.
    """

    appends = True
    verdicts = False
    drawn = False

    def with_verdicts(self, verdicts: bool = True, drawn: bool = False) -> Self:
        """The same formatter, which also writes verdicts, or does not.

        Parameters
        ----------
        drawn : bool
            Whether events without a verdict were drawn at random to be judged.
        """
        self.verdicts, self.drawn = verdicts, drawn
        return self

    def head(self) -> str:
        """The start of a file."""
        return ""

    def line(self, report: Report) -> str:
        """The text that a report adds to the file; empty for many reports."""
        return self.event_line(report) if isinstance(report, Detection) else ""

    def event_line(self, event: Detection) -> str:
        """The line of an event, with its line break."""
        raise NotImplementedError


class ListFormatter(Formatter):
    """A formatter whose times count over a list of recordings: each starts where the one before it ends."""

    appends = False
    _start_s = 0.0  # of the recording that is being processed

    def line(self, report: Report) -> str:
        if isinstance(report, Summary) and report.source is not None:
            self._start_s += report.elapsed_s
        return super().line(report)


@dataclass(frozen=True)
class AnnotationFormat:
    """How a format holds annotations.

    Attributes
    ----------
    suffixes : tuple of str
        Suffixes of the files that are read from a folder.
    recognises : callable
        Whether a file is in this format, by its first line that is not blank (empty if there is none) and its suffix.
    read : callable
        From the path and text of a file, and the label of annotations that have none (None if they must have one), to
        the annotations of each recording; raises DataError.
    text : callable
        The text of a file; the annotations are sorted, and of exactly one recording unless ``names_recordings``.
        None if annotations are not written in this format.
    names_recordings : bool
        Whether a file names its recordings, and so can hold several.
    """

    suffixes: tuple[str, ...]
    recognises: Callable[[str, str], bool]
    read: Callable[[Path, str, str | None], Annotations]
    text: Callable[[Mapping[str, Sequence[Annotation]]], str] | None
    names_recordings: bool = False


@dataclass(frozen=True)
class FileFormat:
    """A file format.

    Attributes
    ----------
    name : str
    endings : tuple of str
        How the names of its files of events end, in lower case.
    formatter : callable
        Makes a `Formatter`; gets whether the sources are recordings.
    over_list : bool
        Whether times count over a list of recordings, see `ListFormatter`.
    annotations : AnnotationFormat or None
        None if it is not for annotations.
    """

    name: str
    endings: tuple[str, ...]
    formatter: Callable[[bool], Formatter]
    over_list: bool = False
    annotations: AnnotationFormat | None = None
