"""Colour blocks: every cell of a painted row has the colours of its two points."""

import io
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rich.console import Console

from whipbird.terminal.half_blocks import LEVELS, colour_codes, hertz, paint

CODES = colour_codes(Console(file=io.StringIO(), force_terminal=True, color_system="truecolor"))
PIECE = re.compile(r"\x1b\[([34])8;2;(\d+;\d+;\d+)m|▀")


def colours(row):
    """Colours of the upper and lower halves of a row's cells, as a terminal would show them."""
    upper = lower = None
    for piece in PIECE.finditer(row):
        if piece[0] == "▀":
            yield upper, lower
        elif piece[1] == "3":
            upper = piece[2]
        else:
            lower = piece[2]


@st.composite
def pictures(draw):
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 12))
    return draw(arrays(np.uint8, (2 * rows, columns), elements=st.integers(0, LEVELS - 1)))


@settings(max_examples=50, deadline=None)
@given(pictures())
def test_every_cell_has_its_two_colours(picture):
    painted = paint(CODES, picture)
    palette = [next(colours(paint(CODES, np.array([[level], [level]]))[0]))[0] for level in range(LEVELS)]
    assert len(painted) == len(picture) // 2
    for row, upper, lower in zip(painted, picture[::2], picture[1::2], strict=True):
        assert PIECE.sub("", row) == ""
        assert list(colours(row)) == [(palette[u], palette[v]) for u, v in zip(upper, lower, strict=True)]


def test_what_stays_is_not_said_again():
    row = paint(CODES, np.array([[3, 3, 3, 7], [5, 5, 9, 9]]))[0]
    assert len(re.findall(r"\x1b\[38", row)) == 2
    assert len(re.findall(r"\x1b\[48", row)) == 2


def test_no_codes_without_colour():
    assert colour_codes(Console(file=io.StringIO(), color_system=None)) == []


@pytest.mark.parametrize(("frequency_hz", "text"), [(80, "80"), (1234, "1.2k"), (9960, "10k"), (12_000, "12k")])
def test_frequencies_are_short(frequency_hz, text):
    assert hertz(frequency_hz) == text
