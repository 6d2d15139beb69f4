"""A scan of an S3 store over the network."""

import os
import subprocess
import sys

import fsspec
import pytest
import soundfile

from command_line import only_line, whipbird
from made_archive import in_order, replayed, words
from ports import reserved_port
from real_servers import answers
from waiting import wait_until
from whipbird.scan.archive.listing import listing
from whipbird.scan.results.results import results
from whipbird.scan.results.scan_folder import ScanFolder

NAMES = ("20240501_060000.wav", "deep/er/stereo two.flac", "deep/song.mp3", "ö/🐦.wav", "cut off.rf64")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Environment variables with the address and keys of an S3 server."""
    log = tmp_path_factory.mktemp("store") / "server.log"
    with reserved_port() as port, log.open("wb") as file:
        words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        server = subprocess.Popen(words, stdout=file, stderr=file)
        try:
            wait_until(lambda: answers("127.0.0.1", port) or server.poll() is not None)
            assert server.poll() is None, log.read_text()
            keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
            yield {**keys, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        finally:
            server.kill()
            server.wait()


@pytest.fixture
def archive(store, in_workers, tmp_path):
    """Recordings in a bucket, and the same in a folder."""
    in_workers(store)
    files = fsspec.filesystem("s3", skip_instance_cache=True)
    files.mkdir("forest")
    for number, name in enumerate(NAMES):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, words(12, 16_000, number), 16_000)
        if "cut off" in name:
            os.truncate(path, path.stat().st_size // 2)
        files.put_file(str(path), f"forest/2024/{name}")
    yield tmp_path / "in"
    files.rm("forest", recursive=True)


def test_recordings_in_a_store_give_the_events_of_files(archive, scan, commands, tmp_path):
    listed = list(listing("s3://forest/2024", lambda text: None))
    assert {one.path for one in listed} == {f"s3://forest/2024/{name}" for name in NAMES}
    assert {one.size for one in listed} == {(archive / name).stat().st_size for name in NAMES}
    assert all(one.modified_ns for one in listed)
    done = scan("s3://forest/2024", "--out", tmp_path / "out", "--model", commands.folder)
    assert done.returncode == 1, done.stderr
    assert "s3://forest/2024/cut off.rf64: breaks off after" in done.stderr
    found = results(ScanFolder(tmp_path / "out"))
    by_name = {result.recording.removeprefix("s3://forest/2024/"): result for result in found}
    assert by_name.keys() == set(NAMES)
    for name, result in by_name.items():
        expected, summary = replayed(archive / name, [commands])
        assert [events(found) for found in in_order(result.detections)] == [events(found) for found in expected]
        assert result.heard_s == summary.heard_s
    assert by_name["20240501_060000.wav"].time_from == "name"


def events(found):
    return found.label, found.score, found.begin_s, found.peak_s, found.end_s, found.reported_s, found.begin_sample


@pytest.mark.parametrize("is_there", [True, False])
def test_a_missing_bucket_and_a_store_that_does_not_answer_are_one_line(store, tmp_path, is_there):
    with reserved_port() as port:
        no_server = {} if is_there else {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_MAX_ATTEMPTS": "1"}
        done = whipbird("scan", "s3://nowhere/x", "--out", tmp_path / "out", "--processes", 1, env=store | no_server)
    assert done.returncode == 1
    assert only_line(done.stderr).startswith("whipbird: s3://nowhere/x: ")
    assert is_there or "Could not connect" in done.stderr
