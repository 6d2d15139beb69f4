import struct
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.recordings.metadata.bext import start_in_bext

RATE_HZ = 48_000


def bext(date, time, reference):
    return bytes(320) + date.encode() + time.encode() + struct.pack("<Q", reference) + bytes(256)


def test_the_time_reference_is_exact_to_the_sample():
    six = round((6 * 3600 + 12.25) * RATE_HZ)
    assert start_in_bext(bext("2024-05-01", "06:00:12", six), RATE_HZ) == datetime(2024, 5, 1, 6, 0, 12, 250_000)


def test_files_of_a_long_take_share_its_time():
    later = bext("2024-05-01", "23:00:00", 25 * 3600 * RATE_HZ)
    assert start_in_bext(later, RATE_HZ) == datetime(2024, 5, 2, 1)


@pytest.mark.parametrize("reference", [0, 3 * 60 * RATE_HZ, 2**63, 60 * 3600 * RATE_HZ])
def test_a_reference_that_is_no_time_of_day(reference):
    """Editing programs write the position in their project."""
    assert start_in_bext(bext("2024-05-01", "14:00:00", reference), RATE_HZ) == datetime(2024, 5, 1, 14)


def test_without_a_rate_the_reference_means_nothing():
    assert start_in_bext(bext("2024:05:01", "06-00-12", 10**9), 0) == datetime(2024, 5, 1, 6, 0, 12)


def test_a_cut_chunk():
    assert start_in_bext(bext("2024-05-01", "06:00:12", 10**9)[:340], RATE_HZ) == datetime(2024, 5, 1, 6, 0, 12)
    assert start_in_bext(bext("2024-05-01", "06:00:12", 10**9)[:335], RATE_HZ) is None


@pytest.mark.parametrize(
    ("date", "time"), [("2024-13-01", "06:00:12"), ("\0" * 10, "\0" * 8), ("0000-00-00", "00:00:00")]
)
def test_no_time(date, time):
    assert start_in_bext(bext(date, time, 10**9), RATE_HZ) is None


@given(st.binary(max_size=400), st.integers(0, 2**32))
def test_any_bytes(content, rate_hz):
    start_in_bext(content, rate_hz)
