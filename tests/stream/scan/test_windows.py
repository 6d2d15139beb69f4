"""A scan keeps the scores and embeddings of windows as replay does, also of recordings in pieces."""

import json

import pyarrow.parquet as pq
import pytest
import soundfile

from command_line import check_refused, whipbird_here
from made_archive import words
from whole_windows import RATE_HZ, whole_bundle

LONG_S = 700  # is cut into pieces


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return whole_bundle(tmp_path_factory.mktemp("models") / "whole")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    soundfile.write(folder / "long.wav", words(LONG_S, RATE_HZ), RATE_HZ)
    soundfile.write(folder / "short.wav", words(3.3, RATE_HZ), RATE_HZ)
    return folder


def rows(folder):
    table = pq.read_table(folder)
    return sorted((row["recording"], row["start_s"], row["end_s"], row["embedding"]) for row in table.to_pylist())


def test_windows_and_embeddings_are_those_of_replay(scan, whole, archive, tmp_path):
    def options(name):
        return ("--model", whole, "--windows", tmp_path / f"{name}.csv", "--embeddings", tmp_path / name)

    scanned = scan(archive, "--out", tmp_path / "scan", *options("scanned"))
    assert scanned.returncode == 0, scanned.stderr
    assert json.loads((tmp_path / "scan" / "scan.json").read_text())["settings"]["windows"]
    assert len(list((tmp_path / "scanned").iterdir())) > 1
    replayed = whipbird_here("replay", archive, "--speed", "max", "--json", *options("replayed"))
    assert replayed.returncode == 0, replayed.stderr
    one, other = ((tmp_path / f"{name}.csv").read_text().splitlines() for name in ("scanned", "replayed"))
    assert len(one) > 100
    assert (one[0], sorted(one)) == (other[0], sorted(other))
    assert rows(tmp_path / "scanned") == rows(tmp_path / "replayed")
    plain = scan(archive, "--out", tmp_path / "scan", "--model", whole)
    check_refused(plain, 1, "windows true, now null; embeddings true, now null")
