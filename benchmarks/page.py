"""The page over a year of events: how long each screen takes, and what browsers that watch live sound cost.

* A database of ``--events`` events in a year, of 120 labels from four sources, is made and served by
  ``whipbird page``. Each screen is asked for `TIMES` times over loopback; the quickest and the median answer count.
* The last source has a handful of events, and few scores reach 0.999: what no index selects by.
* For live sound, two sources of noise run beside 0, 1 and 20 watchers in this process.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import os
import random
import re
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from rich.table import Table

from benchmarks.common import Measure, cpu_seconds, finish, run, whipbird
from whipbird.audio.ring import Ring
from whipbird.database.schema import connect
from whipbird.database.writer import utc_text
from whipbird.page.live import LiveHub
from whipbird.page.names import ShownNames
from whipbird.sources.base import RunningSource, Source
from whipbird.system.sqlite import transaction

SCREENS = {
    "newest events": "/events",
    "events of half a year ago": "/events?cursor=2025-12-01T00:00:00.000000Z_1",
    "events of a rare label": "/events?label=Species+119",
    "scores from 0.999 on": "/events?min_score=0.999",
    "events of a rare source": "/events?source=4",
    "a day": "/day/2025-12-01",
    "labels": "/labels",
    "the most frequent label": "/label?name=Species+000",
    "the station": "/station",
    "events as JSON": "/api/events",
}
LIMIT_MS = 100.0
TIMES = 7
FIRST = datetime(2025, 6, 1, tzinfo=UTC)
WEEK_S, WEEKS, LABELS = 604_800, 52, 120
RARE = 1e-5
RATE_HZ = 48_000
WATCHED_S = 10.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000)
    count = parser.parse_args().events
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "year.sqlite"
        make_year(path, count)
        answers, counting_s = asked(path)
    measures = [Measure(name, min(own), "ms", LIMIT_MS) for name, own in answers.items()]
    measures.append(Measure("counting at the start", counting_s, "s of a core"))
    idle, one, many = (watching(watchers) for watchers in (0, 1, 20))
    measures += [
        Measure("1 watcher of two sources", 100 * (one - idle), "% of a core"),
        Measure("20 watchers", 100 * (many - idle), "% of a core", 5.0),
    ]
    table = Table("screen", "quickest ms", "median ms", title=f"the page over {count:,} events")
    for name, own in answers.items():
        table.add_row(name, f"{min(own):.1f}", f"{statistics.median(own):.1f}")
    for measure in measures[len(answers) :]:
        table.add_row(measure.name, f"{measure.value:.2f} {measure.unit}", "")
    finish("page", f"the page over {count:,} events", measures, table, answers_ms=answers)


def make_year(path: Path, count: int) -> None:
    """Write a database of a year."""
    path.touch()
    connection = connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    with transaction(connection) as execute:
        execute("INSERT INTO stations VALUES (1, 'forest')")
        execute("INSERT INTO models VALUES (1, 'birds', '1')")
        execute("INSERT INTO label_lists VALUES (1, 1, 'made')")
        for number in range(LABELS):
            execute("INSERT INTO listed_labels VALUES (1, ?)", (f"Species {number:03}",))
        for source, name in enumerate(("garden", "pond", "barn", "cellar"), 1):
            execute("INSERT INTO sources VALUES (?, 1, ?)", (source, name))
            for week in range(WEEKS):
                number = (source - 1) * WEEKS + week + 1
                start = utc_text(FIRST + timedelta(weeks=week))
                execute(
                    "INSERT INTO recordings (id, source_id, opened, start, utc_offset_s, time_from, elapsed_s, "
                    "finished) VALUES (?, ?, ?, ?, 0, 'live', ?, 1)",
                    (number, source, start, start, WEEK_S),
                )
                execute("INSERT INTO listened VALUES (?, 1)", (number,))
        connection.executemany(
            "INSERT INTO events (recording_id, model_id, label, score, time, begin_s, peak_s, end_s, reported_s, "
            "begin_sample) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, 0)",
            _events(count),
        )
    connection.close()


def _events(count: int) -> Iterator[tuple[object, ...]]:
    rng = random.Random(1)
    for second in sorted(rng.random() * WEEKS * WEEK_S for _ in range(count)):
        week, begin_s = divmod(second, WEEK_S)
        source = 4 if rng.random() < RARE else rng.choice((1, 2, 3))
        label = f"Species {min(LABELS - 1, int(rng.expovariate(0.05))):03}"
        time_text = utc_text(FIRST + timedelta(seconds=second))
        recording = (source - 1) * WEEKS + int(week) + 1
        yield (
            recording,
            label,
            round(0.5 + 0.5 * rng.random(), 4),
            time_text,
            begin_s,
            begin_s + 0.5,
            begin_s + 1,
            begin_s + 1.2,
        )


def asked(path: Path) -> tuple[dict[str, list[float]], float]:
    """Milliseconds of each answer, and the processor time before the first."""
    words = [*whipbird("page", str(path)), "--listen", "127.0.0.1:0"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        found = re.search(r"http://([\d.]+):(\d+)", process.stderr.readline())
        assert found is not None
        host, port = found[1], int(found[2])
        begun_s = cpu_seconds(process.pid)
        _ask(host, port, "/labels")
        counting_s = cpu_seconds(process.pid) - begun_s
        answers = {name: [_ask(host, port, path) for _ in range(TIMES)] for name, path in SCREENS.items()}
        process.terminate()
    return answers, counting_s


def _ask(host: str, port: int, path: str) -> float:
    connection = http.client.HTTPConnection(host, port, timeout=300)
    begun_s = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, path
    connection.close()
    return 1000 * (time.perf_counter() - begun_s)


def watching(count: int) -> float:
    """Share of a core that this process uses while some watch two sources of noise."""
    hub, stop, rings = LiveHub(list), threading.Event(), []
    for name in ("porch", "garden"):
        ring = Ring(10 * RATE_HZ, 1)
        rings.append(ring)
        hub.attach(RunningSource(Source(name, True, RATE_HZ, 1), ring, lambda own=ring: own.position))
    noise = np.random.default_rng(1).normal(0, 0.1, (RATE_HZ // 10, 1)).astype(np.float32)

    def fill() -> None:
        while not stop.wait(0.1):
            for ring in rings:
                ring.write(noise)

    async def watch() -> None:
        async for _ in hub.lines("en", ShownNames()):
            pass

    async def everybody() -> None:
        tasks = [asyncio.create_task(watch()) for _ in range(count)]
        await asyncio.sleep(WATCHED_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    filler = threading.Thread(target=fill)
    filler.start()
    begun_s = cpu_seconds(os.getpid())
    asyncio.run(everybody())
    used_s = cpu_seconds(os.getpid()) - begun_s
    stop.set()
    filler.join()
    hub.close()
    return used_s / WATCHED_S


if __name__ == "__main__":
    run(main)
