"""Training: schedule, checkpoints, resuming and the history of a run.

A run lives in a folder: ``history.csv`` (a row per epoch), ``best.weights.h5`` (highest validation accuracy) and
``backup/`` (from which an interrupted run goes on).
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from train.batches import Batches

__all__ = ["Settings", "WarmupCosine", "epochs_done", "fit"]


@keras.saving.register_keras_serializable("whipbird")
class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Learning rate: linear warm-up to ``peak``, then half a cosine down to zero (arXiv 1608.03983)."""

    def __init__(self, peak: float, warmup_steps: int, total_steps: int) -> None:
        self.peak = peak
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps

    def __call__(self, step):
        step = ops.cast(step, "float32")
        warm = step / max(1, self.warmup_steps)
        done = (step - self.warmup_steps) / max(1, self.total_steps - self.warmup_steps)
        cosine = 0.5 * (1 + ops.cos(math.pi * ops.clip(done, 0.0, 1.0)))
        return self.peak * ops.where(step < self.warmup_steps, warm, cosine)

    def get_config(self) -> dict:
        return {"peak": self.peak, "warmup_steps": self.warmup_steps, "total_steps": self.total_steps}


@dataclass(frozen=True)
class Settings:
    """How a network is trained.

    Attributes
    ----------
    optimizer : str
        ``sgd`` (Nesterov momentum 0.9) or ``adam``.
    peak_rate : float
        Highest learning rate.
    weight_decay : float
        Decoupled from the gradient (arXiv 1711.05101); normalization and biases are left alone.
    """

    epochs: int
    optimizer: str = "sgd"
    peak_rate: float = 0.1
    warmup_epochs: int = 5
    weight_decay: float = 0.0
    label_smoothing: float = 0.0


def fit(
    network: keras.Model,
    train: Batches,
    validation: tuple[NDArray[np.float32], NDArray[np.int64]],
    settings: Settings,
    folder: Path,
) -> None:
    """Train a network and leave it with the weights of its best epoch.

    A run that was interrupted goes on where it stopped; one that has all its epochs is not trained again.

    Parameters
    ----------
    validation : (features, labels)
        Features of shape (n, ...) and label numbers of shape (n,), unseen groups only.
    """
    folder.mkdir(parents=True, exist_ok=True)
    schedule = WarmupCosine(settings.peak_rate, settings.warmup_epochs * len(train), settings.epochs * len(train))
    optimizer: keras.optimizers.Optimizer
    if settings.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True, weight_decay=settings.weight_decay)
    else:
        optimizer = keras.optimizers.AdamW(schedule, weight_decay=settings.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    network.compile(
        optimizer,
        keras.losses.CategoricalCrossentropy(label_smoothing=settings.label_smoothing),
        metrics=["accuracy"],
        jit_compile=False,  # XLA is several times slower on CPUs
    )
    best = folder / "best.weights.h5"
    if epochs_done(folder) >= settings.epochs:
        network.load_weights(best)
        return
    features, labels = validation
    targets = np.eye(network.output_shape[-1], dtype=np.float32)[labels]
    checkpoint = keras.callbacks.ModelCheckpoint(
        str(best),
        monitor="val_accuracy",
        save_best_only=True,
        save_weights_only=True,
        initial_value_threshold=max((float(row["val_accuracy"]) for row in _history(folder)), default=None),
    )
    network.fit(
        train,
        validation_data=(features, targets),
        validation_batch_size=256,
        epochs=settings.epochs,
        callbacks=[
            checkpoint,
            keras.callbacks.CSVLogger(str(folder / "history.csv"), append=True),
            keras.callbacks.BackupAndRestore(str(folder / "backup"), delete_checkpoint=False),
        ],
        verbose=2,
    )
    network.load_weights(best)


def epochs_done(folder: Path) -> int:
    """How many epochs the history of a run holds."""
    return len(_history(folder))


def _history(folder: Path) -> list[dict[str, str]]:
    path = folder / "history.csv"
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
