"""Stored reports are restored unchanged."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Heartbeat, Listener, Notice, Opening, Summary
from whipbird.watch.stored_reports import restore, store

ZONES = st.integers(-21_600, 21_600).map(lambda seconds: timezone(timedelta(seconds=seconds)))  # Liberia's was -44:30
TIMES = st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1), timezones=ZONES)
NAMES = st.text(st.characters(exclude_categories=())) | st.just("\udcff.wav")  # file names may not be valid text
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
def test_round_trip(reports):
    assert restore(*store(reports)) == reports


def test_the_labels_of_a_model_are_apart():
    birds = Listener("birds", "1.0", tuple(f"bird {number}" for number in range(3000)))
    time = datetime(2024, 5, 1, tzinfo=UTC)
    openings = [
        Opening(f"{number}.wav", f"{number}.wav", 16_000, 1, None, None, "none", time, (birds,)) for number in range(2)
    ]
    (first, listeners), (second, others) = (store([opening]) for opening in openings)
    assert max(map(len, (first, second))) < 500
    assert listeners == others
    assert len(listeners) == 1
    assert [restore(first, listeners), restore(second, listeners)] == [[opening] for opening in openings]


def test_reports_stored_by_version_0_1_are_read():
    text = (
        '[["Opening", {"source": "dawn.wav", "path": "card/dawn.wav", "rate_hz": 16000, "channels": 2, '
        '"channel": null, "start": "2024-05-01T06:00:00+10:00", "time_from": "guano", '
        '"opened": "2024-05-02T12:00:00.250000+00:00", '
        '"listeners": [{"model": "birds", "version": "1.0", "labels": ["wren", "gr\\u00f6\\u00dfer"]}]}], '
        '["Detection", {"label": "wren", "begin_s": 1.5, "peak_s": 1.75, "end_s": 2.0, "reported_s": 2.25, '
        '"score": 0.9, "source": "dawn.wav", "model": "birds", "begin_sample": 24000, '
        '"time": "2024-05-01T06:00:01.500000+10:00", '
        '"time_from": "guano", "concealed": false}], '
        '["GapReport", {"source": "dawn.wav", "begin_s": 3.0, "end_s": 4.0, "reason": "truncated"}], '
        '["Heartbeat", {"source": "dawn.wav", "time": "2024-05-02T12:00:01+00:00", "heard_s": 3.0, "lost_s": 1.0}], '
        '["Notice", {"text": "\\udcff.wav breaks off", "problem": true}], '
        '["Summary", {"source": null, "heard_s": 3.0, "lost_s": 1.0, "events": 1, "realtime_factor": 100.0, '
        '"delay_p50_s": null, "delay_p95_s": null}]]'
    )
    sydney = timezone(timedelta(hours=10))
    assert restore(text, {}) == [
        Opening(
            "dawn.wav", "card/dawn.wav", 16_000, 2, None, datetime(2024, 5, 1, 6, tzinfo=sydney), "guano",
            datetime(2024, 5, 2, 12, 0, 0, 250_000, UTC), (Listener("birds", "1.0", ("wren", "größer")),),
        ),
        Detection(
            "wren", 1.5, 1.75, 2.0, 2.25, 0.9, "dawn.wav", "birds", 24_000,
            datetime(2024, 5, 1, 6, 0, 1, 500_000, sydney), "guano",
        ),
        GapReport("dawn.wav", 3.0, 4.0, "truncated"),
        Heartbeat("dawn.wav", datetime(2024, 5, 2, 12, 0, 1, tzinfo=UTC), 3.0, 1.0),
        Notice("\udcff.wav breaks off", True),
        Summary(None, 3.0, 1.0, 1, 100.0, None, None),
    ]  # fmt: skip
