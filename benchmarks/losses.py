"""What lost sound costs: words and calls that are missed or misheard when pieces are lost, and how they are filled.

Bursts of 10 to 60 ms are lost at random, 0.5 to 5 % of the time, the same ones in each way:

* cut out: the sound goes on as if nothing had been there, and all that follows comes too early;
* zeros: silence;
* repeated: the piece before, as long as the gap, once more;
* concealed: what `stream.conceal` makes of both sides, as the pipeline does with every gap.

Words of speakers that were not trained on, in quiet and over city sounds (see `train.evaluate.word_streams`), and calls
in recordings of a forest; all through the live path. Events of sound that was cut are put back to where it was made, so
that they are not missed for their times alone. Whether a word is heard also depends on where in a hop it begins, by a
percent or so; so the words are heard three times, each time from another place within a hop, with other losses. Last,
what it costs to fill 60 ms, in processor time.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from rich.table import Table

from benchmarks.common import RESULTS, Floats, Measure, data_folder, finish, run
from benchmarks.work import least_seconds
from stream.conceal import conceal
from stream.detection import Detection
from stream.model import Model
from stream.pipeline import Pipeline
from stream.report import Report
from stream.ring import Ring
from stream.sources.base import Notify, Source
from stream.sources.replay import find_recordings
from train.evaluate.annotation_files import read_annotations
from train.evaluate.annotations import Annotation, find
from train.evaluate.listening import Listened, evaluated
from train.evaluate.matching import CALLS, WORDS, Heard, Matching
from train.evaluate.measures import Measures
from train.evaluate.mix import MixSettings, build
from train.evaluate.word_streams import RATE_HZ, unseen_city_sounds, validation_words
from train.figures import BLUE, GREY, GRID, INK, ORANGE, save_figure
from train.progress import tracked

SHARES = (0.005, 0.01, 0.02, 0.05)
BURST_MS = (10.0, 60.0)
CUT, ZEROS, REPEATED, CONCEALED = WAYS = ("cut out", "zeros", "repeated", "concealed")
COLOURS = (GREY, ORANGE, "#009e73", BLUE)  # Okabe and Ito's
SEED = 1
PLACES = 3  # within a hop, from which words are heard
SNR_DB = 10.0
BLOCK = 4096
RECALL_SHOWN = 0.12  # in the figure, below the best
FILL_S, MOST_FILL_MS = 0.06, 2.0
FILL_RATES_HZ = (16_000, 48_000)

Gaps = list[tuple[int, int]]
Row = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """Sound, one channel, and what is in it."""

    samples: Floats
    rate_hz: int
    truth: list[Annotation]


@dataclass(frozen=True)
class Task:
    """What is heard, and by whom."""

    name: str
    model: Model
    matching: Matching
    scenes: list[Scene]


class Lossy(Source):
    """Sound that is there already, without what lies in gaps."""

    def __init__(self, scene: Scene, gaps: Gaps) -> None:
        super().__init__(name="lossy", live=False, rate_hz=scene.rate_hz, channels=1, paced=False)
        self._samples, self._gaps = scene.samples, gaps

    def run(self, ring: Ring, stop: threading.Event, notify: Notify) -> None:
        reached = 0
        for begin, end in [*self._gaps, (len(self._samples), len(self._samples))]:
            for first in range(reached, begin, BLOCK):
                block = self._samples[first : min(first + BLOCK, begin), None]
                while not ring.wait_for_room(len(block), 0.1):
                    if stop.is_set():
                        return
                ring.write(block)
            ring.skip(end - begin, "lost")
            reached = end


def draw_gaps(scene: Scene, share: float, burst_ms: tuple[float, float]) -> Gaps:
    """Where sound is lost: bursts of evenly distributed length, at random times."""
    rng = np.random.default_rng([SEED, len(scene.samples), round(1e6 * share)])
    shortest, longest = (scene.rate_hz * length_ms / 1000 for length_ms in burst_ms)
    apart = (shortest + longest) / 2 * (1 - share) / share if share else np.inf
    gaps: Gaps = []
    begin = round(rng.exponential(apart)) if share else len(scene.samples)
    while (end := begin + round(rng.uniform(shortest, longest))) < len(scene.samples):
        gaps.append((begin, end))
        begin = end + max(1, round(rng.exponential(apart)))
    return gaps


def hear(scene: Scene, gaps: Gaps, way: str, model: Model) -> Listened:
    """What is heard of a sound with gaps that are filled in this way."""
    samples = scene.samples
    if way == CUT:
        lost = np.zeros(len(samples), bool)
        for begin, end in gaps:
            lost[begin:end] = True
        kept = np.flatnonzero(~lost)
        heard = listen(replace(scene, samples=samples[kept]), [], model)
        heard = [_moved(event, kept, scene.rate_hz) for event in heard]
    elif way == CONCEALED:
        heard = listen(scene, gaps, model)
    else:
        filled = samples.copy()
        for begin, end in gaps:
            before = filled[max(0, begin - (end - begin)) : begin]
            filled[begin:end] = np.resize(before, end - begin) if way == REPEATED and len(before) else 0
        heard = listen(replace(scene, samples=filled), [], model)
    return Listened("sound", len(samples) / scene.rate_hz, tuple(heard), ())


def listen(scene: Scene, gaps: Gaps, model: Model) -> list[Heard]:
    """Events of a sound with gaps, through the live path."""
    events: list[Heard] = []

    def publish(report: Report) -> None:
        if isinstance(report, Detection):
            events.append(Heard(report.begin_s, report.end_s, report.reported_s, report.label, report.score))

    pipeline = Pipeline(Lossy(scene, gaps), [model], publish)
    pipeline.start()
    pipeline.wait()
    return events


def _moved(event: Heard, kept: np.ndarray[Any, np.dtype[np.intp]], rate_hz: int) -> Heard:
    def moved(seconds: float) -> float:
        return float(kept[min(round(seconds * rate_hz), len(kept) - 1)]) / rate_hz

    return Heard(moved(event.begin_s), moved(event.end_s), moved(event.reported_s), event.label, event.score)


def measured(task: Task, way: str, share: float, burst_ms: tuple[float, float]) -> Measures:
    """How well something is heard of all scenes."""
    found = [(hear(scene, draw_gaps(scene, share, burst_ms), way, task.model), scene.truth) for scene in task.scenes]
    return evaluated(found, task.model.card, task.matching).overall


def word_tasks(model: Model) -> list[Task]:
    data = data_folder("speech-commands").parent
    words, tasks = validation_words(data), []
    for name, snr_db in (("words in quiet", None), (f"words at {SNR_DB:g} dB", SNR_DB)):
        settings = MixSettings(
            RATE_HZ, gap_s=(0.5, 2.0), snr_db=None if snr_db is None else (snr_db, snr_db), runs=0.15, cut=0.05
        )
        sound, truth = build(words, [] if snr_db is None else unseen_city_sounds(data), settings, 1)
        places = [round(number * model.card.hop_s * RATE_HZ / PLACES) for number in range(PLACES)]
        tasks.append(Task(name, model, WORDS, [_from(place, sound, truth) for place in places]))
    return tasks


def _from(place: int, sound: Floats, truth: Sequence[Annotation]) -> Scene:
    """The sound from some sample on."""
    place_s = place / RATE_HZ
    moved = [replace(one, begin_s=one.begin_s - place_s, end_s=one.end_s - place_s) for one in truth]
    return Scene(sound[place:], RATE_HZ, moved)


def call_task(model: Model) -> Task:
    folder = data_folder("capuchinbird") / "forest"
    annotations = read_annotations(folder / "annotations.csv")
    scenes = []
    for path in map(Path, find_recordings([str(folder)])):
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
        scenes.append(Scene(samples.mean(axis=1), rate_hz, find(annotations, path) or []))
    return Task("calls", model, CALLS, scenes)


def losses_figure(rows: list[Row]) -> Figure:
    """Recall and false alarms of each task over the share that is lost."""
    names = list(dict.fromkeys(row["task"] for row in rows))
    figure = Figure(figsize=(3.4 * len(names) + 0.6, 5.2), layout="constrained")
    grid = figure.subplots(2, len(names), sharex=True, squeeze=False)
    for column, name in zip(grid.T, names, strict=True):
        for axes, key in zip(column, ("recall", "false_per_hour"), strict=True):
            (whole,) = (row[key] for row in rows if row["task"] == name and not row["share"])
            axes.axhline(whole, color=INK, linewidth=1, linestyle=":", label="nothing lost")
            for way, colour in zip(WAYS, COLOURS, strict=True):
                own = [row for row in rows if (row["task"], row["way"]) == (name, way) and row["share"]]
                axes.plot([row["share"] for row in own], [row[key] for row in own], "o-", color=colour, label=way)
            axes.grid(color=GRID)
            axes.spines[["top", "right"]].set_visible(False)
        best = max(row["recall"] for row in rows if row["task"] == name)
        column[0].set_title(name)
        column[0].set_ylim(best - RECALL_SHOWN, best + 0.1 * RECALL_SHOWN)
        column[0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        column[1].set_ylim(0, 1.1 * max(row["false_per_hour"] for row in rows))
        column[1].set_xlabel("lost, of the time")
        column[1].xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    grid[0, 0].set_ylabel("recall")
    grid[1, 0].set_ylabel("false alarms per hour")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    return figure


def fill_ms(rate_hz: int) -> float:
    """Processor time to fill a gap between two sides of noise."""
    noise = np.random.default_rng(1).standard_normal(rate_hz).astype(np.float32)
    work: dict[str, Callable[[], object]] = {
        "fill": lambda: conceal(noise[: rate_hz // 2], round(FILL_S * rate_hz), noise[rate_hz // 2 :], rate_hz)
    }
    return 1000 * least_seconds(work)["fill"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", default="commands", help="model that hears words, installed or a folder")
    parser.add_argument("--calls", default="capuchinbird", help="model that hears calls")
    parser.add_argument("--burst-ms", nargs=2, type=float, default=BURST_MS, metavar=("SHORTEST", "LONGEST"))
    options = parser.parse_args()
    tasks = [*word_tasks(Model(options.words)), call_task(Model(options.calls))]
    table = Table("", "lost", "filled", "recall", "false alarms per hour", title="what lost sound costs")
    rows: list[Row] = []
    runs = [(task, 0.0, CONCEALED) for task in tasks]
    runs += [(task, share, way) for task in tasks for share in SHARES for way in WAYS]
    for task, share, way in tracked(sorted(runs, key=lambda one: tasks.index(one[0])), "listening"):
        found = measured(task, way, share, tuple(options.burst_ms))
        row = {
            "task": task.name,
            "share": share,
            "way": way if share else "",
            "annotations": found.annotations,
            "hits": found.hits,
            "false": found.false,
            "recall": found.recall.value or 0.0,
            "false_per_hour": found.false_alarms_per_hour.value or 0.0,
        }
        rows.append(row)
        table.add_row(
            task.name, f"{share:.1%}", row["way"], f"{row['recall']:.1%}", f"{row['false_per_hour']:.1f}",
            end_section=not share or way == WAYS[-1],
        )  # fmt: skip
    costs = {rate_hz: fill_ms(rate_hz) for rate_hz in FILL_RATES_HZ}
    measures = [Measure(f"60 ms filled at {rate_hz} Hz", cost, "ms", MOST_FILL_MS) for rate_hz, cost in costs.items()]
    for measure in measures:
        table.add_row(measure.name, "", "", f"{measure.value:.2f} ms", "")
    RESULTS.mkdir(exist_ok=True)
    save_figure(losses_figure(rows), RESULTS / "losses.png")
    finish("losses", "losses", measures, table, losses=rows)


if __name__ == "__main__":
    run(main)
