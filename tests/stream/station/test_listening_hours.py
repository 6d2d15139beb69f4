"""The hours in which a source listens, by the clock and by the sun, everywhere and all year."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.engine.report_rules import Place
from whipbird.station.listening_hours import ListeningHours, parse_span

KATOOMBA, TROMSO = Place(-33.71, 150.31), Place(69.65, 18.96)
SYDNEY, OSLO = ZoneInfo("Australia/Sydney"), ZoneInfo("Europe/Oslo")
NIGHT, DAYTIME = "sunset..sunrise", "sunrise..sunset"


def hours(*texts, zone=UTC, place=None):
    return ListeningHours([parse_span(text) for text in texts], zone, place)


def share(when, begin, days=1, step_min=5):
    """Share of some days in which a source listens."""
    moments = [begin + timedelta(minutes=step_min * number) for number in range(days * 24 * 60 // step_min)]
    return sum(when.listens(moment) for moment in moments) / len(moments)


def test_without_hours_a_source_always_listens():
    assert share(hours(), datetime(2026, 1, 1, tzinfo=UTC)) == 1


def test_hours_by_the_clock_may_pass_midnight_and_follow_the_time_zone():
    when = hours("22:00-04:00", zone=SYDNEY)
    for hour, listens in ((21, False), (22, True), (23, True), (0, True), (3, True), (4, False), (12, False)):
        assert when.listens(datetime(2026, 6, 21, hour, tzinfo=SYDNEY)) is listens
    begin = when.next_begin(datetime(2026, 6, 21, 12, tzinfo=SYDNEY))
    assert begin == datetime(2026, 6, 21, 22, tzinfo=SYDNEY)


def test_several_spans_add_up():
    assert share(hours("05:00-09:00", "18:00-22:00"), datetime(2026, 6, 21, tzinfo=UTC)) == pytest.approx(8 / 24)


def test_in_the_night_in_which_clocks_change_nothing_is_left_out():
    when = hours("22:00-04:00", zone=OSLO)
    night = datetime(2026, 10, 24, 18, tzinfo=OSLO).astimezone(UTC)  # at 3:00, it is 2:00 again
    assert share(when, night) == pytest.approx(7 / 24)


def test_hours_by_the_sun():
    night = hours("sunset-30m..sunrise+1h", zone=SYDNEY, place=KATOOMBA)
    # On this day the sun set at 16:58 and rose the next day at 7:03 (Geoscience Australia).
    for hour, minute, listens in ((16, 25, False), (16, 35, True), (23, 0, True)):
        assert night.listens(datetime(2026, 6, 21, hour, minute, tzinfo=SYDNEY)) is listens
    assert night.listens(datetime(2026, 6, 22, 7, 55, tzinfo=SYDNEY))
    assert not night.listens(datetime(2026, 6, 22, 8, 10, tzinfo=SYDNEY))


def test_polar_days_have_no_night_and_polar_nights_no_day():
    summer, winter = (datetime(2026, month, 20, tzinfo=UTC) for month in (6, 12))
    night, daytime = (hours(text, zone=OSLO, place=TROMSO) for text in (NIGHT, DAYTIME))
    assert [share(night, summer), share(daytime, summer)] == [0, 1]
    assert [share(night, winter), share(daytime, winter)] == [1, 0]
    assert night.next_begin(summer) is None


@given(
    st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    st.floats(-89, 89),
    st.floats(-180, 180),
    st.integers(0, 24 * 60 - 1),
)
def test_it_is_always_either_day_or_night_and_the_next_begin_comes_true(day, latitude, longitude, minutes):
    place = Place(latitude, longitude)
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes)
    night, daytime = (hours(text, place=place) for text in (NIGHT, DAYTIME))
    assert night.listens(moment) != daytime.listens(moment)
    for when in (night, daytime):
        if not when.listens(moment) and (begin := when.next_begin(moment)) is not None:
            assert begin > moment
            assert when.listens(begin)
            assert not when.listens(begin - timedelta(seconds=1)) or begin - moment < timedelta(seconds=1)


@pytest.mark.parametrize(
    "text", ["22:00", "a-b", "25:00-04:00", "sunset+..04:00", "noon..sunset", "22:00-22:00", "sunset+13h..sunrise", ""]
)
def test_what_is_no_span_of_time_is_refused(text):
    with pytest.raises(ValueError, match=r"must be two times|no length|greatest offset"):
        parse_span(text)
