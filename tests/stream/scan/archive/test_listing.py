"""List folders and stores, and read headers."""

import os
import shutil

import pytest

from command_line import only_line
from whipbird.errors import SourceError
from whipbird.scan.archive.headers import read_headers
from whipbird.scan.archive.listing import absolute, listing, local_copy, open_remote
from whipbird.scan.tables import as_path, name_columns


@pytest.fixture
def store(demo):
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    for name in ("site/20240501_060000.flac", "site/deep/er.flac", "site/notes.txt", "site/.hidden.flac"):
        memory.pipe(f"/{name}", demo.read_bytes())
    yield "memory://site"
    memory.rm("/site", recursive=True)


def test_a_store_is_listed_and_read(store, demo):
    found = sorted(listing(store, lambda text: None))
    assert [one.path for one in found] == ["memory:///site/20240501_060000.flac", "memory:///site/deep/er.flac"]
    rows = read_headers(found, None)
    assert rows[0]["rate_hz"] == 16_000
    assert rows[0]["duration_s"] > 10
    assert not rows[0]["error"]
    with local_copy(found[0].path) as path:
        assert os.path.basename(path) == "20240501_060000.flac"
        with open(path, "rb") as file:
            assert file.read() == demo.read_bytes()
    assert not os.path.exists(path)


def test_a_store_without_driver_or_content_is_an_error():
    with pytest.raises(SourceError, match="nothing found"):
        list(listing("memory://nowhere", lambda text: None))
    with pytest.raises(SourceError, match="nonsense"):
        list(listing("nonsense://x", lambda text: None))


def test_a_name_that_is_no_text_can_be_opened_again(tmp_path, demo):
    name = os.fsencode(tmp_path) + b"/\xff\xfe.flac"
    try:
        shutil.copy(demo, name)
    except OSError:
        pytest.skip("this system takes names of text alone")
    (found,) = listing(str(tmp_path), lambda text: None)
    (row,) = read_headers([found], None)
    assert row["recording"].endswith("\\xff\\xfe.flac")
    assert not row["error"]
    assert os.path.exists(as_path(row["recording"], row["raw"]))


@pytest.mark.parametrize("path", ["a.wav", "ö/🐦\n.wav"])
def test_text_stays_as_it_is(path):
    assert as_path(*name_columns(path).values()) == path


def test_folders_are_absolute_and_addresses_stay(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert absolute("x") == str(tmp_path / "x")
    assert absolute("s3://bucket/x") == "s3://bucket/x"


def test_a_file_that_was_removed_is_a_row_with_an_error(tmp_path, demo):
    shutil.copy(demo, tmp_path / "a.flac")
    (found,) = listing(str(tmp_path), lambda text: None)
    (tmp_path / "a.flac").unlink()
    (row,) = read_headers([found], None)
    assert "No such file" in row["error"]


@pytest.mark.parametrize("address", ["ftp://user:s3cret@host/a", "https://host/a.wav?sig=s3cret"])
def test_an_address_with_a_secret_is_refused_before_anything_is_written(scan, tmp_path, address):
    done = scan(address, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "put them into fsspec's settings" in only_line(done.stderr)
    assert "s3cret" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_what_a_driver_says_shows_no_secrets():
    fsspec = pytest.importorskip("fsspec")

    class Loud(fsspec.AbstractFileSystem):
        def _fail(self, *_, **__):
            raise RuntimeError('no answer from "ftp://user:s3cret@host/a.wav"')

        find = open = get_file = _fail

    fsspec.register_implementation("loud", Loud, clobber=True)
    for use in (lambda: list(listing("loud://a", print)), lambda: open_remote("loud://a"), lambda: copied("loud://a")):
        with pytest.raises(SourceError, match=r"ftp://host/a\.wav") as caught:
            use()
        assert "s3cret" not in str(caught.value)


def copied(path):
    with local_copy(path):
        pass
