"""What verdicts make of a species at a site, judged on recordings that its correction did not learn from.

The recordings are left out in turn. Precision before (by the model's own score) and after (by the corrected one) is
that of all events of the scan or database, estimated from those that were drawn to be judged
(`whipbird.review.precision`), at the threshold that keeps a share of the right ones, `RECALL`. The threshold that ships
is the lowest above which the wanted share of the events is right by corrected scores of recordings left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from sklearn.model_selection import StratifiedGroupKFold

from whipbird.arrays import Doubles, Floats
from whipbird.models.card import Card
from whipbird.review.precision import LEAST_JUDGED, Estimate, JudgedLabel, judged_labels
from whipbird.review.sampling import Candidate
from whipbird.text import counted
from whipbird_train.site.correction import Correction, fitted
from whipbird_train.site.sounds import JudgedSound

__all__ = ["RECALL", "LeftOut", "Site", "SiteSpecies", "judged_site"]

RECALL = 0.9  # at which precision is compared
LEAST = 5  # right sounds, and wrong ones
LEAST_RECORDINGS = 2  # with right sounds, and with wrong ones
FOLDS = 10


@dataclass(frozen=True)
class LeftOut:
    """A species that cannot be corrected.

    Attributes
    ----------
    judged : int
        Verdicts.
    why : str
    """

    label: str
    judged: int
    why: str


@dataclass(frozen=True, eq=False)
class SiteSpecies:
    """A species with its correction, and how it was judged.

    Attributes
    ----------
    yes, no, recordings : int
        Sounds that are the species and that are not, and recordings they are from.
    before, after : Estimate
        At a recall of `RECALL`, by the model's own score and by the corrected one.
    chosen : Estimate
        At the threshold with the wanted precision.
    own, correction : Correction
        The model's own layer, and the one that learned from all sounds.
    lowest : float
        Lowest logit of the model itself with which a drawn event was judged: below, nothing is known.
    """

    label: str
    yes: int
    no: int
    recordings: int
    before: Estimate
    after: Estimate
    chosen: Estimate
    own: Correction
    correction: Correction
    lowest: float

    @property
    def is_better(self) -> bool:
        return (self.after.precision or 0.0) >= (self.before.precision or 0.0)


@dataclass(frozen=True)
class Site:
    """What verdicts make of a model of species.

    Attributes
    ----------
    base : Card
        Of the model.
    right : float
        Wanted share of right events.
    judged : int
        Verdicts.
    species, left_out
        Those with most verdicts first.
    """

    base: Card
    right: float
    judged: int
    species: list[SiteSpecies]
    left_out: list[LeftOut]


def judged_site(
    sounds: Sequence[JudgedSound],
    events: Sequence[Candidate],
    base: Card,
    layer_of: Callable[[str], Correction],
    right: float,
) -> Site:
    """The species that verdicts correct, and those that they do not, each with the reason.

    Parameters
    ----------
    events : sequence of Candidate
        All events of the model.
    base : Card
        Of the model.
    layer_of : callable
        Gives the model's own layer for a label.
    right : float
        Wanted share of right events.
    """
    by_label: dict[str, list[JudgedSound]] = defaultdict(list)
    for one in sounds:
        by_label[one.label].append(one)
    site = Site(base, right, len(sounds), [], [])
    for label, own in sorted(by_label.items(), key=lambda item: (-len(item[1]), item[0])):
        why = _too_few(own)
        made = why or _judged(own, [one for one in events if one.event.label == label], layer_of(label), right)
        if isinstance(made, str):
            site.left_out.append(LeftOut(label, len(own), made))
        else:
            site.species.append(made)
    return site


def _too_few(sounds: Sequence[JudgedSound]) -> str:
    """Why the verdicts on a species do not suffice; empty if they do."""
    numbers = Counter(one.right for one in sounds)
    if min(numbers[True], numbers[False]) < LEAST:
        return f"{numbers[True]} right and {numbers[False]} wrong; judge until there are {LEAST} of each"
    for right, what in ((True, "right"), (False, "wrong")):
        recordings = {one.recording for one in sounds if one.right == right} - {""}
        if len(recordings) < LEAST_RECORDINGS:
            return f"all {what} sounds are from one recording; judge others"
    drawn = sum(one.event is not None and one.event.counts for one in sounds)
    if drawn < LEAST_JUDGED:
        return f"{counted(drawn, 'verdict')} on events that were drawn at random; judge {LEAST_JUDGED - drawn} more"
    return ""


def _judged(
    sounds: Sequence[JudgedSound], events: Sequence[Candidate], species: Correction, right: float
) -> SiteSpecies | str:
    """A species with its correction; or why there is none."""
    peaks = np.stack([one.vectors[int(np.argmax(species.logits(one.vectors)))] for one in sounds])
    truth = np.array([one.right for one in sounds])
    corrections = _left_out(peaks, truth, [one.recording for one in sounds], species)
    numbers = [n for n, one in enumerate(sounds) if one.event is not None and one.event.counts]
    before = _estimates(sounds, numbers, events, [species] * len(sounds))
    after = _estimates(sounds, numbers, events, corrections)
    chosen = after[0].for_precision(right)
    if chosen is None:
        return (
            f"no threshold has {LEAST_JUDGED} judged events above it of which {right:.0%} are right; judge more, or "
            "ask for less with --right"
        )
    return SiteSpecies(
        sounds[0].label,
        int(truth.sum()),
        int((~truth).sum()),
        len({one.recording for one in sounds} - {""}),
        _at_recall(*before),
        _at_recall(*after),
        chosen,
        species,
        fitted(peaks, truth, species),
        min(float(species.logits(sounds[n].vectors).max()) for n in numbers),
    )


def _left_out(peaks: Floats, truth: np.ndarray, recordings: Sequence[str], species: Correction) -> list[Correction]:
    """For each sound, a correction that did not learn from its recording.

    Sounds of unknown recordings teach none of these.
    """
    known = np.flatnonzero([bool(one) for one in recordings])
    groups = np.array(recordings)[known]
    least = min(len(set(groups[truth[known] == right])) for right in (True, False))
    made = [species] * len(recordings)
    splitter = StratifiedGroupKFold(min(FOLDS, least), shuffle=True, random_state=0)
    for taught, tested in splitter.split(known, truth[known], groups):
        correction = fitted(peaks[known[taught]], truth[known[taught]], species)
        for number in known[tested]:
            made[number] = correction
    return made


def _estimates(
    sounds: Sequence[JudgedSound], numbers: Sequence[int], events: Sequence[Candidate], layers: Sequence[Correction]
) -> tuple[JudgedLabel, Doubles]:
    """Estimates by the scores of these sounds, which are drawn events, and the scores."""
    scores = {
        id(sounds[number].event): float(expit(layers[number].logits(sounds[number].vectors).max()))
        for number in numbers
    }
    (label,) = judged_labels(events, lambda one: scores.get(id(one))).values()
    return label, np.array(sorted(scores.values()))


def _at_recall(label: JudgedLabel, scores: Doubles) -> Estimate:
    """The estimate for the highest threshold that keeps a share `RECALL` of the right events."""
    for score in scores[::-1]:
        estimate = label.at(float(score))
        if estimate.kept is not None and estimate.kept >= RECALL:
            return estimate
    return label.lowest()
