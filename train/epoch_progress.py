"""How long a training comes along: a bar on a terminal; elsewhere a line for each epoch."""

from __future__ import annotations

import sys
import time

import keras
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

__all__ = ["EpochProgress"]


class EpochProgress(keras.callbacks.Callback):
    """Shows epochs, the time left, and loss and accuracy so far, on standard error.

    Parameters
    ----------
    title : str
    epochs : int
    """

    def __init__(self, title: str, epochs: int) -> None:
        super().__init__()
        self._title = title
        self._epochs = epochs
        self._console = Console(stderr=True)
        self._progress: Progress | None = None
        self._done = 0.0

    def on_train_begin(self, logs=None) -> None:
        if self._console.is_terminal:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                TextColumn("[dim]{task.fields[figures]}"),
            )
            self._progress = Progress(*columns, console=self._console)
            self._task = self._progress.add_task(self._title, total=self._epochs, figures="")
            self._progress.start()

    def on_epoch_begin(self, epoch: int, logs=None) -> None:
        self._began = time.monotonic()
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs=None) -> None:
        if self._progress:
            self._progress.update(self._task, completed=self._epoch + (batch + 1) / self.params["steps"])

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        took = time.monotonic() - self._began
        figures = _figures(logs or {})
        if self._progress:
            self._progress.update(self._task, completed=epoch + 1, figures=figures)
        else:
            print(
                f"{self._title}: epoch {epoch + 1} of {self._epochs}, {took:.1f} s, {figures}",
                file=sys.stderr,
                flush=True,
            )
        if logs is not None:
            logs["seconds"] = round(took, 2)  # for the history, which comes after

    def on_train_end(self, logs=None) -> None:
        if self._progress:
            self._progress.stop()


def _figures(logs: dict[str, float]) -> str:
    names = {"loss": "loss", "accuracy": "right", "val_loss": "unseen loss", "val_accuracy": "unseen right"}
    shown = {names[key]: value for key, value in logs.items() if key in names}
    return ", ".join(
        f"{name} {value:.1%}" if "right" in name else f"{name} {value:.3f}" for name, value in shown.items()
    )
