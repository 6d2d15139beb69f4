"""A live source whose model fails, next to one whose model works."""

import itertools
import threading
from datetime import UTC, datetime

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

    def start(name, address, model, hours=None):
        settings = SourceSettings(name=name, feed=address, models=[model.card.name])
        tracker = SourceTracker(name, "feed", None)
        sources.append(LiveSource(settings, [model], worker, hub, tracker, None, hours=hours))
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


class Switch:
    """Hours that the test begins and ends."""

    def __init__(self, on):
        self.on = on

    def listens(self, moment):
        return self.on

    def next_begin(self, moment):
        return datetime(2026, 6, 1, 22, tzinfo=UTC).astimezone()


def test_outside_its_hours_a_source_loses_nothing(listen, reports, lecture, monkeypatch):
    monkeypatch.setattr(live_source, "HOURS_POLL_S", 0.02)
    hours = Switch(False)
    with Station(LiveCounter()) as server:
        source = listen("creek", server.address(), lecture, hours)
        wait_until(lambda: source.tracker.health().state == "off hours")
        assert source.tracker.health().detail == f"until {hours.next_begin(None):%H:%M}"
        assert source.tracker.health().elapsed_s is None
        for evening in (1, 2):
            before_s = source.tracker.health().heard_s
            hours.on = True
            wait_until(lambda before_s=before_s: source.tracker.health().heard_s > before_s + 0.5)
            hours.on = False
            wait_until(lambda: source.tracker.health().state == "off hours")
            wait_until(lambda count=evening: sum(isinstance(report, Summary) for report in reports) == count)
        source.stop()
        assert source.wait(LIMIT_S)
    health = source.tracker.health()
    assert health.lost_s == 0
    assert health.heard_s == pytest.approx(health.elapsed_s, abs=0.3)
    assert sum(report.heard_s for report in reports if isinstance(report, Summary)) == pytest.approx(health.heard_s)
    assert not [report for report in reports if isinstance(report, GapReport)]
    assert health.outages == 0


def test_an_outage_ends_with_the_hours(listen, reports, lecture, monkeypatch):
    monkeypatch.setattr(live_source, "HOURS_POLL_S", 0.02)
    hours = Switch(True)
    server = Station(LiveCounter())
    server.stop()
    source = listen("creek", server.address(), lecture, hours)
    wait_until(lambda: source.tracker.health().lost_s > 0.3)
    hours.on = False
    wait_until(lambda: source.tracker.health().state == "off hours")
    lost_s = source.tracker.health().lost_s
    wait_until(lambda: any(isinstance(report, Summary) for report in reports))
    source.stop()
    assert source.wait(LIMIT_S)
    source.conclude()
    (gap,) = [report for report in reports if isinstance(report, GapReport)]
    assert gap.end_s == pytest.approx(lost_s, abs=0.01)
    assert source.tracker.health().lost_s == pytest.approx(lost_s)
