import io
import re

import numpy as np
import pytest
from rich.console import Console

from made_recordings import noise, sine, surveyed, write
from whipbird.inspect.marks import Lane, Mark
from whipbird.inspect.terminal_views import print_views
from whipbird.inspect.view import View
from whipbird.terminal.half_blocks import SHADES

RATE_HZ = 16_000
LANES = [Lane("annotations", True, (Mark(0.2, 0.5, "cuckoo"), Mark(1.5, 1.8, "wren")))]
CODES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    sound = noise(2, RATE_HZ, 0.001) + sine(4000, 2, RATE_HZ, 0.3) * (np.arange(2 * RATE_HZ) > RATE_HZ)
    return surveyed(write(tmp_path_factory.mktemp("sound") / "sound.wav", sound, RATE_HZ))


def drawn(found, views, width=80, height=24, colour=True, lanes=()):
    file = io.StringIO()
    console = Console(
        file=file, width=width, height=height, force_terminal=True, color_system="truecolor", no_color=not colour
    )
    print_views(console, found, views, lanes)
    return file.getvalue()


@pytest.mark.parametrize("width", [30, 31, 47, 80, 120, 200, 1000])
@pytest.mark.parametrize("colour", [True, False])
def test_no_row_is_wider_than_the_terminal(found, width, colour):
    rows = CODES.sub("", drawn(found, list(View), width, 50, colour, LANES)).splitlines()
    assert max(map(len, rows)) <= width
    assert len(rows) > 30


def test_without_colour_there_are_shades_and_no_codes(found):
    text = drawn(found, list(View), colour=False, lanes=LANES)
    assert "\x1b" not in text
    assert set(SHADES) <= set(text)
    assert "\x1b[38;2;" in drawn(found, [View.STFT])


def test_the_default_fits_a_small_terminal(found):
    assert drawn(found, [View.WAVEFORM, View.STFT]).count("\n") == 14


def test_a_tone_is_at_its_frequency_and_time(found):
    rows = drawn(found, [View.STFT], colour=False).splitlines()[1:9]
    bright = [(row, column) for row, text in enumerate(rows) for column, cell in enumerate(text) if cell == "█"]
    assert {row for row, _ in bright} <= {3, 4}  # 4 of 8 kHz
    assert min(column for _, column in bright) == pytest.approx(6 + 73 / 2, abs=2)


def test_marks_are_at_their_times(found):
    rows = drawn(found, [View.WAVEFORM], width=87, colour=False, lanes=LANES).splitlines()
    assert rows[0].strip() == "annotations: 2"
    assert rows[1].index("cuckoo") == rows[2].index("━") == 6 + 8
    assert rows[1].index("wren") == 6 + 60


def test_nothing_is_drawn_in_a_narrow_terminal(found):
    assert drawn(found, list(View), width=29) == ""


@pytest.mark.parametrize("count", [1, 5, 300])
def test_the_shortest_sounds(tmp_path, count):
    found = surveyed(write(tmp_path / "short.wav", noise(count / RATE_HZ, RATE_HZ), RATE_HZ))
    assert len(drawn(found, list(View)).splitlines()) > 20
