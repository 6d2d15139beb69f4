import struct
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.recordings.metadata.wamd import start_in_wamd


def wamd(*fields):
    return b"".join(struct.pack("<HI", number, len(content)) + content for number, content in fields)


VERSION, MODEL = (0, b"\x01\x00"), (1, b"SM4")


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (b"2021-07-19 21:00:00", datetime(2021, 7, 19, 21)),
        (b"2021-07-19 21:00:00.250\0", datetime(2021, 7, 19, 21, 0, 0, 250_000)),
        (b"2021-07-19 21:00:00.000-5:00", datetime(2021, 7, 19, 21, tzinfo=timezone(timedelta(hours=-5)))),
        (b"2021-07-19 21:00:00+10:00", datetime(2021, 7, 19, 21, tzinfo=timezone(timedelta(hours=10)))),
        (b"yesterday", None),
        (b"\xff\xfe", None),
    ],
)
def test_the_start(text, start):
    assert start_in_wamd(wamd(VERSION, MODEL, (5, text), (0xFFFF, bytes(7)))) == start


def test_other_versions_are_not_read():
    assert start_in_wamd(wamd((0, b"\x02\x00"), (5, b"2021-07-19 21:00:00"))) is None
    assert start_in_wamd(wamd((5, b"2021-07-19 21:00:00"))) is None


@given(st.binary())
def test_any_bytes(content):
    assert start_in_wamd(wamd(VERSION) + content) is None
    start_in_wamd(content)
