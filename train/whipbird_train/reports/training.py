"""Report of a training: figures and mistakes of each protocol, beside the model.

    confusion.png   learning.png   mistakes.png   mistakes.csv

These files are for the first protocol. Those of further protocols have its name as a prefix:
``unseen-folds-confusion.png``.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from whipbird.figure_style import save_figure
from whipbird.importers.bundle_files import model_name
from whipbird.text import as_text
from whipbird_train.evaluate.clip_results import ClipResults
from whipbird_train.reports import figures

__all__ = ["write_report"]

MOST_SHOWN = 12  # mistakes with a spectrogram
COLUMNS = ("clip", "label", "label given", "its score", "score of the right one")


def write_report(
    folder: Path, results: Mapping[str, ClipResults], histories: Mapping[str, Path], sound: figures.SoundReader
) -> list[Path]:
    """Write the figures and mistakes of one or more protocols; return the figures that the model's page shows.

    Parameters
    ----------
    folder : Path
        Created if it does not exist; files of the same names are replaced.
    results : mapping of str to ClipResults
        Results by protocol.
    histories : mapping of str to Path
        Path of ``history.csv`` by protocol. Without the file, a protocol has no learning curves.
    sound : callable
        Returns the samples, shape (n,), and the rate in Hz of a clip by name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shown: list[Path] = []
    for number, (protocol, clip_results) in enumerate(results.items()):
        stem = f"{model_name(protocol)}-" if number else ""
        confusion, learning, mistakes = (folder / f"{stem}{kind}.png" for kind in ("confusion", "learning", "mistakes"))
        save_figure(figures.confusion_figure(clip_results), confusion)
        if histories[protocol].exists():
            save_figure(figures.learning_figure(histories[protocol]), learning)
        mistakes.unlink(missing_ok=True)
        if worst := clip_results.mistakes(MOST_SHOWN):
            save_figure(figures.mistakes_figure(worst, sound), mistakes)
        _write_mistakes(mistakes.with_suffix(".csv"), clip_results)
        if not number:
            shown = [path for path in (confusion, learning) if path.exists()]
    return shown


def _write_mistakes(path: Path, results: ClipResults) -> None:
    """Write all mistakes, the worst first."""
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for one in results.mistakes(len(results.truth)):
            writer.writerow((as_text(one.name), one.truth, one.chosen, f"{one.score:.3f}", f"{one.right_score:.3f}"))
