"""The dashboard, drawn to a string: every line is as wide as the screen."""

import functools
import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from many_labels import heard_labels, many_labels
from whipbird.engine.run import run_source
from whipbird.events.reports import GapReport, Notice
from whipbird.models.model import Model
from whipbird.sessions.dashboard import Dashboard
from whipbird.sources.replay import Replay

ROW = re.compile(r"\x1b\[(\d+);1H")  # moves to the start of a row


def rows_of(written):
    """Written rows without escape codes, by number from 1."""
    parts = ROW.split(written)
    return {
        int(number): re.sub(r"\x1b\[[?\d;]*[a-zA-Z]", "", text)
        for number, text in zip(parts[1::2], parts[2::2], strict=True)
    }


@functools.cache
def screen(demo, models, width, height, colour="truecolor", reports=()):
    """What the dashboard shows after the demo: lines without escape codes, and the text as written."""
    _, file = shown(demo, models, width, height, colour, reports)
    written = file.getvalue()
    rows = rows_of(written)
    assert sorted(rows) == list(range(1, len(rows) + 1))
    return [rows[number] for number in sorted(rows)], written


def shown(demo, models, width, height, colour="truecolor", reports=()):
    """A dashboard that was drawn once, after the demo, and the file it wrote to."""
    file = io.StringIO()
    console = Console(
        file=file, force_terminal=True, color_system=colour, no_color=colour is None, width=width, height=height
    )
    dashboard = Dashboard(console)
    source = Replay(str(demo))
    source.open()
    attach, poll = (lambda pipeline: dashboard.show(pipeline)), (lambda _: dashboard.read_samples())
    run_source(source, models, dashboard.write, attach=attach, poll=poll, poll_s=0.01)
    for report in reports:
        dashboard.write(report)
    dashboard.refresh()
    return dashboard, file


def test_only_what_has_changed_is_written_again(demo, commands):
    dashboard, file = shown(demo, (commands,), 80, 24)
    before = len(file.getvalue())
    dashboard.write(Notice("the microphone is muted"))
    dashboard.refresh()
    changed = rows_of(file.getvalue()[before:])
    assert "the microphone is muted" in "".join(changed.values())
    assert len(changed) < 15  # the notice and fading scores; not the spectrogram


def test_a_screen_that_grows_is_filled_again(demo, commands):
    dashboard, file = shown(demo, (commands,), 80, 24)
    before = len(file.getvalue())
    dashboard._console.size = (100, 30)
    dashboard.refresh()
    rows = rows_of(file.getvalue()[before:])
    assert sorted(rows) == list(range(1, 31))
    assert {cell_len(row) for row in rows.values()} == {100}


def test_of_thousands_of_labels_the_loudest_are_shown(tones, many):
    dashboard, file = shown(tones, (Model(str(many)),), 80, 24)
    dashboard._shown_scores[0][many_labels().index(heard_labels()[-1])] = 0.8
    scores = dashboard._scores(5)
    assert [score.name for score in scores] == [f"Common {label}" for label in (*many_labels()[:4], heard_labels()[-1])]
    assert scores[-1].shown == 0.6  # it fades
    rows = rows_of(file.getvalue())
    assert any("highest of 6,522 scores" in row for row in rows.values())
    assert {cell_len(row) for row in rows.values()} == {80}


@pytest.mark.parametrize(("width", "height"), [(80, 24), (200, 50), (60, 16), (132, 43)])
@pytest.mark.parametrize("colour", ["truecolor", "256", None])
def test_it_fills_the_screen_exactly(demo, commands, width, height, colour):
    lines, _ = screen(demo, (commands,), width, height, colour)
    assert len(lines) == height
    assert {cell_len(line) for line in lines} == {width}


def test_it_shows_what_matters(demo, commands):
    lines, _ = screen(demo, (commands,), 80, 24)
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
    text = "\n".join(screen(demo, (commands,), 120, 40)[0])
    for stage in ("queueing", "resampling", "features", "model", "debouncing"):
        assert re.search(rf"{stage} +\d+\.\d\d ", text)


def test_a_stage_whose_time_has_no_room_is_left_out(demo, commands):
    (row,) = (line for line in screen(demo, (commands,), 60, 50)[0] if line.startswith(" mean ms"))
    assert re.fullmatch(r" mean ms(  [a-z]+ \d+\.\d\d)+ *", row)
    assert " model " in row


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (GapReport("mic", 3.0, 3.25, "overflow"), "0.250 s lost at 0:00:03.00: overflow"),
        (Notice("the microphone is muted"), "the microphone is muted"),
    ],
)
def test_losses_and_notices_are_shown(demo, commands, report, text):
    assert text in "\n".join(screen(demo, (commands,), 80, 24, reports=(report,))[0])


def test_rows_name_the_model_if_there_are_several(demo, commands, lecture):
    text = "\n".join(screen(demo, (commands, lecture), 120, 40)[0])
    assert "commands + commands-lecture" in text
    assert text.count("right") >= 2
