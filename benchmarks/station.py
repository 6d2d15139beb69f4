"""``whipbird monitor`` in real time with four sources at once: a microphone, RTSP, Icecast and a folder; both models.

All four play the same sound, each from a different point: recordings of a forest in which every call is annotated, and
spoken commands between them, at 48 kHz. The microphone is a virtual one; GStreamer's RTSP server sends 16-bit samples,
Icecast FLAC that FFmpeg encodes; recordings of a minute are written into the folder, as slowly as a recorder does.
Events go into a database, a CSV file and clips.

* Lost: gaps and lost sound of all sources, from database and state. The time between an event and the sound that was
  played shows that nothing was lost unnoticed: it is the same at the end as at the start.
* Share of a core and memory are measured once everything has started (``--settle``). Memory is the resident one, every
  few seconds; its growth is that from the first tenth of these to the last, each by its median; once with everything,
  once without memory backed by files (libraries), which the system removes and restores at will.
* Elapsed: for live sources, processed and lost time are compared with the time that has passed. The difference is
  still under way; its amount must not change. Recordings are compared with their length, to the sample.
* Events are compared with those that a replay of the same sound gives from a file: the same label within
  `TOLERANCE_S`. The positions of the models' windows in the sound differ with the moment at which listening starts, so
  words that are only just detected may be missing or present. Recordings give exactly what their replay gives.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import sqlite3
import statistics
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import soundfile
from rich.console import Console
from rich.table import Table

from benchmarks.common import Measure, Unavailable, finish, playing, run, virtual_microphone
from benchmarks.monitored import Monitored, Sample, growth_mb, slope_mb
from benchmarks.programme import forest_parts, heard_in, joined, spoken_minute
from real_servers import Icecast, RtspServer
from whipbird.arrays import Floats
from whipbird.formats.annotation import Annotation
from whipbird.models.model import Model
from whipbird_train.evaluate.matching import DetectedEvent, Matching, match

RATE_HZ = 48_000
RECORDING_S = 60
LOOK_S = 5.0
SPARE_S = 120.0  # of sound beyond what is measured
FOLDER_S = 45.0  # until the last recording has been processed
PATIENCE_S = 20.0  # until a server plays
ON_AIR_S = 15.0  # Icecast sends the first page of a FLAC stream to each client; its age must be visible
TOLERANCE_S = 0.3
STEP_S = 0.1  # of the histogram that finds the position at which a source started
EDGE_S = 3.0  # at start and end, where detections depend on sound outside
STATES = 6  # number of states of which the median is taken
MODELS = ("commands", "capuchinbird")
LIVE = ("microphone", "rtsp", "icecast")
MOST_GROWTH_MB = 2.0
LEAST_PERCENT = 98.0
MOST_MISSING_S = 0.1
MOST_SHIFT_S = 0.05
KNOWN_S = 1.0  # annotations of calls are right within about a second

SETTINGS = """
[station]
name = "benchmark"
time_zone = "UTC"
state = "state"

[[source]]
name = "microphone"
microphone = "default"
rate = {rate}
models = {models}

[[source]]
name = "rtsp"
feed = "{rtsp}"
models = {models}

[[source]]
name = "icecast"
feed = "{icecast}"
models = {models}

[[source]]
name = "folder"
folder = "recordings"
models = {models}

[outputs]
files = ["heard.sqlite", "heard.csv"]
clips = "clips"
"""


class Recorder:
    """Writes recordings of a minute into a folder, as slowly as they last; on a thread of its own.

    Attributes
    ----------
    written : list of Path
        Complete recordings.
    """

    def __init__(self, folder: Path, sound: Floats) -> None:
        self.written: list[Path] = []
        self._folder = folder
        self._sound = sound
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Recorder:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        samples = RECORDING_S * RATE_HZ
        begun_s = time.monotonic()
        for begin in range(0, len(self._sound) - samples, samples):
            whole = io.BytesIO()
            soundfile.write(whole, self._sound[begin : begin + samples], RATE_HZ, "PCM_16", format="WAV")
            content = whole.getvalue()
            path = self._folder / f"{datetime.now(UTC):%Y%m%d_%H%M%S}.WAV"
            with path.open("wb") as file:
                for piece in range(RECORDING_S):
                    file.write(content[piece * len(content) // RECORDING_S : (piece + 1) * len(content) // RECORDING_S])
                    file.flush()
                    due_s = begun_s + begin / RATE_HZ + piece + 1
                    if self._ending.wait(max(0.0, due_s - time.monotonic())):
                        return
            self.written.append(path)


@dataclass(frozen=True)
class Ran:
    """A station that has run.

    Attributes
    ----------
    samples : list of Sample
        Since it had settled.
    states : list of dict
        Its states since then.
    last : dict
        Its state at the end.
    recordings : list of Path
        Complete recordings in its folder.
    """

    samples: list[Sample]
    states: list[dict]
    last: dict
    recordings: list[Path]


def listen(folder: Path, sound: Floats, models: Sequence[str], seconds: float, settle_s: float) -> Ran:
    """Run the station in a folder that holds the programme."""
    programme, recordings = folder / "programme.wav", folder / "recordings"
    recordings.mkdir()
    os.chmod(folder, 0o755)  # Icecast is another user
    states: list[dict] = []
    with ExitStack() as stack:
        icecast = stack.enter_context(Icecast(folder, programme))
        rtsp = stack.enter_context(RtspServer(programme))
        microphone = stack.enter_context(virtual_microphone())
        stack.enter_context(playing(microphone, sound, RATE_HZ))
        wait_until_playing(icecast.address)
        time.sleep(ON_AIR_S)
        settings = folder / "station.toml"
        addresses = {"rtsp": rtsp.address, "icecast": icecast.address}
        settings.write_text(SETTINGS.format(rate=RATE_HZ, models=json.dumps(list(models)), **addresses))
        station = stack.enter_context(Monitored(settings, microphone.environment))
        recorder = stack.enter_context(Recorder(recordings, sound))
        time.sleep(settle_s)
        first = station.look()
        while station.samples[-1].time_s < seconds:
            time.sleep(LOOK_S)
            station.look()
            if not states or station.state()["time"] != states[-1]["time"]:
                states.append(station.state())
        complete = list(recorder.written)
        wait_for_folder(station, len(complete))
        last = station.stop()
    return Ran(station.samples[station.samples.index(first) :], states, last, complete)


def wait_until_playing(address: str) -> None:
    """Wait until a listener gets sound: the encoder needs a moment."""
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s:
        try:
            with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
                answer.read(1)
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("Icecast does not play")


def wait_for_folder(station: Monitored, recordings: int) -> None:
    """Wait until this number of recordings has been processed."""
    until_s = time.monotonic() + FOLDER_S
    while of(station.state(), "folder")["heard_s"] < recordings * RECORDING_S and time.monotonic() < until_s:
        time.sleep(0.5)


def of(state: dict, source: str) -> dict:
    """The part of a state about a source."""
    return next(one for one in state["sources"] if one["name"] == source)


@dataclass(frozen=True)
class Judged:
    """Results of a live source.

    Attributes
    ----------
    heard_s, lost_s : float
    gaps : int
    missing_s : float
        Elapsed time not accounted for, at the end less at the start.
    expected, found : int
        Events that a replay gives in the processed sound, and those of them that were detected.
    others : int
        Events that a replay does not give.
    shift_s : float
        Position of events in the sound, at the end less at the start.
    shifts_s : list of float
        The same for each expected event, less the median.
    """

    heard_s: float
    lost_s: float
    gaps: int
    missing_s: float
    expected: int
    found: int
    others: int
    shift_s: float
    shifts_s: list[float]


def judge(database: Path, source: str, replayed: Sequence[DetectedEvent], states: Sequence[dict]) -> Judged:
    """Compare the events of a live source with those of a replay."""
    elapsed_s, lost_s, gaps, events = kept_of(database, source)
    offset_s = offset(events, replayed)
    played = [Annotation(one.begin_s - offset_s, one.end_s - offset_s, one.label) for one in replayed]
    pairs = match(played, events, Matching(TOLERANCE_S)).pairs
    shifts = [events[event].begin_s - played[one].begin_s for one, event in sorted(pairs, key=lambda pair: pair[1])]
    some = max(1, len(shifts) // 5)
    expected, heard = (
        {number for number, one in enumerate(several) if EDGE_S < one.begin_s < elapsed_s - EDGE_S}
        for several in (played, events)
    )
    missing = [one["elapsed_s"] - one["heard_s"] - one["lost_s"] for one in (of(state, source) for state in states)]
    return Judged(
        heard_s=elapsed_s - lost_s,
        lost_s=lost_s,
        gaps=gaps,
        missing_s=statistics.median(missing[-STATES:]) - statistics.median(missing[:STATES]),
        expected=len(expected),
        found=len(expected & {one for one, _ in pairs}),
        others=len(heard - {event for _, event in pairs}),
        shift_s=statistics.median(shifts[-some:]) - statistics.median(shifts[:some]) if shifts else math.nan,
        shifts_s=[round(shift_s, 3) for shift_s in shifts],
    )


def kept_of(database: Path, source: str) -> tuple[float, float, int, list[DetectedEvent]]:
    """Data of a live source in a database: seconds elapsed and lost, gaps, events from the first sample on."""
    of_source = "FROM recordings JOIN sources ON sources.id = source_id WHERE sources.name = ?"
    inside = f"WHERE recording_id IN (SELECT recordings.id {of_source})"
    with closing(sqlite3.connect(database)) as connection:
        elapsed_s, lost_s, begun = connection.execute(
            f"SELECT sum(elapsed_s), sum(lost_s), min(start) {of_source}", (source,)
        ).fetchone()
        (gaps,) = connection.execute(f"SELECT count(*) FROM gaps {inside}", (source,)).fetchone()
        rows = connection.execute(
            "SELECT start, events.begin_s, events.end_s, label, score FROM events "
            f"JOIN recordings ON recordings.id = recording_id {inside}",
            (source,),
        ).fetchall()
    events = []
    for start, begin_s, end_s, label, score in rows:
        since_s = (datetime.fromisoformat(start) - datetime.fromisoformat(begun)).total_seconds()
        events.append(DetectedEvent(since_s + begin_s, since_s + end_s, since_s + end_s, label, score))
    events.sort()
    return elapsed_s, lost_s, gaps, events


def offset(events: Sequence[DetectedEvent], replayed: Sequence[DetectedEvent]) -> float:
    """Position in the sound at which a source started: there most of its events match one of the replay."""
    apart = [played.begin_s - event.begin_s for event in events for played in replayed if event.label == played.label]
    steps = Counter(round(seconds / STEP_S) for seconds in apart)
    if not steps:
        return 0.0
    best_s = STEP_S * max(steps, key=lambda step: sum(steps[step + near] for near in (-1, 0, 1)))
    return statistics.median(seconds for seconds in apart if abs(seconds - best_s) <= TOLERANCE_S)


def different(database: Path, recordings: Sequence[Path], models: Sequence[Model]) -> tuple[int, int]:
    """Number of events that recordings should have given, and of events that are missing or were not expected."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute(
            "SELECT path, label, events.begin_s, events.score FROM events "
            "JOIN recordings ON recordings.id = recording_id WHERE path IS NOT NULL"
        ).fetchall()
    expected = [(str(path), one.label, one.begin_s, one.score) for path in recordings for one in heard_in(path, models)]
    return len(expected), (Counter(expected) - Counter(rows)).total() + (Counter(rows) - Counter(expected)).total()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0, help="how long it runs (default 30)")
    parser.add_argument("--settle", type=float, default=200.0, help="seconds until measuring begins (default 200)")
    options = parser.parse_args()
    seconds = 60 * options.minutes
    if seconds < options.settle + 20 * LOOK_S:
        parser.error(f"--minutes: more than {(options.settle + 20 * LOOK_S) / 60:.1f} with this --settle")
    models = [Model(name) for name in MODELS]
    with tempfile.TemporaryDirectory(prefix="whipbird-station-") as name:
        folder = Path(name)
        minute = spoken_minute(RATE_HZ)
        parts = [part for forest in forest_parts(RATE_HZ) for part in (minute, forest)]
        programme = joined(parts, RATE_HZ, seconds + SPARE_S)
        soundfile.write(folder / "programme.wav", programme.sound, RATE_HZ, subtype="PCM_16")
        try:
            ran = listen(folder, programme.sound, MODELS, seconds, options.settle)
        except pytest.skip.Exception as reason:
            raise Unavailable(str(reason)) from None
        replayed = heard_in(folder / "programme.wav", models)
        database = folder / "heard.sqlite"
        judged = {source: judge(database, source, replayed, ran.states) for source in LIVE}
        of_recordings = different(database, ran.recordings, models)
    found = len(match(programme.annotations, replayed, Matching(KNOWN_S)).pairs)
    recall = Measure("words and calls that the replay finds", percent(found, len(programme.annotations)), "%")
    Console(highlight=False).print(live_table(judged))
    finish(
        "station",
        f"whipbird monitor, four sources, {options.minutes:g} minutes",
        [*of_process(ran), *of_sound(ran, judged), *of_events(judged, *of_recordings), recall],
        sources={source: asdict(one) for source, one in judged.items()},
        recordings=len(ran.recordings),
        samples=[asdict(sample) for sample in ran.samples],
    )


def of_process(ran: Ran) -> list[Measure]:
    """Measures of processor and memory."""
    first, last = ran.samples[0], ran.samples[-1]
    share = percent(last.cpu_s - first.cpu_s, last.time_s - first.time_s)
    return [
        Measure("share of a core", share, "%"),
        Measure("resident memory when it has settled", first.resident_mb, "MB"),
        Measure("resident memory at the end", last.resident_mb, "MB"),
        Measure("growth of it, first tenth to last", growth_mb(ran.samples, "resident_mb"), "MB", MOST_GROWTH_MB),
        Measure("growth of it without files", growth_mb(ran.samples, "own_mb"), "MB", MOST_GROWTH_MB),
        Measure("the same, by the hour", 3600 * slope_mb(ran.samples, "time_s"), "MB"),
    ]


def of_sound(ran: Ran, judged: dict[str, Judged]) -> list[Measure]:
    """Measures of lost sound."""
    card, live = of(ran.last, "folder"), judged.values()
    length_s = len(ran.recordings) * float(RECORDING_S)
    return [
        Measure("lost sound, all sources", sum(one.lost_s for one in live) + card["lost_s"], "s", 0.0),
        Measure("gaps, live sources", sum(one.gaps for one in live), "", 0.0),
        Measure("elapsed, less heard and lost: most change", most(one.missing_s for one in live), "s", MOST_MISSING_S),
        Measure("place of events in the sound: most change", most(one.shift_s for one in live), "s", MOST_SHIFT_S),
        Measure("recordings: their length that was not heard", length_s - card["heard_s"], "s", 0.0),
    ]


def of_events(judged: dict[str, Judged], expected: int, differing: int) -> list[Measure]:
    """Measures of correct events."""
    wanted, found, others = (
        sum(getattr(one, key) for one in judged.values()) for key in ("expected", "found", "others")
    )
    return [
        Measure("recordings: events", expected),
        Measure("recordings: events unlike their replay's", differing, "", 0.0),
        Measure("live: events of the replay that were heard", percent(found, wanted), "%", LEAST_PERCENT, True),
        Measure("live: other events", percent(others, wanted), "%", 100 - LEAST_PERCENT),
    ]


def live_table(judged: dict[str, Judged]) -> Table:
    table = Table("source", "heard", "lost", "gaps", "events", "as replayed", "others", "shift", title="live sources")
    for source, one in judged.items():
        cells = f"{one.heard_s:.2f} s", f"{one.lost_s:g} s", str(one.gaps), str(one.found + one.others)
        agreed = f"{one.found} of {one.expected}", str(one.others), f"{1000 * one.shift_s:+.0f} ms"
        table.add_row(source, *cells, *agreed)
    return table


def percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole else math.nan


def most(values: Iterable[float]) -> float:
    """The greatest absolute value."""
    return max(map(abs, values))


if __name__ == "__main__":
    run(main)
