"""Text files of reports: added to, refused, and whole whatever happens."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from made_events import event
from whipbird.errors import OutputError
from whipbird.events.reports import GapReport, Notice
from whipbird.formats.csv_rows import CsvRows
from whipbird.formats.jsonl import JsonFormatter
from whipbird.formats.raven import RavenTable
from whipbird.sinks.files.text_file import TextFile


def gap(number, source="microphone"):
    return GapReport(source, number, number + 1, "overflow")


def begins(path):
    return [json.loads(line)["gap"]["begin_s"] for line in path.read_text().splitlines()]


def test_each_batch_is_out_at_once_and_later_ones_are_added(tmp_path):
    path = tmp_path / "heard.jsonl"
    file = TextFile(path, JsonFormatter())
    file.write([gap(0), Notice("not for programs"), gap(1)])
    assert begins(path) == [0, 1]
    file.close()
    again = TextFile(path, JsonFormatter())
    again.write([gap(2)])
    again.close()
    assert begins(path) == [0, 1, 2]


def test_a_head_is_written_once(tmp_path):
    path = tmp_path / "heard.csv"
    path.touch()
    for _ in range(2):
        TextFile(path, CsvRows()).close()
    assert path.read_bytes().decode() == CsvRows().head()


def test_a_line_that_was_cut_off_is_ended(tmp_path):
    path = tmp_path / "heard.jsonl"
    path.write_text('{"gap": {"beg')
    TextFile(path, JsonFormatter()).write([gap(1)])
    cut, whole = path.read_text().splitlines()
    assert cut == '{"gap": {"beg'
    assert json.loads(whole)["gap"]["begin_s"] == 1


@pytest.mark.parametrize("before", ["recording,begin_s,end_s,label\n", "secrets", "\ufeffa,b\n"])
def test_other_columns_are_refused(tmp_path, before):
    path = tmp_path / "heard.csv"
    path.write_text(before, encoding="utf-8")
    with pytest.raises(OutputError, match=r"already exists, with other columns than 'recording,begin_s,.*'$"):
        TextFile(path, CsvRows())
    assert path.read_text(encoding="utf-8") == before


def test_the_same_columns_as_editors_write_them_are_not(tmp_path):
    path = tmp_path / "heard.csv"
    head = CsvRows().head().replace("\r\n", "\n").encode("utf-8-sig")
    path.write_bytes(head)
    TextFile(path, CsvRows()).close()
    assert path.read_bytes() == head


def test_a_table_of_another_list_is_refused(tmp_path):
    path = tmp_path / "heard.raven.txt"
    TextFile(path, RavenTable(recordings=True)).close()
    with pytest.raises(OutputError, match="already exists, and its times count from its own first recording"):
        TextFile(path, RavenTable(recordings=True))


def test_what_cannot_be_a_file_is_refused(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(OutputError, match=r"folder.csv: it is not a file"):
        TextFile(tmp_path / "folder.csv", CsvRows())
    with pytest.raises(OutputError, match=r"there is no folder .*nowhere"):
        TextFile(tmp_path / "nowhere" / "heard.csv", CsvRows())


def test_names_that_are_no_text_are_spelt_out(tmp_path):
    path = tmp_path / "heard.raven.txt"
    file = TextFile(path, RavenTable(recordings=True))
    file.write([event(source="dawn\udcff.wav")])
    assert "dawn\\xff.wav" in path.read_text("utf-8")


@pytest.mark.skipif(os.name != "posix", reason="files that are open cannot be renamed on Windows")
@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_was_renamed_or_replaced_goes_on_in_a_new_file(tmp_path, replaced):
    """Log rotation renames a file, and may make a new one."""
    path = tmp_path / "heard.csv"
    file = TextFile(path, CsvRows())
    file.write([event(source="a.wav")])
    path.rename(tmp_path / "heard.csv.1")
    if replaced:
        path.touch()
    file.write([event(source="b.wav")])
    assert ("replaced" if replaced else "renamed or removed") in file.note
    assert "a.wav" in (tmp_path / "heard.csv.1").read_text()
    head, row = path.read_text().splitlines()
    assert head == CsvRows().head().strip()
    assert "b.wav" in row


@pytest.mark.skipif(os.name != "posix", reason="folders with open files cannot be renamed on Windows")
def test_a_file_whose_folder_is_gone_is_awaited(tmp_path):
    folder = tmp_path / "stick"
    folder.mkdir()
    file = TextFile(folder / "heard.csv", CsvRows())
    folder.rename(tmp_path / "unmounted")
    with pytest.raises(FileNotFoundError):
        file.write([event(source="a.wav")])
    assert not folder.exists()
    (tmp_path / "unmounted").rename(folder)
    file.write([event(source="a.wav")])
    assert len((folder / "heard.csv").read_text().splitlines()) == 2


FILL = """
import json, resource, sys
from pathlib import Path
from whipbird.events.reports import GapReport
from whipbird.formats.jsonl import JsonFormatter
from whipbird.sinks.files.text_file import TextFile

path = Path(sys.argv[1])
file = TextFile(path, JsonFormatter())
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, most))
failures = 0
for number in range(40):
    batch = [GapReport("a", number, number + 0.25, "overflow"), GapReport("a", number + 0.5, number + 1, "overflow")]
    try:
        file.write(batch)
    except OSError:
        failures += 1
        assert path.read_text().endswith("}\\n"), "a line was cut off"
        resource.setrlimit(resource.RLIMIT_FSIZE, (min(path.stat().st_size + 700, 10**6), most))
        file.write(batch)
print(failures)
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows has no limit of a file's size")
def test_what_did_not_fit_is_cut_off_and_written_when_it_does(tmp_path):
    """A limit of the file's size fails like a full disk: in the middle of a line."""
    path = tmp_path / "heard.jsonl"
    root = Path(__file__).resolve().parents[4]
    result = subprocess.run(
        [sys.executable, "-c", FILL, str(path)], capture_output=True, text=True, cwd=root, timeout=60, check=True
    )
    assert int(result.stdout) > 3
    assert begins(path) == [number / 2 for number in range(80)]
