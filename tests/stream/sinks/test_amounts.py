import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.sinks.amounts import parse_bytes, parse_duration, short_bytes


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15min", 900), ("1.5h", 5400), ("30d", 2_592_000), (" 2 W ", 1_209_600)]
)
def test_times(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(("text", "size"), [("500MB", 500_000_000), ("2GB", 2 * 10**9), ("1.5 tb", 15 * 10**11)])
def test_sizes(text, size):
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "1e3d", "3 parsecs", "٣d", "nan d", "30m"])
def test_what_is_no_time_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="give a time such as 12h or 30d"):
        parse_duration(text)


@given(st.integers(1000, 10**15))
def test_sizes_are_shown_to_three_digits(size):
    assert parse_bytes(short_bytes(size).replace("e+03", "000")) == pytest.approx(size, rel=0.006)
