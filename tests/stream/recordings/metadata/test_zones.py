import contextlib
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.recordings.metadata.zones import localise, time_zone


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("UTC", 0),
        ("Z", 0),
        ("+10:00", 600),
        ("-0330", -210),
        ("+5:45", 345),
        ("-3", -180),
        ("UTC+1", 60),
        ("GMT-09:30", -570),
        ("+14", 840),
    ],
)
def test_offsets(text, minutes):
    assert datetime(2021, 7, 19, tzinfo=time_zone(text)).utcoffset() == timedelta(minutes=minutes)


def test_names():
    assert time_zone("Australia/Sydney") == ZoneInfo("Australia/Sydney")


@pytest.mark.parametrize("text", ["Nowhere/City", "", "+15:00", "+10:07", "/etc/passwd", "../UTC", "Europe", "a\0b"])
def test_no_zones(text):
    with pytest.raises(ValueError, match=r"no time zone has the offset|unknown time zone"):
        time_zone(text)


@given(st.text())
def test_any_text_is_a_zone_or_no_zone(text):
    with contextlib.suppress(ValueError):
        time_zone(text)


def test_a_time_keeps_its_own_zone():
    time = datetime(2021, 7, 19, 21, tzinfo=timezone(timedelta(hours=5)))
    assert localise(time, UTC) is time


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        (datetime(2021, 7, 19, 21), datetime(2021, 7, 19, 19)),
        (datetime(2021, 10, 31, 2, 30), datetime(2021, 10, 31, 0, 30)),  # happens twice; the first time is meant
        (datetime(2021, 3, 28, 2, 30), datetime(2021, 3, 28, 1, 30)),  # skipped; the clock was not put forward
    ],
)
def test_summer_time(local, utc):
    assert localise(local, ZoneInfo("Europe/Zurich")).astimezone(UTC) == utc.replace(tzinfo=UTC)


def test_the_systems_zone_is_the_last_resort():
    time = datetime(2021, 7, 19, 21)
    assert localise(time, None) == time.astimezone()
