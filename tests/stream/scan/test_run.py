"""`whipbird scan` as a process: archives with every kind of broken recording, and scans that are killed."""

import gc
import json
import os
import shutil
import signal
import sys

import numpy as np
import psutil
import pyarrow.dataset
import pytest
import soundfile

from command_line import LIMIT_S, only_line, started
from made_archive import in_order, replayed, words
from unreadable import unreadable_folder
from waiting import wait_until
from whipbird.events.thresholds import Thresholds
from whipbird.models.model import Model
from whipbird.scan import run
from whipbird.scan.results.results import results
from whipbird.scan.results.scan_folder import ScanFolder

LONGEST = "ö" * 125 + ".wav"  # 254 bytes
ODD = ("two words.wav", "🐦.wav", "[a].wav")
if sys.platform != "win32":
    ODD += ("line\nbreak.wav", LONGEST, 'comma, "quote".wav')


def events(folder):
    return in_order([found for result in results(ScanFolder(folder)) for found in result.detections])


def expected(paths, models):
    return in_order([found for path in sorted(paths) for found in replayed(path, models)[0]])


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Some good recordings with odd names."""
    folder = tmp_path_factory.mktemp("archive")
    (folder / "deep" / "er").mkdir(parents=True)
    paths = [folder / "20240501_060000.wav", folder / "deep" / "er" / "stereo.flac"]
    soundfile.write(paths[0], words(20, 16_000), 16_000)
    soundfile.write(paths[1], np.stack([words(10, 48_000, 2)] * 2, axis=1), 48_000)
    for number, name in enumerate(ODD):
        paths.append(folder / name)
        soundfile.write(paths[-1], words(4, 16_000, 3 + number), 16_000)
    return folder, paths


def spoil(folder):
    """Add broken recordings of every kind; returns names of those that fail, and paths of those with events."""
    flac = folder / "whole.flac"
    soundfile.write(flac, words(10, 16_000), 16_000)
    data = flac.read_bytes()
    (folder / "truncated.flac").write_bytes(data[: len(data) // 2])
    wav = folder / "whole.wav"
    soundfile.write(wav, words(10, 16_000), 16_000)
    (folder / "truncated.wav").write_bytes(wav.read_bytes()[:300_000])
    (folder / "empty.wav").touch()
    (folder / "text.wav").write_text("no sound at all\n" * 100)
    shutil.copy(flac, folder / "really-flac.wav")  # its name is wrong, but it can be processed
    (folder / "zeros.flac").write_bytes(bytes(10_000))
    soundfile.write(folder / "nothing.wav", np.zeros(0), 16_000)
    sound = words(10, 16_000)
    sound[100_000:100_100] = np.nan
    soundfile.write(folder / "nan.wav", sound, 16_000, subtype="FLOAT")
    (folder / "round").symlink_to(folder, target_is_directory=True)
    (folder / "nowhere.wav").symlink_to(folder / "not there.wav")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.wav")
    usable = [flac, wav, *(folder / name for name in ("truncated.flac", "truncated.wav", "really-flac.wav", "nan.wav"))]
    return {"truncated.flac", "truncated.wav", "empty.wav", "text.wav", "zeros.flac", "nothing.wav"}, usable


def test_events_are_those_of_replay_and_name_model_and_settings(archive, scan, asking, tmp_path):
    folder, paths = archive
    done = scan(folder, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert events(tmp_path / "out") == expected(paths, [asking])
    rows = pyarrow.dataset.dataset(tmp_path / "out" / "events", format="parquet").to_table()
    assert len(rows) == len(events(tmp_path / "out")) > 20
    about = json.loads(rows.schema.metadata[b"whipbird"])
    assert about["settings"]["models"][0]["sha256"] == asking.card.sha256["model.tflite"]
    assert about["settings"]["whipbird"]
    assert json.loads((tmp_path / "out" / "ledger.json").read_text())["recordings"] == {
        "planned": len(paths),
        "done": len(paths),
        "failed": 0,
        "missing": 0,
    }


def test_a_broken_recording_does_not_affect_the_others(archive, scan, commands, tmp_path):
    folder = tmp_path / "archive"
    shutil.copytree(archive[0], folder)
    bad, usable = spoil(folder)
    good = [folder / path.relative_to(archive[0]) for path in archive[1]]
    arguments = (folder, "--out", tmp_path / "out", "--model", commands.folder)
    done = scan(*arguments)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "is a link to a file that does not exist" in done.stderr
    ledger = json.loads((tmp_path / "out" / "ledger.json").read_text())
    assert {os.path.basename(failure["recording"]) for failure in ledger["failures"]} == bad
    assert ledger["recordings"]["missing"] == 0
    assert not any(failure["traceback"] for failure in ledger["failures"])
    assert events(tmp_path / "out") == expected([*good, *usable], [commands])
    # One is repaired, and only those that failed are repeated.
    shutil.copy(folder / "whole.wav", folder / "empty.wav")
    again = scan(*arguments, "--retry-failed")
    assert again.returncode == 1
    ledger = json.loads((tmp_path / "out" / "ledger.json").read_text())
    assert {os.path.basename(failure["recording"]) for failure in ledger["failures"]} == bad - {"empty.wav"}
    assert events(tmp_path / "out") == expected([*good, *usable, folder / "empty.wav"], [commands])


MODEL = "digits"  # processes words twice as fast as the others


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Some recordings, and a long one that is cut."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(5):
        soundfile.write(folder / f"{number:02}.wav", words(40, 8_000, number), 8_000)
    soundfile.write(folder / "long.wav", words(600, 8_000, 99), 8_000)
    return folder


@pytest.fixture(scope="module")
def undisturbed(many, scan, tmp_path_factory):
    out = tmp_path_factory.mktemp("scans") / "undisturbed"
    done = scan(many, "--out", out, "--model", MODEL)
    assert done.returncode == 0, done.stderr
    return events(out)


def started_scan(many, out):
    """A scan in a process group of its own that has saved its first events."""
    process = started("scan", many, "--out", out, "--model", MODEL, "--processes", 1, start_new_session=True)
    wait_until(lambda: process.poll() is not None or list(out.glob("events/*.parquet")))
    assert process.poll() is None, process.stderr.read()
    return process


def workers_of(process):
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


@pytest.mark.skipif(sys.platform == "win32", reason="kills processes as POSIX does")
@pytest.mark.parametrize("how", ["worker", "all", "interrupt"])
def test_nothing_is_missing_or_double_whatever_is_killed(many, undisturbed, scan, tmp_path, how):
    out = tmp_path / "out"
    process = started_scan(many, out)
    if how == "worker":
        for worker in workers_of(process):
            worker.kill()
        error = process.communicate(timeout=LIMIT_S)[1]
        assert process.returncode == 0, error
    else:
        children = workers_of(process)
        if how == "all":
            process.kill()
            for child in children:
                child.kill()
            process.wait()
            process.stderr.close()
        else:
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does
            error = process.communicate(timeout=LIMIT_S)[1]
            assert process.returncode == 130
            assert "run the same command again to resume" in error.splitlines()[-1]
        done_before = len(list(out.glob("events/*.parquet")))
        done = scan(many, "--out", out, "--model", MODEL)
        assert done.returncode == 0, done.stderr
        assert len(list(out.glob("events/*.parquet"))) > done_before >= 1
    assert events(out) == undisturbed


@pytest.mark.skipif(sys.platform == "win32", reason="signals are not the same there")
def test_ctrl_c_while_the_workers_start_ends_the_scan(archive, tmp_path):
    process = started("scan", archive[0], "--out", tmp_path / "out", "--processes", 1, start_new_session=True)
    wait_until(lambda: psutil.Process(process.pid).children() or process.poll() is not None)  # the first is no worker
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    error = process.communicate(timeout=LIMIT_S)[1]
    assert process.returncode == 130
    assert only_line(error) == "whipbird: ending …; run the same command again to resume"
    assert not list(tmp_path.glob("out/events/*.parquet"))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_ignores_still_ends_the_scan(archive, scan, tmp_path, monkeypatch):
    """Python ignores exceptions in callbacks of the garbage collector, and Dask has one."""
    on_poll, sent = run._Scan._on_poll, []

    def interrupt(phase, info):
        if not sent:
            sent.append(signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
            sum(number for number in range(1000))  # while the handler runs

    def collect_and_poll(self, workers):
        gc.callbacks.append(interrupt)
        gc.collect()
        gc.callbacks.remove(interrupt)
        on_poll(self, workers)

    monkeypatch.setattr(run._Scan, "_on_poll", collect_and_poll)
    done = scan(archive[0], "--out", tmp_path / "out")
    assert done.returncode == 130
    assert "run the same command again to resume" in done.stderr.splitlines()[-1]


def test_a_recording_that_was_cut_has_the_events_of_replay(many, undisturbed):
    own = [found for found in undisturbed if found.source.endswith("long.wav")]
    assert own == expected([many / "long.wav"], [Model(MODEL)])


def test_a_cut_recording_with_a_hole_is_processed_as_a_whole(scan, tmp_path):
    sound = words(540, 8_000)
    sound[8_000 * 500 : 8_000 * 501] = np.nan
    (tmp_path / "in").mkdir()
    soundfile.write(tmp_path / "in" / "hole.wav", sound, 8_000, subtype="FLOAT")
    done = scan(tmp_path / "in", "--out", tmp_path / "out", "--model", MODEL)
    assert done.returncode == 0, done.stderr
    pieces = pyarrow.dataset.dataset(tmp_path / "out" / "plan", format="parquet").to_table().to_pylist()
    assert [(piece["begin_s"], piece["end_s"], piece["again"]) for piece in pieces] == [
        (0, 384, False),
        (384, None, False),
        (0, None, True),
    ]
    assert events(tmp_path / "out") == expected([tmp_path / "in" / "hole.wav"], [Model(MODEL)])
    (result,) = results(ScanFolder(tmp_path / "out"))
    assert result.lost_s == 1
    assert result.gaps == [(500, 501, "invalid samples")]


def test_other_models_and_settings_are_refused(archive, scan, tmp_path):
    folder, _ = archive
    one = folder / "20240501_060000.wav"
    assert scan(one, "--out", tmp_path / "out").returncode == 0
    other = scan(one, "--out", tmp_path / "out", "--model", "capuchinbird")
    assert other.returncode == 1
    assert "must not be mixed: models commands" in other.stderr
    stricter = scan(one, "--out", tmp_path / "out", "--threshold", "yes=0.99")
    assert 'thresholds null, now {"every": null, "labels": [["yes", 0.99]]}' in stricter.stderr
    assert "channel null, now 1" in scan(one, "--out", tmp_path / "out", "--channel", "1").stderr
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    assert "contains other files" in scan(one, "--out", tmp_path / "full").stderr


def test_thresholds_reach_the_workers(archive, scan, commands, tmp_path):
    _, paths = archive
    chosen = ("--model", commands.folder, "--threshold", "0.99")
    assert scan(*paths, "--out", tmp_path / "out", *chosen).returncode == 0
    strict = [Model(str(commands.folder), thresholds=Thresholds(0.99))]
    assert 0 < len(events(tmp_path / "out")) < len(expected(paths, [commands]))
    assert events(tmp_path / "out") == expected(paths, strict)


def test_recordings_that_are_added_later_are_processed_and_no_others(archive, scan, tmp_path):
    folder = tmp_path / "archive"
    folder.mkdir()
    first = folder / "first.wav"
    shutil.copy(archive[1][0], first)
    assert scan(folder, "--out", tmp_path / "out").returncode == 0
    written = (tmp_path / "out" / "events" / "shard-000000.parquet").stat().st_mtime_ns
    second = folder / "second.wav"
    shutil.copy(archive[1][2], second)
    first.unlink()
    assert scan(folder, "--out", tmp_path / "out").returncode == 0
    assert (tmp_path / "out" / "events" / "shard-000000.parquet").stat().st_mtime_ns == written
    assert {found.source for found in events(tmp_path / "out")} <= {str(first), str(second)}
    assert json.loads((tmp_path / "out" / "ledger.json").read_text())["recordings"]["done"] == 2


def test_a_folder_that_does_not_exist_is_one_line(scan, tmp_path):
    done = scan(tmp_path / "nowhere", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert str(tmp_path / "nowhere") in only_line(done.stderr)


def test_calls_of_the_forest_are_counted_exactly(data, scan, tmp_path):
    forest = data / "capuchinbird" / "forest"
    if not (forest / "counts.csv").is_file():
        pytest.skip(f"no recordings in {forest}")
    assert scan(forest, "--model", "capuchinbird", "--out", tmp_path / "out").returncode == 0
    wanted = dict(line.split(",") for line in (forest / "counts.csv").read_text().split()[1:])
    counted = {
        os.path.splitext(os.path.basename(result.recording))[0]: str(len(result.detections))
        for result in results(ScanFolder(tmp_path / "out"))
    }
    assert counted == wanted


def test_a_subfolder_that_cannot_be_read_costs_itself_alone(archive, scan, tmp_path):
    folder = tmp_path / "archive"
    folder.mkdir()
    shutil.copy(archive[1][0], folder)
    deep = unreadable_folder(folder)
    done = scan(folder, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert f"whipbird: {deep}" in done.stderr
    assert "1 of 1 recordings" in done.stderr
    assert "1 not examined" in done.stderr.splitlines()[-1]
