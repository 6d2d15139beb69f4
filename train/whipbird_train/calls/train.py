"""Train a detector of calls: try the candidates on folds, and make the better one into the model that ships."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from whipbird.importers.bundle_files import model_name
from whipbird.models.card import Card
from whipbird.models.model import Model
from whipbird.recordings.spans import length_s as length_s_of
from whipbird.text import counted
from whipbird_train.calls.bundles import BACKGROUND
from whipbird_train.calls.clips import ClipFolder
from whipbird_train.calls.folds import divided
from whipbird_train.calls.head import Head, base_here
from whipbird_train.calls.judge import Judgement, Seen, judged, scored, seen
from whipbird_train.calls.own import OwnNetwork
from whipbird_train.calls.page import calls_page
from whipbird_train.calls.plan import Plan, make_plan
from whipbird_train.calls.sounds import ENOUGH_EXACT, Quiet, Sounds, read_clips
from whipbird_train.datasets.folders import training_data
from whipbird_train.evaluate.calibration import calibrated_card
from whipbird_train.evaluate.matching import MATCHING, SONGS
from whipbird_train.examples.synthetic_noise import make_noises
from whipbird_train.export.bundle_folder import check_target, new_bundle
from whipbird_train.reports.bundle_texts import write_texts

__all__ = ["Choices", "Trained", "train_calls"]

log = logging.getLogger(__name__)

READ_HZ = 48_000  # to find the band of the calls
SYNTHETIC = "synthetic noise"
NOISES, NOISE_S = 60, 10.0  # where there is no background
LEAST_BACKGROUND_S = 300.0
WORD_S = 1.1  # longest clip of a word


class Candidate(Protocol):
    """A kind of network that can be trained on some sounds."""

    folds: ClassVar[int]  # most; more where training takes seconds

    @property
    def kind(self) -> str:
        """What it is, for people."""

    @property
    def looks(self) -> str:
        """What it looks at, for people."""

    def card(self) -> Card:
        """Its card, without measured results."""

    def bundle(self, sounds: Sounds, folder: Path, title: str) -> Card:
        """Train on some sounds, and write a bundle."""


@dataclass(frozen=True)
class Choices:
    """What a user may choose.

    Attributes
    ----------
    target_per_hour : float
        False alarms to be expected at the balanced operating point.
    window_s, band_hz
        In place of those that follow from the clips.
    network : str
        ``own``, ``birdnet`` or ``best``, which tries both.
    """

    name: str
    target_per_hour: float = 1.0
    window_s: float | None = None
    band_hz: tuple[float, float] | None = None
    network: str = "best"
    epochs: int | None = None
    seed: int = 1


@dataclass(frozen=True)
class Trained:
    """A model, how each candidate was judged, and which one it is.

    Attributes
    ----------
    before : Seen or None
        What an earlier model detects of the sounds that people judged; None if there is none.
    """

    card: Card
    judgements: dict[str, Judgement]
    chosen: str
    before: Seen | None = None

    @property
    def judgement(self) -> Judgement:
        return self.judgements[self.chosen]


def train_calls(
    folder: ClipFolder, choices: Choices, bundle: Path, say: Callable[[str], None], earlier: Model | None = None
) -> Trained:
    """Train a detector of the calls in a folder of clips.

    Parameters
    ----------
    bundle : Path
        Folder of the model.
    say : callable
        Gets lines about what is done.
    earlier : Model, optional
        To be compared by the sounds that people judged.

    Raises
    ------
    DataError
        If the clips cannot be used.
    """
    check_target(bundle)
    name = model_name(choices.name)
    reviewed = tuple(one for one in folder.background if one.is_judged)
    first = read_clips(replace(folder, background=reviewed), READ_HZ)
    _warn_of_words(folder, first)
    _warn_of_background(folder)
    _warn_of_events(folder)
    plan = make_plan(first.calls, READ_HZ, choices.window_s, choices.band_hz)
    say(f"calls of {plan.length_s:.2g} s")
    tried: dict[str, Judgement] = {}
    best: tuple[Judgement, Candidate, Sounds] | None = None
    for make in _makers(folder, plan, name, choices):
        candidate, sounds = make()
        say(f"{candidate.kind} looks at {candidate.looks}")
        tried[candidate.kind] = found = _tried(candidate, sounds, plan, choices.target_per_hour)
        say(f"{candidate.kind}: {_line(found)}")
        if best is None or found.worth > best[0].worth:
            best = found, candidate, sounds
    assert best is not None, "there is always a network of its own, or a base"
    found, candidate, sounds = best
    before = None
    if earlier is not None:
        heard = scored(first.judged, (BACKGROUND, *folder.labels), earlier, plan.length_s / 2)
        before = seen(heard, earlier.card, earlier.card.debounce)
    with new_bundle(bundle) as made:
        card = candidate.bundle(sounds, made, f"{name}, all clips")
        card = calibrated_card(card, found.points)
        results = _results(tried, candidate.kind, folder, sounds) | {MATCHING: asdict(SONGS)}
        card = card.model_copy(update={"results": card.results | results})
        write_texts(made, card, calls_page)
    return Trained(card, tried, candidate.kind, before)


def _warn_of_words(folder: ClipFolder, sounds: Sounds) -> None:
    """Warn where the clips are as short as those of words."""
    longest_s = max(len(one.wave) for one in sounds.calls) / sounds.rate_hz
    if longest_s <= WORD_S and not any(one.bounds_s for one in folder.calls):
        log.warning(
            "the clips last up to %.1f s, as clips of words do: for words, use 'whipbird train custom'", longest_s
        )


def _warn_of_background(folder: ClipFolder) -> None:
    """Warn where there is little background, which synthetic noise has to make up for."""
    quiet = [one for one in folder.background if not one.is_other]
    left_out_s = sum(end_s - begin_s for one in quiet for begin_s, end_s in one.left_out_s)
    length_s = max(0.0, sum(length_s_of(str(one.path)) for one in quiet) - left_out_s)
    if length_s < LEAST_BACKGROUND_S:
        log.warning(
            "%s of background: false alarms are counted in synthetic noise as well, which says little; give recordings "
            "without the calls with --background, or cut them with 'whipbird segments --complete'",
            f"only {length_s:.0f} s" if length_s else "nothing",
        )


def _warn_of_events(folder: ClipFolder) -> None:
    """Warn where events say where calls are, and few annotated calls help to find them there."""
    for label in folder.labels:
        own = [one for one in folder.calls if one.label == label]
        events = sum(one.bounds_s is not None and not one.is_exact for one in own)
        exact = sum(one.bounds_s is not None and one.is_exact for one in own)
        if events and exact < ENOUGH_EXACT:
            log.warning(
                "%s of %r: only the event is known in which the call is, and it may be another sound that is taken for "
                "it; annotate at least %d calls (%d now) and cut them with 'whipbird segments -a', so that the others "
                "are found by their band and length",
                counted(events, "clip"),
                label,
                ENOUGH_EXACT,
                exact,
            )


def _makers(
    folder: ClipFolder, plan: Plan, name: str, choices: Choices
) -> list[Callable[[], tuple[Candidate, Sounds]]]:
    """What makes each candidate, with its sounds, which are read only when they are needed."""
    labels = (BACKGROUND, *folder.labels)
    training = [training_data(len(folder.calls) + len(folder.background))]

    def own() -> tuple[Candidate, Sounds]:
        more = {} if choices.epochs is None else {"epochs": choices.epochs}
        candidate = OwnNetwork(plan, labels, name, training, choices.seed, **more)
        return candidate, _with_background(read_clips(folder, plan.rate_hz))

    def head() -> tuple[Candidate, Sounds]:
        assert base is not None
        sounds = _with_background(read_clips(folder, base.sample_rate_hz))
        return Head(base, plan, labels, name, training, sounds, choices.seed), sounds

    base = base_here() if choices.network in ("best", "birdnet") else None
    if choices.network == "best" and base is None:
        log.warning(
            "BirdNET is not installed: with few clips, a layer on its network is often better; "
            "'whipbird models add birdnet' adds it (its licence excludes commercial use)"
        )
    return [head] * (base is not None) + [own] * (choices.network in ("best", "own") or base is None)


def _with_background(sounds: Sounds) -> Sounds:
    """The same sounds, with synthetic noise where there is no background."""
    if sounds.background_s >= LEAST_BACKGROUND_S:
        return sounds
    rng = np.random.default_rng(0)
    noises = make_noises(NOISES, round(NOISE_S * sounds.rate_hz), sounds.rate_hz, rng)
    made = [Quiet(noise, f"{SYNTHETIC} {number}", is_noise=True) for number, noise in enumerate(noises)]
    return Sounds(sounds.calls, [*sounds.background, *made], sounds.rate_hz)


def _tried(candidate: Candidate, sounds: Sounds, plan: Plan, target_per_hour: float) -> Judgement:
    """Train a candidate without each fold, and judge it on that fold."""
    found = []
    card, folds = candidate.card(), divided(sounds, candidate.folds)
    with tempfile.TemporaryDirectory() as name:
        for number, fold in enumerate(folds, 1):
            place = Path(name) / str(number)
            candidate.bundle(sounds.without(fold), place, f"{candidate.kind}, fold {number} of {len(folds)}")
            found.append(scored(sounds.of(fold), card.labels, Model(str(place)), plan.length_s / 2))
    return judged(found, card, target_per_hour, sounds.rate_hz)


def _line(found: Judgement) -> str:
    measured = found.as_dict()
    others = f", and {found.mistaken} of {counted(found.others, 'other sound')} taken for calls" if found.others else ""
    return (
        f"{measured['recall'][0]:.0%} of {counted(found.calls, 'call')}, {found.false + found.doubled} false in "
        f"{counted(round(60 * found.hours), 'minute')}{others}"
    )


def _results(tried: dict[str, Judgement], chosen: str, folder: ClipFolder, sounds: Sounds) -> dict[str, Any]:
    """For the card: what was measured, and on what."""
    return {
        "network": chosen,
        "calls": tried[chosen].as_dict(),
        "tried": {kind: found.as_dict() for kind, found in tried.items()},
        "clips": {label: sum(one.label == label for one in folder.calls) for label in folder.labels},
        "recordings": len({one.source for one in folder.calls}),
        "sources_known": folder.sources_known,
        "background_s": round(sounds.background_s),
        "noise_s": round(sounds.noise_s),
    }
