"""Bundles: folders with a network, its card and the matrices of its front end.

Shipped bundles are in the package, and those of a user in the folder for application data (see `user_folder`). A
user's bundle hides a shipped bundle of the same name.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import platformdirs
from pydantic import ValidationError

from whipbird.errors import BundleError
from whipbird.models.card import Card
from whipbird.system.regular_file import read_bounded
from whipbird.system.shipped import shipped
from whipbird.system.strict import explain
from whipbird.text import choice

__all__ = [
    "ADDABLE",
    "CARD",
    "LARGEST_CARD",
    "MATRICES",
    "find_bundles",
    "locate",
    "read_card",
    "shipped_folder",
    "user_folder",
]


CARD = "card.json"
MATRICES = "frontend.npz"
ADDABLE = ("birdnet", "microwakeword", "openwakeword", "yamnet")  # families of `whipbird.importers.catalog`
LARGEST_CARD = 16 << 20  # bytes; measured results are most of it


def shipped_folder() -> Path:
    """Folder of the shipped bundles: inside the package, or ``models`` in a source checkout."""
    return shipped("bundles", "models")


def user_folder() -> Path:
    """Folder of a user's bundles; on Linux ``$XDG_DATA_HOME/whipbird/models``. Raises BundleError without a home."""
    try:
        return Path(platformdirs.user_data_dir("whipbird", appauthor=False)) / "models"
    except RuntimeError as error:
        raise BundleError(f"no home folder ({error}); set HOME or XDG_DATA_HOME") from error


def find_bundles() -> dict[str, Path]:
    """Folders of all installed bundles by name."""
    found: dict[str, Path] = {}
    for root in (shipped_folder(), user_folder()):
        if root.is_dir():
            found |= {folder.name: folder for folder in sorted(root.iterdir()) if (folder / CARD).is_file()}
    return found


def locate(name: str) -> Path:
    """Folder of a bundle, by its name or path; raises BundleError if there is none."""
    found = find_bundles()
    if name in found:
        return found[name]
    with contextlib.suppress(OSError, RuntimeError):  # the name is too long, or starts with ~ and an unknown user
        folder = Path(name).expanduser()
        if folder.is_dir():
            return folder
    family, _, phrase = name.partition("-")
    if family in ADDABLE:
        raise BundleError(
            f"no model named '{name}' is installed; add it with: whipbird models add {family} {phrase}".rstrip()
        )
    raise BundleError(f"no model named '{name}' and no folder of that name; {choice(name, found)}")


def read_card(folder: Path) -> Card:
    """Read and validate the card of a bundle.

    Raises
    ------
    BundleError
        If it is missing or invalid.
    """
    path = folder / CARD
    try:
        return Card.model_validate_json(read_bounded(path, LARGEST_CARD))
    except OSError as error:
        raise BundleError(f"{path}: {error.strerror or error}; a bundle needs {CARD} and model.tflite") from error
    except ValidationError as error:
        raise BundleError(f"{path}: {_problems(error)}") from error


def _problems(error: ValidationError) -> str:
    """Every value that is wrong in a card, and why."""
    found = error.errors(include_url=False)
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'card'}: {explain(one)}" for one in found)
