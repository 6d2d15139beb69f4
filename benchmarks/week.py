"""A week of recordings through a station, as fast as possible: memory, size of the database, nothing lost.

``whipbird monitor`` watches a folder that receives a recorder's files, an hour each, FLAC at 16 kHz, named as an
AudioMoth names them and with GUANO metadata; a few wait at any time, and processed files are removed, as when a card is
emptied. Each hour of the day has its own twenty of the forest recordings in which every call is annotated, so that each
has its own number of calls. Events go into a database, a CSV file and clips, of which the oldest are removed.

* Memory is the resident one, every two seconds; its growth is that from the second tenth of the week to the last, each
  by its median. The slope, per day of sound, is that from the second tenth on.
* Lost: sound that came but was not processed, and gaps.
* Right: for each hour of each day, ``whipbird report`` must give an hour of sound and as many calls as a replay of that
  hour alone; the number of annotated calls is given for comparison.
"""

from __future__ import annotations

import argparse
import csv
import os
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import soundfile
from rich.progress import track

from benchmarks.common import MB, Measure, finish, run, whipbird
from benchmarks.monitored import Monitored, growth_mb, slope_mb
from benchmarks.programme import forest_parts, heard_in, joined
from whipbird.models.model import Model
from whipbird.recordings.metadata.guano import Guano, timestamp

RATE_HZ = 16_000
HOUR_S, DAY_H = 3600, 24
BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
RECORDER = "24E144055DA1DC61"
PARTS = 20  # in an hour
AHEAD = 4  # recordings that wait
LOOK_S = 2.0
POLL_S = 0.1
SETTLED = 0.1  # share of the whole that does not count for memory
MOST_GROWTH_MB = 2.0

SETTINGS = """
[station]
name = "benchmark"
state = "state"

[[source]]
name = "card"
folder = "card"
models = ["{model}"]
settle = 1
sweep = 1

[outputs]
files = ["heard.sqlite", "heard.csv"]

[outputs.clips]
folder = "clips"
most = "100MB"
"""


def make_hours(folder: Path, hours: int) -> list[tuple[Path, int]]:
    """A recording for each hour of the day, if there are enough, and its number of annotated calls."""
    parts = sorted(forest_parts(RATE_HZ), key=lambda part: len(part.annotations))
    made = []
    for hour in track(range(min(DAY_H, hours)), "sound of a day"):
        turned = [parts[(hour + number) % len(parts)] for number in range(PARTS)]
        whole = joined(turned, RATE_HZ, HOUR_S)
        path = folder / f"{hour:02}.flac"
        soundfile.write(path, whole.sound, RATE_HZ, "PCM_16")
        made.append((path, len(whole.annotations)))
    return made


def record(hour: Path, begin: datetime, card: Path) -> Path:
    """Put the recording of an hour onto the card, complete at once."""
    path = card / f"{RECORDER}_{begin:%Y%m%d_%H%M%S}.flac"
    partial = path.with_suffix(".part")
    sound, rate_hz = soundfile.read(hour, dtype="int16")
    with soundfile.SoundFile(partial, "w", rate_hz, 1, "PCM_16", format="FLAC") as flac:
        flac.comment = Guano({"Timestamp": timestamp(begin), "Make": "Benchmark"}).as_text()
        flac.write(sound)
    os.replace(partial, path)
    return path


def listen(folder: Path, hours: list[Path], number: int, model: str) -> Monitored:
    """Run the station until it has processed this number of hours."""
    card, database = folder / "card", folder / "heard.sqlite"
    card.mkdir()
    settings = folder / "station.toml"
    settings.write_text(SETTINGS.format(model=model))
    waiting: list[Path] = []
    come = looked_s = 0
    with Monitored(settings) as station:
        for _ in track(range(number), "listening"):
            while True:
                while come < number and len(waiting) < AHEAD:
                    waiting.append(record(hours[come % DAY_H], BEGIN + timedelta(hours=come), card))
                    come += 1
                if time.monotonic() - looked_s >= LOOK_S:
                    station.look()
                    looked_s = time.monotonic()
                done = finished(database).intersection(waiting)
                if done:
                    break
                time.sleep(POLL_S)
            heard = min(done)
            waiting.remove(heard)
            heard.unlink()
        station.look()
        station.stop()
    return station


def finished(database: Path) -> set[Path]:
    """The recordings in a database that were processed to their end."""
    if not database.exists():
        return set()
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        try:
            return {Path(path) for (path,) in connection.execute("SELECT path FROM recordings WHERE finished")}
        except sqlite3.OperationalError:  # it has no tables yet
            return set()


def reported(folder: Path) -> dict[tuple[str, int], tuple[int, float, float]]:
    """Events, seconds processed and seconds lost by date and hour, from ``whipbird report``."""
    table = folder / "activity.csv"
    command = whipbird("report", str(folder / "heard.sqlite"), "--csv", str(table))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with table.open(newline="", encoding="utf-8") as file:
        return {
            (row["date"], int(row["hour"])): (int(row["events"]), float(row["heard_s"]), float(row["lost_s"]))
            for row in csv.DictReader(file)
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=int, default=168, help="of sound (default 168, a week)")
    parser.add_argument("--model", default="capuchinbird", help="installed model or folder of one, of a single label")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="whipbird-week-") as name:
        folder = Path(name)
        hours = make_hours(folder, options.hours)
        began_s = time.monotonic()
        station = listen(folder, [path for path, _ in hours], options.hours, options.model)
        passed_s = time.monotonic() - began_s
        heard_s = station.state()["sources"][0]["heard_s"]
        model = Model(options.model)
        expected = [len(heard_in(path, [model])) for path, _ in track(hours, "each hour alone")]
        rows = reported(folder)
        database_mb, table_mb, clips_mb = (
            sum(path.stat().st_size for path in folder.glob(pattern)) / MB
            for pattern in ("heard.sqlite*", "heard.csv", "clips/*")
        )
        clips = len(list((folder / "clips").glob("*.flac")))
        with closing(sqlite3.connect(folder / "heard.sqlite")) as connection:
            (gaps,) = connection.execute("SELECT count(*) FROM gaps").fetchone()
            (check,) = connection.execute("PRAGMA integrity_check").fetchone()
    wrong = 0
    for hour in range(options.hours):
        begin = BEGIN + timedelta(hours=hour)
        right = (expected[hour % DAY_H], float(HOUR_S), 0.0)
        wrong += rows.pop((begin.date().isoformat(), begin.hour), None) != right
    events = sum(expected[hour % DAY_H] for hour in range(options.hours))
    annotated = sum(hours[hour % DAY_H][1] for hour in range(options.hours))
    total_s = options.hours * float(HOUR_S)
    settled = [sample for sample in station.samples if sample.heard_s >= SETTLED * total_s]
    memory = [sample.resident_mb for sample in settled]
    days = total_s / HOUR_S / DAY_H
    measures = [
        Measure("times real time", total_s / passed_s, "×"),
        Measure("sound that was not heard", total_s - heard_s, "s", 0.0),
        Measure("gaps", gaps, "", 0.0),
        Measure("resident memory after the first tenth", memory[0], "MB"),
        Measure("resident memory at the end", memory[-1], "MB"),
        Measure("resident memory, most", max(memory), "MB"),
        Measure("growth of it from the second tenth on", growth_mb(settled, "resident_mb"), "MB", MOST_GROWTH_MB),
        Measure("growth of it without files", growth_mb(settled, "own_mb"), "MB", MOST_GROWTH_MB),
        Measure("the same, by the day of sound", HOUR_S * DAY_H * slope_mb(settled, "heard_s"), "MB"),
        Measure("hours in the report that are wrong", wrong + len(rows), "", 0.0),
        Measure("events", events),
        Measure("calls that are annotated", annotated),
        Measure("database", database_mb, "MB"),
        Measure("database, by the day of sound", database_mb / days, "MB"),
        Measure("CSV file", table_mb, "MB"),
        Measure("clips, 100 MB at most", clips_mb, "MB", 100.0),
    ]
    finish(
        "week",
        f"{options.hours} hours through a station, {options.model}",
        measures,
        clips=clips,
        integrity=check,
        samples=[asdict(sample) for sample in station.samples],
    )


if __name__ == "__main__":
    run(main)
