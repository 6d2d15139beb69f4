"""Bundles that are installed: their size, their names, and how they are removed."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from whipbird.errors import BundleError
from whipbird.importers.names_table import read_names_table
from whipbird.importers.workplace import workplace
from whipbird.models.bundle_file import read_bundle_file
from whipbird.models.card import Card
from whipbird.models.names import ENGLISH, NAMES

__all__ = ["folder_size", "names_of", "remove_bundle"]


def folder_size(folder: Path) -> int:
    """Bytes of the files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def remove_bundle(folder: Path) -> None:
    """Remove a bundle, all at once; of a link to one, the link.

    Raises
    ------
    OutputError
        If another process is writing it.
    OSError
    """
    if folder.is_symlink():
        folder.unlink()
        return
    with workplace(folder) as hidden:
        gone = hidden / "gone"
        folder.rename(gone)
        shutil.rmtree(gone)


def names_of(folder: Path, card: Card) -> list[dict[str, str]]:
    """The rows of a bundle's table of names; labels and the names in the card alone if it has no table.

    Raises
    ------
    BundleError
        If the table is missing or damaged.
    """
    if NAMES not in card.sha256:
        species = {label: names.common for label, names in card.species.items()}
        return [{"label": label, "code": "", ENGLISH: species.get(label, label)} for label in card.labels]
    content = read_bundle_file(folder / NAMES, card.sha256[NAMES])
    try:
        return read_names_table(content)
    except (ValueError, csv.Error) as error:
        raise BundleError(f"{folder / NAMES}: not a table of names: {error}") from error
