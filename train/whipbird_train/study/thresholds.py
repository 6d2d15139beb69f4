"""Choice of each label's threshold from clips that the network was not trained on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import fbeta_score

from whipbird.arrays import Reals
from whipbird.events.settings import DebounceSettings
from whipbird_train.evaluate.clip_results import ClipResults

__all__ = ["choose_thresholds"]

CANDIDATES = np.round(np.arange(0.5, 0.901, 0.05), 2)  # lower thresholds give false alarms in running speech
BETA = 0.5  # a false alarm weighs more than a miss
OFF_SHARE = 2 / 3  # of the threshold that starts an event


def choose_thresholds(
    results: ClipResults, reported: tuple[str, ...], settings: DebounceSettings
) -> dict[str, DebounceSettings]:
    """Choose the threshold with the best F score for each reported label; of equally good ones the middle.

    Parameters
    ----------
    settings : DebounceSettings
        The other settings.
    """
    chosen = {}
    for label in reported:
        number = results.labels.index(label)
        on = _best(results.truth == number, results.scores[:, number])
        chosen[label] = settings.model_copy(update={"on": on, "off": round(on * OFF_SHARE, 3)})
    return chosen


def _best(truth: NDArray[np.bool_], scores: Reals) -> float:
    measured = [fbeta_score(truth, scores >= on, beta=BETA, zero_division=0.0) for on in CANDIDATES]
    best = CANDIDATES[np.isclose(measured, max(measured))]
    return float(best[len(best) // 2])
