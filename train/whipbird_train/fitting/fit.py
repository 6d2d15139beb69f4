"""Training one network: schedule, early stopping, resuming and the history.

A training lives in a folder: ``history.csv`` (a row per epoch), ``backup/`` (from which an interrupted training
resumes), ``best.weights.h5`` where the epoch is chosen by validation, and ``final.weights.h5`` once it is done.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from whipbird.arrays import Floats, Integers
from whipbird_train.fitting.batches import Batches, Variation
from whipbird_train.fitting.epoch_progress import EpochProgress
from whipbird_train.networks.distillation import mimicking
from whipbird_train.progress import bar

__all__ = ["FitSettings", "fit", "history"]

FINAL = "final.weights.h5"


@dataclass(frozen=True)
class FitSettings:
    """Settings of a training.

    Attributes
    ----------
    optimizer : str
        ``sgd`` (Nesterov momentum 0.9) or ``adam``.
    peak_rate : float
        Highest learning rate.
    weight_decay : float
        Decoupled from the gradient (arXiv 1711.05101); not applied to normalization and biases.
    truth : float
        Share of the labels in the targets where there is a teacher; its answers are the rest.
    cached_epochs : int
        Number of differently changed copies of the examples; the epochs take turns with them.
    variation : Variation
        Random changes in each epoch.
    balanced : bool
        Whether rare labels count as much as frequent ones.
    patience : int or None
        Stop when the loss on validation clips has not fallen for this many epochs, and restore the best. None trains
        all epochs and keeps the last: for trainings that have no clips to choose an epoch by.
    """

    epochs: int
    batch: int = 128
    optimizer: str = "sgd"
    peak_rate: float = 0.1
    warmup_epochs: int = 5
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    truth: float = 0.0
    cached_epochs: int = 20
    variation: Variation = field(default_factory=Variation)
    balanced: bool = False
    patience: int | None = None


def fit(
    network: keras.Model,
    train: Batches,
    validation: tuple[Floats, Integers] | None,
    settings: FitSettings,
    folder: Path,
    title: str,
) -> None:
    """Train a network.

    An interrupted training resumes where it stopped; the weights of a finished one are loaded.

    Parameters
    ----------
    validation : (features, labels)
        Features of shape (n, ...) and label numbers of shape (n,), of unseen groups only. They choose the epoch where
        the settings have a patience; otherwise they only appear in the history.
    title : str
        Shown beside the progress bar.
    """
    final = folder / FINAL
    if final.exists():
        network.load_weights(final)
        return
    folder.mkdir(parents=True, exist_ok=True)
    learner, unseen = _learner(network, train, validation)
    learner.compile(
        _optimizer(settings, len(train)),
        keras.losses.CategoricalCrossentropy(label_smoothing=settings.label_smoothing),
        weighted_metrics=["accuracy"],
        jit_compile=False,  # XLA is several times slower on CPUs
    )
    _make_variables(learner, network.output_shape[-1])
    callbacks: list[keras.callbacks.Callback] = [
        keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: train.start_epoch(epoch)),
        keras.callbacks.CSVLogger(str(folder / "history.csv"), append=True),
        keras.callbacks.BackupAndRestore(str(folder / "backup"), delete_checkpoint=False),
    ]
    best = folder / "best.weights.h5"
    if settings.patience is not None:
        callbacks += [
            keras.callbacks.ModelCheckpoint(
                str(best), monitor="val_loss", save_best_only=True, save_weights_only=True,
                initial_value_threshold=min((float(row["val_loss"]) for row in history(folder)), default=None),
            ),
            keras.callbacks.EarlyStopping("val_loss", patience=settings.patience),
        ]  # fmt: skip
    with bar(title, settings.epochs) as update:
        learner.fit(
            train,
            validation_data=unseen,
            validation_batch_size=256,
            epochs=settings.epochs,
            callbacks=[EpochProgress(title, settings.epochs, update), *callbacks],
            shuffle=False,  # the batches are shuffled, the same way in a resumed training
            verbose=0,
        )
    if best.exists():
        learner.load_weights(best)
    network.save_weights(final)


def history(folder: Path) -> list[dict[str, str]]:
    """Rows of a training's history, one for each epoch; none where there is no history."""
    path = folder / "history.csv"
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _schedule(settings: FitSettings, batches: int) -> keras.optimizers.schedules.CosineDecay:
    """Learning rate: linear warm-up to the peak, then half a cosine down to zero (arXiv 1608.03983)."""
    warmup = settings.warmup_epochs * batches
    decay = max(1, settings.epochs * batches - warmup)  # a short training may end before the warm-up
    peak = settings.peak_rate
    if not warmup:
        return keras.optimizers.schedules.CosineDecay(peak, decay)
    return keras.optimizers.schedules.CosineDecay(0.0, decay, warmup_target=peak, warmup_steps=warmup)


def _optimizer(settings: FitSettings, batches: int) -> keras.optimizers.Optimizer:
    schedule = _schedule(settings, batches)
    optimizer: keras.optimizers.Optimizer
    if settings.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True, weight_decay=settings.weight_decay)
    else:
        optimizer = keras.optimizers.AdamW(schedule, weight_decay=settings.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer


def _make_variables(learner: keras.Model, labels: int) -> None:
    """Make the variables of optimizer and metrics: a step of training that makes them itself is traced twice."""
    learner.optimizer.build(learner.trainable_variables)
    scores = np.full((1, labels), 1 / labels, np.float32)
    learner.compute_metrics(None, scores, scores)
    learner.reset_metrics()


def _learner(
    network: keras.Model, train: Batches, validation: tuple[Floats, Integers] | None
) -> tuple[keras.Model, tuple[Any, Floats] | None]:
    """The model to fit, and validation data for it: the network, or, with a teacher, a model that also takes hints."""
    unseen: tuple[Any, Floats] | None = None
    if validation is not None:
        unseen = validation[0], np.eye(network.output_shape[-1], dtype=np.float32)[validation[1]]
    if train.teacher is None:
        return network, unseen
    hints, width = train.teacher.hints(0).shape[1:]
    if unseen is not None:  # validation clips have no hints, and need none
        unseen = (unseen[0], np.zeros((len(unseen[0]), hints, width), np.float32)), unseen[1]
    return mimicking(network, hints, width, train.teacher.step), unseen
