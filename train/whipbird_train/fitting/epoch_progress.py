"""Progress of a training: a bar on a terminal; elsewhere a line for each epoch."""

from __future__ import annotations

import time
from collections.abc import Callable

import keras

from whipbird.terminal.printing import say
from whipbird_train.progress import make_console

__all__ = ["EpochProgress"]

NAMES = {"loss": "loss", "accuracy": "accuracy", "val_loss": "unseen loss", "val_accuracy": "unseen accuracy"}


class EpochProgress(keras.callbacks.Callback):
    """Shows epochs, loss and accuracy so far; writes the seconds of each epoch into the history.

    Parameters
    ----------
    update : callable
        Updates the bar, see `whipbird_train.progress.bar`.
    """

    def __init__(self, title: str, epochs: int, update: Callable[..., None]) -> None:
        super().__init__()
        self._title = title
        self._epochs = epochs
        self._update = update
        self._in_lines = not make_console().is_terminal

    def on_epoch_begin(self, epoch: int, logs=None) -> None:
        self._started = time.monotonic()
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs=None) -> None:
        self._update(completed=self._epoch + (batch + 1) / self.params["steps"])

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        seconds = time.monotonic() - self._started
        figures = _figures(logs or {})
        self._update(completed=epoch + 1, note=figures)
        if self._in_lines:
            say(f"{self._title}: epoch {epoch + 1} of {self._epochs}, {seconds:.1f} s, {figures}")
        if logs is not None:
            logs["seconds"] = round(seconds, 2)  # for the history, which is written later


def _figures(logs: dict[str, float]) -> str:
    shown = {NAMES[key]: value for key, value in logs.items() if key in NAMES}
    return ", ".join(
        f"{name} {value:.1%}" if "accuracy" in name else f"{name} {value:.3f}" for name, value in shown.items()
    )
