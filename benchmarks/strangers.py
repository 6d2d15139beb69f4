"""Commands among strangers: false alarms of people and voices that no network has met, and words in noise and rooms.

At each operating point, the false alarms of every validation reader, with thresholds chosen on the other readers and
with those of the card; and of people who order coffee, and of synthetic voices. They say no command, or it is known
when. The upper bound is over persons or over hours, whichever is higher (`whipbird_train.evaluate.left_out`).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from functools import reduce
from operator import add

from rich.table import Table

from benchmarks.common import Measure, data_folder, finish, run
from whipbird.models.card import Card
from whipbird.models.model import Model
from whipbird_train.evaluate.calibration import chosen_points, count
from whipbird_train.evaluate.curves import outcomes
from whipbird_train.evaluate.left_out import PersonsRate, left_out
from whipbird_train.evaluate.matching import WORDS
from whipbird_train.evaluate.recorded_scores import Annotated, hours_of
from whipbird_train.soundscapes.strangers import kokoro_speech, readers_speech, words_in_rooms
from whipbird_train.soundscapes.word_streams import (
    choosing_streams,
    continuous_speech,
    unseen_city_sounds,
    validation_words,
    word_stream,
)

POINTS = ("balanced", "strict")
LEFT_OUT = "readers left out in turn"
MOST_FALSE_PER_HOUR = {
    LEFT_OUT: (1.0, 0.0),
    "coffee orders": (1.0, 0.0),
    "synthetic voices": (1.0, 0.2),
}
LEAST_RECALL = {"quiet": 95.0, "10 dB": 88.0, "rooms": 85.0}
CHOSEN_PER_HOUR = 1.0  # false alarms for which thresholds are chosen


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.strangers", description=__doc__)
    parser.add_argument("--model", default="commands", help="installed model or folder of one")
    options = parser.parse_args()
    model = Model(options.model)
    data = data_folder("read-speech").parent
    table = Table("", "point", "persons", "set off by", "hours", "false", "per hour", title=options.model)
    measures: list[Measure] = []

    readers = readers_speech(data, model)
    rest = count(choosing_streams(data, model), model.card, WORDS)
    counts = [count(own, model.card, WORDS) for own in readers.values()]
    rates = left_out(counts, rest, model.card, CHOSEN_PER_HOUR)
    chosen = chosen_points(reduce(add, counts, rest), model.card, CHOSEN_PER_HOUR)
    for point in POINTS:
        _add(table, measures, LEFT_OUT, point, rates[point])
        recall = 100 * chosen[point].hits / chosen[point].annotations
        measures.append(Measure(f"recall in streams, thresholds chosen on readers too, {point}", recall, "%"))
        table.add_row("words, thresholds of all readers", point, "", "", "", "", f"{recall:.1f} % detected")
    orders = [[one] for one in continuous_speech(data, model)["coffee-orders"]]
    strangers = {
        "readers": readers.values(),
        "coffee orders": orders,
        "synthetic voices": kokoro_speech(data, model).values(),
    }
    if not strangers["synthetic voices"]:
        print("synthetic voices are left out: Kokoro has said nothing to test with; whipbird train speak")
        del strangers["synthetic voices"]
    for name, persons in strangers.items():
        for point in POINTS:
            _add(table, measures, name, point, _rate(persons, model.card.at(point)))

    words, cities = validation_words(data), unseen_city_sounds(data)
    spoken = {"quiet": (words, None), "10 dB": (words, 10.0), "rooms": (words_in_rooms(data, words), None)}
    for name, (said, snr_db) in spoken.items():
        stream = word_stream(said, cities, snr_db, model)
        for point in POINTS:
            found = outcomes(stream, model.card, model.card.at(point).debounce, WORDS)
            recall = 100 * float(found.hits.sum() / found.annotations.sum())
            limit = LEAST_RECALL[name] if point == POINTS[0] else None
            measures.append(Measure(f"recall, {name}, {point}", recall, "%", limit, at_least=True))
            table.add_row(f"words, {name}", point, "", "", "", str(int(found.false.sum())), f"{recall:.1f} % detected")
    finish("strangers", options.model, measures, table)


def _rate(persons: Iterable[Annotated], card: Card) -> PersonsRate:
    """False alarms of each person with the settings of a card."""
    listed = list(persons)
    false = tuple(int(outcomes(own, card, card.debounce, WORDS).false.sum()) for own in listed)
    return PersonsRate(false, tuple(hours_of(own) for own in listed))


def _add(table: Table, measures: list[Measure], name: str, point: str, rate: PersonsRate) -> None:
    limits = MOST_FALSE_PER_HOUR.get(name)
    found = rate.per_hour
    limit = limits[POINTS.index(point)] if limits else None
    measures.append(Measure(f"false alarms per hour, {name}, {point}", found.value, "", limit))
    interval = "" if found.value is None else f"{found.value:.2f} (at most {found.high:.2f})"
    hours, false = f"{sum(rate.hours):.2f}", str(sum(rate.false))
    table.add_row(name, point, str(len(rate.false)), str(rate.set_off), hours, false, interval)


if __name__ == "__main__":
    run(main)
