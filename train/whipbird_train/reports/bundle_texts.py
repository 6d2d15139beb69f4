"""What people and programs read of a bundle: its card, its page and its licence, written beside its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from whipbird.models.card import Card
from whipbird_train.export.bundle_folder import LICENCE, PAGE, write_card
from whipbird_train.reports.licence_text import licence_text
from whipbird_train.reports.model_page import model_page

__all__ = ["write_texts"]


def write_texts(folder: Path, card: Card, page: Callable[[Card], str] = model_page) -> None:
    """Write a bundle's card, and the page and the licence that follow from it."""
    write_card(folder, card)
    (folder / PAGE).write_text(page(card), encoding="utf-8")
    (folder / LICENCE).write_text(licence_text(card), encoding="utf-8")
