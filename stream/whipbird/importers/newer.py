"""What this version of whipbird would add, compared with what is installed."""

from __future__ import annotations

from dataclasses import dataclass

from whipbird.importers.catalog import FAMILIES, family_of
from whipbird.models.card import Card

__all__ = ["Comparison", "compare"]

IGNORED = ("sha256", "name", "version")


@dataclass(frozen=True)
class Comparison:
    """An installed model and what this version of whipbird knows.

    Attributes
    ----------
    installed, known : str
        Versions.
    files : tuple of str
        Files that are other ones, or missing.
    settings : tuple of str
        Fields of the card that are others, by a newer whipbird or by the user.
    """

    installed: str
    known: str
    files: tuple[str, ...]
    settings: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        """Whether there is nothing newer."""
        return not (self.files or self.settings) and self.installed == self.known


def compare(name: str, card: Card) -> Comparison | None:
    """Compare the card of an installed model; None if whipbird adds no model of this name."""
    family = family_of(name)
    if family is None:
        return None
    known = FAMILIES[family]
    fresh = Card.model_validate({**known.todays_card(card), "sha256": {}})
    files = tuple(file for file, sha256 in known.todays_sha256(card).items() if card.sha256.get(file) != sha256)
    settings = tuple(
        field for field in Card.model_fields if field not in IGNORED and getattr(card, field) != getattr(fresh, field)
    )
    return Comparison(card.version, known.version, files, settings)
