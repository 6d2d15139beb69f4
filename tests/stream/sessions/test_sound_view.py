"""Level meter and spectrogram of the demo."""

import functools
import io
import re

from rich.cells import cell_len
from rich.console import Console

from whipbird.engine.run import run_source
from whipbird.sessions.sound_view import GUTTER, SoundView
from whipbird.sources.replay import Replay
from whipbird.terminal.half_blocks import colour_codes

WIDTH, HEIGHT = 80, 12


@functools.cache
def view_of(demo, commands, colour):
    """The view after all of the demo."""
    codes = colour_codes(Console(file=io.StringIO(), force_terminal=True, color_system=colour, no_color=colour is None))
    views = []

    def attach(pipeline):
        views.append(SoundView(pipeline, codes))

    source = Replay(str(demo))
    source.open()
    run_source(source, (commands,), lambda _: None, attach=attach, poll=lambda _: views[0].read_samples(), poll_s=0.01)
    views[0].read_samples()
    return views[0]


def rows_of(demo, commands, colour):
    rows = view_of(demo, commands, colour).spectrogram(WIDTH, HEIGHT)
    return ["".join(segment.text for segment in row) for row in rows]


def test_without_colour_the_spectrogram_is_shades(demo, commands):
    rows = rows_of(demo, commands, None)
    assert {cell_len(row) for row in rows} == {WIDTH}
    assert any(shade in "".join(rows) for shade in "░▒▓")
    assert "38;2" not in "".join(rows)
    assert "▀" not in "".join(rows)


def test_with_colour_it_is_half_cells(demo, commands):
    written = "".join(rows_of(demo, commands, "truecolor"))
    assert written.count("▀") == HEIGHT * (WIDTH - GUTTER)
    assert "38;2" in written


def test_the_meter_shows_level_and_peak(demo, commands):
    text = "".join(segment.text for segment in view_of(demo, commands, None).meter(WIDTH))
    assert re.search(r"level .* -\d+ dB  peak +-\d+ dB", text)
    assert cell_len(text) == WIDTH
