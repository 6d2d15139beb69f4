"""Run a study: train and test as a recipe's protocols say, then make the model that ships."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from whipbird.models.card import Card, TrainingData
from whipbird.models.model import Model
from whipbird_train.evaluate.clip_results import ClipResults
from whipbird_train.export.bundle_folder import check_target, new_bundle
from whipbird_train.export.write_bundle import write_bundle
from whipbird_train.fitting.fit import history
from whipbird_train.reports.bundle_texts import write_texts
from whipbird_train.reports.training import write_report
from whipbird_train.study.recipe import Experiment, Recipe
from whipbird_train.study.thresholds import choose_thresholds
from whipbird_train.study.work import Study, Work

__all__ = ["run_study"]

VERSION = "0.2.0"


def run_study(recipe: Recipe, study: Study) -> Card:
    """Run all experiments of a recipe, write report and bundle, and return the model's card."""
    check_target(study.bundle)
    work = Work(recipe, replace(recipe.settings, epochs=study.epochs or recipe.settings.epochs), study)
    experiments = recipe.experiments(work.sounds)
    pooled = work.pooled_results(experiments)
    histories = {one.protocol: _history(study.run / one.name) for one in reversed(experiments)}
    pictures = write_report(study.run, pooled, histories, work.sound)
    shipped = _shipped(recipe, experiments, len(work.sounds))
    network, training = work.trained(shipped)
    steps = recipe.in_steps(network)
    facts = {
        "epochs": len(history(_history(study.run / shipped.name).parent)),
        "shipped_unseen": recipe.shipped is not None,
        "training_s": round(sum(_seconds(study.run / name) for name in {one.name for one in (*experiments, shipped)})),
        "experiments": {protocol: results.as_dict() for protocol, results in pooled.items()},
    }
    card = _card(recipe, next(iter(pooled.values())), training, facts, streams=steps is not None)
    with new_bundle(study.bundle) as made:
        windows, truth = work.windows(shipped)
        arrays = recipe.further_arrays(network, work.sounds.chosen(shipped.train), study.data, work.features)
        card = write_bundle(
            made, card, network, steps, work.matrices, windows, truth, arrays, pictures, recipe.eight_bit
        )
        card = recipe.measured(card, study.data, Model(str(made)), work.unseen(experiments, made))
        write_texts(made, card)
    return card


def _shipped(recipe: Recipe, experiments: Sequence[Experiment], clips: int) -> Experiment:
    """The experiment whose network ships: one of the recipe's, or one on all clips."""
    if recipe.shipped is None:
        everything = np.ones(clips, bool)
        return Experiment("everything", "shipped", everything, everything)
    return next(experiment for experiment in experiments if experiment.name == recipe.shipped)


def _card(
    recipe: Recipe, main: ClipResults, training: list[TrainingData], facts: dict[str, Any], streams: bool
) -> Card:
    return Card(
        name=recipe.name,
        version=VERSION,
        description=recipe.description,
        labels=list(recipe.labels),
        species=dict(recipe.species),
        sample_rate_hz=recipe.rate_hz,
        window=recipe.window,
        kind="streaming" if streams else "windowed",
        hop_s=recipe.hop_s,
        reference_s=recipe.reference_s,
        lead_s=recipe.lead_s,
        report=recipe.report,
        frontend=recipe.frontend,
        debounce=choose_thresholds(main, recipe.reported, recipe.debounce),
        against=recipe.against,
        training=training,
        licence=recipe.licence,
        limits=recipe.limits,
        results=facts,
        sha256={},
    )


def _history(folder: Path) -> Path:
    """The history file of a training, or of its first member."""
    return min(folder.rglob("history.csv"), key=lambda path: (len(path.parts), path), default=folder / "history.csv")


def _seconds(folder: Path) -> float:
    """Duration of all trainings in a folder, in seconds."""
    return sum(float(row["seconds"]) for file in folder.rglob("history.csv") for row in history(file.parent))
