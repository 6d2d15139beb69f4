"""Outputs write missing reports: each report is there once, wherever an earlier write was cut off."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databases import rows
from made_events import event
from whipbird.database.writer import Database
from whipbird.events.reports import Opening, Summary
from whipbird.formats.birdnet import BirdnetRows
from whipbird.formats.csv_rows import CsvRows
from whipbird.formats.jsonl import JsonFormatter
from whipbird.sinks.files.text_file import TextFile


def reports(source, events):
    opened = datetime(2024, 5, 1, 4, tzinfo=UTC)
    yield Opening(source, source, 16_000, 1, None, opened, "name", opened, ())
    for number in range(events):
        yield event(number, source=source, time=opened)
    yield Summary(source, 60.0, 0.0, events, 99.9, None, None)


@pytest.mark.parametrize("form", [CsvRows, BirdnetRows, JsonFormatter])
@given(share=st.floats(0, 1), events=st.integers(0, 5), before=st.integers(0, 3))
def test_a_text_file_cut_off_anywhere_is_completed(tmp_path_factory, form, share, events, before):
    folder = tmp_path_factory.mktemp("cut")
    earlier, later = list(reports("a.wav", before)), list(reports('"b",\nc.wav', events))

    def write(name, *batches):
        file = TextFile(folder / name, form())
        for batch in batches:
            file.write(batch)
        file.close()
        return (folder / name).read_bytes()

    start, whole = write("start", earlier), write("whole", earlier, later)
    (folder / "cut").write_bytes(whole[: len(start) + round(share * (len(whole) - len(start)))])
    for _ in range(3):
        file = TextFile(folder / "cut", form())
        file.write_missing(later)
        file.write_missing(later)
        file.close()
        assert (folder / "cut").read_bytes() == whole


def test_lines_added_by_others_stay(tmp_path):
    path = tmp_path / "heard.jsonl"
    file = TextFile(path, JsonFormatter())
    file.write(list(reports("a.wav", 2)))
    path.write_text(path.read_text() + "mine\n")
    file.write_missing(list(reports("a.wav", 2)))
    assert path.read_text().count("mine\n") == 1
    assert len(path.read_text().splitlines()) == 7


def test_a_database_holds_a_recording_completely_or_not_at_all(tmp_path):
    path = tmp_path / "heard.sqlite"
    for source in ("a.wav", "b.wav"):
        for _ in range(2):
            database = Database(path, "hill")
            for _ in range(2):
                database.write_missing(list(reports(source, 3)))
            database.close()
    assert rows(path, "SELECT count(*), sum(finished) FROM recordings") == [(2, 2)]
    assert rows(path, "SELECT count(*) FROM events") == [(6,)]
