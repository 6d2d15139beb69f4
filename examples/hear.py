"""Hear a recording from Python, printing each event as it is found: ``python examples/hear.py examples/demo.flac``."""

from __future__ import annotations

import sys

from whipbird.engine.pipeline import Pipeline
from whipbird.events.detection import Detection
from whipbird.events.reports import Report
from whipbird.models.model import Model
from whipbird.sources.replay import Replay


def tell(report: Report) -> None:
    """Called on the worker's thread with events, gaps and notices."""
    if isinstance(report, Detection):
        print(f"{report.begin_s:7.2f} s  {report.label}  {report.score:.0%}")


def main() -> None:
    source = Replay(sys.argv[1])  # or whipbird.sources.microphone.Microphone()
    source.open()
    pipeline = Pipeline(source, [Model("commands")], tell)
    pipeline.start()
    pipeline.wait()
    source.close()
    print(pipeline.summary())


if __name__ == "__main__":
    main()
