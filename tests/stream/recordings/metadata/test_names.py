from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.recordings.metadata.names import time_in_name

SYDNEY = ZoneInfo("Australia/Sydney")
NINE = datetime(2021, 7, 19, 21)


@pytest.mark.parametrize(
    "name",
    [
        "20210719_210000T.WAV",
        "24E144055DA1DC61_20210719_210000.WAV",
        "24E144055DA1DC61_20210719_210000T.WAV",
        "20210719_210000_SYNC.WAV",
        "20210719_210000T.flac",
        "SITE_20210719_210000T.WAV",
        "site 3-24E144055DA1DC61_20210719_210000.WAV",
    ],
)
def test_names_that_only_audiomoths_write_are_in_utc_by_default(name):
    assert time_in_name(name) == NINE.replace(tzinfo=UTC)
    assert time_in_name(name, SYDNEY) == NINE.replace(tzinfo=SYDNEY)


@pytest.mark.parametrize(
    "name",
    [
        "20210719_210000.WAV",  # an AudioMoth's, or one of many others
        "20210719_210000.flac",
        "SMA01234_20210719_210000.wav",
        "SM4-7_20210719$210000.wav",
        "PREFIX_0+1_20210719_210000.wav",
        "PREFIX_A_20210719_210000.wav",
        "PREFIX__0__20210719_210000.wav",
        "PREFIX_20210719_210000_0.wav",
        "PREFIX_20210719_210000(1).wav",
        "PREFIX-20210719-210000-2.wav",
        "20210719210000.wav",
        "2021-07-19T21_00_00.wav",
        "2021-07-19 21-00-00.m4a",
        "2021_07_19_21_00_00.wav",
        "2021.07.19_21.00.00.wav",
        "2021-07-19-birdnet-21:00:00.wav",
        "2021-07-19-birdnet-RTSP_1-21:00:00.mp3",
        "folder 20200101_000000/garden_20210719_210000.wav",
        "99999999_999999_20210719_210000.wav",
        "20210231_000000_20210719_210000.wav",
        "20210719_210000_0001.wav",
        "20210719_210000-0001.wav",
        "20210719_210000-13.wav",  # no offset is so early
        "20210719-210000-02.wav",
        "2021-07-19_21-00-00-02.wav",
        "20210719_210000_-10.5dB.wav",
        "20210719_210000-20210719_220000.wav",
        "20210719_210000-220000.wav",
        "5390.210719210000.wav",
        "671391014.210719210000.flac",
        "reef_5390.210719210000.1.wav",
        "Voice 210719_210000.m4a",
        "Voice_210719_210000(1).m4a",
        "20210719 210000-0330A1B2.m4a",  # the number that an iPhone adds
        "20210719 210000-10300000.m4a",
        "2021-07-19 at 21.00.00.mov",
        "Recording 2021-07-19 at 9.00.00 PM.m4a",
        "Recording 2021-07-19 at 9.00.00\u202fpm.m4a",
        "2021-07-19 09-00-00 PM.wav",
        "2021-07-19 21.00.00 PM.wav",
        "20210719_210000_AM.wav",
        "20210719_210000_PM2.wav",
        "20210719_210000 -12.wav",
    ],
)
def test_other_recorders_are_in_the_systems_zone_by_default(name):
    assert time_in_name(name) == NINE.astimezone()
    assert time_in_name(name, SYDNEY) == NINE.replace(tzinfo=SYDNEY)


@pytest.mark.parametrize(
    ("name", "milliseconds"),
    [
        ("PREFIX_20210719_210000_000.wav", 0),
        ("PREFIX_0+1_20210719_210000_250.wav", 250),
        ("SN01_20210719_210000_250000.wav", 250),
        ("20210719T210000.250.wav", 250),
        ("20210719T210000250.wav", 250),
        ("S20210719T210000250Z_E20210719T220000500Z_REC.wav", 250),
        ("20210719T210000,250Z.wav", 250),
        ("2021-07-19T21:00:00.25+00:00.wav", 250),
        ("20210719T210000.250000000Z.wav", 250),
        ("20210719_210000.1.wav", 0),  # a number
    ],
)
def test_fractions_of_seconds(name, milliseconds):
    assert time_in_name(name, UTC) == NINE.replace(tzinfo=UTC) + timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize(
    ("name", "minutes"),
    [
        ("20210719T210000Z.wav", 0),
        ("phoneutria_80p_20210719T210000Z.wav", 0),
        ("SITE_20210719_210000_UTC.wav", 0),
        ("20210719T210000+1000_REC.flac", 600),
        ("SITE_20210719_210000_-0300.wav", -180),
        ("SITE_20210719_210000-0330.wav", -210),
        ("SITE_20210719_210000+0100.wav", 60),
        ("SITE_20210719_210000+10.wav", 600),
        ("SITE_20210719T210000-03.wav", -180),
        ("SITE_20210719_210000-09_1.wav", -540),
        ("2021-07-19T21:00:00-03.wav", -180),
        ("S20210719T210000000+1000_E20210719T220000000+1000_REC.wav", 600),
        ("2021-07-19T21_00_00+05:30.wav", 330),
        ("2021-07-19T21_00_00+05_30.wav", 330),  # without colons, which Windows refuses
        ("20210719T210000-03_30.wav", -180),
        ("2021-07-19 21.00.00 +0200.wav", 120),
        ("20210719_210000UTC+10.wav", 600),
        ("20210719_210000_UTC-3.wav", -180),
        ("20210719_210000_GMT.wav", 0),
        ("2021-07-19_21-00-00-utc.wav", 0),
        ("20210719T210000.25+1000.wav", 600),
        ("S20210719T210000.000000+1000_E20210719T220000.000000+1000_-27.38+153.03.flac", 600),
    ],
)
def test_a_zone_in_the_name_counts(name, minutes):
    time = time_in_name(name, SYDNEY)
    assert time.replace(microsecond=0) == NINE.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert time.utcoffset() == timedelta(minutes=minutes)


def test_midnight_and_noon_by_a_clock_of_twelve_hours():
    assert time_in_name("2021-07-19 at 12.00.00 AM.mov", UTC) == datetime(2021, 7, 19, tzinfo=UTC)
    assert time_in_name("2021-07-19 at 12.00.00 PM.mov", UTC) == datetime(2021, 7, 19, 12, tzinfo=UTC)


def test_times_when_clocks_change():
    new_york = ZoneInfo("America/New_York")
    assert time_in_name("20240310_023000.wav", new_york).isoformat() == "2024-03-10T03:30:00-04:00"  # skipped
    assert time_in_name("20241103_013000.wav", new_york).isoformat() == "2024-11-03T01:30:00-04:00"  # the first of two
    assert time_in_name("20241103_013000-0500.wav", new_york).isoformat() == "2024-11-03T01:30:00-05:00"


def test_a_space_for_the_zero_of_a_day():
    assert time_in_name("201904 8T060000+1000_REC.wav").isoformat() == "2019-04-08T06:00:00+10:00"


def test_seconds_since_1970_in_hexadecimal():
    assert time_in_name("5B9D1E40.WAV", SYDNEY) == datetime(2018, 9, 15, 14, 59, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "name",
    [
        "words.wav",
        "20210719.wav",  # a day, neither a time nor a number of seconds
        "20210719_0001.wav",
        "20210719_2100.wav",
        "20211319_210000.wav",
        "20210231_210000.wav",
        "20210719_250000.wav",
        "20210719_2100001.wav",
        "5390.211319210000.wav",
        "12.210719210000.wav",
        "120210719_210000.wav",
        "19-07-2021_21-00-00.wav",  # perhaps the month is first
        "05.01.2021 21.00.00.wav",
        "20072021_210000.wav",
        "240501_060000.wav",  # or 24 May 2001
        "Voice 240501_0600.m4a",
        "Voice 241301_060000.m4a",
        "00000000.WAV",
        "5b9d1e40.wav",  # numbers of another kind
        "DEADBEEF.wav",
        "0a7c2a8d_nohash_0.wav",
        "",
    ],
)
def test_names_without_time(name):
    assert time_in_name(name) is None


@given(st.text())
def test_any_name(name):
    time_in_name(name, UTC)


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31)),
    st.sampled_from(["", "T", "_", "-", "$", " "]),
    st.sampled_from(["", "SM4_", "24E144055DA1DC61_", "site 3 "]),
)
def test_any_time(time, separator, prefix):
    name = f"{prefix}{time:%Y%m%d}{separator}{time:%H%M%S}_{time:%f}.wav"
    assert time_in_name(name, UTC) == time.replace(tzinfo=UTC)
