from datetime import UTC, datetime

import pytest

from whipbird.audio.clock import Clock
from whipbird.engine import source_log
from whipbird.engine.source_log import SourceLog
from whipbird.events.reports import GapReport, Heartbeat, Opening
from whipbird.sources.base import Source

RATE_HZ = 16_000


@pytest.fixture
def source():
    clock = Clock(datetime(2024, 5, 1, 6, tzinfo=UTC), "name")
    return Source(name="dawn.wav", live=False, rate_hz=RATE_HZ, channels=2, clock=clock, path="/card/dawn.wav")


def test_the_opening_is_reported_once(source, commands):
    reports = []
    log = SourceLog(source, [commands], reports.append, 1, frozenset({"yes", "no"}))
    log.announce()
    log.announce()
    (opening,) = reports
    assert isinstance(opening, Opening)
    assert (opening.source, opening.path, opening.rate_hz, opening.channels) == (
        "dawn.wav", "/card/dawn.wav", RATE_HZ, 2,
    )  # fmt: skip
    assert (opening.channel, opening.start, opening.time_from) == (1, source.clock.start, "name")
    assert sorted(opening.listeners[0].labels) == ["no", "yes"]


def test_the_opening_has_the_names_of_species(source, calls):
    reports = []
    SourceLog(source, [calls], reports.append, 1, None).announce()
    assert reports[0].listeners[0].species == {"capuchinbird": ("Perissocephalus tricolor", "Capuchinbird")}


def test_gaps_are_reported(source, commands):
    reports = []
    log = SourceLog(source, [commands], reports.append, None, None)
    log.gap("lost", 1.0, 1.5)
    assert reports == [GapReport("dawn.wav", 1.0, 1.5, "lost")]


def test_there_is_no_heartbeat_before_the_opening_nor_before_it_is_due(source, commands, monkeypatch):
    reports = []
    log = SourceLog(source, [commands], reports.append, None, None)
    log.heartbeat()
    assert reports == []
    log.announce()
    log.heartbeat()
    assert [type(report) for report in reports] == [Opening]
    monkeypatch.setattr(source_log, "HEARTBEAT_S", 0.0)
    other = SourceLog(source, [commands], reports.append, None, None)
    other.heard = 8_000
    other.announce()
    other.heartbeat()
    assert isinstance(reports[-1], Heartbeat)
    assert reports[-1].heard_s == 0.5
