"""Contents of a study: its recordings, its front end, and its trainings, each done once.

A study has a folder; parts that are finished there are not done again::

    EXPERIMENT/    key (hash of the recordings and settings), epochs/ (cached examples), history.csv, backup/,
                   final.weights.h5 (in member-N/ where there are several), training.json, judgement.npz (clip results)
    shipped/       the same for the network trained on all recordings, where that one ships
    mistakes.csv   and figures of each protocol, see `whipbird_train.reports.training`
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from whipbird.arrays import Floats, Integers
from whipbird.engine.classify import clip_windows, combine
from whipbird.models.card import TrainingData
from whipbird.models.frontends.build import make_frontend
from whipbird.models.model import Model
from whipbird_train.datasets.clips import fit_length
from whipbird_train.evaluate.clip_results import ClipResults
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.fitting.batches import Batches
from whipbird_train.fitting.epoch_cache import EpochCache
from whipbird_train.fitting.fit import FINAL, FitSettings, fit
from whipbird_train.frontend_matrices import build_frontend, make_matrices
from whipbird_train.networks.assembly import committee
from whipbird_train.progress import tracked
from whipbird_train.study.fold_bundle import make_fold_bundle
from whipbird_train.study.recipe import Examples, Experiment, Recipe

__all__ = ["Study", "Work"]

STUDENT = "features"  # name of the features of the network itself in the cache
MOST_CHECKED = 1000  # windows on which the exported model is compared with Keras


@dataclass(frozen=True)
class Study:
    """Folders of a study, and its differences from the recipe.

    Attributes
    ----------
    data : Path
        Folder of the data set.
    run : Path
        Folder of the study.
    bundle : Path
        Folder of the model.
    epochs : int or None
        Number of epochs; None for that of the recipe.
    """

    data: Path
    run: Path
    bundle: Path
    seed: int = 1
    epochs: int | None = None


class Work:
    """The recordings and front end of a study, and the trainings on them."""

    def __init__(self, recipe: Recipe, settings: FitSettings, study: Study) -> None:
        self._recipe = recipe
        self._settings = settings
        self._study = study
        self.matrices = make_matrices(recipe.frontend, recipe.rate_hz)
        self.frontend = make_frontend(recipe.frontend, self.matrices)
        self.sounds = recipe.read(study.data)

    def pooled_results(self, experiments: Sequence[Experiment]) -> dict[str, ClipResults]:
        """Clip results of each protocol, pooled over its experiments."""
        parts: dict[str, list[ClipResults]] = {}
        for experiment in experiments:
            parts.setdefault(experiment.protocol, []).append(self._tested(experiment))
        return {protocol: ClipResults.pooled(results) for protocol, results in parts.items()}

    def _tested(self, experiment: Experiment) -> ClipResults:
        """Train, and test on clips that were not trained on; if both are done, load the results."""
        folder = self._study.run / experiment.name
        file = folder / "judgement.npz"
        self._keep_if_same(folder, *self._parts(experiment))
        if not file.exists():
            network, _ = self.trained(experiment)
            self._test(network, experiment).save(file)
        return ClipResults.load(file)

    def trained(self, experiment: Experiment) -> tuple[keras.Model, list[TrainingData]]:
        """The network of an experiment, or a committee of its members, and the recordings it was trained on."""
        recipe, study = self._recipe, self._study
        train, test, labels = self._parts(experiment)
        folder = study.run / experiment.name
        self._keep_if_same(folder, train, test, labels)
        members = [folder] if recipe.members == 1 else [folder / f"member-{n + 1}" for n in range(recipe.members)]
        training_file = folder / "training.json"
        if not (training_file.exists() and all((member / FINAL).exists() for member in members)):
            examples = recipe.examples(study.data, train, labels, study.seed)
            trained_on = set(train.names)
            unseen = test.chosen(np.array([name not in trained_on for name in test.names], bool))
            for number, member in enumerate(members):
                of = f", {number + 1} of {recipe.members}" if recipe.members > 1 else ""
                title = f"{recipe.name}, {experiment.name}{of}"
                self._train(examples, unseen, labels, study.seed + number, member, title)
            training_file.write_text(json.dumps([data.model_dump() for data in examples.training]), encoding="utf-8")
        networks = []
        for member in members:
            network = recipe.network(len(labels))
            network.load_weights(member / FINAL)
            networks.append(recipe.whole(network))
        training = [TrainingData.model_validate(data) for data in json.loads(training_file.read_text(encoding="utf-8"))]
        return (networks[0] if len(networks) == 1 else committee(networks)), training

    def _keep_if_same(self, folder: Path, train: Sounds, test: Sounds, labels: tuple[str, ...]) -> None:
        """Discard a training on other recordings or with other settings. (A change of code is not noticed.)"""
        conditions = self._recipe.conditions(labels, self._settings, self._study.seed)
        key = hashlib.sha256(f"{train.key} {test.key} {conditions}".encode()).hexdigest()
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
        needed = recipe.teaching.frontends if recipe.teaching else {}
        others = {name: build_frontend(frontend, recipe.rate_hz) for name, frontend in needed.items()}
        cache = EpochCache(
            folder / "epochs", settings.cached_epochs, examples, {STUDENT: self.frontend, **others}, seed
        )
        unseen = self.features(test) if len(test) else None
        lesson = recipe.lesson(cache, unseen, len(labels), test, folder, seed)
        batches = Batches(
            lesson.cache, STUDENT, len(labels), settings.batch, settings.variation, seed, settings.balanced,
            lesson.teacher, settings.truth,
        )  # fmt: skip
        validation = None if lesson.unseen is None else (lesson.unseen, test.labels)
        fit(network, batches, validation, settings, folder, title)
        shutil.rmtree(cache.folder)  # no longer needed, and large

    def features(self, sounds: Sounds) -> Floats:
        """Features of one window in the middle of each clip: shape (clips, frames, width)."""
        span = self.frontend.span(self._recipe.window)
        return np.concatenate([self.frontend.whole(fit_length(wave, span))[None] for wave in sounds.waves])

    def windows(self, experiment: Experiment) -> tuple[Floats, Integers]:
        """Features and labels of some test clips of an experiment, on which its exported network is checked."""
        test = self.sounds.chosen(experiment.test)
        some = np.sort(np.random.default_rng(self._study.seed).permutation(len(test))[:MOST_CHECKED])
        return self.features(test.taken(some)), test.labels[some]

    def unseen(self, experiments: Sequence[Experiment], bundle: Path) -> Iterator[tuple[Sounds, Model]]:
        """For each experiment with all labels: the clips it did not train on, and a bundle with its network."""
        with tempfile.TemporaryDirectory() as folder:
            for experiment in experiments:
                if experiment.labels is None:
                    network, _ = self.trained(experiment)
                    _, test, _ = self._parts(experiment)
                    yield test, make_fold_bundle(bundle, self._recipe, network, Path(folder) / experiment.name)

    def sound(self, name: str) -> tuple[Floats, int]:
        """The clip of a name, for the report's pictures, and its sample rate."""
        return self.sounds.waves[self.sounds.names.index(name)], self._recipe.rate_hz

    def _parts(self, experiment: Experiment) -> tuple[Sounds, Sounds, tuple[str, ...]]:
        train, test = self.sounds.chosen(experiment.train), self.sounds.chosen(experiment.test)
        if experiment.labels is None:
            return train, test, self._recipe.labels
        numbers = experiment.labels
        return train.relabelled(numbers), test.relabelled(numbers), tuple(self._recipe.labels[n] for n in numbers)

    def _test(self, network: keras.Model, experiment: Experiment) -> ClipResults:
        """Score whole clips as the runtime's `classify` does."""
        recipe = self._recipe
        _, test, labels = self._parts(experiment)
        reported = [number for number, label in enumerate(labels) if label in recipe.reported]
        hop, smooth = round(recipe.hop_s * recipe.rate_hz), round(recipe.debounce.smooth_s / recipe.hop_s)
        scores = []
        for wave in tracked(test.waves, f"testing {experiment.name}"):
            windows = clip_windows(self.frontend, wave, recipe.window, hop)
            scores.append(combine(network.predict_on_batch(windows), reported, smooth))
        return ClipResults(labels, test.labels, np.stack(scores), test.names, test.groups)
