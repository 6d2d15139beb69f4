"""Capuchinbird calls in three-minute forest recordings: how many are found, and how many are counted that are none.

The recordings of the challenge are replayed with ``whipbird replay --speed max --json``. An event finds the call whose
annotated begin it is nearest to, if that is within a second and no nearer event has found it. The annotations are right
within about a second. Calls in these recordings were never trained on.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
from collections import defaultdict
from pathlib import Path

from rich.table import Table

from benchmarks.common import Measure, data_folder, finish, run, whipbird

TOLERANCE_S = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forest", description=__doc__)
    parser.add_argument("--model", default="capuchinbird", help="installed model or folder of one")
    model = parser.parse_args().model
    folder = data_folder("capuchinbird") / "forest"
    with (folder / "counts.csv").open(newline="", encoding="utf-8") as file:
        begins: dict[str, list[float]] = {row["recording"]: [] for row in csv.DictReader(file)}
    with (folder / "annotations.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            begins[row["recording"]].append(float(row["begin_s"]))
    recordings = [path for path in sorted(folder.iterdir()) if path.stem in begins]
    command = whipbird("replay", *map(str, recordings), "--speed", "max", "--json", "--model", model)
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    heard: dict[str, list[float]] = defaultdict(list)
    for line in map(json.loads, lines):
        if "label" in line:
            heard[Path(line["source"]).stem].append(line["begin_s"])

    table = Table("recording", "calls", "events", "of these right", title=f"{model} in {len(recordings)} recordings")
    found = told = off = exact = 0
    for path in recordings:
        calls, events = begins[path.stem], heard[path.stem]
        right = matched(calls, events)
        found, told = found + right, told + len(events)
        off, exact = off + abs(len(events) - len(calls)), exact + (len(events) == len(calls))
        table.add_row(path.stem, str(len(calls)), str(len(events)), str(right))
    calls_in_all = sum(map(len, begins.values()))
    measures = [
        Measure("calls", calls_in_all),
        Measure("events", told),
        Measure(f"calls found, begin within {TOLERANCE_S:g} s", 100 * found / calls_in_all, "%"),
        Measure("events that are a call", 100 * found / max(1, told), "%"),
        Measure("recordings counted exactly", 100 * exact / len(recordings), "%"),
        Measure("mean difference of a recording's count", off / len(recordings)),
    ]
    for measure in measures:
        table.add_row(measure.name, "", "", f"{measure.value:.4g} {measure.unit}".strip())
    finish("forest", "forest", measures, table)


def matched(calls: list[float], events: list[float]) -> int:
    """How many calls have an event of their own, the nearest pairs first."""
    pairs = sorted((abs(call - event), i, j) for i, call in enumerate(calls) for j, event in enumerate(events))
    taken_calls: set[int] = set()
    taken_events: set[int] = set()
    for distance, i, j in pairs:
        if distance <= TOLERANCE_S and i not in taken_calls and j not in taken_events:
            taken_calls.add(i)
            taken_events.add(j)
    return len(taken_calls)


if __name__ == "__main__":
    run(main)
