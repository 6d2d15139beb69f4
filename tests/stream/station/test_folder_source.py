"""A folder of a station in which recordings fail."""

import shutil

import pytest

from command_line import LIMIT_S
from made_events import Reports
from waiting import wait_until
from whipbird.engine.worker import Worker
from whipbird.events.reports import Summary
from whipbird.models.model import Model
from whipbird.sinks.publisher import Publisher
from whipbird.sources.replay import Replay
from whipbird.station.folder_source import FolderSource
from whipbird.station.report_hub import ReportHub
from whipbird.station.settings.schema import SourceSettings
from whipbird.station.source_tracker import SourceTracker


@pytest.mark.parametrize("where", ["open", "score"])
def test_whatever_a_recording_raises_costs_that_recording_alone(demo, tmp_path, monkeypatch, where):
    names = [str(shutil.copy(demo, tmp_path / f"2024050{day}_040000.flac")) for day in (1, 2)]
    model, reports, failed = Model("digits"), Reports(), []
    part = Replay if where == "open" else model.network
    works = getattr(part, where)

    def fail(*arguments):
        if not failed:
            failed.append(True)
            raise RuntimeError("a bug")
        return works(*arguments)

    monkeypatch.setattr(part, where, fail)
    settings = SourceSettings(name="card", folder=str(tmp_path), models=["digits"], settle=0.1, sweep=0.1)
    hub, tracker = (
        ReportHub(Publisher([reports], live=True), tmp_path / "spool", "hill"),
        SourceTracker("card", "", None),
    )
    source = FolderSource(settings, [model], Worker(), hub, tracker, tmp_path / "ledger", None)
    source.start()

    def summaries():
        return [(report.source, report.heard_s > 17) for report in reports if isinstance(report, Summary)]

    wait_until(lambda: (names[1], True) in summaries())
    source.stop()
    assert source.wait(LIMIT_S)
    assert [report.text for report in reports if getattr(report, "problem", False)] == [
        f"{names[0]}: RuntimeError: a bug"
    ]
