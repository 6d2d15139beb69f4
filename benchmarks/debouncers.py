"""From the same scores to events, in several ways, all with as many false alarms: what each makes of them.

* ours, with the card's settings;
* ours with one threshold for all labels, the other settings the card's: what thresholds for each label are worth;
* TensorFlow's RecognizeCommands (speech_commands example): mean of all scores over 500 ms; the best label is reported
  if it is above a threshold (theirs: 0.7), another than the last one reported, and 500 ms have passed since (silence in
  between counts as another label at once);
* openWakeWord's: each label by itself is reported when its score is at least a threshold (theirs: 0.5) for three
  windows, and then not again for a second;
* for calls, what the article does: windows of three seconds side by side, those above a threshold (theirs: 0.99) that
  follow each other are one call.

Words: validation speakers in quiet and at 10 dB (see `train.evaluate.word_streams`). Each way has the lowest threshold
with which it has no more false alarms than ours where nobody speaks to it: running speech, noises, towns, a forest. For
calls it has the lowest with no more events away from all calls than ours; where there is no such threshold, the
highest. An event on a word that has been reported already is a double.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from rich.table import Table

from benchmarks.common import Measure, data_folder, finish, run
from stream.card import Card
from stream.model import Model
from train.evaluate.annotations import Annotation
from train.evaluate.calibration import THRESHOLDS
from train.evaluate.curves import with_threshold
from train.evaluate.forest import forest
from train.evaluate.listening import Annotated, Listened, debounced, hours_of
from train.evaluate.matching import WORDS, Heard, Matching, match
from train.evaluate.word_streams import (
    background_minutes,
    continuous_speech,
    unseen_city_sounds,
    validation_words,
    word_stream,
)

Debounce = Callable[[Listened, Card, float], tuple[Heard, ...]]  # with a threshold
CALLS = Matching(3.0, "begin")  # no way is to fail by the length of its windows
LABELS_OF_NOTHING = ("_silence_", "_unknown_")


def ours(listened: Listened, card: Card, on: float = 0.0) -> tuple[Heard, ...]:
    """The card's own settings, thresholds included."""
    return debounced(listened, card, card.debounce)


def one_threshold(listened: Listened, card: Card, on: float) -> tuple[Heard, ...]:
    """The card's settings with another threshold."""
    return debounced(listened, card, {label: with_threshold(own, on) for label, own in card.debounce.items()})


def recognize_commands(listened: Listened, card: Card, on: float) -> tuple[Heard, ...]:
    """TensorFlow's way."""
    events = []
    for stretch in listened.stretches:
        first = np.searchsorted(stretch.until_s, stretch.until_s - 0.5)
        sums = np.cumsum(np.pad(stretch.scores.astype(float), ((1, 0), (0, 0))), axis=0)
        means = (sums[1:] - sums[first]) / (np.arange(1, len(sums)) - first)[:, None]
        last, last_s = LABELS_OF_NOTHING[0], -np.inf
        for number in np.flatnonzero(means.max(axis=1) > on):
            until_s, heard_s = float(stretch.until_s[number]), float(stretch.heard_s[number])
            best = int(means[number].argmax())
            label = card.labels[best]
            passed_s = np.inf if last == LABELS_OF_NOTHING[0] else until_s - last_s
            if label != last and passed_s > 0.5:
                last, last_s = label, until_s
                if label in card.debounce:
                    events.append(Heard(until_s - 0.25, until_s, heard_s, label, float(means[number, best])))
    return tuple(events)


def patience(listened: Listened, card: Card, on: float) -> tuple[Heard, ...]:
    """openWakeWord's way."""
    events = []
    for stretch in listened.stretches:
        above = dict.fromkeys(card.debounce, 0)
        free_s = dict.fromkeys(card.debounce, -np.inf)
        for until_s, heard_s, scores in zip(stretch.until_s, stretch.heard_s, stretch.scores, strict=True):
            for label in card.debounce:
                score = float(scores[card.labels.index(label)])
                above[label] = above[label] + 1 if score >= on else 0
                if above[label] >= 3 and until_s >= free_s[label]:
                    free_s[label] = until_s + 1.0
                    events.append(Heard(until_s - 0.2 - card.lead_s, until_s, heard_s, label, score))
    return tuple(sorted(events))


def merged_windows(listened: Listened, card: Card, on: float) -> tuple[Heard, ...]:
    """The article's way."""
    (label,) = card.debounce
    events = []
    for stretch in listened.stretches:
        scores = stretch.scores[:, card.labels.index(label)]
        window = np.floor(stretch.until_s / 3.0).astype(int)
        best = {number: float(scores[window == number].max()) for number in np.unique(window)}
        positive = np.array([number for number, score in best.items() if score > on], int)
        for part in np.split(positive, np.flatnonzero(np.diff(positive) > 1) + 1) if len(positive) else ():
            begin_s, end_s = 3.0 * int(part[0]), 3.0 * int(part[-1]) + 3
            events.append(Heard(begin_s - card.lead_s, end_s, end_s, label, best[int(part[0])]))
    return tuple(events)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    columns = ("threshold", "sounds", "recall", "doubles", "other false", "nobody: false/hour", "delay p50", "p95")
    table = Table("", *columns, title="from the same scores")
    measures: list[Measure] = []
    commands, birds = Model("commands"), Model("capuchinbird")
    data = data_folder("speech-commands").parent
    words, cities = validation_words(data), unseen_city_sounds(data)
    streams = {"quiet": word_stream(words, cities, None, commands), "10 dB": word_stream(words, cities, 10, commands)}
    found = continuous_speech(data, commands) | background_minutes(data, commands, cities)
    nobody = [one for annotated in found.values() for one in annotated]
    ways: dict[str, Debounce] = {
        "ours": ours,
        "ours, one threshold": one_threshold,
        "RecognizeCommands": recognize_commands,
        "patience": patience,
    }
    for way, debounce in ways.items():
        on = _threshold(debounce, nobody, commands.card, WORDS)
        rate = _false(debounce, on, nobody, commands.card, WORDS) / hours_of(nobody)
        measures.append(Measure(f"{way}, nobody speaks, false alarms per hour", rate))
        for name, annotated in streams.items():
            _judge(name, way, annotated, commands.card, debounce, WORDS, on, rate, table, measures)
    recordings = forest(data, birds)
    for way, debounce in {"ours": ours, "patience": patience, "merged windows": merged_windows}.items():
        on = _threshold(debounce, recordings, birds.card, CALLS)
        _judge("forest", way, recordings, birds.card, debounce, CALLS, on, None, table, measures)
    finish("debouncers", "debouncers", measures, table)


def _threshold(debounce: Debounce, annotated: Annotated, card: Card, matching: Matching) -> float:
    """The lowest of a way's thresholds from which on it has no more false alarms than ours; the highest, if none."""
    if debounce is ours:
        return 0.0
    most = _false(ours, 0.0, annotated, card, matching)
    lowest: float = THRESHOLDS[-1]
    for on in reversed(THRESHOLDS):
        if _false(debounce, on, annotated, card, matching) > most:
            break
        lowest = on
    return lowest


def _false(debounce: Debounce, on: float, annotated: Annotated, card: Card, matching: Matching) -> int:
    """Events that lie at no sound of their label."""
    count = 0
    for listened, truth in annotated:
        heard = debounce(listened, card, on)
        false = match(truth, heard, matching).false
        count += sum(not any(_on(heard[number], one, matching) for one in truth) for number in false)
    return count


def _judge(
    name: str, way: str, annotated: Annotated, card: Card, debounce: Debounce, matching: Matching,
    on: float, rate: float | None, table: Table, measures: list[Measure],
) -> None:  # fmt: skip
    sounds = hits = doubles = false = 0
    delays_s = []
    for listened, truth in annotated:
        heard = debounce(listened, card, on)
        found = match(truth, heard, matching)
        reported = {truth[one] for one, _ in found.pairs}
        again = [n for n in found.false if any(_on(heard[n], one, matching) for one in reported)]
        sounds += sum(one.label in card.debounce for one in truth)
        hits += len(found.pairs)
        doubles += len(again)
        false += len(found.false) - len(again)
        since = [truth[one].begin_s if card.report == "end" else truth[one].end_s for one, _ in found.pairs]
        delays_s += [heard[other].reported_s - at for (_, other), at in zip(found.pairs, since, strict=True)]
    recall = 100 * hits / sounds
    p50, p95 = np.percentile(delays_s, (50, 95)).tolist() if delays_s else (None, None)
    rows = {"recall": recall, "doubles": doubles, "other false": false, "delay p50": p50, "delay p95": p95}
    measures += [Measure(f"{way}, {name}, {what}", value) for what, value in rows.items()]
    table.add_row(
        f"{way}, {name}",
        f"{on:g}" if on else "the card's",
        str(sounds),
        f"{recall:.1f} %",
        str(doubles),
        str(false),
        "" if rate is None else f"{rate:.2f}",
        *("" if delay is None else f"{delay:.2f} s" for delay in (p50, p95)),
    )


def _on(event: Heard, sound: Annotation, matching: Matching) -> bool:
    reach_s = matching.tolerance_s
    return event.label == sound.label and sound.begin_s - reach_s <= event.begin_s <= sound.end_s + reach_s


if __name__ == "__main__":
    run(main)
