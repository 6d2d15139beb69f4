"""Marks over a picture: a lane of the detections of each model, and a lane of annotations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from whipbird.engine.run import run_source
from whipbird.events.detection import Detection
from whipbird.events.reports import Report
from whipbird.models.model import Model
from whipbird.sources.replay import Replay

__all__ = ["Lane", "Mark", "detected_by"]


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A labelled interval, in seconds from the start of the recording."""

    begin_s: float
    end_s: float
    label: str


@dataclass(frozen=True, slots=True)
class Lane:
    """Marks from one origin, sorted by time.

    Attributes
    ----------
    name : str
        Shown name, such as ``detected by commands``.
    annotated : bool
        Whether people made the marks.
    marks : tuple of Mark
    """

    name: str
    annotated: bool
    marks: tuple[Mark, ...]

    def between(self, begin_s: float, end_s: float) -> Lane:
        """The lane with only the marks that overlap a part."""
        return Lane(self.name, self.annotated, tuple(m for m in self.marks if m.begin_s < end_s and m.end_s > begin_s))


def detected_by(
    models: Sequence[Model], path: str, channel: int | None = None, end_s: float | None = None
) -> tuple[list[Lane], str]:
    """Run models on a recording through the live path, as fast as possible.

    Parameters
    ----------
    end_s : float, optional
        Stop here. Models always run from the start of the recording, so detections do not depend on the part shown.

    Returns
    -------
    lanes : list of Lane
        One for each model.
    problem : str
        Why it could not be processed to its end, or empty; earlier detections count.

    Raises
    ------
    SourceError
        If it cannot be opened.
    """
    source = Replay(path)
    source.open()
    marks: dict[str, list[Mark]] = {model.card.name: [] for model in models}

    def publish(report: Report) -> None:
        if isinstance(report, Detection):
            marks[report.model].append(Mark(report.begin_s, report.end_s, report.shown_name))

    failure = run_source(source, models, publish, channel, limit_s=end_s).failure
    lanes = [Lane(f"detected by {name}", False, tuple(sorted(events))) for name, events in marks.items()]
    return lanes, "" if failure is None else str(failure)
