"""The range model of a bundle: which species are likely at a place in a week.

``range.tflite`` turns latitude, longitude (degrees north and east) and a week into the probability of each label. There
are 48 weeks: four in each month, of which the last is longer. -1 stands for the whole year. It is run as it is, with
the rounded constants that its file has, so that its species are those of the programs that it comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from whipbird.arrays import Floats
from whipbird.errors import BundleError
from whipbird.models.bundle_file import read_bundle_file
from whipbird.models.card import Card
from whipbird.models.runtimes.interpreter import allocate, check_labels, check_tensors, loading, make_interpreter

__all__ = ["RANGE", "WEEKS", "WHOLE_YEAR", "has_range", "range_scores", "week_of"]

RANGE = "range.tflite"
WEEKS = 48
WHOLE_YEAR = -1
WEEKS_A_MONTH, WEEK_DAYS = 4, 7
INPUTS = 3


def has_range(card: Card) -> bool:
    """Whether a bundle has a range model."""
    return RANGE in card.sha256


def week_of(day: date) -> int:
    """The week of a day, from 1 to 48."""
    return WEEKS_A_MONTH * (day.month - 1) + min(WEEKS_A_MONTH, 1 + (day.day - 1) // WEEK_DAYS)


def range_scores(folder: Path, card: Card, latitude: float, longitude: float, weeks: Sequence[int]) -> Floats:
    """Probabilities of the labels in some weeks, shape (weeks, labels).

    Raises
    ------
    BundleError
        If the bundle has no range model, or one that cannot be used.
    """
    path = folder / RANGE
    content = read_bundle_file(path, card.sha256.get(RANGE))
    with loading(path):
        interpreter = make_interpreter(content)
        allocate(interpreter)
        inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
        check_tensors(path, inputs, outputs, 1)
        if int(np.prod(inputs[0]["shape"])) != INPUTS:
            raise BundleError(f"{path}: not a range model: it does not take latitude, longitude and week")
        check_labels(path, int(np.prod(outputs[0]["shape"])), len(card.labels))
        scores = np.empty((len(weeks), len(card.labels)), np.float32)
        for number, week in enumerate(weeks):
            place = np.array([latitude, longitude, week], np.float32).reshape(inputs[0]["shape"])
            interpreter.set_tensor(inputs[0]["index"], place)
            interpreter.invoke()
            scores[number] = interpreter.get_tensor(outputs[0]["index"]).reshape(-1)
    return scores
