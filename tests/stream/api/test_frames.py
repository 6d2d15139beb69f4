import sys

import pytest

import whipbird

pytestmark = pytest.mark.usefixtures("first_alone_installed")


def test_without_pandas_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(whipbird.WhipbirdError, match=r"to_pandas needs more packages .*pandas.*install them with: "):
        whipbird.to_pandas([])


def test_events_are_rows(demo):
    pd = pytest.importorskip("pandas")
    events = list(whipbird.detect(demo, time_zone="Australia/Sydney"))
    table = whipbird.to_pandas(events)
    assert list(table.label) == [event.label for event in events]
    assert list(table.begin_sample) == [event.begin_sample for event in events]
    assert table.time[0] == events[0].time
    assert table.time[0].tzinfo == pd.Timestamp.now("UTC").tzinfo
    assert table.groupby("label").size()["yes"] == 3


def test_a_table_without_events_has_the_same_columns(demo, noise):
    pytest.importorskip("pandas")
    some, none = whipbird.to_pandas(whipbird.detect(demo)), whipbird.to_pandas([])
    assert len(none) == 0
    assert dict(none.dtypes) == dict(some.dtypes)


def test_unknown_times_are_missing(demo, noise):
    pd = pytest.importorskip("pandas")
    import soundfile

    samples, rate_hz = soundfile.read(demo, dtype="float32")
    table = whipbird.to_pandas(whipbird.detect(samples, rate_hz))
    assert len(table) == 12
    assert table.time.isna().all()
    assert isinstance(table.time.dtype, pd.DatetimeTZDtype)
