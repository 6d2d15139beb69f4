"""What a fault is, the settings of the stations that suffer it, and the checks afterwards."""

import contextlib
import json
import sqlite3
from dataclasses import dataclass, field
from itertools import pairwise

import soundfile

import stations
from command_line import ROOT
from feed_servers import LiveSound, Station
from waiting import wait_until
from whipbird.recordings.metadata.chunks import read_header
from whipbird.recordings.metadata.guano import from_bytes

DEMO = ROOT / "examples" / "demo.flac"
NEAR_S = 0.1  # accuracy of times measured by the clock on a busy machine
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


def events_in(clip):
    """Count the events in the metadata of a clip; reading all samples checks that the clip is complete."""
    samples, _ = soundfile.read(clip)
    assert len(samples)
    with clip.open("rb") as file:
        fields = from_bytes(read_header(file).guano).fields
    return len(json.loads(fields["whipbird|Events"]))


def read_events(folder):
    """Return the events of live sources that any process of the station has printed."""
    path = folder / "out.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    found = [json.loads(line) for line in lines if line.endswith("}")]
    return [one for one in found if "label" in one and not one["source"].endswith(".wav")]
