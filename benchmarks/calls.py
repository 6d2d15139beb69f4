"""Capuchinbird calls in streams, by birds that the network was not trained on: calls found, and false events.

The clips of each fold (groups of neighbouring recordings, see `whipbird_train.datasets.capuchinbird`) are placed in a
stream over forest sounds of the same fold. The network that was trained on the other folds processes the stream through
the live path. This needs the trainings of ``whipbird train capuchinbird``, under ``runs/``.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.table import Table

from benchmarks.common import ROOT, Measure, Unavailable, data_folder, finish, run
from whipbird.models.bundle import read_card, shipped_folder
from whipbird.models.model import Model
from whipbird_train.evaluate.recorded_scores import Annotated, evaluated
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.fitting.fit import FINAL
from whipbird_train.recipes.load import load_recipe
from whipbird_train.soundscapes.call_streams import MATCHING, call_stream
from whipbird_train.study.fold_bundle import make_fold_bundle
from whipbird_train.study.recipe import Recipe

NAME = "capuchinbird"
CONDITIONS: dict[str, float | None] = {"quiet": None, "20 dB": 20, "10 dB": 10, "5 dB": 5}
LEAST = 98.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calls", description=__doc__)
    parser.add_argument("--run", type=Path, default=ROOT / "runs" / NAME, help="folder of the trainings")
    runs = parser.parse_args().run
    recipe = load_recipe(NAME)
    data = data_folder(NAME)
    heard: dict[str, Annotated] = {name: [] for name in CONDITIONS}
    with tempfile.TemporaryDirectory() as folder:
        for sounds, model in _folds(recipe, data, runs, Path(folder)):
            for seed, (name, snr_db) in enumerate(CONDITIONS.items()):
                heard[name] += call_stream(sounds, snr_db, model, seed)
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


def _folds(recipe: Recipe, data: Path, runs: Path, folder: Path) -> Iterator[tuple[Sounds, Model]]:
    """For each fold: its sounds, and the model that was not trained on them."""
    sounds = recipe.read(data)
    for experiment in recipe.experiments(sounds):
        weights = runs / experiment.name / FINAL
        if not weights.exists():
            raise Unavailable(f"no {weights}; make it with: whipbird train {NAME}")
        network = recipe.network(len(recipe.labels))
        network.load_weights(weights)
        model = make_fold_bundle(shipped_folder() / NAME, recipe, network, folder / experiment.name)
        yield sounds.chosen(experiment.test), model


if __name__ == "__main__":
    run(main)
