"""Rows of the dashboard are exactly as wide as the screen."""

import pytest
from rich.cells import cell_len

from whipbird.events.reports import GapReport, Notice
from whipbird.sessions.dashboard_rows import Score, bar, event_row, fit, heading, notice_row, score_row


def text_of(row):
    return "".join(segment.text for segment in row)


@pytest.mark.parametrize(("full", "mark", "text"), [(0, 2, "··│·"), (3, 1, "█┃█·"), (4, 3, "███┃")])
def test_a_bar_shows_its_mark_in_and_outside_the_filled_part(full, mark, text):
    assert text_of(bar(4, full, mark)) == text


def test_a_score_is_a_bar_and_a_percentage():
    text = text_of(score_row(Score("yes", 0.5, 0.8, active=False), 5, 34))
    assert text.startswith(" yes   █")
    assert text.rstrip().endswith(" 50%")
    assert text.count("█") == 10


@pytest.mark.parametrize("width", [20, 40, 81])
def test_rows_have_the_width_that_is_asked_for(width):
    rows = [
        heading("events", width),
        score_row(None, 5, width),
        score_row(Score("a long label in 日本語", 1.0, 0.5, active=True), 8, width),
        event_row(None, 5, False, width),
        notice_row(Notice("the microphone is muted " * 5), width),
        notice_row(GapReport("mic", 3.0, 3.25, "overflow"), width),
        fit([], width),
    ]
    assert {cell_len(text_of(row)) for row in rows} == {width}
