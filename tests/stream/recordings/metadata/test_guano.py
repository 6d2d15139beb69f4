from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.recordings.metadata.guano import WHITESPACE, Guano, from_bytes, timestamp

# The example of the specification.
EXAMPLE = b"""GUANO|Version:  1.0

    Timestamp:  2012-03-29T03:58:01+04:00
    Species Auto ID:  MYLU
    Tags:  hand-release, voucher, workshop
    Note:  Hand release of male Indiana Bat\\nRecorded by David Riggs: 2014 workshop.
    Samplerate:  500000
    Length:  6.5
    Make:  Pettersson
    Loc Position:  37.1878016 -86.1057312

    PET|Gain:  80
    PET | D500X | TSens: high\0\0\0
"""


def test_the_specifications_example():
    read = from_bytes(EXAMPLE)
    assert read.timestamp == datetime(2012, 3, 29, 3, 58, 1, tzinfo=timezone(timedelta(hours=4)))
    assert read.fields["Note"] == "Hand release of male Indiana Bat\\nRecorded by David Riggs: 2014 workshop."
    assert read.fields["PET|Gain"] == "80"
    assert read.fields["PET|D500X|TSens"] == "high"


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("2021-07-19T21:00:00Z", 0),
        ("2021-07-19T21:00:00.000Z", 0),
        ("2021-07-19T21:00:00.000000+10:00", 600),
        ("2021-07-19T21:00:00-03:30", -210),
        ("2021-07-19 21:00:00-5:00", -300),
        ("2021-07-19T21:00:00+0100", 60),
        ("2021-07-19T21:00:00-03", -180),
    ],
)
def test_times_with_zone(text, minutes):
    time = Guano({"Timestamp": text}).timestamp
    assert time == datetime(2021, 7, 19, 21, tzinfo=timezone(timedelta(minutes=minutes)))


def test_local_time():
    assert Guano({"Timestamp": "2021-07-19T21:00:00.25"}).timestamp == datetime(2021, 7, 19, 21, 0, 0, 250_000)


@pytest.mark.parametrize(
    "text",
    ["", "2021-07-19", "yesterday", "2021-02-31T21:00:00Z", "2021-07-19T25:00:00Z", "2021-07-19T21:00:00+99:00"],
)
def test_no_times(text):
    assert Guano({"Timestamp": text}).timestamp is None


def test_lines_that_are_not_fields_are_left_out():
    assert from_bytes(b"GUANO|Version: 1.0\nno colon\n: no key\nno value:\nMake: Me\r\n") == Guano({"Make": "Me"})


def test_a_byte_order_mark_and_another_encoding():
    assert from_bytes(b"\xef\xbb\xbfGUANO|Version: 2.0\nNote: x") == Guano({"Note": "x"})
    assert from_bytes(b"Note: M\xfccke") == Guano({"Note": "Mücke"})


@pytest.mark.parametrize(
    "fields",
    [{"a:b": "c"}, {"": "c"}, {" a": "b"}, {"a |b": "c"}, {"a": ""}, {"a": "b\nc"}, {"a": "b "}, {"a\nb": "c"}],
)
def test_fields_that_would_be_read_differently_are_not_written(fields):
    with pytest.raises(ValueError, match="GUANO cannot contain"):
        Guano(fields).as_text()


SAYABLE = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: text.strip(WHITESPACE) == text and not text.startswith("\ufeff")
)
KEYS = st.lists(SAYABLE.filter(lambda text: not set(text) & set(":|")), min_size=1, max_size=3).map("|".join)


@given(st.dictionaries(KEYS.filter(lambda key: key != "GUANO|Version"), SAYABLE))
def test_what_is_written_reads_the_same(fields):
    text = Guano(fields).as_text()
    assert text.startswith("GUANO|Version: 1.0\n")
    assert from_bytes(text.encode()) == Guano(fields)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)), st.integers(-12 * 4, 14 * 4))
def test_times_read_the_same_to_the_millisecond(time, quarters):
    time = time.replace(tzinfo=timezone(timedelta(minutes=15 * quarters)))
    read = Guano({"Timestamp": timestamp(time)}).timestamp
    assert timedelta(0) <= time - read < timedelta(milliseconds=1)
    assert read.utcoffset() == time.utcoffset()


def test_utc():
    assert timestamp(datetime(2021, 7, 19, 21, tzinfo=UTC)) == "2021-07-19T21:00:00.000+00:00"


@given(st.binary())
def test_any_bytes(content):
    repr(from_bytes(b"Timestamp:" + content).timestamp)
