"""Files by their names."""

import pytest

from whipbird.errors import OutputError
from whipbird.sinks.files.open import open_outputs


def test_the_end_of_a_name_tells_the_form(tmp_path):
    begins = {
        "a.jsonl": b"",
        "a.CSV": b"recording,begin_s,",
        "a.birdnet.csv": b"Start (s),End (s),",
        "a.raven.txt": b"Selection\tView\t",
        "a.selections.txt": b"Selection\tView\t",
        "a.audacity.txt": b"",
        "a.labels.txt": b"",
        "a.sqlite": b"SQLite format 3\0",
        "a.db": b"SQLite format 3\0",
    }
    for file in open_outputs([str(tmp_path / name) for name in begins], recordings=True, station="hill"):
        file.close()
    for name, begin in begins.items():
        assert (tmp_path / name).read_bytes().startswith(begin)


@pytest.mark.parametrize("name", ["heard", "heard.txt", "heard.json", "heard.sqlite3", "csv"])
def test_a_name_that_tells_none_is_refused_before_any_file_is_made(tmp_path, name):
    with pytest.raises(OutputError, match=r"unknown extension; use one of \.birdnet\.csv, \.csv, "):
        open_outputs([str(tmp_path / "heard.csv"), str(tmp_path / name)], recordings=True, station="hill")
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_given_twice_is_refused(tmp_path):
    (tmp_path / "below").mkdir()
    twice = [str(tmp_path / "heard.csv"), str(tmp_path / "below" / ".." / "heard.csv")]
    with pytest.raises(OutputError, match="is given twice"):
        open_outputs(twice, recordings=True, station="hill")
