"""Where the time of a hop goes, from samples to events: piece by piece, compared with the floor of each.

There are three ways to run a detector at the model's own hop: one hop at a time, as live; sixteen hops at once, as for
recordings; one hop of sixteen streams at once. Every piece is measured by itself, in turns with the whole, in processor
time on one thread (see `benchmarks.work`): the transform of the new frames, mel bands and logarithm, cutting the
frames, the network itself, copies of its tensors and states, debouncing. The rest is what the whole takes beyond their
sum: Python between them, and caches, in which a piece that is measured by itself finds all that it needs.
`benchmarks.streaming` explains the floor.
"""

from __future__ import annotations

import argparse
from itertools import cycle

from benchmarks.streaming import TOGETHER, Bundle, Floor, pieces_of  # isort: skip  (it sets the threads)

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from rich.console import Console
from rich.table import Table

from benchmarks.common import Measure, finish, number, run, speech
from benchmarks.work import least_seconds, matrix_speed
from whipbird.arrays import Floats
from whipbird.audio.clock import Clock
from whipbird.engine.detector import Detector, score_batch
from whipbird.engine.timings import Timings

MODEL = "capuchinbird"
SOUND_S = 20.0
RUNS = {"one hop": (1, 1), "blocks": (TOGETHER, 1), "batch": (1, TOGETHER)}  # hops and streams at once

Parts = dict[str, float]


def profile(bundle: Bundle, sound: Floats, hops: int, streams: int) -> Parts:
    """Microseconds of each piece, and of the whole, for one hop of one stream."""
    card, model = bundle.card, bundle.model
    detectors = [Detector(model, "", card.sample_rate_hz, Clock(), Timings(), block=hops) for _ in range(streams)]
    pieces = cycle(pieces_of(sound, hops * card.hop, streams))
    frontend = bundle.frontend()
    window = np.hanning(frontend.frame).astype(np.float32)
    frames = np.random.default_rng(1).standard_normal((hops * card.hop_frames, frontend.frame), np.float32)
    cut = [frames[begin : begin + frontend.PIECE] for begin in range(0, len(frames), frontend.PIECE)]
    some = sound[: hops * card.hop]
    features = np.repeat(frontend.push(some)[None], streams, axis=0)
    memories = [model.network.new_state() for _ in range(streams)]
    scores = np.zeros((hops, len(card.labels)), np.float32)

    def whole() -> None:
        blocks = []
        for detector, samples in zip(detectors, next(pieces), strict=True):
            detector.push_samples(samples)
            block = detector.next_block()
            assert block is not None
            blocks.append(block)
        heard = score_batch(list(zip(detectors, blocks, strict=True)))
        for detector, own in zip(detectors, heard, strict=True):
            detector.apply_scores(own)

    least = least_seconds(
        {
            "whole": whole,
            "spectra": lambda: [np.fft.rfft(piece * window) for piece in cut],
            "features": lambda: [frontend.transform(piece) for piece in cut],
            "push": lambda: frontend.push(some),
            "hear": lambda: model.network.score(memories, features),
            "invoke": _interpreter(bundle.steps, features).invoke,
            "apply": lambda: detectors[0].apply_scores(scores),
        }
    )
    stream_us, all_us = 1e6 / hops, 1e6 / (hops * streams)
    parts = {
        "transform": least["spectra"] * stream_us,
        "mel bands, logarithm": (least["features"] - least["spectra"]) * stream_us,
        "cutting frames": (least["push"] - least["features"]) * stream_us,
        "network": least["invoke"] * all_us,
        "tensors and states": (least["hear"] - least["invoke"]) * all_us,
        "debouncing": least["apply"] * stream_us,
    }
    total = least["whole"] * all_us
    return parts | {"the rest": total - sum(parts.values()), "all": total}


def _interpreter(content: bytes, features: Floats) -> Interpreter:
    """The interpreter of the network, with its input set."""
    interpreter = Interpreter(model_content=content, num_threads=1)
    inputs = sorted(interpreter.get_input_details(), key=lambda tensor: len(tensor["shape"]))
    values = (np.zeros((len(features), inputs[0]["shape"][1]), np.float32), features)
    for tensor, value in zip(inputs, values, strict=True):
        interpreter.resize_tensor_input(tensor["index"], value.shape)
    interpreter.allocate_tensors()
    for tensor, value in zip(inputs, values, strict=True):
        interpreter.set_tensor(tensor["index"], value)
    return interpreter


def profile_table(name: str, profiles: dict[str, Parts], floor: Floor) -> Table:
    """One model's profiles."""
    table = Table("µs per hop", title=name, title_justify="left")
    for column in (*profiles, "floor"):
        table.add_column(column, justify="right")
    floors = {"transform": floor.transform, "network": floor.network, "all": floor.total}
    for part in next(iter(profiles.values())):
        if part == "all":
            table.add_section()
        cells = [f"{parts[part]:6.1f}  {100 * parts[part] / parts['all']:3.0f} %" for parts in profiles.values()]
        table.add_row(part, *cells, number(floors.get(part)) if part in floors else "")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--model",
        action="append",
        help=f"streaming model, installed or a folder; may be repeated (default: {MODEL})",
    )
    bundles = [Bundle(name) for name in parser.parse_args().model or [MODEL]]
    speed = matrix_speed()
    console = Console(highlight=False)
    measures: list[Measure] = []
    results = {}
    for bundle in bundles:
        name = bundle.card.name
        floor = bundle.floor(speed)
        sound = speech(SOUND_S, bundle.card.sample_rate_hz)
        profiles = {run: profile(bundle, sound, *shape) for run, shape in RUNS.items()}
        console.print(profile_table(f"{name}, hop of {1000 * bundle.card.hop_s:g} ms", profiles, floor))
        results[name] = profiles
        for way, parts in profiles.items():
            measures.append(Measure(f"{name}, {way}: all", parts["all"], "µs per hop"))
            measures.append(Measure(f"{name}, {way}: all ÷ floor", parts["all"] / floor.total, "×"))
    finish("hop", "in short", measures, profiles=results)


if __name__ == "__main__":
    run(main)
