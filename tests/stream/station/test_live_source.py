"""A live source whose model fails, next to one whose model works."""

import itertools
import threading

import pytest

from command_line import LIMIT_S
from feed_servers import LiveCounter, Station
from made_events import Reports
from waiting import wait_until
from whipbird.engine.worker import Worker
from whipbird.events.reports import GapReport, Opening, Summary
from whipbird.models.model import Model
from whipbird.sinks.publisher import Publisher
from whipbird.station import live_source
from whipbird.station.live_source import LiveSource
from whipbird.station.report_hub import ReportHub
from whipbird.station.settings.schema import SourceSettings
from whipbird.station.source_tracker import SourceTracker

pytest.importorskip("av")


@pytest.fixture
def reports():
    return Reports()


@pytest.fixture
def listen(reports, monkeypatch, tmp_path):
    """Start to listen to a feed with a model."""
    monkeypatch.setattr(live_source, "PAUSES_S", (0.1, 0.5))
    worker, hub = Worker(), ReportHub(Publisher([reports], live=True), tmp_path, "forest")
    sources = []

    def start(name, address, model):
        settings = SourceSettings(name=name, feed=address, models=[model.card.name])
        sources.append(LiveSource(settings, [model], worker, hub, SourceTracker(name, "feed", None), None))
        sources[-1].start()
        return sources[-1]

    yield start
    for source in sources:
        source.stop()
        source.wait(LIMIT_S)


def test_a_failing_model_is_restarted_and_does_not_disturb_others(listen, reports, lecture):
    broken, breaks = Model("digits"), threading.Event()
    score = broken.network.score

    def fail(*arguments):
        if breaks.is_set():
            breaks.clear()
            raise RuntimeError("the network is broken")
        return score(*arguments)

    broken.network.score = fail
    with Station(LiveCounter()) as server:
        creek = listen("creek", server.address(), broken)
        pond = listen("pond", server.address(), lecture)
        for source in (creek, pond):
            wait_until(lambda source=source: source.tracker.health().heard_s > 0.5)
        breaks.set()
        wait_until(lambda: creek.tracker.health().outages == 1 and creek.tracker.health().state == "listening")
        before = creek.tracker.health().heard_s
        wait_until(lambda: creek.tracker.health().heard_s > before + 0.5)
        for source in (creek, pond):
            source.stop()
            assert source.wait(LIMIT_S)
    health = creek.tracker.health()
    assert health.heard_s + health.lost_s == pytest.approx(health.elapsed_s, abs=1e-3)
    assert pond.tracker.health().lost_s == 0
    texts = [report.text for report in reports if hasattr(report, "text") and report.text.startswith("creek: ")]
    assert texts[0] == "creek: RuntimeError: the network is broken; trying again until it is back"
    assert texts[-1].startswith("creek: is back, ")
    gaps = [report for report in reports if isinstance(report, GapReport) and report.source == "creek"]
    assert [gap.reason for gap in gaps] == ["broke down"]
    # The segments follow each other without a gap or an overlap.
    segments = [
        (opening.start, summary.heard_s + summary.lost_s)
        for opening, summary in zip(
            [report for report in reports if isinstance(report, Opening) and report.source == "creek"],
            [report for report in reports if isinstance(report, Summary) and report.source == "creek"],
            strict=True,
        )
    ]
    assert len(segments) == 3
    for (start, length_s), (following, _) in itertools.pairwise(segments):
        assert (following - start).total_seconds() == pytest.approx(length_s, abs=0.05)


def test_stopping_during_an_outage_reports_it(listen, reports, lecture):
    server = Station(LiveCounter())
    server.stop()
    source = listen("creek", server.address(), lecture)
    wait_until(lambda: source.tracker.health().lost_s > 0.3)
    source.stop()
    assert source.wait(LIMIT_S)
    source.conclude()
    wait_until(lambda: any(isinstance(report, Summary) for report in reports))
    (gap,) = [report for report in reports if isinstance(report, GapReport)]
    assert gap.end_s == pytest.approx(source.tracker.health().elapsed_s, abs=0.01)
    assert gap.reason == "not there"
