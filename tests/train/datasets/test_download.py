"""Download archives from a server that works, breaks off, sends wrong data, or does not exist."""

import hashlib
import io
import os
import shutil
import socket
import stat
import tarfile
import threading
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from whipbird.errors import DataError
from whipbird_train.datasets import download as downloads
from whipbird_train.datasets.archive import Archive, unpack
from whipbird_train.datasets.download import ARCHIVES, download

NOISE = os.urandom(300_000)


def tar_of(members):
    """A tar.gz of names and contents; a name that ends with ``->`` is a link to the content."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name.removesuffix("->"))
            if name.endswith("->"):
                member.type, member.linkname = tarfile.SYMTYPE, content.decode()
            else:
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def zip_of(members):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


CONTENT = tar_of({"set/yes/a.wav": NOISE, "set/LICENSE": b"free"})


class Server(ThreadingHTTPServer):
    """Server that sends one file as a test requires, and records the requests."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.knows_ranges = True
        self.breaks_off_after = []  # bytes, for each of the first responses
        self.statuses = []  # of the first responses
        self.ranges = []  # requested

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/set.tar.gz"

    def handle_error(self, request, client_address):
        pass


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server, asked = self.server, self.headers.get("Range")
        server.ranges.append(asked)
        status = server.statuses.pop(0) if server.statuses else 200
        begin = 0
        if asked and server.knows_ranges and status == 200:
            begin = int(asked.removeprefix("bytes=").removesuffix("-"))
            status = 206 if begin < len(server.content) else 416
        body = server.content[begin:] if status in (200, 206) else b"no"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 206:
            last = len(server.content) - 1
            self.send_header("Content-Range", f"bytes {begin}-{last}/{len(server.content)}")
        if status == 416:
            self.send_header("Content-Range", f"bytes */{len(server.content)}")
        self.end_headers()
        self.wfile.write(body[: server.breaks_off_after.pop(0)] if server.breaks_off_after else body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def archive(server):
    return Archive(
        name="a set",
        url=server.url,
        page="https://example.org/a-set",
        file="set.tar.gz",
        unpacks_to="a-set",
        licence="CC0",
        bytes=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
    )


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(downloads, "PAUSES_S", (0.0, 0.0))


def left_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_an_archive_becomes_a_folder(archive, server, tmp_path):
    folder = download(archive, tmp_path / "new" / "data")
    assert folder == tmp_path / "new" / "data" / "a-set"
    assert (folder / "yes" / "a.wav").read_bytes() == NOISE
    assert left_in(folder.parent) == ["a-set"]
    download(archive, folder.parent)
    assert len(server.ranges) == 1  # an unpacked archive is not downloaded again


def test_a_file_that_is_no_archive_is_kept_under_its_name(archive, server, tmp_path):
    folder = download(replace(archive, kept_as="set.bin"), tmp_path)
    assert (folder / "set.bin").read_bytes() == CONTENT
    assert left_in(tmp_path) == ["a-set"]
    download(replace(archive, kept_as="set.bin"), tmp_path)
    assert len(server.ranges) == 1


def test_a_folder_may_be_in_another(archive, tmp_path):
    folder = download(replace(archive, unpacks_to="speech/a-set"), tmp_path)
    assert folder == tmp_path / "speech" / "a-set"
    assert left_in(tmp_path) == ["speech"]


def test_progress_is_shown(archive, tmp_path, terminal, capsys):
    download(archive, tmp_path)
    shown = capsys.readouterr()
    size = f"{len(CONTENT) / 1000:.1f}"
    assert "a set" in shown.err
    assert f"{size}/{size} kB" in shown.err
    assert not shown.out


def test_a_download_goes_on_where_it_broke_off(archive, server, tmp_path):
    server.breaks_off_after = [100_000, 50_000]
    folder = download(archive, tmp_path)
    assert (folder / "yes" / "a.wav").read_bytes() == NOISE
    assert server.ranges == [None, "bytes=100000-", "bytes=150000-"]


def test_a_later_start_goes_on(archive, server, tmp_path):
    (tmp_path / "set.tar.gz.part").write_bytes(CONTENT[:1_234])
    download(archive, tmp_path)
    assert server.ranges == ["bytes=1234-"]


def test_a_whole_part_is_only_checked(archive, server, tmp_path):
    (tmp_path / "set.tar.gz.part").write_bytes(CONTENT)
    assert download(archive, tmp_path).is_dir()


def test_a_part_longer_than_the_file_is_fetched_anew(archive, server, tmp_path):
    (tmp_path / "set.tar.gz.part").write_bytes(CONTENT + b"more")
    assert download(archive, tmp_path).is_dir()
    assert server.ranges == [f"bytes={len(CONTENT) + 4}-", None]


def test_a_server_without_ranges_starts_anew(archive, server, tmp_path):
    server.knows_ranges = False
    server.breaks_off_after = [100_000]
    folder = download(archive, tmp_path)
    assert (folder / "yes" / "a.wav").read_bytes() == NOISE


def test_one_that_always_breaks_off_is_given_up(archive, server, tmp_path):
    server.knows_ranges = False
    server.breaks_off_after = [100_000] * 20
    with pytest.raises(DataError, match=r"cannot download http://.*run the command again.*browser to .*set\.tar\.gz"):
        download(archive, tmp_path)
    assert len(server.ranges) == 2 + downloads.MOST_FAILURES
    assert left_in(tmp_path) == ["set.tar.gz.part"]


def test_a_busy_server_is_asked_again(archive, server, tmp_path):
    server.statuses = [503, 429]
    assert download(archive, tmp_path).is_dir()
    assert len(server.ranges) == 3


def test_a_missing_file_is_reported_at_once(archive, server, tmp_path):
    server.statuses = [404]
    with pytest.raises(DataError, match=r"answers 404 Not Found; see https://example\.org/a-set"):
        download(archive, tmp_path)
    assert len(server.ranges) == 1


def test_without_a_network_the_line_says_what_to_do(archive, tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, but not listening
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/set.tar.gz"
        with pytest.raises(DataError) as caught:
            download(replace(archive, url=url), tmp_path)
    assert url in str(caught.value)
    assert f"with a browser to {tmp_path / 'set.tar.gz'}" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["sha256", "md5"])
def test_a_wrong_checksum_is_reported_and_the_file_deleted(archive, tmp_path, kind):
    wrong = replace(archive, **{"sha256": None, kind: "0" * 64})
    with pytest.raises(DataError, match=f"is damaged .its {kind} is .* and was deleted; run the command again"):
        download(wrong, tmp_path)
    assert left_in(tmp_path) == []


def test_an_archive_put_there_by_hand_is_used_and_kept(archive, server, tmp_path):
    (tmp_path / "set.tar.gz").write_bytes(CONTENT)
    assert download(archive, tmp_path).is_dir()
    assert left_in(tmp_path) == ["a-set", "set.tar.gz"]
    assert server.ranges == []


def test_another_file_put_there_by_hand_is_not_deleted(archive, tmp_path):
    (tmp_path / "set.tar.gz").write_bytes(b"something else")
    with pytest.raises(DataError, match=r"set\.tar\.gz is damaged or a different file"):
        download(archive, tmp_path)
    assert left_in(tmp_path) == ["set.tar.gz"]


def test_an_archive_behind_a_log_in_has_instructions(tmp_path):
    with pytest.raises(DataError, match=r"needs a log-in: download it from https://www\.kaggle\.com/.* to "):
        download(ARCHIVES["capuchinbird"], tmp_path)
    content = {"Parsed_Capuchinbird_Clips/XC1-0.wav": b"a", "Forest Recordings/recording_00.mp3": b"b"}
    (tmp_path / ARCHIVES["capuchinbird"].file).write_bytes(zip_of(content))
    folder = download(ARCHIVES["capuchinbird"], tmp_path)
    assert left_in(folder) == ["Forest Recordings", "Parsed_Capuchinbird_Clips"]


def test_room_is_looked_for_first(archive, server, tmp_path):
    free = shutil.disk_usage(tmp_path).free
    with pytest.raises(DataError, match=r"a set needs .* GB, .* GB free; free disk space"):
        download(replace(archive, bytes=free), tmp_path)
    assert server.ranges == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="every folder can be written to")
def test_a_folder_that_cannot_be_written_to(archive, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(DataError, match="cannot write to"):
        download(archive, tmp_path)


def test_a_file_in_the_place_of_the_folder(archive, tmp_path):
    (tmp_path / "data").touch()
    with pytest.raises(DataError, match="cannot write to"):
        download(archive, tmp_path / "data")


SLIP_BY_LINK = zipfile.ZipInfo("set/link")
SLIP_BY_LINK.external_attr = (stat.S_IFLNK | 0o777) << 16


@pytest.mark.parametrize(
    "content",
    [
        tar_of({"set/good": b"", "../../outside": b"bad"}),
        tar_of({"set/link->": b"../../..", "set/link/outside": b"bad"}),
        tar_of({"set/link->": b"/etc/passwd"}),
        CONTENT[:-1_000],
        b"no archive",
        b"",
    ],
)
def test_an_archive_that_is_damaged_or_leaves_its_folder_leaves_nothing(tmp_path, content):
    place = tmp_path / "deep" / "inside"
    place.mkdir(parents=True)
    (place / "file").write_bytes(content)
    with pytest.raises(DataError, match=r"cannot unpack .*file \(.*\); delete it and run the command again$"):
        unpack(place / "file", place / "target")
    assert left_in(place) == ["file"]
    assert left_in(tmp_path) == ["deep"]


@pytest.mark.parametrize("name", ["../../outside", "..\\..\\outside", "/outside", "C:\\outside", SLIP_BY_LINK])
def test_nothing_of_a_zip_archive_is_written_outside_its_folder(tmp_path, name):
    place = tmp_path / "deep" / "inside"
    place.mkdir(parents=True)
    (place / "file").write_bytes(zip_of({"set/good": b"good", name: b"../../.."}))
    unpack(place / "file", place / "target")
    assert left_in(place) == ["file", "target"]
    assert left_in(tmp_path) == ["deep"]
    assert not any(path.is_symlink() for path in place.rglob("*"))


@pytest.mark.parametrize("make", [tar_of, zip_of])
def test_an_archive_without_a_top_folder_gets_one(tmp_path, make):
    (tmp_path / "file").write_bytes(make({"./yes/a.wav": b"a", "./no/b.wav": b"b"}))
    unpack(tmp_path / "file", tmp_path / "target")
    assert left_in(tmp_path / "target") == ["no", "yes"]
    assert os.name == "nt" or (tmp_path / "target").stat().st_mode & 0o055 or os.umask(0o022) == 0o077


def test_descriptions_of_archives_are_plausible():
    for archive in ARCHIVES.values():
        assert archive.page.startswith("https://")
        assert archive.url is None or archive.url.startswith("https://")
        assert archive.sha256 is None or len(archive.sha256) == 64
        assert archive.md5 is None or len(archive.md5) == 32
    assert len({archive.unpacks_to for archive in ARCHIVES.values()}) == len(ARCHIVES)
