"""Reports that were stored are the same again."""

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from stream.detection import Detection
from stream.report import GapReport, Heartbeat, Listener, Notice, Opening, Summary
from stream.watch.stored_reports import restore, store

ZONES = st.integers(-24, 24).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
TIMES = st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1), timezones=ZONES)
NAMES = st.text(st.characters(exclude_categories=())) | st.just("\udcff.wav")  # names of files may be no text at all
SECONDS = st.floats(0, 1e9)
REPORTS = st.one_of(
    st.builds(
        Detection,
        label=NAMES, begin_s=SECONDS, peak_s=SECONDS, end_s=SECONDS, reported_s=SECONDS, score=st.floats(0, 1),
        source=NAMES, model=NAMES, begin_sample=st.integers(0), time=st.none() | TIMES, time_from=NAMES,
        concealed=st.booleans(),
    ),
    st.builds(GapReport, NAMES, SECONDS, SECONDS, NAMES),
    st.builds(Heartbeat, NAMES, TIMES, SECONDS, SECONDS),
    st.builds(Notice, NAMES, st.booleans()),
    st.builds(
        Summary, st.none() | NAMES, SECONDS, SECONDS, st.integers(0), SECONDS, st.none() | SECONDS, st.none() | SECONDS
    ),
    st.builds(
        Opening,
        source=NAMES, path=st.none() | NAMES, rate_hz=st.integers(1), channels=st.integers(1),
        channel=st.none() | st.integers(1), start=st.none() | TIMES, time_from=NAMES, opened=TIMES,
        listeners=st.lists(st.builds(Listener, NAMES, NAMES, st.lists(NAMES).map(tuple))).map(tuple),
    ),
)  # fmt: skip


@given(st.lists(REPORTS, max_size=5))
def test_there_and_back(reports):
    assert restore(store(reports)) == reports
