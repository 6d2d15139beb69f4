"""Names of the labels in a database or a scan, from the installed models: only labels are stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from whipbird.activity.heard_recording import Target
from whipbird.activity.tallies import Activity
from whipbird.errors import BundleError
from whipbird.events.detection import Detection
from whipbird.models.bundle import find_bundles, read_card
from whipbird.models.names import ENGLISH, LabelNames, check_language

__all__ = ["InstalledNames"]


class InstalledNames:
    """Names of the labels of installed models; labels of other models have none.

    Parameters
    ----------
    language : str
        Of common names, see `LabelNames`.
    """

    def __init__(self, language: str = ENGLISH) -> None:
        self._language = language
        self._names: dict[str, LabelNames | None] = {}

    def of(self, model: str) -> LabelNames | None:
        """Names of a model's labels; None if it is not installed, or cannot be used now.

        Raises
        ------
        WhipbirdError
            If the model has names, but not in this language.
        """
        if model not in self._names:
            folder = find_bundles().get(model)
            self._names[model] = names = None if folder is None else self._read(folder)
            if names is not None:
                check_language(self._language, [names])
        return self._names[model]

    def shown(self, target: Target) -> str:
        """A label for people."""
        names = self.of(target.model)
        return target.label if names is None else names.shown(target.label)

    def is_species(self, target: Target) -> bool:
        """Whether a label is not among those that a model of species keeps apart."""
        names = self.of(target.model)
        return names is None or target.label not in names.card.not_species

    def of_species(self, activity: Activity) -> Activity:
        """An activity without the labels that are no species, unless it has no others."""
        tallies = {key: tally for key, tally in activity.tallies.items() if self.is_species(key.target)}
        return replace(activity, tallies=tallies) if tallies else activity

    def other_sounds(self, model: str, labels: int) -> int:
        """Number of a model's labels that are no species, if it listened for this many, which are all."""
        names = self.of(model)
        return len(names.card.not_species) if names is not None and labels == len(names.card.debounce) else 0

    def named(self, event: Detection) -> Detection:
        """The same event with its common name."""
        names = self.of(event.model)
        return event if names is None else replace(event, common_name=names.common(event.label))

    def labels(self, texts: Iterable[str]) -> dict[str, frozenset[str]]:
        """Labels of any installed model with these names."""
        installed = [names for folder in find_bundles().values() if (names := self._read(folder)) is not None]
        return {text: frozenset(label for names in installed for label in names.find(text)) for text in texts}

    def _read(self, folder: Path) -> LabelNames | None:
        """The names of a bundle, if they can be read."""
        try:
            names = LabelNames(folder, read_card(folder), self._language)
            names.languages  # noqa: B018  (reads them)
        except BundleError:
            return None
        return names
