"""Where reports of all sources meet: what people see, and the outputs, which may change while sources are heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from stream.report import Notice, Report
from stream.sinks.publisher import OutputPublisher, Publisher

if TYPE_CHECKING:
    from stream.pipeline import Pipeline

__all__ = ["Hub"]


class Hub:
    """Hands reports to one publisher for people and any number of outputs; on any thread.

    Parameters
    ----------
    screen : Publisher
    attach : callable
        Gets a pipeline and its channel before it starts.

    Attributes
    ----------
    outputs : tuple of OutputPublisher
    files : tuple of OutputPublisher
        Those of them that are files; recordings in folders reach these another way.
    """

    def __init__(self, screen: Publisher, attach: Callable[[Pipeline, int | None], None]) -> None:
        self.outputs: tuple[OutputPublisher, ...] = ()
        self.files: tuple[OutputPublisher, ...] = ()
        self._screen = screen
        self._attach = attach

    def publish(self, report: Report, with_files: bool = True) -> None:
        """Hand on a report."""
        self._screen.publish(report)
        files = self.files
        for output in self.outputs:
            if with_files or output not in files:
                output.publish(report)

    def tell(self, text: str, problem: bool = False) -> None:
        """Tell people something."""
        self._screen.publish(Notice(text, problem))

    def attach(self, pipeline: Pipeline, channel: int | None) -> None:
        """Reports of this pipeline will come; it has not started."""
        for output in self.outputs:
            output.attach(pipeline, channel)
        self._attach(pipeline, channel)

    @property
    def is_crowded(self) -> bool:
        """Whether an output is so far behind that what can wait should."""
        return any(output.is_crowded for output in self.outputs)
