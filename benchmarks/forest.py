"""Capuchinbird calls in three-minute forest recordings: calls found, and other events counted as calls.

The recordings of the challenge run through the live path. An event matches a call if it starts within a second of the
annotated start; the annotations are right within about a second. These calls were not used in training. Then all
thresholds are tried on the same scores, to find the range without mistakes.
"""

from __future__ import annotations

import argparse

from rich.table import Table

from benchmarks.common import Measure, data_folder, finish, run
from whipbird.models.model import Model
from whipbird_train.evaluate.curves import sweep
from whipbird_train.evaluate.matching import CALLS
from whipbird_train.evaluate.recorded_scores import evaluated
from whipbird_train.soundscapes.forest import forest


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forest", description=__doc__)
    parser.add_argument("--model", default="capuchinbird", help="installed model or folder of one")
    model = Model(parser.parse_args().model)
    heard = forest(data_folder("capuchinbird").parent, model)
    evaluation = evaluated(heard, model.card, CALLS)
    found = evaluation.overall
    points = sweep(heard, model.card, CALLS).points()
    faultless = [one["threshold"] for one in points if not one["miss_rate"] and not one["false_alarms_per_hour"]]
    table = Table("recording", "calls", "events", "of these right", title=f"{model.card.name}, {len(heard)} recordings")
    for row in evaluation.per_recording():
        table.add_row(row["name"], *(str(row[key]) for key in ("annotations", "events", "hits")))
    measures = [
        Measure("calls", found.annotations),
        Measure("events", found.events),
        Measure("calls found, begin within 1 s", 100 * (found.recall.value or 0), "%", 100, at_least=True),
        Measure("events that are a call", 100 * (found.precision.value or 0), "%", 100, at_least=True),
        Measure("recordings counted exactly", 100 * (found.counted.value or 0), "%", 100, at_least=True),
        Measure("mean difference of a recording's count", found.count_error.value),
        Measure("lowest threshold without a mistake", min(faultless, default=None)),
        Measure("highest threshold without a mistake", max(faultless, default=None)),
    ]
    for measure in measures:
        value = "none" if measure.value is None else f"{measure.value:.4g} {measure.unit}".strip()
        table.add_row(measure.name, "", "", value)
    finish("forest", "forest", measures, table)


if __name__ == "__main__":
    run(main)
