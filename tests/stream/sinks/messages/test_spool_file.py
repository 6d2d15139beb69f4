"""Files in which messages wait, torn, damaged and used by others."""

import shutil
import sqlite3
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.errors import OutputError
from whipbird.sinks.messages.message import Message
from whipbird.sinks.messages.spool_file import InUse, SpoolFile


def message(number):
    return Message("event", f"{number:032x}", f'{{"number": {number}}}'.encode())


def numbers(file):
    found = []
    while rows := file.read(found[-1][0] if found else 0, 10**6):
        found += rows
    return [int(one.id, 16) for _, one in found]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "spool.sqlite"


def test_what_is_added_is_there_for_the_next_until_it_is_removed(path):
    file = SpoolFile(path)
    file.add([message(0), message(1)])
    file.add([message(2)])
    file.close()
    file = SpoolFile(path)
    assert (file.count, file.size) == (3, sum(len(message(n).body) for n in range(3)))
    found = file.read(0, 2)
    assert [one for _, one in found] == [message(0), message(1)]
    file.remove(found[-1][0], but=[found[0][0]])
    file.close()
    file = SpoolFile(path)
    assert (file.count, numbers(file)) == (2, [0, 2])
    file.close()


def test_numbers_are_never_used_again(path):
    file = SpoolFile(path)
    first = file.add([message(0), message(1)])
    file.remove(first[-1])
    file.close()
    file = SpoolFile(path)
    assert min(file.add([message(2)])) > max(first)
    file.close()


def test_what_was_read_together_is_so_again_after_a_kill_though_more_has_come(path, tmp_path):
    file = SpoolFile(path)
    file.add([message(number) for number in range(3)])
    assert len(file.read(0, 50)) == 3
    file.add([message(number) for number in range(3, 9)])
    shutil.copytree(path.parent, tmp_path / "killed")
    file.close()
    file = SpoolFile(tmp_path / "killed" / path.name)
    found = file.read(0, 50)
    assert [one for _, one in found] == [message(0), message(1), message(2)]
    assert len(file.read(found[-1][0], 50)) == 6
    file.close()


def test_one_alone_may_use_it_in_this_process_or_another(path):
    file = SpoolFile(path)
    program = (
        "import sys, pathlib; from whipbird.sinks.messages.spool_file import *; SpoolFile(pathlib.Path(sys.argv[1]))"
    )
    with pytest.raises(InUse):
        SpoolFile(path)
    other = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True)
    assert "InUse" in other.stderr
    file.close()
    SpoolFile(path).close()


@given(cut=st.integers(0, 10**6), garbage=st.binary(max_size=50))
def test_a_journal_that_is_torn_anywhere_costs_only_its_end(tmp_path_factory, cut, garbage):
    folder = tmp_path_factory.mktemp("torn")
    file = SpoolFile(folder / "spool.sqlite")
    for number in range(20):
        file.add([message(number)])
    shutil.copytree(folder, folder / "torn")
    file.close()
    journal = folder / "torn" / "spool.sqlite-wal"
    whole = journal.read_bytes()
    kept = cut % (len(whole) + 1)
    journal.write_bytes(whole[:kept] + garbage)
    file = SpoolFile(folder / "torn" / "spool.sqlite")
    assert file.damaged is None
    assert numbers(file) == list(range(file.count))
    assert kept < len(whole) or file.count == 20
    file.add([message(99)])
    assert numbers(file)[-1] == 99
    file.close()


@pytest.mark.parametrize("spoil", ["middle", "head", "end", "other"])
def test_a_file_that_is_damaged_is_kept_under_another_name_and_made_anew(path, spoil):
    file = SpoolFile(path)
    file.add([message(number) for number in range(1000)])
    file.close()
    data = bytearray(path.read_bytes())
    if spoil == "middle":
        data[4096 : 8 * 4096] = b"\xff" * (7 * 4096)
    elif spoil == "head":
        data[:100] = b"\xff" * 100
    elif spoil == "end":
        del data[len(data) // 2 :]
    path.write_bytes(data)
    if spoil == "other":
        path.unlink()
        other = sqlite3.connect(path)
        other.execute("CREATE TABLE birds (name)")
        other.close()
    before = path.read_bytes()
    file = SpoolFile(path)
    assert file.damaged.read_bytes() == before
    assert file.damaged.name.startswith("spool.sqlite.damaged-")
    assert file.count == 0
    file.add([message(0)])
    assert numbers(file) == [0]
    file.close()


def test_room_is_given_back_when_an_outage_is_over(path):
    file = SpoolFile(path)
    big = [Message("event", str(number), bytes(1000)) for number in range(5000)]
    file.add(big)
    file.remove(10**9)
    assert sum(one.stat().st_size for one in path.parent.iterdir()) < 100_000
    file.close()


def test_a_place_that_cannot_be_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"spool.sqlite: (Not a directory|File exists)"):
        SpoolFile(tmp_path / "file" / "spool.sqlite")


def test_a_file_whose_state_is_gone_is_set_aside(path):
    file = SpoolFile(path)
    file.add([message(0)])
    file.close()
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM state")
    connection.commit()
    connection.close()
    file = SpoolFile(path)
    assert file.count == 0
    assert file.damaged is not None
    assert file.damaged.exists()
    file.close()
