"""From the same scores to events, in four ways: what each makes of them.

* ours, with the card's settings;
* TensorFlow's RecognizeCommands (speech_commands example): mean of all scores over 500 ms; the best label is reported
  if it is above 0.7, another than the last one reported, and 500 ms have passed since (silence in between counts as
  another label at once);
* openWakeWord's: each label by itself is reported when its score is at least 0.5 for three windows, and then not again
  for a second;
* for calls, what the article does: windows of three seconds side by side, those above 0.99 that follow each other are
  one call.

Words: validation speakers in quiet and at 10 dB (see `train.evaluate.word_streams`), false alarms also in running
speech. An event on a word that has been reported already is a double.
"""

from __future__ import annotations

import argparse
from collections import deque
from collections.abc import Callable

import numpy as np
from rich.table import Table

from benchmarks.common import Measure, data_folder, finish, run
from stream.card import Card
from stream.model import Model
from train.evaluate.annotations import Annotation
from train.evaluate.forest import forest
from train.evaluate.listening import Annotated, Listened, debounced, hours_of
from train.evaluate.matching import CALLS, WORDS, Heard, Matching, match
from train.evaluate.word_streams import city_sounds, continuous_speech, validation_words, word_stream

Debounce = Callable[[Listened, Card], tuple[Heard, ...]]
LABELS_OF_NOTHING = ("_silence_", "_unknown_")


def ours(listened: Listened, card: Card) -> tuple[Heard, ...]:
    """The card's own settings."""
    return debounced(listened, card, card.debounce)


def recognize_commands(listened: Listened, card: Card) -> tuple[Heard, ...]:
    """TensorFlow's way."""
    events = []
    for stretch in listened.stretches:
        recent: deque[tuple[float, np.ndarray]] = deque()
        last, last_s = LABELS_OF_NOTHING[0], -np.inf
        for until_s, heard_s, scores in zip(stretch.until_s, stretch.heard_s, stretch.scores, strict=True):
            recent.append((until_s, scores))
            while recent[0][0] < until_s - 0.5:
                recent.popleft()
            mean = np.mean([row for _, row in recent], axis=0)
            best = int(mean.argmax())
            label = card.labels[best]
            passed_s = np.inf if last == LABELS_OF_NOTHING[0] else until_s - last_s
            if mean[best] > 0.7 and label != last and passed_s > 0.5:
                last, last_s = label, until_s
                if label in card.debounce:
                    events.append(Heard(until_s - 0.25, until_s, heard_s, label, float(mean[best])))
    return tuple(events)


def patience(listened: Listened, card: Card) -> tuple[Heard, ...]:
    """openWakeWord's way."""
    events = []
    for stretch in listened.stretches:
        above = dict.fromkeys(card.debounce, 0)
        free_s = dict.fromkeys(card.debounce, -np.inf)
        for until_s, heard_s, scores in zip(stretch.until_s, stretch.heard_s, stretch.scores, strict=True):
            for label in card.debounce:
                score = float(scores[card.labels.index(label)])
                above[label] = above[label] + 1 if score >= 0.5 else 0
                if above[label] >= 3 and until_s >= free_s[label]:
                    free_s[label] = until_s + 1.0
                    events.append(Heard(until_s - 0.2, until_s, heard_s, label, score))
    return tuple(sorted(events))


def merged_windows(listened: Listened, card: Card) -> tuple[Heard, ...]:
    """The article's way."""
    (label,) = card.debounce
    events = []
    for stretch in listened.stretches:
        scores = stretch.scores[:, card.labels.index(label)]
        window = np.floor(stretch.until_s / 3.0).astype(int)
        best = {number: float(scores[window == number].max()) for number in np.unique(window)}
        positive = np.array([number for number, score in best.items() if score > 0.99], int)
        for part in np.split(positive, np.flatnonzero(np.diff(positive) > 1) + 1) if len(positive) else ():
            begin_s, end_s = 3.0 * int(part[0]), 3.0 * int(part[-1]) + 3
            events.append(Heard(begin_s, end_s, end_s, label, best[int(part[0])]))
    return tuple(events)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    table = Table("", "scores", "recall", "doubles", "false/hour", "delay p50", "p95", title="from the same scores")
    measures: list[Measure] = []
    commands, birds = Model("commands"), Model("capuchinbird")
    data = data_folder("speech-commands").parent
    words, cities = validation_words(data), city_sounds(data)
    streams = {"quiet": word_stream(words, cities, None, commands), "10 dB": word_stream(words, cities, 10, commands)}
    for speech in continuous_speech(data, commands).values():
        streams["running speech"] = streams.get("running speech", []) + speech
    ways: dict[str, Debounce] = {"ours": ours, "RecognizeCommands": recognize_commands, "patience": patience}
    for name, annotated in streams.items():
        for way, debounce in ways.items():
            _judge(name, way, annotated, commands.card, debounce, WORDS, table, measures)
    recordings = forest(data, birds)
    for way, debounce in {"ours": ours, "patience": patience, "merged windows": merged_windows}.items():
        _judge("forest", way, recordings, birds.card, debounce, CALLS, table, measures)
    finish("debouncers", "debouncers", measures, table)


def _judge(
    name: str, way: str, annotated: Annotated, card: Card, debounce: Debounce, matching: Matching, table: Table,
    measures: list[Measure],
) -> None:  # fmt: skip
    sounds = hits = doubles = false = 0
    delays_s = []
    for listened, truth in annotated:
        heard = debounce(listened, card)
        found = match(truth, heard, matching)
        reported = {truth[one] for one, _ in found.pairs}
        again = [n for n in found.false if any(_on(heard[n], one, matching) for one in reported)]
        sounds += sum(one.label in card.debounce for one in truth)
        hits += len(found.pairs)
        doubles += len(again)
        false += len(found.false) - len(again)
        since = [truth[one].begin_s if card.report == "end" else truth[one].end_s for one, _ in found.pairs]
        delays_s += [heard[other].reported_s - at for (_, other), at in zip(found.pairs, since, strict=True)]
    hours = hours_of(annotated)
    recall = 100 * hits / sounds if hits else None
    p50, p95 = np.percentile(delays_s, (50, 95)).tolist() if delays_s else (None, None)
    rows = {"recall": recall, "doubles": doubles, "false alarms per hour": false / hours, "delay p50": p50}
    measures += [Measure(f"{way}, {name}, {what}", value) for what, value in rows.items()]
    delays = ["" if delay is None else f"{delay:.2f} s" for delay in (p50, p95)]
    table.add_row(way, name, "" if recall is None else f"{recall:.1f} %", str(doubles), f"{false / hours:.1f}", *delays)


def _on(event: Heard, sound: Annotation, matching: Matching) -> bool:
    reach_s = matching.tolerance_s
    return event.label == sound.label and sound.begin_s - reach_s <= event.begin_s <= sound.end_s + reach_s


if __name__ == "__main__":
    run(main)
