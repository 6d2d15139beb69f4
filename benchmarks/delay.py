"""From the end of a spoken word to its event: delay, and how many words are found.

Real words (Speech Commands, validation split, the ten commands) are strung together over white noise at -50 dBFS, 1.5
to 2.5 s from the end of one clip to the start of the next. The noise continues under the clips, which fade in and out
over 10 ms. The recording is replayed with ``whipbird replay --speed max --json``.

* The true start and end of a word are found by energy in its clip as recorded: from the loudest 10 ms frame outwards
  to the last frame above -30 dB of that, across pauses of up to 0.2 s (the closures of "stop" and "right" are shorter).
  If the quietest tenth of a clip's frames is above -40 dB of the loudest, or the word reaches to within 30 ms of the
  end of its clip, the end cannot be found in this way: such a word is played, and counts as found or not, but is left
  out of delays and ends. This end is a late one: the last breath of "off" counts.
* An event belongs to the word whose true interval, widened by 0.75 s on both sides, contains the middle of the event.
  The first event with the word's label finds it; any later one is a repetition, any other label or position a wrong
  event.
* Delay is ``reported_s`` minus true end: how much more sound the detector needed before it was certain; negative if it
  was certain before the word was over. Sound is processed in chunks, of which one is included. Not included is what a
  live microphone adds: its buffer (some tens of milliseconds) and computing (a millisecond or so).
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks.common import COMMANDS, Measure, background, data_folder, finish, quantiles, run, whipbird
from whipbird.arrays import Floats
from whipbird_train.soundscapes.clip_bounds import true_bounds

RATE_HZ = 16_000
FRAME = RATE_HZ // 100
GAP_S = (1.5, 2.5)
SLACK_S = 0.75  # largest distance of an event from its word


@dataclass
class Word:
    """A word in the recording, and the events that belong to it."""

    label: str
    begin_s: float
    end_s: float
    exact: bool  # whether its end could be found
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def found(self) -> dict[str, Any] | None:
        """The event that found the word."""
        return next((event for event in self.events if event["label"] == self.label), None)


def build(clips: list[tuple[str, Path]], rng: np.random.Generator) -> tuple[Floats, list[Word]]:
    """One recording of all clips, and the positions of its words."""
    pieces, words, position = [], [], 0
    fade = np.linspace(0, 1, FRAME, dtype=np.float32)
    for label, path in clips:
        clip, rate_hz = soundfile.read(path, dtype="float32")
        if rate_hz != RATE_HZ or not clip.any():
            raise RuntimeError(f"{path}: not sound at {RATE_HZ} Hz")
        begin_s, end_s, exact = true_bounds(clip, RATE_HZ)
        clip[:FRAME] *= fade
        clip[-FRAME:] *= fade[::-1]
        gap = np.zeros(round(rng.uniform(*GAP_S) * RATE_HZ), np.float32)
        start_s = (position + len(gap)) / RATE_HZ
        words.append(Word(label, start_s + begin_s, start_s + end_s, exact))
        pieces += [gap, clip]
        position += len(gap) + len(clip)
    pieces.append(np.zeros(round(GAP_S[1] * RATE_HZ), np.float32))
    sound = np.concatenate(pieces)
    return sound + background(len(sound), rng), words


def match(events: list[dict[str, Any]], words: list[Word]) -> list[dict[str, Any]]:
    """Assign each event to its word; returns events without a word."""
    begins = np.array([word.begin_s for word in words]) - SLACK_S
    strays = []
    for event in events:
        middle_s = (event["begin_s"] + event["end_s"]) / 2
        number = int(np.searchsorted(begins, middle_s, side="right")) - 1
        if number >= 0 and middle_s <= words[number].end_s + SLACK_S:
            words[number].events.append(event)
        else:
            strays.append(event)
    return strays


def replay(sound: Floats) -> list[dict[str, Any]]:
    """The events of a recording."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "words.wav"
        soundfile.write(path, np.clip(sound, -1, 1), RATE_HZ, subtype="PCM_16")
        command = whipbird("replay", "--speed", "max", "--json", str(path))
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [json.loads(line) for line in output.splitlines()]
    return [line for line in lines if "label" in line]


def validation_clips() -> list[tuple[str, Path]]:
    """Label and path of the ten commands' validation clips."""
    folder = data_folder("speech-commands")
    with (folder / "splits.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "validation" and row["label"] in COMMANDS]
    return [(row["label"], folder / "clips" / row["path"]) for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, help="how many (default: all there are)")
    parser.add_argument("--seed", type=int, default=1, help="of order, gaps and noise (default 1)")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    clips = validation_clips()
    order = rng.permutation(len(clips))[: options.words]
    sound, words = build([clips[i] for i in order], rng)
    strays = match(replay(sound), words)

    found = [(word, event) for word in words if (event := word.found) is not None]
    exact = [(word, event) for word, event in found if word.exact]
    delays = np.array([event["reported_s"] - word.end_s for word, event in exact])
    ends = np.array([event["end_s"] - word.end_s for word, event in exact])
    same = sum(event["label"] == word.label for word in words for event in word.events)
    other = sum(len(word.events) for word in words) - same
    delay_p50, delay_p95 = quantiles(delays, 0.5, 0.95)
    end_p05, end_p50, end_p95 = quantiles(ends, 0.05, 0.5, 0.95)
    measures = [
        Measure("delay from true end to event, p50", delay_p50, "s"),
        Measure("delay from true end to event, p95", delay_p95, "s"),
        Measure("the event's end minus true end, p5", end_p05, "s"),
        Measure("the event's end minus true end, p50", end_p50, "s"),
        Measure("the event's end minus true end, p95", end_p95, "s"),
        Measure("|the event's end minus true end|, p95", quantiles(np.abs(ends), 0.95)[0], "s"),
        Measure("words", len(words)),
        Measure("words found", 100 * len(found) / len(words), "%"),
        Measure("of these with a true end that can be told", len(exact)),
        Measure("repetitions", same - len(found)),
        Measure("wrong label on a word", other),
        Measure("events beside all words", len(strays)),
    ]
    per_word = {
        label: {
            "words": sum(word.label == label for word in words),
            "found": sum(word.label == label for word, _ in found),
            "delay_p50_s": quantiles([e["reported_s"] - w.end_s for w, e in exact if w.label == label], 0.5)[0],
            "end_p50_s": quantiles([e["end_s"] - w.end_s for w, e in exact if w.label == label], 0.5)[0],
        }
        for label in COMMANDS
    }
    title = f"{len(words)} validation words in {len(sound) / RATE_HZ / 60:.1f} minutes"
    finish("delay", title, measures, per_word=per_word)


if __name__ == "__main__":
    run(main)
