"""Files that are whole or absent."""

import os
from pathlib import Path

import pytest

from whipbird.errors import OutputError
from whipbird.system.whole_file import whole_file, write_own_file


@pytest.mark.parametrize("sync", [False, True])
def test_a_file_appears_when_it_is_complete(tmp_path, sync):
    path = tmp_path / "state.json"
    path.write_bytes(b"old")
    with whole_file(path, sync) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "state.json"
    path.write_bytes(b"old")

    def write_half():
        with whole_file(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_link_names_is_replaced(tmp_path):
    path, link = tmp_path / "state.json", tmp_path / "link"
    path.write_bytes(b"old")
    link.symlink_to(path)
    with whole_file(link) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
    assert link.is_symlink()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_only_files_are_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place in (pipe, Path("/dev/null")):
        with pytest.raises(OSError, match="not a regular file"), whole_file(place):
            pass
        with pytest.raises(OutputError, match="not a regular file"):
            write_own_file(place, b"a,b", b"a,b")
        assert not place.is_file()
    assert list(tmp_path.iterdir()) == [pipe]


def test_only_a_file_that_starts_in_the_same_way_is_replaced(tmp_path):
    path = tmp_path / "table.csv"
    for data in (b"a,b\n1,2\n", b"a,b\n3,4\n"):
        write_own_file(path, data, b"a,b")
    assert path.read_bytes() == b"a,b\n3,4\n"
    with pytest.raises(OutputError, match="is another kind of file and is not replaced"):
        write_own_file(path, b"c,d\n", b"c,d")
    with pytest.raises(OutputError, match="cannot write"):
        write_own_file(tmp_path / "nowhere" / "table.csv", b"a,b\n", b"a,b")
    assert path.read_bytes() == b"a,b\n3,4\n"
