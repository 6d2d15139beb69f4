"""Processes that are killed."""

import contextlib
import random
import shutil
import signal
import sqlite3
import time

import stations
from command_line import whipbird_here
from faults.checks import Fault, check_account, demo_wav, events_in, feed, kept, keys, outputs, playing, read_events
from stations import Running
from waiting import wait_until

COMMITTED_S = 1.0  # after a kill, events of the last second may be missing


def killed(folder, times):
    """The station is killed (SIGKILL) and restarted ``times`` times while it processes two feeds and recordings."""
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
        assert sorted(counts) == [(str(folder / "card" / f"{turn}.wav"), 1) for turn in range(times)]
        for clip in (folder / "clips").glob("*.flac"):
            events_in(clip)
        rows = (folder / "heard.csv").read_text().splitlines()
        assert len(rows) == len(set(rows))
        report = whipbird_here("report", database)
        assert report.returncode == 0, report.stderr
    notes.append(f"{missing} events missing of those told in the last second before each kill")
    return Fault(f"killed with SIGKILL {times} times", {}, [], notes)
