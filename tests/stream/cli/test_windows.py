"""The scores and embeddings of single windows, from replay and scan, and the hop between windows."""

import csv
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile

from command_line import as_objects, check_refused, only_line, whipbird_here
from made_archive import words
from whole_windows import RATE_HZ, whole_bundle


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return whole_bundle(tmp_path_factory.mktemp("models") / "whole")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings")
    for name, seconds in (("a.wav", 8.2), ("b.wav", 3.0)):
        soundfile.write(folder / name, words(seconds, RATE_HZ), RATE_HZ)
    return folder


def replay(*arguments):
    return whipbird_here("replay", *arguments, "--speed", "max", "--json")


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_windows_have_the_columns_of_birdnet_analyzer(whole, recordings, tmp_path):
    path = tmp_path / "windows.csv"
    result = replay(recordings, "--model", whole, "--windows", path)
    assert result.returncode == 0, result.stderr
    found = rows(path)
    assert list(found[0]) == ["Start (s)", "End (s)", "Scientific name", "Common name", "Confidence", "File"]
    assert {row["File"] for row in found} == {str(recordings / name) for name in ("a.wav", "b.wav")}
    assert all(float(row["Confidence"]) >= 0.3 for row in found)
    starts = {float(row["Start (s)"]) for row in found}
    assert len(starts) > 3
    assert starts <= set(np.arange(0, 8, 0.5).tolist())
    assert {float(row["End (s)"]) - float(row["Start (s)"]) for row in found if row["End (s)"] != "8.2"} == {1.0}
    events = [json.loads(line) for line in result.stdout.splitlines() if '"label"' in line]
    assert 0 < len(events) < len(found)


def test_the_hop_and_the_threshold_choose_the_windows(whole, recordings, tmp_path):
    path = tmp_path / "windows.csv"
    options = ("--hop", 1, "--threshold", 0.5, "--windows", path)
    assert replay(recordings / "a.wav", "--model", whole, *options).returncode == 0
    found = rows(path)
    assert found
    assert all(float(row["Start (s)"]) % 1 == 0 and float(row["Confidence"]) >= 0.5 for row in found)


def test_a_hop_is_for_the_models_that_can_have_another(whole, recordings):
    one, both = (
        replay(recordings / "a.wav", "--model", whole, *more, "--hop", 1) for more in ((), ("--model", "commands"))
    )
    assert one.returncode == both.returncode == 0

    def own(result):
        return [event for event in as_objects(result.stdout) if event.get("model") == "whole"]

    assert own(one)
    assert own(one) == own(both)


@pytest.mark.parametrize(
    ("model", "hop", "code", "message"),
    [
        ("commands", "1", 2, "--hop: the hop of commands cannot be changed"),
        ("capuchinbird", "1", 2, "--hop: the hop of capuchinbird cannot be changed"),
        ("whole", "1.5", 1, "a hop of 1.5 s does not fit whole, whose windows last 1 s"),
        ("whole", "0", 1, "a hop of 0 s does not fit whole"),
        ("whole", "0.33333", 1, "a hop of 0.33333 s is not a whole number of samples at 8000 Hz"),
    ],
)
def test_a_hop_that_a_model_cannot_have_is_refused(whole, recordings, model, hop, code, message):
    named = whole if model == "whole" else model
    check_refused(replay(recordings / "b.wav", "--model", named, "--hop", hop), code, message)


def vectors(folder):
    table = pq.read_table(folder)
    return {(row["recording"], row["start_s"]): row for row in table.to_pylist()}


def test_embeddings_are_one_row_for_each_window(whole, recordings, tmp_path):
    folder = tmp_path / "embeddings"
    result = replay(recordings, "--model", whole, "--embeddings", folder)
    assert result.returncode == 0, result.stderr
    found = vectors(folder)
    assert [start_s for name, start_s in found if name.endswith("b.wav")] == [0, 0.5, 1, 1.5, 2]
    assert {len(row["embedding"]) for row in found.values()} == {128}
    sha256 = json.loads((whole / "card.json").read_text())["sha256"]["model.tflite"]
    assert {(row["model"], row["model_sha256"]) for row in found.values()} == {("whole", sha256)}
    again = replay(recordings, "--model", whole, "--embeddings", folder)
    assert again.returncode == 1
    assert "has other content; give a new folder" in only_line(again.stderr)


def test_a_model_without_embeddings_is_refused(whole, recordings, tmp_path):
    check_refused(
        replay(recordings, "--model", "commands", "--embeddings", tmp_path / "embeddings"), 1, "gives no embeddings"
    )
    assert not (tmp_path / "embeddings").exists()


@pytest.mark.parametrize(("name", "message"), [("windows.txt", "are written as .csv"), ("no/such/w.csv", "cannot")])
def test_a_file_that_cannot_be_written_is_refused(whole, recordings, tmp_path, name, message):
    result = replay(recordings, "--model", whole, "--windows", tmp_path / name)
    assert result.returncode == 1
    assert message in only_line(result.stderr) or "No such" in result.stderr
