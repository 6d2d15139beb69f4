"""A study: train on some groups and judge on others, as a recipe's protocols say; then make the model that ships.

A study lives in a folder, in which finished parts are not done again::

    EXPERIMENT/    key (of what and how it was trained), rounds/, history.csv, backup/, final.weights.h5 (in member-N/
                   where several vote), training.json, judgement.npz
    shipped/       the same of the network that was trained on everything, where that is what ships
    report.html    and its pictures
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from stream.card import Card, TrainingData
from stream.classify import clip_windows, combine
from stream.frontend import FrontEnd
from stream.model import Model, make_frontend
from train.batches import Batches
from train.bundle import check_target, copy_bundle
from train.datasets.clips import fit_length
from train.evaluate.calibration import calibrate, calibrated_card
from train.evaluate.listening import evaluated, hours_of
from train.export import write_bundle
from train.fit import FINAL, Settings, epochs_done, fit
from train.folds import with_network
from train.judgement import Judgement
from train.matrices import build_frontend, make_matrices
from train.model_page import model_page
from train.networks import body_of, committee, joined
from train.progress import tracked
from train.recipe import Calibration, Examples, Experiment, Recipe, Recordings
from train.report import write_report
from train.rounds import Embedded, Rounds
from train.sounds import Sounds
from train.steps import step_network
from train.thresholds import choose_thresholds

__all__ = ["Study", "run_study"]

STUDENT = "features"  # the rounds' name for what the network itself sees
MOST_CHECKED = 1000  # windows on which the exported model is compared


@dataclass(frozen=True)
class Study:
    """Where a study reads and writes, and with what it differs from its recipe.

    Attributes
    ----------
    data : Path
        Folder of the data set.
    run : Path
        Folder of the study.
    bundle : Path
        Folder of the model.
    seed : int
    epochs : int or None
        Instead of the recipe's own number.
    """

    data: Path
    run: Path
    bundle: Path
    seed: int = 1
    epochs: int | None = None


def run_study(recipe: Recipe, study: Study) -> Card:
    """Train and judge all that the recipe says, write report and bundle; return the model's card."""
    check_target(study.bundle)
    settings = replace(recipe.settings, epochs=study.epochs or recipe.settings.epochs)
    work = _Work(recipe, settings, study)
    experiments = recipe.experiments(work.sounds)
    judgements: dict[str, list[Judgement]] = {}
    for experiment in experiments:
        judgements.setdefault(experiment.protocol, []).append(work.judged(experiment))
    pooled = {protocol: Judgement.pooled(parts) for protocol, parts in judgements.items()}
    main = next(iter(pooled.values()))

    if recipe.shipped is None:
        everything = np.ones(len(work.sounds), bool)
        shipped = Experiment("everything", "shipped", everything, everything)
    else:
        shipped = next(experiment for experiment in experiments if experiment.name == recipe.shipped)
    network, training = work.trained(shipped)
    card = _card(recipe, pooled, training)
    facts = {
        "epochs": epochs_done(_history(study.run / shipped.name).parent),
        "shipped_unseen": recipe.shipped is not None,
        "training_s": round(
            sum(
                _seconds(study.run / experiment.name)
                for experiment in (*experiments, *([] if recipe.shipped else [shipped]))
            )
        ),
        "experiments": {protocol: judgement.as_dict() for protocol, judgement in pooled.items()},
    }
    checked = work.sounds.chosen(shipped.test)
    some = np.zeros(len(checked), bool)
    some[np.random.default_rng(study.seed).permutation(len(checked))[:MOST_CHECKED]] = True
    histories = {protocol: _history(study.run / _first(experiments, protocol).name) for protocol in pooled}
    card = write_bundle(
        network,
        card.model_copy(update={"results": facts}),
        work.matrices,
        work.features(checked.chosen(some)),
        checked.labels[some],
        main,
        histories[next(iter(pooled))],
        study.bundle,
        work.embeddings(network, shipped) if recipe.embeds else None,
        None if recipe.steps is None else step_network(partial(recipe.steps, len(recipe.labels)), network),
    )
    if recipe.calibration is not None:
        card = _calibrated(recipe.calibration, card, study, work.unseen(experiments))
    if recipe.recordings is not None:
        card = _measured(recipe.recordings, card, study)
    (study.bundle / "README.md").write_text(model_page(card, main), encoding="utf-8")
    write_report(study.run, recipe.name, pooled, histories, work.sound, _report_facts(card))
    return card


class _Work:
    """The sounds and front end of a study, and the trainings on them."""

    def __init__(self, recipe: Recipe, settings: Settings, study: Study) -> None:
        self._recipe = recipe
        self._settings = settings
        self._study = study
        self.matrices = make_matrices(recipe.frontend, recipe.rate_hz)
        self.frontend: FrontEnd = make_frontend(recipe.frontend, self.matrices)
        self.sounds = recipe.read(study.data)

    def judged(self, experiment: Experiment) -> Judgement:
        """Train, unless that is done, and judge on the clips that training did not see."""
        folder = self._study.run / experiment.name
        file = folder / "judgement.npz"
        self._keep_if_same(folder, *self._parts(experiment))
        if not file.exists():
            network, _ = self.trained(experiment)
            self._judge(network, experiment).save(file)
        return Judgement.load(file)

    def trained(self, experiment: Experiment) -> tuple[keras.Model, list[TrainingData]]:
        """The network of an experiment, or a committee of some, and of what it was trained."""
        recipe, study = self._recipe, self._study
        train, test, labels = self._parts(experiment)
        folder = study.run / experiment.name
        self._keep_if_same(folder, train, test, labels)
        members = [folder] if recipe.members == 1 else [folder / f"member-{n + 1}" for n in range(recipe.members)]
        made_of = folder / "training.json"
        if not (made_of.exists() and all((member / FINAL).exists() for member in members)):
            examples = recipe.examples(study.data, train, labels, study.seed)
            trained_on = set(train.names)
            unseen = test.chosen(np.array([name not in trained_on for name in test.names], bool))
            for number, member in enumerate(members):
                of = f", {number + 1} of {recipe.members}" if recipe.members > 1 else ""
                title = f"{recipe.name}, {experiment.name}{of}"
                self._train(examples, unseen, labels, study.seed + number, member, title)
            made_of.write_text(json.dumps([data.model_dump() for data in examples.training]), encoding="utf-8")
        networks = []
        for member in members:
            network = recipe.network(len(labels))
            network.load_weights(member / FINAL)
            networks.append(network if recipe.base is None else joined(recipe.base.body, network))
        training = [TrainingData.model_validate(data) for data in json.loads(made_of.read_text(encoding="utf-8"))]
        return (networks[0] if len(networks) == 1 else committee(networks)), training

    def _keep_if_same(self, folder: Path, train: Sounds, test: Sounds, labels: tuple[str, ...]) -> None:
        """Throw away what was trained on other recordings, or with other settings (but not after a change of code)."""
        recipe = self._recipe
        said = (
            recipe.name, labels, recipe.frontend, recipe.window, recipe.members, recipe.teaching, recipe.hop_s,
            recipe.debounce.smooth_s, self._settings, self._study.seed,
        ) + ((recipe.base.key,) if recipe.base else ())  # fmt: skip
        key = hashlib.sha256(f"{train.key} {test.key} {said}".encode()).hexdigest()
        file = folder / "key"
        if not file.exists() or file.read_text(encoding="ascii") != key:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            file.write_text(key, encoding="ascii")

    def _train(
        self, examples: Examples, test: Sounds, labels: tuple[str, ...], seed: int, folder: Path, title: str
    ) -> None:
        recipe, settings = self._recipe, self._settings
        keras.utils.set_random_seed(seed)
        network = recipe.network(len(labels))
        frontends = {STUDENT: self.frontend}
        if recipe.teaching:
            for name, needed in recipe.teaching.frontends.items():
                frontends[name] = build_frontend(needed, recipe.rate_hz)
        rounds = Rounds(folder / "rounds", settings.rounds, examples, frontends, seed)
        teacher = recipe.teaching(rounds, len(labels), test, folder, seed) if recipe.teaching else None
        seen, unseen = rounds, self.features(test) if len(test) else None
        if recipe.base:
            seen = Embedded(rounds, recipe.base.body, recipe.base.known)
            unseen = None if unseen is None else recipe.base.body.predict(unseen, verbose=0)
        variation, balanced = settings.variation, settings.balanced
        batches = Batches(
            seen, STUDENT, len(labels), settings.batch, variation, seed, balanced, teacher, settings.truth
        )
        fit(network, batches, None if unseen is None else (unseen, test.labels), settings, folder, title)
        shutil.rmtree(rounds.folder)  # done with, and large

    def features(self, sounds: Sounds) -> NDArray[np.float32]:
        """Features of the middle of each clip: shape (clips, frames, width)."""
        span = self.frontend.span(self._recipe.window)
        return np.concatenate([self.frontend.whole(fit_length(wave, span))[None] for wave in sounds.waves])

    def embeddings(self, network: keras.Model, experiment: Experiment) -> dict[str, NDArray]:
        """Names of the recordings that a network was trained on, and its activations before the last layer."""
        train, _, _ = self._parts(experiment)
        activations = body_of(network).predict(self.features(train), batch_size=128, verbose=0)
        return {"names": np.array(train.names), "activations": activations.astype(np.float16)}

    def unseen(self, experiments: Sequence[Experiment]) -> Iterator[tuple[Sounds, Model]]:
        """What each experiment with all labels did not train on, and the bundle with its network."""
        with tempfile.TemporaryDirectory() as folder:
            for experiment in experiments:
                if experiment.labels is not None:
                    continue
                network, _ = self.trained(experiment)
                _, test, _ = self._parts(experiment)
                yield test, with_network(self._study.bundle, self._recipe, network, Path(folder) / experiment.name)

    def sound(self, name: str) -> tuple[NDArray[np.float32], int]:
        """A clip of that name, for the report's pictures, and its rate."""
        return self.sounds.waves[self.sounds.names.index(name)], self._recipe.rate_hz

    def _parts(self, experiment: Experiment) -> tuple[Sounds, Sounds, tuple[str, ...]]:
        train, test = self.sounds.chosen(experiment.train), self.sounds.chosen(experiment.test)
        if experiment.labels is None:
            return train, test, self._recipe.labels
        numbers = experiment.labels
        return train.relabelled(numbers), test.relabelled(numbers), tuple(self._recipe.labels[n] for n in numbers)

    def _judge(self, network: keras.Model, experiment: Experiment) -> Judgement:
        """Score whole clips as the runtime's `classify` does."""
        recipe = self._recipe
        _, test, labels = self._parts(experiment)
        reported = [number for number, label in enumerate(labels) if label in recipe.reported]
        hop, smooth = round(recipe.hop_s * recipe.rate_hz), round(recipe.debounce.smooth_s / recipe.hop_s)
        scores = []
        for wave in tracked(test.waves, f"judging {experiment.name}"):
            windows = clip_windows(self.frontend, wave, recipe.window, hop)
            scores.append(combine(network.predict_on_batch(windows), reported, smooth))
        return Judgement(labels, test.labels, np.stack(scores), test.names, test.groups)


def _card(recipe: Recipe, pooled: dict[str, Judgement], training: list[TrainingData]) -> Card:
    main = next(iter(pooled.values()))
    return Card(
        name=recipe.name,
        version="0.2.0",
        description=recipe.description,
        labels=list(recipe.labels),
        sample_rate_hz=recipe.rate_hz,
        window=recipe.window,
        kind="windowed" if recipe.steps is None else "streaming",
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
        results={},
        sha256={},
    )


def _calibrated(calibration: Calibration, card: Card, study: Study, unseen: Iterator[tuple[Sounds, Model]]) -> Card:
    """Write operating points into the bundle's card; return it."""
    annotated = calibration.streams(study.data, Model(str(study.bundle)))
    if not annotated:
        return card
    if calibration.unseen is not None:
        for sounds, model in unseen:
            annotated = annotated + calibration.unseen(sounds, model)
    points = calibrate(annotated, card, calibration.matching, calibration.target_per_hour)
    card = calibrated_card(card, points)
    copy_bundle(study.bundle, study.bundle, card)
    return card


def _measured(recordings: Recordings, card: Card, study: Study) -> Card:
    """Write into the bundle's card what comes of whole recordings; return it."""
    annotated = recordings.heard(study.data, Model(str(study.bundle)))
    if not annotated:
        return card
    found = evaluated(annotated, card, recordings.matching).overall
    measured = {
        "name": recordings.name,
        "recordings": len(annotated),
        "hours": round(hours_of(annotated), 2),
        "sounds": found.annotations,
        "recall": found.recall.as_list(),
        "precision": found.precision.as_list(),
        "counted_exactly": found.counted.as_list(),
    }
    card = card.model_copy(update={"results": card.results | {"whole_recordings": measured}})
    copy_bundle(study.bundle, study.bundle, card)
    return card


def _first(experiments: list[Experiment], protocol: str) -> Experiment:
    return next(experiment for experiment in experiments if experiment.protocol == protocol)


def _history(folder: Path) -> Path:
    """The history of a training, or of the first of those who vote."""
    return min(folder.rglob("history.csv"), key=lambda path: (len(path.parts), path), default=folder / "history.csv")


def _seconds(folder: Path) -> float:
    """How long all trainings in a folder took."""
    total = 0.0
    for file in folder.rglob("history.csv"):
        with file.open(newline="", encoding="utf-8") as rows:
            total += sum(float(row["seconds"]) for row in csv.DictReader(rows))
    return total


def _report_facts(card: Card) -> dict[str, str]:
    results = card.results
    return {
        "Parameters": f"{results['parameters']:,}",
        "Size": f"{results['model_bytes'] / 1000:.0f} kB ({results['exported']})",
        "Epochs": str(results["epochs"]),
        "Training": f"{results['training_s'] / 60:.0f} minutes in all",
        "Window": f"{card.window} frames ({card.frontend.kind}) at {card.sample_rate_hz} Hz, every {card.hop_s:g} s",
    }
