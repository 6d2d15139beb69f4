"""The dashboard of a station, drawn on screens of several sizes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.cells import cell_len
from rich.console import Console

from made_events import event
from whipbird.events.reports import GapReport, Notice
from whipbird.station.dashboard import StationDashboard
from whipbird.station.health import Health, State
from whipbird.station.sources_table import ON_DASHBOARD, sources_table

NOW = datetime(2024, 5, 1, 21, 14, 3, tzinfo=UTC)
FEED = Health(
    "creek", "feed", State.LISTENING, None, None, 7384.0, 0.0, 7384.0, NOW, NOW, "Capuchinbird", {"a": 12}, 12
)
AWAY = Health("pond", "feed", State.AWAY, "connection refused", None, 100_000, 200_000, 300_000, NOW, None, None)
CARD = Health("card\n", "folder", State.HEARING, None, "20240501_060000.wav", 600.0, 0.0, None, None, NOW, "stop")


def drawn(width, height, healths, events=0):
    console = Console(width=width, height=height, force_terminal=True, color_system=None)
    dashboard = StationDashboard(console, UTC)
    for number in range(events):
        dashboard.write(event(begin_s=float(number), source="/card/a.wav"))
    dashboard.write(Notice("pond: connection refused; trying again until it is back", problem=True))
    dashboard.write(GapReport("creek", 3.0, 4.5, "stalled"))
    dashboard._station, dashboard._healths = "north ridge", healths
    dashboard._outputs = [{"name": "/a/heard.sqlite", "backlog": 3, "failing_s": 9.0, "lost": 0}]
    lines = console.render_lines(dashboard, console.options.update(height=height), pad=False)
    return ["".join(segment.text for segment in line) for line in lines]


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (60, 16), (200, 60), (30, 10)])
@pytest.mark.parametrize("count", [1, 3, 30])
def test_every_row_fills_the_screen_exactly(width, height, count):
    rows = drawn(width, height, [FEED, AWAY, CARD][:count] * max(1, count // 3), events=50)
    assert len(rows) == height
    assert {cell_len(row) for row in rows} == {width}


def test_contents_in_80_cells():
    text = "\n".join(drawn(80, 24, [FEED, AWAY, CARD], events=2))
    for word in ("north ridge", "listening", "away", "hearing", "2:03:04", "2 d 7 h", "2024-05-01 Capu"):
        assert word in text
    for word in ("a.wav", "stalled", "2024-05-01  yes"):
        assert word in text
    assert "heard.sqlite failing, 3 waiting" in text


def test_times_of_today_are_shown_without_their_date():
    now = datetime.now(UTC)
    table = sources_table([replace(FEED, last_event=now).as_object()], now.date().isoformat(), ON_DASHBOARD, room=80)
    text = "".join(segment.text for segment in Console(width=90).render(table))
    assert f"{now:%H:%M:%S} Capu" in text
    assert "-" not in text


def test_time_below_the_trigger_has_a_column_where_there_is_room():
    card = replace(CARD, below_trigger_s=600.0)
    assert any("below trigger" in row for row in drawn(120, 24, [FEED, card]))
    assert not any("below trigger" in row for row in drawn(80, 24, [FEED, card]))
    assert not any("below trigger" in row for row in drawn(120, 24, [FEED, CARD]))


def test_unhealthy_sources_come_first_when_space_is_short():
    rows = drawn(80, 16, [FEED] * 20 + [AWAY])
    assert rows[3].startswith("  pond")
    assert any("and 14 more" in row for row in rows)


def test_a_long_notice_takes_several_rows():
    console = Console(width=60, height=24, force_terminal=True, color_system=None)
    dashboard = StationDashboard(console, UTC)
    dashboard.write(
        Notice("porch: no recording device 'usb'; 'whipbird devices' lists them; trying again", problem=True)
    )
    dashboard._healths = [FEED]
    rows = ["".join(segment.text for segment in line).strip() for line in console.render_lines(dashboard)]
    first = next(number for number, row in enumerate(rows) if "porch" in row)
    assert (rows[first][10:], rows[first + 1]) == (
        "porch: no recording device 'usb'; 'whipbird",
        "devices' lists them; trying again",
    )
