"""The dashboard: drawn to a string, every line as wide as the screen, whatever the screen."""

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from stream.dashboard import Dashboard
from stream.pipeline import Pipeline
from stream.report import GapReport, Notice
from stream.sources.replay import Replay


def screen(demo, models, width, height, colour="truecolor", reports=()):
    """What the dashboard shows after the demo, as lines without escape codes, and as it was written."""
    file = io.StringIO()
    console = Console(
        file=file, force_terminal=True, color_system=colour, no_color=colour is None, width=width, height=height
    )
    dashboard = Dashboard(console)
    source = Replay(str(demo))
    source.open()
    pipeline = Pipeline(source, models, dashboard.write)
    dashboard.attach(pipeline, None)
    pipeline.start()
    while not pipeline.wait(0.01):
        dashboard._listen()
    for report in reports:
        dashboard.write(report)
    dashboard._listen()
    console.print(dashboard, end="")
    written = file.getvalue()
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in written.split("\n")]
    return [line.rpartition("\r")[2] for line in lines], written


@pytest.mark.parametrize(("width", "height"), [(80, 24), (200, 50), (60, 16), (132, 43)])
@pytest.mark.parametrize("colour", ["truecolor", "256", None])
def test_it_fills_the_screen_exactly(demo, commands, width, height, colour):
    lines, _ = screen(demo, [commands], width, height, colour)
    assert len(lines) == height
    assert {cell_len(line) for line in lines} == {width}


def test_it_shows_what_matters(demo, commands):
    lines, _ = screen(demo, [commands], 80, 24)
    text = "\n".join(lines)
    for part in (
        "demo.flac, 17.3 s",
        "level",
        "peak",
        "scores",
        "heard 17.3 s",
        "lost 0.0 s",
        "% core",
        "delay",
        "16 kHz",
        "up 0",
    ):
        assert part in text
    for label in commands.card.debounce:
        assert label in text
    assert re.search(r"0:00:1\d\.\d\d  yes", text)


def test_a_tall_screen_shows_where_the_time_goes(demo, commands):
    text = "\n".join(screen(demo, [commands], 120, 40)[0])
    for stage in ("queueing", "resampling", "features", "model", "debouncing"):
        assert re.search(rf"{stage} +\d+\.\d\d ms", text)


def test_without_colour_the_spectrogram_is_shades(demo, commands):
    lines, written = screen(demo, [commands], 80, 24, colour=None)
    assert any(shade in "".join(lines) for shade in "░▒▓")
    assert "38;2" not in written
    assert "▀" not in written


def test_with_colour_it_is_half_cells(demo, commands):
    _, written = screen(demo, [commands], 80, 24)
    assert "▀" in written
    assert "38;2" in written


def test_losses_and_notices_are_shown(demo, commands):
    gap = GapReport("mic", 3.0, 3.25, "overflow")
    assert "0.250 s lost at 0:00:03.00: overflow" in "\n".join(screen(demo, [commands], 80, 24, reports=[gap])[0])
    notice = Notice("the microphone is muted")
    assert "the microphone is muted" in "\n".join(screen(demo, [commands], 80, 24, reports=[notice])[0])


def test_several_models_are_told_apart(demo, commands, lecture):
    text = "\n".join(screen(demo, [commands, lecture], 120, 40)[0])
    assert "commands + commands-lecture" in text
    assert text.count("right") >= 2
