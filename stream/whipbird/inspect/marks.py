"""What is marked over a picture: what a model heard, and what people noted, a lane for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from whipbird.engine.run import run_source
from whipbird.events.detection import Detection
from whipbird.events.reports import Report
from whipbird.models.model import Model
from whipbird.sources.replay import Replay

__all__ = ["Lane", "Mark", "heard_by"]


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A stretch of time with a label, in seconds from the begin of the recording."""

    begin_s: float
    end_s: float
    label: str


@dataclass(frozen=True, slots=True)
class Lane:
    """Marks of one origin, sorted.

    Attributes
    ----------
    name : str
        Such as ``heard by commands``.
    noted : bool
        Whether people made them.
    marks : tuple of Mark
    """

    name: str
    noted: bool
    marks: tuple[Mark, ...]

    def between(self, begin_s: float, end_s: float) -> Lane:
        """Those that lie in a part, or reach into it."""
        return Lane(self.name, self.noted, tuple(m for m in self.marks if m.begin_s < end_s and m.end_s > begin_s))


def heard_by(
    models: Sequence[Model], path: str, channel: int | None = None, end_s: float | None = None
) -> tuple[list[Lane], str]:
    """Hear a recording through the live path, as fast as it can be.

    Parameters
    ----------
    end_s : float, optional
        Hear no further. It is always heard from its begin, so that the same is heard whatever part is shown.

    Returns
    -------
    lanes : list of Lane
        One for each model.
    problem : str
        Why it could not be heard to its end, if that is so; what was heard before counts.

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
            marks[report.model].append(Mark(report.begin_s, report.end_s, report.label))

    failure = run_source(source, models, publish, channel, limit_s=end_s).broke_off()
    lanes = [Lane(f"heard by {name}", False, tuple(sorted(events))) for name, events in marks.items()]
    return lanes, "" if failure is None else str(failure)
