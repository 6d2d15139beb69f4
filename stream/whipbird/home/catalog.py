"""The phrases that are served: those of the models that are installed when a client asks.

A model with one reported label is one phrase, under the model's name; each label of another model is a phrase of its
own, ``MODEL/LABEL``.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wyoming.info import Attribution, Info, WakeModel, WakeProgram

from whipbird import __version__
from whipbird.engine.report_rules import ReportRules
from whipbird.errors import BundleError, SensitivityError
from whipbird.events.thresholds import NO_THRESHOLDS, Thresholds
from whipbird.home.room_thresholds import NO_ROOM_THRESHOLDS, RoomThresholds
from whipbird.models.bundle import CARD, find_bundles, locate, read_card
from whipbird.models.cache import distinct, shared_model
from whipbird.models.card import BALANCED, Card
from whipbird.models.model import Model
from whipbird.models.names import LabelNames

__all__ = ["Catalog", "Chosen", "Phrase", "hears_words", "installed_models_of_words"]

HOMEPAGE = "https://www.home-assistant.io/integrations/wyoming"


def hears_words(card: Card) -> bool:
    """Whether a model listens for words: it reports them at once, and none is the sound of a species."""
    return card.report == "begin" and not card.species


def installed_models_of_words() -> list[str]:
    """Names of the installed models that listen for words; those that cannot be read are left out."""
    return [phrase.bundle for phrase in Catalog((), BALANCED, NO_THRESHOLDS).phrases()]


@dataclass(frozen=True)
class Phrase:
    """A phrase: its name in the protocol, what locates its model, and its label there."""

    name: str
    bundle: str
    card: Card
    label: str


@dataclass(frozen=True)
class Chosen:
    """What one stream listens for.

    Attributes
    ----------
    models : list of Model
    rules : list of ReportRules
        One for each model, which let its wanted labels pass.
    labels : frozenset of str
        Of all models.
    names : dict of (str, str) to str
        Names of the phrases, by model and label.
    """

    models: list[Model]
    rules: list[ReportRules]
    labels: frozenset[str]
    names: dict[tuple[str, str], str]


class Catalog:
    """The phrases that are served.

    Parameters
    ----------
    models : sequence of str
        Names or folders of bundles; empty for all installed models of words.
    sensitivity : str
        Operating point; without ``models``, a model that has none of this name keeps its own settings.
    thresholds : Thresholds
    rooms : RoomThresholds
        Other thresholds for single rooms.

    Raises
    ------
    BundleError
        If one of the ``models`` cannot be used.
    """

    def __init__(
        self,
        models: Sequence[str],
        sensitivity: str,
        thresholds: Thresholds,
        rooms: RoomThresholds = NO_ROOM_THRESHOLDS,
    ) -> None:
        self._wanted = list(dict.fromkeys(models))
        self._sensitivity = sensitivity
        self._thresholds = thresholds
        self._rooms = rooms
        self._cards: dict[Path, tuple[tuple[int, int, int], Card]] = {}  # as read, by folder, with what changes
        distinct(self._load(name, "") for name in self._wanted)

    def phrases(self) -> list[Phrase]:
        """All phrases that are served now; bundles that cannot be read are left out."""
        found: dict[str, Phrase] = {}
        for bundle, card in self._bundles():
            labels = list(card.debounce)
            for label in labels:
                name = card.name if len(labels) == 1 else f"{card.name}/{label}"
                found.setdefault(name, Phrase(name, bundle, card, label))
        return list(found.values())

    def info(self) -> Info:
        """All phrases that are served now, for clients."""
        models = [
            WakeModel(
                name=phrase.name,
                attribution=Attribution(
                    phrase.card.licence, phrase.card.training[0].source if phrase.card.training else ""
                ),
                installed=True,
                description=_description(phrase),
                version=phrase.card.version,
                languages=[],  # cards do not name any
                phrase=phrase.label,
            )
            for phrase in self.phrases()
        ]
        program = WakeProgram(
            name="whipbird",
            attribution=Attribution("whipbird", HOMEPAGE),
            installed=True,
            description="whipbird: wake words of many programs, and how often they err",
            version=__version__,
            models=models,
        )
        return Info(wake=[program])

    def find(self, names: Sequence[str] | None) -> tuple[list[Phrase], list[str]]:
        """The phrases with some names, and the names that are unknown; None for all phrases.

        The name of a model with several labels stands for all of them. Another name stands for the phrases with this
        label, as satellites call them: ``okay_nabu`` for ``okay nabu``.
        """
        phrases = self.phrases()
        if names is None:
            return phrases, []
        exact = set(names) & {name for one in phrases for name in (one.name, one.card.name)}
        spoken = {_spoken(name) for name in names if name not in exact}
        wanted = [one for one in phrases if exact & {one.name, one.card.name} or _spoken(one.label) in spoken]
        known = {_spoken(one.label) for one in wanted}
        return wanted, [name for name in dict.fromkeys(names) if name not in exact and _spoken(name) not in known]

    def load(self, phrases: Iterable[Phrase], room: str) -> Chosen:
        """Load what some phrases need in a room; on one thread at a time.

        Raises
        ------
        BundleError
            If a model cannot be used.
        """
        by_bundle: dict[str, list[Phrase]] = {}
        for phrase in phrases:
            by_bundle.setdefault(phrase.bundle, []).append(phrase)
        models = distinct(self._load(bundle, room) for bundle in by_bundle)
        labels = {
            model.card.name: frozenset(phrase.label for phrase in own)
            for model, own in zip(models, by_bundle.values(), strict=True)
        }
        return Chosen(
            models,
            [ReportRules(LabelNames(one.folder, one.card), include=labels[one.card.name]) for one in models],
            frozenset().union(*labels.values()),
            {(phrase.card.name, phrase.label): phrase.name for own in by_bundle.values() for phrase in own},
        )

    def _load(self, bundle: str, room: str) -> Model:
        """A model with the thresholds of a room; all rooms share one network."""
        model = self._shared(bundle, self._thresholds)
        lowest = self._rooms.lowest(model.card)
        if lowest:  # a network that skips no window that matters in any room
            labels = {**dict(self._thresholds.labels), **dict(lowest.labels)}
            thresholds = Thresholds(self._thresholds.every, tuple(labels.items()))
            model = self._shared(bundle, thresholds).with_settings(model.card.debounce)
        return self._rooms.in_room(model, room)

    def _shared(self, bundle: str, thresholds: Thresholds) -> Model:
        try:
            return shared_model(bundle, self._sensitivity, thresholds)
        except SensitivityError:
            if self._wanted:
                raise
            return shared_model(bundle, BALANCED, thresholds)

    def _bundles(self) -> Iterator[tuple[str, Card]]:
        """What locates each bundle, and its card."""
        if self._wanted:
            for name in self._wanted:
                with contextlib.suppress(BundleError):
                    yield name, self._card(locate(name))
            return
        for name, folder in find_bundles().items():
            with contextlib.suppress(BundleError):
                card = self._card(folder)
                if hears_words(card):
                    yield name, card

    def _card(self, folder: Path) -> Card:
        """The card of a bundle, read again if it has changed: that of a large model takes long."""
        try:
            status = os.stat(folder / CARD)
        except OSError as error:
            raise BundleError(f"{folder / CARD}: {error.strerror or error}") from error
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        kept = self._cards.get(folder)
        if kept is None or kept[0] != stamp:
            kept = self._cards[folder] = stamp, read_card(folder)
        return kept[1]


def _spoken(name: str) -> str:
    """A name without what is not heard."""
    return re.sub(r"[\W_]+", " ", name).strip().lower()


def _description(phrase: Phrase) -> str:
    """What a person chooses a phrase by."""
    if len(phrase.card.debounce) == 1:
        return phrase.card.description
    return f'"{phrase.label}": {phrase.card.description}'
