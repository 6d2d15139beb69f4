"""Which species are reported, and in which language they are named, for all models of a run.

The command line, a station and a scan choose in the same way; `ReportRules` apply the choice to the events of a model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from whipbird.engine.report_rules import HoldBack, Place, ReportRules
from whipbird.errors import WhipbirdError
from whipbird.models.model import Model
from whipbird.models.names import ENGLISH, LabelNames, check_language
from whipbird.models.range_model import WHOLE_YEAR, has_range
from whipbird.models.species_list import listed_labels

__all__ = ["EVERY_SPECIES", "SpeciesChoice", "choose_species", "names_of", "shared_rules"]


@dataclass(frozen=True)
class SpeciesChoice:
    """Which species are reported.

    Attributes
    ----------
    language : str
        Of their names, see `LabelNames`.
    place : Place or None
    include, exclude : tuple of str
        Labels, sorted; without any to include, all are, or those of the place.
    """

    language: str = ENGLISH
    place: Place | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def rules(self, models: Sequence[Model], hold_back: Mapping[str, HoldBack] | None = None) -> list[ReportRules]:
        """Rules for each model; ``hold_back`` by its name. A list without labels of a model does not concern it."""
        found = []
        for names in names_of(models, self.language):
            own = frozenset(names.card.labels)
            include, exclude = (own.intersection(labels) for labels in (self.include, self.exclude))
            found.append(
                ReportRules(names, self.place, include or None, exclude, (hold_back or {}).get(names.card.name))
            )
        return found


EVERY_SPECIES = SpeciesChoice()


@lru_cache(maxsize=8)
def shared_rules(choice: SpeciesChoice, models: tuple[Model, ...]) -> list[ReportRules]:
    """Rules that this process makes once: those of a scan, whose pieces would otherwise each run the range model.

    They do not say that the species of the whole year count: which recording is the first depends on the processes.
    """
    found = choice.rules(models)
    for rules in found:
        rules.unknown_time_told = True
    return found


def names_of(models: Iterable[Model], language: str = ENGLISH) -> list[LabelNames]:
    """Names of each model's labels."""
    return [LabelNames(model.folder, model.card, language) for model in models]


def choose_species(
    models: Sequence[Model],
    language: str = ENGLISH,
    place: Place | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    notify: Callable[[str], None] = lambda text: None,
) -> SpeciesChoice:
    """Make a choice from what people give; see `listed_labels` for the lists and ``notify``.

    Raises
    ------
    WhipbirdError
        If there are no names in the language, a listed name is not known, or a range model cannot be used.
    """
    names = names_of(models, language)
    check_language(language, names)
    found = SpeciesChoice(
        language, place, *(tuple(sorted(listed_labels(texts, names, notify))) for texts in (include, exclude))
    )
    if place is not None:
        for rules in found.rules([model for model in models if has_range(model.card)]):
            rules.species(WHOLE_YEAR)
    if include and not found.include:
        raise WhipbirdError("a list of species to include holds none")
    return found
