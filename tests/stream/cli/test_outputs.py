"""Files that commands write with ``--out``, and reports from a database."""

import csv
import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
import soundfile

from command_line import as_objects, check_refused, only_line, started, whipbird, whipbird_here
from databases import rows
from waiting import wait_until
from whipbird.formats.annotation_files import read_annotations

pytestmark = pytest.mark.usefixtures("first_alone_installed")

NAMES = ["h.jsonl", "h.csv", "h.birdnet.csv", "h.raven.txt", "h.audacity.txt", "h.sqlite"]
SAME_S = 2e-6


def outputs(folder):
    return [part for name in NAMES for part in ("--out", folder / name)]


@pytest.fixture(scope="module")
def replayed(demo, shipped, tmp_path_factory):
    """A folder with outputs in every format, and its reports; a silent recording is between two recordings of words."""
    folder = tmp_path_factory.mktemp("replayed")
    samples, rate_hz = soundfile.read(demo, dtype="int16")
    soundfile.write(folder / "a.wav", samples, rate_hz)
    soundfile.write(folder / "b.wav", 0 * samples[:80_001], rate_hz)
    soundfile.write(folder / "c.wav", samples[: len(samples) // 2], rate_hz)
    result = whipbird_here("replay", folder, "--speed", "max", "--json", *outputs(folder))
    assert result.returncode == 0, result.stderr
    return folder, as_objects(result.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="the system refuses such names")
def test_a_name_that_is_not_utf_8_is_written_in_one_way(demo, shipped, tmp_path):
    """In every output of every command, and all of them go on."""
    (tmp_path / "card").mkdir()
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/card/For\xeat.flac"))
    shutil.copy(demo, odd)
    broken = Path(os.fsdecode(os.fsencode(tmp_path) + b"/card/br\xfb.wav"))
    broken.write_bytes(b"no sound")
    name = str(tmp_path / "card" / "For\\xeat.flac")
    played = whipbird_here("replay", tmp_path / "card", "--speed", "max", "--json", *outputs(tmp_path))
    assert played.returncode == 1
    assert only_line(played.stderr).startswith(f"whipbird: {tmp_path}/card/br\\xfb.wav: not a recording")
    reports = as_objects(played.stdout)
    assert {report["source"] for report in reports if "label" in report} == {name}
    for file in ("h.csv", "h.birdnet.csv", "h.raven.txt"):
        assert name in (tmp_path / file).read_text("utf-8")
    kept = rows(tmp_path / "h.sqlite", "SELECT path, elapsed_s > 17 FROM recordings ORDER BY path")
    assert kept == [(name, 1), (f"{tmp_path}/card/br\\xfb.wav", 0)]
    assert name in whipbird_here("replay", odd, "--speed", "max").stdout
    for words in (["inspect", odd, "--annotations", tmp_path / "h.csv"], ["classify", odd, "--model", "commands"]):
        done = whipbird_here(*words, "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["path"] == name
    seen = whipbird_here("inspect", odd, odd, "--out", tmp_path, "--view", "waveform")
    assert seen.returncode == 0, seen.stderr
    assert "format     FLAC, 16 bit" in seen.stdout
    assert (tmp_path / "For\\xeat.flac.png").exists()


def test_all_formats_hold_the_same_events(replayed):
    folder, reports = replayed
    assert as_objects((folder / "h.jsonl").read_text()) == reports
    events = [report for report in reports if "label" in report]
    truth = {}
    for event in events:
        name = Path(event["source"]).name
        truth.setdefault(name, []).append((event["begin_s"], event["end_s"], event["label"]))
    assert sorted(truth) == ["a.wav", "c.wav"]

    with (folder / "h.csv").open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert [row["label"] for row in table] == [event["label"] for event in events]
    assert [row["time_from"] for row in table] == [event["time_from"] for event in events]
    for found in (read_annotations(folder / "h.csv"), read_annotations(folder / "h.raven.txt")):
        assert {Path(name).name: len(found) for name, found in found.items()} == {
            name: len(events) for name, events in truth.items()
        }
        for name, annotations in found.items():
            for got, wanted in zip(annotations, truth[Path(name).name], strict=True):
                assert got.label == wanted[2]
                assert (got.begin_s, got.end_s) == pytest.approx(wanted[:2], abs=SAME_S)
    with (folder / "h.birdnet.csv").open(newline="", encoding="utf-8") as file:
        assert [row["Common name"] for row in csv.DictReader(file)] == [event["label"] for event in events]

    stored = rows(folder / "h.sqlite", "SELECT label, begin_s FROM events ORDER BY id")
    assert stored == [(event["label"], pytest.approx(event["begin_s"], abs=1e-6)) for event in events]
    recordings = rows(folder / "h.sqlite", "SELECT elapsed_s FROM recordings ORDER BY id")
    assert recordings == [(soundfile.info(folder / name).duration,) for name in ("a.wav", "b.wav", "c.wav")]


def test_lists_count_over_recordings_without_events(replayed):
    folder, reports = replayed
    before_c_s = sum(soundfile.info(folder / name).duration for name in ("a.wav", "b.wav"))
    expected = [
        report["begin_s"] + before_c_s * report["source"].endswith("c.wav") for report in reports if "label" in report
    ]
    (labels,) = read_annotations(folder / "h.audacity.txt").values()
    assert [label.begin_s for label in labels] == pytest.approx(expected, abs=SAME_S)
    head, *table = [line.split("\t") for line in (folder / "h.raven.txt").read_text().splitlines()]
    assert [float(row[head.index("Begin Time (s)")]) for row in table] == pytest.approx(expected, abs=SAME_S)


def test_report(replayed, tmp_path):
    pytest.importorskip("matplotlib")
    folder, reports = replayed
    database = folder / "h.sqlite"
    report = json.loads(whipbird_here("report", database, "--json").stdout)
    assert sum(label["events"] for label in report["labels"]) == sum("label" in report for report in reports)
    assert report["sources"][0]["heard_s"] == pytest.approx(reports[-1]["summary"]["heard_s"])
    assert report["sources"][0]["recordings"] == 3
    result = whipbird_here("report", database, "--csv", tmp_path / "a.csv", "--figure", tmp_path / "a.png")
    assert result.returncode == 0, result.stderr
    assert "Labels" in result.stdout
    assert (tmp_path / "a.csv").read_text().startswith("station,source,model,label,date,hour,events,heard_s,lost_s")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_second_replay_appends_or_is_refused_and_the_database_counts_once(demo, shipped, tmp_path):
    arguments = ["replay", demo, "--speed", "max", "--json"]
    adding = [part for name in ("h.jsonl", "h.csv", "h.sqlite") for part in ("-o", tmp_path / name)]
    first, second = whipbird_here(*arguments, *adding), whipbird_here(*arguments, *adding)
    assert first.returncode == second.returncode == 0
    assert (tmp_path / "h.jsonl").read_text() == first.stdout + second.stdout
    events = first.stdout.count('"label"')
    assert len((tmp_path / "h.csv").read_text().splitlines()) == 1 + 2 * events
    report = json.loads(whipbird_here("report", tmp_path / "h.sqlite", "--json").stdout)
    assert sum(label["events"] for label in report["labels"]) == events
    (tmp_path / "h.raven.txt").write_text("Selection\n")
    refused = whipbird_here(*arguments, "-o", tmp_path / "new.csv", "-o", tmp_path / "h.raven.txt")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "h.raven.txt already exists" in only_line(refused.stderr)


def test_events_of_a_pipe_are_written_to_files(demo, shipped, tmp_path):
    wav = tmp_path / "demo.wav"
    soundfile.write(wav, *soundfile.read(demo))
    with wav.open("rb") as pipe:
        result = whipbird("listen", "-", "--json", *outputs(tmp_path), stdin=pipe)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "h.jsonl").read_text() == result.stdout
    assert "Begin File" not in (tmp_path / "h.raven.txt").read_text()
    assert len(read_annotations(tmp_path / "h.raven.txt")["h"]) == result.stdout.count('"label"')
    report = json.loads(whipbird_here("report", tmp_path / "h.sqlite", "--json").stdout)
    assert report["sources"][0]["source"] == "standard input"
    assert sum(hour["events"] for hour in report["hours"]) == result.stdout.count('"label"')


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_outputs_survive_a_kill_and_the_database_has_effort(demo, shipped, tmp_path):
    with started("replay", demo, "--speed", "2", "--json", *outputs(tmp_path)) as process:
        wait_until(lambda: all(map(events_in, (tmp_path / "h.jsonl", tmp_path / "h.csv", tmp_path / "h.sqlite"))))
        process.kill()
    assert as_objects((tmp_path / "h.jsonl").read_text())
    assert read_annotations(tmp_path / "h.csv")[str(demo)]
    report = json.loads(whipbird_here("report", tmp_path / "h.sqlite", "--json").stdout)
    assert sum(label["events"] for label in report["labels"]) > 0
    assert 0 < report["sources"][0]["heard_s"] < 17


def events_in(path):
    """Number of events in an output that is still being written."""
    if path.suffix == ".sqlite":
        return len(rows(path, "SELECT id FROM events"))
    return path.exists() and path.read_text().count("yes")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["replay", "demo", "-o", "heard.txt"], "heard.txt: unknown extension; use one of"),
        (["replay", "demo", "-o", "no/where/h.csv"], "there is no folder"),
        (["replay", "demo", "-o", "h.csv", "-o", "./h.csv"], "h.csv is given twice"),
        (["report", "nowhere.sqlite"], "nowhere.sqlite: no such database"),
    ],
)
def test_errors_say_what_to_do(demo, shipped, tmp_path, arguments, message):
    result = whipbird_here(*(demo if part == "demo" else part for part in arguments), cwd=tmp_path)
    check_refused(result, 1, message)
    assert not list(tmp_path.iterdir())
