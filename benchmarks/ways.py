"""From sound to scores in five ways, side by side, and how far each is from the least work there is.

* documents: what the documents do at each hop, librosa's features of the whole window and Keras' ``predict``;
* windowed: features of the new frames alone, then the whole window through TFLite;
* streaming: the new frames alone through TFLite, which keeps what it needs of earlier ones;
* blocks: the same, sixteen hops of one stream at once, as where nobody waits;
* batch: the same, one hop of sixteen streams at once.

All hear the same sound, synthetic voices that say the commands, and give the same scores: the largest difference from
the documents' is in the table, for nothing is faster here by hearing worse. On which hops they are compared, and what
the floor is: see `benchmarks.streaming`. All on one thread, in processor time (see `benchmarks.work`). The limit holds
for the batch at the model's own hop.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from benchmarks.streaming import FAMILIES, TOGETHER, Bundle, Hop, pieces_of  # isort: skip  (it sets the threads)

import librosa
import numpy as np
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from benchmarks.common import RESULTS, Floats, Measure, finish, number, run, speech
from benchmarks.work import least_seconds, matrix_speed
from stream.network import StepNetwork, WindowNetwork
from stream.window import SlidingWindow
from train.figures import BLUE, GREY, GRID, INK, ORANGE, save_figure

MOST_FLOORS = 3.0
COMPARED = 40  # hops whose scores are compared
SOUND_S = 20.0
DOCUMENTS, WINDOWED, STREAMING, BLOCKS, BATCH = WAYS = ("documents", "windowed", "streaming", "blocks", "batch")
COLOURS = (GREY, ORANGE, "#56b4e9", "#009e73", BLUE)  # Okabe and Ito's

Row = dict[str, Any]


@dataclass(frozen=True)
class Way:
    """One way to hear: so many hops of so many streams at once.

    Attributes
    ----------
    hear : callable
        From samples, shape (streams, samples of the hops), to scores, shape (streams, hops, labels).
    hops, streams : int
    """

    hear: Callable[[Floats], Floats]
    hops: int = 1
    streams: int = 1


def documents(bundle: Bundle, hop: Hop) -> Way:
    """What the documents do."""
    settings = bundle.settings
    sound = SlidingWindow(bundle.model.frontend().span(bundle.card.window), 0.0)

    def hear(samples: Floats) -> Floats:
        sound.push(samples[0, :, None])
        mel = librosa.feature.melspectrogram(
            y=sound.view()[:, 0],
            sr=bundle.card.sample_rate_hz,
            n_fft=settings.fft,
            win_length=settings.frame,
            hop_length=settings.step,
            center=False,
            n_mels=settings.bands,
            fmin=settings.low_hz,
            fmax=settings.high_hz,
        )
        features = librosa.power_to_db(mel, amin=settings.floor, top_db=None).T
        scores: Floats = bundle.keras.predict(features[None], verbose=0)[None]
        return scores

    return Way(hear)


def incremental(bundle: Bundle, network: WindowNetwork | StepNetwork, hops: int = 1, streams: int = 1) -> Way:
    """Features of new frames alone, and one of our networks."""
    frontends = [bundle.frontend() for _ in range(streams)]
    memories = [network.memory() for _ in range(streams)]

    def hear(samples: Floats) -> Floats:
        frames = [frontend.push(own) for frontend, own in zip(frontends, samples, strict=True)]
        return network.hear(memories, np.stack(frames))

    return Way(hear, hops, streams)


def all_ways(bundle: Bundle, hop: Hop, content: bytes) -> dict[str, Way]:
    """All ways at a hop, each at its begin."""
    steps = bundle.step_network(content, hop)
    return {
        DOCUMENTS: documents(bundle, hop),
        WINDOWED: incremental(bundle, bundle.window_network(hop)),
        STREAMING: incremental(bundle, steps),
        BLOCKS: incremental(bundle, steps, hops=TOGETHER),
        BATCH: incremental(bundle, steps, streams=TOGETHER),
    }


def scores_of(way: Way, hop: Hop, sound: Floats) -> Floats:
    """Scores of the first hops, shape (hops, labels)."""
    pieces = pieces_of(sound[: COMPARED * hop.samples], way.hops * hop.samples, way.streams)
    return np.concatenate([way.hear(piece)[-1] for piece in pieces])


def times_us(ways: dict[str, Way], hop: Hop, sound: Floats) -> dict[str, float]:
    """Processor time of each way for one hop of one stream."""

    def call(way: Way) -> Callable[[], object]:
        pieces = cycle(pieces_of(sound, way.hops * hop.samples, way.streams))
        return lambda: way.hear(next(pieces))

    least = least_seconds({name: call(way) for name, way in ways.items()})
    return {name: 1e6 * least[name] / (way.hops * way.streams) for name, way in ways.items()}


def compare(bundle: Bundle, sound: Floats, speed: float) -> list[Row]:
    """A row for each hop and way."""
    rows = []
    for hop in bundle.hops():
        content = bundle.steps(hop)
        floor = bundle.floor(content, hop, speed)
        scores = {name: scores_of(way, hop, sound) for name, way in all_ways(bundle, hop, content).items()}
        taken_us = times_us(all_ways(bundle, hop, content), hop, sound)
        for way in WAYS:
            common = len(scores[way])  # a block at the end may be missing
            rows.append(
                {
                    "model": bundle.card.name,
                    "hop": hop.name,
                    "note": hop.note,
                    "own": hop == bundle.own_hop,
                    "hop_s": hop.seconds,
                    "way": way,
                    "us": taken_us[way],
                    "of_a_core": taken_us[way] / 1e6 / hop.seconds,
                    "times_fastest": taken_us[way] / min(taken_us.values()),
                    "times_floor": taken_us[way] / floor.total,
                    "difference": float(np.abs(scores[way] - scores[DOCUMENTS][:common]).max()),
                    "floor_us": floor.total,
                    "multiply_adds": floor.multiply_adds,
                }
            )
    return rows


def ways_table(name: str, rows: list[Row]) -> Table:
    """One model's rows."""
    notes = {row["hop"]: row["note"] for row in rows if row["note"]}
    table = Table(
        title=f"{name}: from sound to scores, one thread",
        title_justify="left",
        caption="; ".join(f"{hop} is {note}" for hop, note in notes.items()),
        caption_justify="left",
    )
    table.add_column("hop", no_wrap=True)
    table.add_column("", no_wrap=True)
    for column in ("µs a hop", "of a core", "÷ best", "÷ floor", "differs"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        first = row["way"] == WAYS[0]
        if first:
            table.add_section()
        hop = row["hop"] if first else ""
        difference = "" if first else f"{row['difference']:.0e}"
        ratios = (number(row[key]) for key in ("times_fastest", "times_floor"))
        table.add_row(hop, row["way"], number(row["us"]), number(100 * row["of_a_core"], "%"), *ratios, difference)
        if row["way"] == WAYS[-1]:
            floor_us = row["floor_us"]
            share = "[dim]" + number(100 * floor_us / 1e6 / row["hop_s"], "%")
            fastest = floor_us * row["times_fastest"] / row["us"]
            table.add_row("", "[dim]floor", f"[dim]{number(floor_us)}", share, f"[dim]{fastest:.2f}", "[dim]1", "")
    return table


def ways_figure(rows: list[Row]) -> Figure:
    """Microseconds per hop of each way at each hop, and the floor."""
    names = list(dict.fromkeys(row["model"] for row in rows))
    figure = Figure(figsize=(4.4 * len(names) + 0.8, 4.2), layout="constrained")
    width = 0.8 / len(WAYS)
    for axes, name in zip(np.atleast_1d(figure.subplots(1, len(names), sharey=True)), names, strict=True):
        own = [row for row in rows if row["model"] == name]
        places = np.arange(len(own) // len(WAYS))
        for place, (way, colour) in enumerate(zip(WAYS, COLOURS, strict=True)):
            taken_us = [row["us"] for row in own if row["way"] == way]
            middle = places + (place - (len(WAYS) - 1) / 2) * width
            axes.bar(middle, taken_us, 0.9 * width, color=colour, label=way, zorder=2)
        first = [row for row in own if row["way"] == WAYS[0]]
        floors_us = [row["floor_us"] for row in first]
        axes.hlines(floors_us, places - 0.45, places + 0.45, INK, linewidth=1.5, zorder=3, label="floor")
        axes.set_xticks(places, [row["hop"] for row in first])
        axes.set(yscale="log", title=name, xlabel="hop")
        axes.grid(axis="y", color=GRID, zorder=0)
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].set_ylabel("processor time per hop, µs")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--model",
        action="append",
        help=f"streaming model, installed or a folder; may be repeated (default: {', '.join(FAMILIES)})",
    )
    bundles = [Bundle(name) for name in parser.parse_args().model or FAMILIES]
    speed = matrix_speed()
    console = Console(highlight=False)
    measures = [Measure("multiply-adds of matrices per second", speed / 1e9, "billion")]
    rows: list[Row] = []
    for bundle in bundles:
        own = compare(bundle, speech(SOUND_S, bundle.card.sample_rate_hz), speed)
        rows += own
        console.print(ways_table(bundle.card.name, own))
        taken = {row["way"]: row for row in own if row["own"]}
        title = f"{bundle.card.name}, {bundle.own_hop.name}: "
        measures += [
            Measure(f"{title}documents ÷ streaming", taken[DOCUMENTS]["us"] / taken[STREAMING]["us"], "×"),
            Measure(f"{title}windowed ÷ streaming", taken[WINDOWED]["us"] / taken[STREAMING]["us"], "×"),
            Measure(f"{title}streaming ÷ batch", taken[STREAMING]["us"] / taken[BATCH]["us"], "×"),
            Measure(f"{title}batch ÷ floor", taken[BATCH]["times_floor"], "×", MOST_FLOORS),
        ]
    RESULTS.mkdir(exist_ok=True)
    save_figure(ways_figure(rows), RESULTS / "ways.png")
    finish("ways", "in short", measures, ways=rows)


if __name__ == "__main__":
    run(main)
