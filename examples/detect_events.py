"""Detect events in a recording and print each one as it is found.

python examples/detect_events.py examples/demo.flac
"""

from __future__ import annotations

import sys

from whipbird.engine.pipeline import Pipeline
from whipbird.events.detection import Detection
from whipbird.events.reports import Report
from whipbird.models.model import Model
from whipbird.sources.replay import Replay


def print_event(report: Report) -> None:
    """Print events; the pipeline calls this on its worker's thread with every event, gap and notice."""
    if isinstance(report, Detection):
        print(f"{report.begin_s:7.2f} s  {report.label}  {report.score:.0%}")


def main() -> None:
    source = Replay(sys.argv[1])  # or whipbird.sources.microphone.Microphone()
    source.open()
    pipeline = Pipeline(source, [Model("commands")], print_event)
    pipeline.start()
    pipeline.wait()
    source.close()
    print(pipeline.summary())


if __name__ == "__main__":
    main()
