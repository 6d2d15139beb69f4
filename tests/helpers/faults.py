"""Real faults while a station runs: what was lost, and what was logged.

Each function takes a folder and the duration of the fault in seconds, checks the results, and returns a `Fault`.
In the tests the faults are short; ``python -m benchmarks.faults`` makes them last as long as in the field.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import soundfile

import stations
from command_line import ROOT, whipbird_here
from feed_servers import LiveSound, Station
from made_hosts import Hosts
from real_places import Disk, SetClock
from real_servers import Icecast, RtspServer
from stations import Running
from waiting import wait_until
from whipbird.recordings.metadata.chunks import read_header
from whipbird.recordings.metadata.guano import from_bytes

DEMO = ROOT / "examples" / "demo.flac"
NEAR_S = 0.1  # accuracy of times measured by the clock on a busy machine
COMMITTED_S = 1.0  # after a kill, events of the last second may be missing
STALL_S, OPEN_S = 10.0, 15.0  # of `whipbird.sources.feed.Timing`
PAUSES_S = 60.0  # longest pause between attempts
SAMPLE = 1e-3  # fraction of a sample: rounding error of floats that represent whole samples


@dataclass
class Fault:
    """Result of a fault.

    Attributes
    ----------
    name : str
    lost : dict from str to float
        Seconds lost, by source.
    told : list of str
        Lines of the log, without the totals at the end.
    notes : list of str
        Other findings.
    """

    name: str
    lost: dict[str, float]
    told: list[str]
    notes: list[str] = field(default_factory=list)


# Sources and outputs


def demo_wav(folder):
    """Write the bundled recording as WAV."""
    sound, rate_hz = soundfile.read(DEMO, dtype="int16")
    soundfile.write(folder / "demo.wav", sound, rate_hz, subtype="PCM_16")
    return folder / "demo.wav"


def playing():
    """Return a server that plays the bundled recording repeatedly."""
    sound, rate_hz = soundfile.read(DEMO, dtype="int16")
    return Station(LiveSound(sound, rate_hz))


def feed(name, address):
    return stations.feed(name, address, model="commands")


def outputs(folder, more=""):
    return (
        f'[outputs]\nfiles = ["{folder}/heard.sqlite", "{folder}/heard.csv", "{folder}/heard.jsonl"]\n'
        f'[outputs.clips]\nfolder = "{folder}/clips"\nreserve = "1kB"\n{more}\n'
    )


# Checks


def told(station):
    """Return the lines of the log, without the totals at the end."""
    lines = [line.removeprefix("whipbird: ") for line in station.log.splitlines()]
    return [line for line in lines if ": heard " not in line]


def lost(station, *names):
    return {name: station.source(name)["lost_s"] for name in names}


def keys(events):
    return {(event["source"], event["label"], event["begin_sample"]) for event in events}


def kept(database):
    """Return the events in a database, in the form of `keys`."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return set(
            connection.execute(
                "SELECT sources.name, label, begin_sample FROM events "
                "JOIN recordings ON recordings.id = recording_id JOIN sources ON sources.id = source_id"
            )
        )


def check_account(database):
    """Check that processed and lost time make up each segment, to the sample, and that gaps do not overlap."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        segments = connection.execute(
            "SELECT recordings.id, source_id, rate_hz, elapsed_s, lost_s, start FROM recordings "
            "WHERE path IS NULL ORDER BY source_id, recordings.id"
        ).fetchall()
        gaps = connection.execute("SELECT recording_id, begin_s, end_s FROM gaps ORDER BY recording_id, id").fetchall()
    for number, _, rate_hz, elapsed_s, lost_s, _ in segments:
        own = [(begin_s, end_s) for recording, begin_s, end_s in gaps if recording == number]
        if rate_hz:  # an outage between two segments has no rate; its length comes from the clock
            for seconds in (elapsed_s, lost_s, *(bound_s for gap in own for bound_s in gap)):
                assert abs(seconds * rate_hz - round(seconds * rate_hz)) < SAMPLE
        unit_s = SAMPLE / (rate_hz or 1)
        assert abs(lost_s - sum(end_s - begin_s for begin_s, end_s in own)) < unit_s
        ends = [0.0, *(bound_s for gap in own for bound_s in gap), elapsed_s]
        assert all(before <= after + unit_s for before, after in pairwise(ends))
    return segments


def check_sums(station, database, *names):
    """Check the totals in the state, which are sums over the segments."""
    segments = check_account(database)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        numbers = dict(connection.execute("SELECT name, id FROM sources"))
    for name in names:
        state = station.source(name)
        own = [segment for segment in segments if segment[1] == numbers[name]]
        for key, place in (("elapsed_s", 3), ("lost_s", 4)):
            assert abs(state[key] - sum(segment[place] for segment in own)) < 2e-3, (name, key)
        assert abs(state["heard_s"] + state["lost_s"] - state["elapsed_s"]) < 2e-3, name


def hear_more(station, *names):
    """Wait until each source has more events."""
    before = {name: len(station.events(name)) for name in names}
    wait_until(lambda: all(len(station.events(name)) > count for name, count in before.items()), 5 * PAUSES_S)


# The faults


@contextlib.contextmanager
def _servers(folder, host="127.0.0.1", inside=()):
    os.chmod(folder, 0o755)  # Icecast is another user
    wav = demo_wav(folder)
    with Icecast(folder, wav, host, inside) as icecast, RtspServer(wav, host, inside) as rtsp:
        yield icecast, rtsp


def _feeds(icecast, rtsp):
    return feed("icecast", icecast.address) + feed("rtsp", rtsp.address)


def _fault_of_feeds(folder, name, host, inside_servers, inside, make):
    """Listen to both servers while `make` causes a fault."""
    with _servers(folder, host, inside_servers) as (icecast, rtsp):
        text = _feeds(icecast, rtsp) + f'[outputs]\nfiles = "{folder}/heard.sqlite"\n'
        with Running(folder, text, inside=inside) as station:
            hear_more(station, "icecast", "rtsp")
            make(station, icecast, rtsp)
            hear_more(station, "icecast", "rtsp")
            assert station.end() == 0
            check_sums(station, folder / "heard.sqlite", "icecast", "rtsp")
            assert keys(station.events()) == kept(folder / "heard.sqlite")
            return Fault(name, lost(station, "icecast", "rtsp"), told(station))


def servers_killed(folder, seconds):
    """Icecast, its encoder and the RTSP server are killed and restarted."""

    def make(station, icecast, rtsp):
        for server in (icecast, rtsp):
            server.kill()
        for one in ("icecast", "rtsp"):
            wait_until(station.is_in(one, "away"))
        time.sleep(seconds)
        for server in (icecast, rtsp):
            server.start()

    fault = _fault_of_feeds(folder, f"servers killed, begun again {seconds:g} s later", "127.0.0.1", (), (), make)
    for name in ("icecast", "rtsp"):
        assert fault.lost[name] > seconds
        assert any(line.startswith(f"{name}: is back") for line in fault.told)
    return fault


def network_cut(folder, seconds):
    """The cable to both servers is pulled out."""
    with Hosts(2) as hosts:

        def make(station, icecast, rtsp):
            hosts.plug(1, "down")
            time.sleep(seconds)
            hosts.plug(1, "up")

        fault = _fault_of_feeds(
            folder, f"network cut for {seconds:g} s", hosts.address(1), hosts.on(1), hosts.on(0), make
        )
    _check_pause(fault, seconds)
    return fault


def servers_paused(folder, seconds):
    """Both servers are stopped; connections stay open."""

    def make(station, icecast, rtsp):
        for server in (icecast, rtsp):
            server.signal(signal.SIGSTOP)
        time.sleep(seconds)
        for server in (icecast, rtsp):
            server.signal(signal.SIGCONT)

    fault = _fault_of_feeds(folder, f"stream paused for {seconds:g} s", "127.0.0.1", (), (), make)
    _check_pause(fault, seconds)
    return fault


def _check_pause(fault, seconds):
    """Check that TCP and the servers bridge a short pause, and that a long one is reported and then ends."""
    for name in ("icecast", "rtsp"):
        if seconds < STALL_S / 2:
            assert fault.lost[name] < NEAR_S
            assert fault.told == []
        else:
            assert fault.lost[name] < 2 * seconds + OPEN_S
            assert any(line.startswith(f"{name}: no sound for 10 s; trying again") for line in fault.told)
            assert any(line.startswith(f"{name}: is back") for line in fault.told)


def places_to_write_fail(folder, seconds):
    """The disk of all outputs is full, then the database is locked, then the disk is pulled out; a fault for each."""
    found = []
    beneath = folder / "disk" / "clips"
    beneath.mkdir(parents=True)  # this folder is visible when the disk is removed
    with Disk(folder / "disk", 16 << 20) as disk, playing() as server:
        names = [f"{disk.folder}/{name}" for name in ("heard.sqlite", "heard.csv", "heard.jsonl", "clips")]
        with Running(folder, feed("creek", server.address()) + outputs(disk.folder)) as station:
            hear_more(station, "creek")
            wait_until(station.state)

            def failing():
                return {output["name"] for output in station.state()["outputs"] if output["failing_s"]}

            def during(name, which, make, end):
                before, waiting, begun_s = len(told(station)), len(station.events()), time.monotonic()
                make()
                wait_until(lambda: failing() >= set(which))
                assert station.status()[0] == 1
                time.sleep(max(0.0, seconds - (time.monotonic() - begun_s)))
                meanwhile = len(station.events()) - waiting
                end()
                wait_until(lambda: not failing())
                lines = [line.replace(f"{disk.folder}/", "") for line in told(station)[before:]]
                found.append(Fault(f"{name} for {seconds:g} s", {}, lines, [f"{meanwhile} events meanwhile"]))

            during("disk full", (names[0], names[3]), disk.fill, disk.free)
            locked = sqlite3.connect(names[0], isolation_level=None)
            during(
                "database locked",
                names[:1],
                lambda: locked.execute("BEGIN IMMEDIATE"),
                lambda: locked.execute("ROLLBACK"),
            )
            locked.close()
            aside = []

            def put_in():
                assert not os.listdir(beneath)
                disk.put_in(aside[0])

            during("card pulled out", names, lambda: aside.append(disk.pull_out()), put_in)
            assert station.end() == 0
            heard = station.events()
            check_sums(station, names[0], "creek")
            assert keys(heard) == kept(names[0])
            csv, jsonl = (Path(name).read_text().splitlines() for name in names[1:3])
            assert len(set(csv)) - 1 == len(csv) - 1 == sum('"label"' in line for line in jsonl) == len(heard)
            assert sum(_events_in(clip) for clip in Path(names[3]).glob("*.flac")) >= len(heard)
            for fault in found:
                fault.lost = lost(station, "creek")
    return found


def _events_in(clip):
    """Count the events in the metadata of a clip; reading all samples checks that the clip is complete."""
    samples, _ = soundfile.read(clip)
    assert len(samples)
    with clip.open("rb") as file:
        fields = from_bytes(read_header(file).guano).fields
    return len(json.loads(fields["whipbird|Events"]))


def clock_set(folder, seconds, step_s=3600):
    """The system's clock is set forward, back, and to its original time."""
    clock = SetClock(folder)
    with playing() as server:
        text = feed("creek", server.address()) + outputs(folder, 'keep = "10min"')
        with Running(folder, text, environment=clock.environment) as station:
            wait_until(lambda: list((folder / "clips").glob("*.flac")))
            for offset_s in (step_s, -step_s, 0):
                count = len(station.events())
                clock.put(offset_s)
                wait_until(lambda count=count: len(station.events()) >= count + 2)
                time.sleep(seconds)
            wait_until(lambda: station.log.count("the system clock was set") == 3)
            assert station.end() == 0
            check_sums(station, folder / "heard.sqlite", "creek")
            events = station.events()
            assert keys(events) == kept(folder / "heard.sqlite")
            assert sum(map(_events_in, (folder / "clips").glob("*.flac"))) >= len(
                events
            )  # no clip is taken for an old one
            assert station.source("creek")["lost_s"] == 0
            starts = [datetime.fromisoformat(one["time"]) - timedelta(seconds=one["begin_s"]) for one in events]
            offsets = {round((start - starts[0]).total_seconds() / step_s, 3) for start in starts}
            assert offsets == {0, 1, -1}
            return Fault(f"clock put by {step_s / 3600:g} h, forward and back", lost(station, "creek"), told(station))


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
            _events_in(clip)
        rows = (folder / "heard.csv").read_text().splitlines()
        assert len(rows) == len(set(rows))
        report = whipbird_here("report", database)
        assert report.returncode == 0, report.stderr
    notes.append(f"{missing} events missing of those told in the last second before each kill")
    return Fault(f"killed with SIGKILL {times} times", {}, [], notes)


def read_events(folder):
    """Return the events of live sources that any process of the station has printed."""
    path = folder / "out.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    found = [json.loads(line) for line in lines if line.endswith("}")]
    return [one for one in found if "label" in one and not one["source"].endswith(".wav")]
