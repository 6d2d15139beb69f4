"""Results of an experiment: a table, an object for JSON, and a folder of sounds, scores and figures.

The folder contains ``scores.json`` and ``scores.png`` (all methods), ``takes.csv`` (each take), a WAV file for each
take in ``original``, ``provided`` (followed by silence) and ``completed/METHOD``, clipped at full scale, and figures of
three takes in ``examples``.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from rich.table import Table

from whipbird.arrays import Doubles
from whipbird.errors import WhipbirdError
from whipbird.figure_style import save_figure
from whipbird_train.evaluate.intervals import ConfidenceInterval, significant
from whipbird_train.extrapolate.experiment import Completion
from whipbird_train.extrapolate.methods import METHODS
from whipbird_train.extrapolate.pictures import example_figure, scores_figure
from whipbird_train.extrapolate.takes import Takes
from whipbird_train.progress import tracked

__all__ = ["as_object", "check_target", "score_table", "write_results"]

COLUMNS = ("take", "method", "snr_db", "log_spectral_distance_db", "chosen")
HEADINGS = {"r_squared": "R²", "snr_db": "SNR, dB", "log_spectral_distance_db": "LSD, dB"}
DIGITS = {"r_squared": 2, "snr_db": 2, "log_spectral_distance_db": 1}


def as_object(takes: Takes, outcomes: Mapping[str, Completion]) -> dict[str, Any]:
    """All scores as ``[value, low, high]``, with the hyperparameter chosen most often."""
    cut = takes.cut
    return {
        "takes": len(takes),
        "rate_hz": cut.rate_hz,
        "provided_s": significant(cut.provided / cut.rate_hz),
        "missing_s": significant(cut.missing / cut.rate_hz),
        "methods": {
            name: {score: interval.as_list() for score, interval in outcome.intervals.items()}
            | {"chosen": outcome.usually_chosen}
            for name, outcome in outcomes.items()
        },
    }


def score_table(takes: Takes, outcomes: Mapping[str, Completion]) -> Table:
    """Table with a row for each method: means over all held-out takes, with 95 % intervals."""
    cut = takes.cut
    title = f"{len(takes)} takes: {cut.provided / cut.rate_hz:.3f} s given, {cut.missing / cut.rate_hz:.3f} s completed"
    table = Table(title=title, title_justify="left", title_style="bold", box=None, header_style="dim", pad_edge=False)
    table.add_column("method")
    for heading in HEADINGS.values():
        table.add_column(heading, justify="right")
    table.add_column("chosen")
    for name, outcome in outcomes.items():
        kind, chosen = METHODS[name], outcome.usually_chosen
        scores = [_shown(outcome.intervals[score], DIGITS[score]) for score in HEADINGS]
        table.add_row(kind.name, *scores, "" if chosen is None else f"{kind.chooses} {round(chosen, 3):g}")
    return table


def check_target(folder: Path) -> None:
    """Check that results can be written to a folder without overwriting anything.

    Raises
    ------
    WhipbirdError
        If the folder exists and is not empty, or is a file.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WhipbirdError(f"{folder} already exists and is not overwritten; give another folder with --out")


def write_results(folder: Path, takes: Takes, outcomes: Mapping[str, Completion]) -> None:
    """Write sounds, scores and figures to a new or empty folder.

    Raises
    ------
    WhipbirdError
        If the folder is neither new nor empty, or cannot be written.
    """
    check_target(folder)
    try:
        _write_sounds(folder, takes, outcomes)
        text = json.dumps(as_object(takes, outcomes), indent=2, ensure_ascii=False)
        (folder / "scores.json").write_text(text + "\n", encoding="utf-8")
        _write_takes(folder / "takes.csv", takes, outcomes)
        save_figure(scores_figure(outcomes), folder / "scores.png")
        (folder / "examples").mkdir()
        for number in tracked(examples(outcomes), "drawing"):
            save_figure(example_figure(takes, outcomes, number), folder / "examples" / f"{takes.names[number]}.png")
    except (OSError, soundfile.SoundFileError) as error:
        raise WhipbirdError(f"cannot write to {folder}: {getattr(error, 'strerror', None) or error}") from error


def examples(outcomes: Mapping[str, Completion]) -> list[int]:
    """Indices of three takes: those that the best method completes best, median and worst.

    The best method is the one with the smallest mean log-spectral distance.
    """
    best = min(outcomes.values(), key=lambda outcome: np.mean(outcome.distance_db))
    ranked = np.argsort(best.distance_db, kind="stable")
    return [int(ranked[rank]) for rank in (0, len(ranked) // 2, -1)]


def _write_sounds(folder: Path, takes: Takes, outcomes: Mapping[str, Completion]) -> None:
    cut = takes.cut
    for number, (name, wave) in enumerate(zip(takes.names, takes.waves, strict=True)):
        given = wave[: cut.provided]
        _write_sound(folder / "original" / f"{name}.wav", wave[: cut.length], cut.rate_hz)
        _write_sound(folder / "provided" / f"{name}.wav", np.pad(given, (0, cut.missing)), cut.rate_hz)
        for method, outcome in outcomes.items():
            completed = np.concatenate((given, outcome.completed[number]))
            _write_sound(folder / "completed" / method / f"{name}.wav", completed, cut.rate_hz)


def _write_sound(path: Path, samples: Doubles, rate_hz: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate_hz, subtype="PCM_16")


def _write_takes(path: Path, takes: Takes, outcomes: Mapping[str, Completion]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for name, outcome in outcomes.items():
            scores = zip(takes.names, outcome.snr_db, outcome.distance_db, outcome.chosen, strict=True)
            for take, snr, distance, chosen in scores:
                writer.writerow((take, name, f"{snr:.3f}", f"{distance:.3f}", "" if chosen is None else f"{chosen:g}"))


def _shown(interval: ConfidenceInterval, digits: int) -> str:
    if interval.value is None:
        return "-"
    value, *ends = (
        f"{end or 0.0:.{digits}f}".replace("-", "−") for end in (interval.value, interval.low, interval.high)
    )
    return f"{value} ({'…'.join(ends)})"
