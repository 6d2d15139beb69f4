import time
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from whipbird.audio.clock import Clock


def test_a_live_clock_gives_the_time_of_a_sample():
    clock = Clock(datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC), "live")
    assert clock.at(1.5) == datetime(2024, 3, 1, 0, 0, 0, 500_000, tzinfo=UTC)


def test_the_zone_is_kept():
    zone = timezone(timedelta(hours=10))
    assert Clock(datetime(2024, 5, 1, 6, tzinfo=zone), "live").at(60).isoformat() == "2024-05-01T06:01:00+10:00"


@pytest.mark.parametrize(("hours", "local"), [(1, "02:30:00+02:00"), (2, "02:30:00+01:00"), (3, "03:30:00+01:00")])
def test_clocks_are_put_back_in_between(hours, local):
    clock = Clock(datetime(2021, 10, 31, 1, 30, tzinfo=ZoneInfo("Europe/Zurich")), "name")
    assert clock.at(3_600 * hours).isoformat() == f"2021-10-31T{local}"


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process cannot be set on Windows")
def test_the_zone_of_the_system_is_put_back_in_between_as_well(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Zurich")
    time.tzset()
    clock = Clock(datetime(2021, 10, 31, 0, 30, tzinfo=UTC), "live").in_zone(None)
    assert clock.at(0).isoformat() == "2021-10-31T02:30:00+02:00"
    assert clock.at(3_600).isoformat() == "2021-10-31T02:30:00+01:00"
    assert clock.at(3_600).timestamp() - clock.at(0).timestamp() == 3_600
    monkeypatch.undo()
    time.tzset()


def test_without_a_start_no_time_is_known():
    assert Clock().origin == "none"
    assert Clock().at(12) is None
