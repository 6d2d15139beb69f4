"""Capuchinbird calls in streams, of birds that the network was not trained on: how many are found, and what else.

The clips of each fold (groups of neighbouring recordings, see `train.datasets.capuchinbird`) are placed in a stream
over forest sounds of the same fold, and heard by the network that was trained on the other folds, through the live
path. Needs the trainings of ``whipbird train capuchinbird``, under ``runs/``.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
from rich.table import Table

from benchmarks.common import ROOT, Measure, Unavailable, data_folder, finish, run
from stream.model import Model, read_card, shipped_folder
from train.datasets.capuchinbird import CAPUCHINBIRD, LABELS
from train.evaluate.listening import Annotated, evaluated, listen_to
from train.evaluate.matching import Matching
from train.evaluate.mix import MixSettings, Sound, build
from train.export import convert_steps
from train.fit import FINAL
from train.recipe import Recipe
from train.recipes import load_recipe
from train.steps import step_network

NAME = "capuchinbird"
CONDITIONS: dict[str, tuple[float, float] | None] = {
    "quiet": None,
    "20 dB": (20, 20),
    "10 dB": (10, 10),
    "5 dB": (5, 5),
}
GAP_S = (2.0, 12.0)
MATCHING = Matching(2.0, "middle")  # clips were cut anywhere, some in the midst of a call
LEAST = 98.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calls", description=__doc__)
    parser.add_argument("--run", type=Path, default=ROOT / "runs" / NAME, help="folder of the trainings")
    runs = parser.parse_args().run
    recipe = load_recipe(NAME)
    data = data_folder(NAME)
    heard: dict[str, Annotated] = {name: [] for name in CONDITIONS}
    with tempfile.TemporaryDirectory() as folder:
        for model, calls, others in _folds(recipe, data, runs, Path(folder)):
            for seed, (name, snr_db) in enumerate(CONDITIONS.items()):
                settings = MixSettings(recipe.rate_hz, gap_s=GAP_S, snr_db=snr_db)
                sound, truth = build(calls, others, settings, seed)
                path = Path(folder) / "stream.wav"
                soundfile.write(path, sound, recipe.rate_hz, subtype="FLOAT")
                heard[name].append((listen_to(path, model), truth))
    card = read_card(shipped_folder() / NAME)
    table = Table("", "calls", "found", "events", "right", "count wrong by", title="unseen birds and sources")
    measures = []
    for name, annotated in heard.items():
        found = evaluated(annotated, card, MATCHING).overall
        recall, precision = (100 * (share.value or 0) for share in (found.recall, found.precision))
        wrong = found.count_error.value
        counts = str(found.annotations), f"{recall:.1f} %", str(found.events), f"{precision:.1f} %"
        table.add_row(name, *counts, "" if wrong is None else f"{wrong:.2g}")
        measures.append(Measure(f"calls found, {name}", recall, "%", LEAST if name == "quiet" else None, at_least=True))
        measures.append(
            Measure(f"events right, {name}", precision, "%", LEAST if name == "quiet" else None, at_least=True)
        )
    finish("calls", NAME, measures, table)


def _folds(
    recipe: Recipe, data: Path, runs: Path, folder: Path
) -> Iterator[tuple[Model, list[Sound], list[np.ndarray]]]:
    """For each fold: the model that has not heard it, its calls, and its other sounds."""
    sounds = recipe.read(data)
    for experiment in recipe.experiments(sounds):
        weights = runs / experiment.name / FINAL
        if not weights.exists():
            raise Unavailable(f"no {weights}; make it with: whipbird train {NAME}")
        unseen = sounds.chosen(experiment.test)
        waves = list(zip(unseen.waves, unseen.labels, unseen.groups, strict=True))
        calls = [Sound(wave, CAPUCHINBIRD, group) for wave, label, group in waves if LABELS[label] == CAPUCHINBIRD]
        yield (
            _model(recipe, weights, folder / experiment.name),
            calls,
            [wave for wave, label, _ in waves if LABELS[label] != CAPUCHINBIRD],
        )


def _model(recipe: Recipe, weights: Path, folder: Path) -> Model:
    """The shipped bundle with other weights."""
    assert recipe.steps is not None
    network = recipe.network(len(LABELS))
    network.load_weights(weights)
    shutil.copytree(shipped_folder() / NAME, folder)
    steps = convert_steps(step_network(partial(recipe.steps, len(LABELS)), network))
    (folder / "steps.tflite").write_bytes(steps)
    card = read_card(folder)
    hashes = card.sha256 | {"steps.tflite": hashlib.sha256(steps).hexdigest()}
    (folder / "card.json").write_text(card.model_copy(update={"sha256": hashes}).model_dump_json())
    return Model(str(folder))


if __name__ == "__main__":
    run(main)
