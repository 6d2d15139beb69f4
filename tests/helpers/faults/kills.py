"""Processes that are killed."""

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time

import pyarrow.dataset
import soundfile

import stations
from command_line import started, whipbird_here
from faults.checks import Fault, check_account, demo_wav, events_in, feed, kept, keys, outputs, playing, read_events
from made_archive import words
from stations import Running
from waiting import wait_until

COMMITTED_S = 2.0  # after a kill, events of the last second, on a busy machine two, may be missing
SCAN_RECORDINGS, SCAN_RECORDING_S = 24, 60.0  # several shards, all with events
SCAN_S = 12.0  # about as long as it takes


def killed(folder, times):
    """The station is killed (SIGKILL) and restarted ``times`` times while it processes two feeds and recordings.

    Every second time, it is killed at any moment from its start on; otherwise after some events.
    """
    (folder / "card").mkdir()
    wav, database = demo_wav(folder), folder / "heard.sqlite"
    moments = random.Random(1)
    notes, missing = [], 0
    with playing() as server, playing() as other:
        text = feed("creek", server.address()) + feed("pond", other.address()) + stations.folder(folder / "card")
        text += outputs(folder)
        for turn in range(times):
            shutil.copy(wav, folder / "card" / f"{turn}.wav")
            before = len(read_events(folder))
            with Running(folder, text) as station:
                if turn % 2:
                    time.sleep(moments.uniform(0.0, 4.0))
                else:
                    wait_until(lambda before=before: len(read_events(folder)) > before)
                    time.sleep(moments.uniform(0.5, 3.0))
                settled = keys(read_events(folder))
                time.sleep(COMMITTED_S)
                station.end(signal.SIGKILL)
            told_of = keys(read_events(folder))
            stored = kept(database)
            assert settled <= stored
            missing += len(told_of - stored)
            check_account(database)
        with Running(folder, text) as station:
            wait_until(station.is_in("creek", "listening"))
            wait_until(station.is_in("card", "waiting"))
            assert station.end() == 0
            check_account(database)
        with contextlib.closing(sqlite3.connect(database)) as connection:
            counts = connection.execute(
                "SELECT path, count(*) FROM recordings WHERE path IS NOT NULL GROUP BY path"
            ).fetchall()
        assert dict(counts) == {str(folder / "card" / f"{turn}.wav"): 1 for turn in range(times)}
        for clip in (folder / "clips").glob("*.flac"):
            events_in(clip)
        rows = (folder / "heard.csv").read_text().splitlines()
        assert len(rows) == len(set(rows))
        report = whipbird_here("report", database)
        assert report.returncode == 0, report.stderr
    notes.append(f"{missing} events missing of those told in the last second before each kill")
    return Fault(f"killed with SIGKILL {times} times", {}, [], notes)


def scan_killed(folder, times):
    """A scan on two processes is killed (SIGKILL) ``times`` times, at any moment from its start to its end.

    It is resumed after each kill; a scan that has ended is checked, and another is begun.
    """
    archive = folder / "archive"
    archive.mkdir()
    for number in range(SCAN_RECORDINGS):
        soundfile.write(archive / f"{number:02d}.wav", words(SCAN_RECORDING_S, 8_000, number), 8_000)
    moments, killed_s, done = random.Random(2), [], 0
    assert _scan(archive, folder / "whole") == 0
    whole = _rows(folder / "whole")
    while len(killed_s) < times:
        out = folder / f"scan-{done}"
        while (after_s := _scan(archive, out, moments.uniform(0.0, SCAN_S))) != 0:
            killed_s.append(after_s)
        assert _rows(out) == whole
        assert {left.name for left in out.rglob(".*")} <= {".lock"}
        done += 1
    notes = [
        f"{done} scans, resumed until each was complete; each has the {len(whole)} events of one that ran undisturbed"
    ]
    return Fault(f"scan killed {len(killed_s)} times", {}, [], notes)


def _scan(archive, out, kill_after_s=None):
    """Scan until the end, which gives 0, or until it is killed with its workers, which gives the seconds until then."""
    options = ("--model", "commands", "--processes", 2)
    process = started("scan", archive, "--out", out, *options, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        error = process.communicate(timeout=kill_after_s)[1]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return kill_after_s
    assert process.returncode == 0, error
    return 0


def _rows(out):
    found = pyarrow.dataset.dataset(out / "events", format="parquet").to_table().to_pylist()
    return sorted(
        (row["recording"], row["model"], row["label"], row["begin_s"], row["end_s"], row["score"]) for row in found
    )
