"""A scan is shown like a database."""

from datetime import datetime, timedelta, timezone

from made_events import event
from made_verdicts import recorded
from whipbird.page.events import EventFilter
from whipbird.page.observations import Observations
from whipbird.page.scan_copy import ScanCopy
from whipbird.page.views import day_view, label_rows, source_rows

START = datetime(2026, 5, 2, 6, tzinfo=timezone(timedelta(hours=10)))


def test_a_scan_has_the_same_events_and_effort():
    one = recorded(
        event(5.0, source="/card/a.wav", time=START),
        event(9.0, label="no", time=START),
        start=START,
        time_from="name",
        lost_s=6.0,
        heard_s=54.0,
    )
    other = recorded(event(1.0, time=None), source="/card/b.wav", lost_s=0.0)
    copy = ScanCopy([one, other])
    data = Observations(copy.path, shown="scan", on_close=copy.close)
    with data.look() as look:
        assert {row.label: row.events for row in label_rows(look)} == {"yes": 2, "no": 1}
        assert len(look.events(EventFilter(), None, 9).events) == 3
        (source,) = source_rows(look)
        assert (source.source, source.recordings, source.heard_s, source.lost_s) == ("/card", 2, 114.0, 6.0)
        hour = day_view(look, data, START.date()).hours[6]
        assert (hour.heard_s, hour.lost_s) == (54.0, 6.0)
    data.close()
    assert not copy.path.exists()
