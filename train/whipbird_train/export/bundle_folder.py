"""Folders of bundles: where one may be written, and copies with another card."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from whipbird.errors import WhipbirdError
from whipbird.importers.workplace import move_into_place, workplace
from whipbird.models.bundle import CARD
from whipbird.models.card import Card

__all__ = ["LICENCE", "PAGE", "check_target", "copy_bundle", "new_bundle", "sealed", "write_card"]

PAGE = "README.md"
SUFFIXES = (".json", ".md", ".png", ".npz", ".tflite", ".keras", ".csv")  # of a bundle's files
LICENCE = "LICENSE"


def check_target(folder: Path) -> None:
    """Check that a bundle may be written to a folder: it is missing, empty, or holds nothing but a bundle.

    Raises
    ------
    WhipbirdError
    """
    if not folder.exists():
        return
    if not (folder / CARD).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise WhipbirdError(f"{folder} exists and is not a model; name another folder")
    shown = [file for file in folder.iterdir() if not file.name.startswith(".")]
    others = sorted(
        file.name for file in shown if file.is_dir() or not (file.suffix in SUFFIXES or file.name == LICENCE)
    )
    if others:
        raise WhipbirdError(f"{folder} is a model, but {others[0]} is not one of its files; name another folder")


@contextmanager
def new_bundle(folder: Path) -> Iterator[Path]:
    """Give a new folder to fill; it then replaces the bundle that may be there. On an error, nothing changes.

    Raises
    ------
    WhipbirdError
        If the folder holds something else.
    OSError
    """
    check_target(folder)
    target = folder.resolve()
    with workplace(target) as hidden:
        made = hidden / "new"
        made.mkdir()
        yield made
        move_into_place(made, hidden, target)


def write_card(folder: Path, card: Card) -> None:
    """Write a bundle's card."""
    (folder / CARD).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")


def sealed(folder: Path, card: Card, results: Mapping[str, Any]) -> Card:
    """Write a bundle's card with further results and with the hashes of all files in its folder, and return it."""
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}
    card = card.model_copy(update={"results": {**results, **card.results}, "sha256": hashes})
    write_card(folder, card)
    return card


def copy_bundle(source: Path, folder: Path, card: Card, page: Callable[[str], str] = str) -> None:
    """Copy a bundle with another card.

    Parameters
    ----------
    page : callable, optional
        Returns the text of the copy's page for that of the original.

    Raises
    ------
    WhipbirdError
        If the folder holds something else, or the copy cannot be written.
    """
    try:
        with new_bundle(folder) as made:
            shutil.copytree(source, made, dirs_exist_ok=True)
            write_card(made, card)
            if (made / PAGE).is_file():
                (made / PAGE).write_text(page((made / PAGE).read_text(encoding="utf-8")), encoding="utf-8")
    except (OSError, shutil.Error) as error:
        raise WhipbirdError(f"cannot write {folder}: {getattr(error, 'strerror', None) or error}") from error
