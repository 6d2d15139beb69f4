"""Commands in streams: how many words are detected, how soon, and how many false alarms there are.

Words of speakers not used in training, in quiet and over city sounds; running speech and backgrounds without any
commands (see `whipbird_train.soundscapes.word_streams`). All of it goes through the live path.
"""

from __future__ import annotations

import argparse

from rich.table import Table

from benchmarks.common import Measure, data_folder, finish, run
from whipbird.models.model import Model
from whipbird_train.evaluate.intervals import ConfidenceInterval
from whipbird_train.evaluate.matching import WORDS
from whipbird_train.evaluate.measures import Measures
from whipbird_train.evaluate.recorded_scores import evaluated
from whipbird_train.soundscapes.word_streams import (
    background_minutes,
    continuous_speech,
    unseen_city_sounds,
    validation_words,
    word_stream,
)

CONDITIONS: dict[str, float | None] = {"quiet": None, "20 dB": 20, "10 dB": 10, "5 dB": 5, "0 dB": 0}
LEAST_RECALL = {"quiet": 95.0, "10 dB": 88.0}
MOST_FALSE_PER_HOUR = 1.0
MOST_DELAY_S = {"p50": 0.1, "p95": 0.25}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.words", description=__doc__)
    parser.add_argument("--model", default="commands", help="installed model or folder of one")
    parser.add_argument("--sensitivity", default="balanced", help="operating point of the model")
    options = parser.parse_args()
    model = Model(options.model, options.sensitivity)
    data = data_folder("speech-commands").parent
    words, cities = validation_words(data), unseen_city_sounds(data)
    table = Table("", "words", "recall", "false", "per hour", "delay p50", "p95", title=options.model)
    measures: list[Measure] = []
    for name, snr_db in CONDITIONS.items():
        found = evaluated(word_stream(words, cities, snr_db, model), model.card, WORDS).overall
        _show(table, name, found)
        recall = None if found.recall.value is None else 100 * found.recall.value
        measures.append(Measure(f"recall, {name}", recall, "%", LEAST_RECALL.get(name), at_least=True))
        if name == "quiet":
            measures.append(Measure("delay from the word's end, p50", found.delay_p50_s, "s", MOST_DELAY_S["p50"]))
            measures.append(Measure("delay from the word's end, p95", found.delay_p95_s, "s", MOST_DELAY_S["p95"]))
    nobody = continuous_speech(data, model) | background_minutes(data, model, cities)
    for name, annotated in nobody.items():
        _show(table, name, evaluated(annotated, model.card, WORDS).overall)
    found = evaluated([one for annotated in nobody.values() for one in annotated], model.card, WORDS).overall
    _show(table, "all without commands", found)
    rate = found.false_alarms_per_hour.value
    measures.append(Measure("false alarms per hour, nobody speaks to it", rate, "", MOST_FALSE_PER_HOUR))
    finish("words", options.model, measures, table)


def _show(table: Table, name: str, found: Measures) -> None:
    table.add_row(
        name,
        str(found.annotations),
        _interval(found.recall, 100),
        str(found.false),
        _interval(found.false_alarms_per_hour),
        *("" if delay is None else f"{delay:.2f} s" for delay in (found.delay_p50_s, found.delay_p95_s)),
    )


def _interval(interval: ConfidenceInterval, factor: float = 1) -> str:
    if interval.value is None or interval.low is None or interval.high is None:
        return ""
    return f"{factor * interval.value:.3g} ({factor * interval.low:.3g}-{factor * interval.high:.3g})"


if __name__ == "__main__":
    run(main)
