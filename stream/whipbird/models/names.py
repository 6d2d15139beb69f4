"""Names of labels: scientific, common in many languages, and eBird's codes.

A bundle of thousands of species has them in ``names.csv``, in UTF-8 and in the order of the card's labels: the columns
``label``, ``code`` (empty if there is none), ``en``, and one for each other language. The file is read only when a name
is needed, and then only the columns needed. The card of a small model names its species itself (`Card.species`).
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from pathlib import Path

from whipbird.errors import BundleError, WhipbirdError
from whipbird.events.thresholds import Thresholds
from whipbird.models.bundle_file import read_bundle_file
from whipbird.models.card import Card
from whipbird.text import choice

__all__ = [
    "ENGLISH",
    "FIRST_COLUMNS",
    "NAMES",
    "SCIENTIFIC",
    "LabelNames",
    "check_language",
    "labels_named",
    "thresholds_named",
]

NAMES = "names.csv"
ENGLISH = "en"
SCIENTIFIC = "scientific"  # in place of a language: labels are shown as they are
FIRST_COLUMNS = ["label", "code", ENGLISH]


@dataclass(frozen=True)
class _Columns:
    """What is read of ``names.csv``: names and codes by label; labels without one are left out."""

    languages: tuple[str, ...]
    codes: Mapping[str, str]
    english: Mapping[str, str]
    common: Mapping[str, str]  # in the language that is wanted, otherwise in English


class LabelNames:
    """Names of the labels of a model.

    Parameters
    ----------
    folder : Path
        Of the bundle.
    card : Card
    language : str
        Of the common names, such as ``de`` or ``pt-br``; English replaces a language or a name that is missing.

    Attributes
    ----------
    folder : Path
    card : Card

    Raises
    ------
    BundleError
        From each method, if the bundle's names cannot be read.
    """

    def __init__(self, folder: Path, card: Card, language: str = ENGLISH) -> None:
        self.card = card
        self.folder = folder
        self._language = language.strip().lower().replace("_", "-")

    @property
    def in_file(self) -> bool:
        """Whether the bundle has a file of names."""
        return NAMES in self.card.sha256

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the common names."""
        return self._columns.languages

    def common(self, label: str) -> str | None:
        """Common name of a label; None if there is none, or labels are shown as they are."""
        return None if self._language == SCIENTIFIC else self._columns.common.get(label)

    def code(self, label: str) -> str | None:
        """EBird's code of a label; None if there is none."""
        return self._columns.codes.get(label)

    def shown(self, label: str) -> str:
        """A label for people, by its common name if it has one."""
        return self.common(label) or label

    def find(self, text: str) -> list[str]:
        """Labels with a name, in the order of the card; empty if there are none.

        The name is a label, a scientific or common name (in the chosen language or English), a code, or a line of
        BirdNET such as ``Strix aluco_Tawny Owl``; capitals do not matter. Each kind of name counts only if none
        before it fits.
        """
        if text in self._labels:
            return [text]
        wanted = text.strip().casefold()
        for kind in self._by_name:
            if found := kind.get(wanted):
                return found
        scientific, separator, _ = wanted.partition("_")
        return self._by_name[0].get(scientific, []) if separator else []

    @property
    def known(self) -> list[str]:
        """Labels and names, for the one that was probably meant by another."""
        columns = self._columns
        return list(dict.fromkeys((*self.card.labels, *columns.common.values(), *columns.english.values())))

    @cached_property
    def _labels(self) -> frozenset[str]:
        return frozenset(self.card.labels)

    @cached_property
    def _columns(self) -> _Columns:
        if not self.in_file:
            common = {label: names.common for label, names in self.card.species.items()}
            return _Columns((), {}, common, common)
        language = ENGLISH if self._language == SCIENTIFIC else self._language
        columns, labels = _read(self.folder / NAMES, self.card.sha256[NAMES], language)
        if labels != self.card.labels:
            raise BundleError(f"{self.folder / NAMES}: its labels are not those of the card, in the same order")
        return columns

    @cached_property
    def _by_name(self) -> list[dict[str, list[str]]]:
        """Labels by each kind of name, in lower case."""
        columns = self._columns
        scientific = {label: names.scientific for label, names in self.card.species.items()}
        kinds = [{label: label for label in self.card.labels}, scientific, columns.codes]
        return [_index(kind) for kind in (*kinds, columns.common, columns.english)]


@lru_cache(maxsize=8)
def _read(path: Path, sha256: str, language: str) -> tuple[_Columns, list[str]]:
    """The columns of a file of names, and the labels."""
    try:
        lines = io.BytesIO(read_bundle_file(path, sha256).removeprefix(codecs.BOM_UTF8))
        header = next(_rows(lines), [])
        if header[: len(FIRST_COLUMNS)] != FIRST_COLUMNS:
            raise BundleError(f"{path}: its first columns must be {', '.join(FIRST_COLUMNS)}")
        own = header.index(language) if language in header[2:] else 2
        cells = [(row[0], row[1], row[2], row[own]) for row in _rows(lines, own)]
    except (UnicodeDecodeError, csv.Error, IndexError) as error:
        raise BundleError(f"{path}: not a table of names: {error}") from error
    codes = {label: code for label, code, _, _ in cells if code}
    english = {label: name for label, _, name, _ in cells if name}
    common = {label: name or other for label, _, other, name in cells if name or other}
    return _Columns(tuple(header[2:]), codes, english, common), [label for label, _, _, _ in cells]


def _rows(lines: Iterator[bytes], last: int | None = None) -> Iterator[list[str]]:
    """The cells of each row, up to the column ``last``: most columns are of other languages, and not even decoded."""
    for line in lines:
        if b'"' in line:
            yield next(csv.reader((text.decode() for text in chain([line], lines)), strict=True))
        else:
            cells = line.rstrip(b"\r\n").split(b",", -1 if last is None else last + 1)
            yield [cell.decode() for cell in cells[: None if last is None else last + 1]]


def _index(names: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for label, name in names.items():
        found.setdefault(name.casefold(), []).append(label)
    return found


def check_language(language: str, names: Iterable[LabelNames]) -> None:
    """Raise WhipbirdError if models have names, but none in a language; see `LabelNames`."""
    wanted = language.strip().lower().replace("_", "-")
    if wanted in (ENGLISH, SCIENTIFIC):
        return  # every file has English names, so none need be read
    known = sorted({one for model in names if model.in_file for one in model.languages})
    if known and wanted not in known:
        raise WhipbirdError(f"no names in {language!r}; {choice(wanted, (*known, SCIENTIFIC))}")


def labels_named(
    text: str, models: Sequence[LabelNames], reported: bool = True, missing: str = "no chosen model reports"
) -> list[str]:
    """The labels of some models with a name, see `LabelNames.find`; each once.

    Parameters
    ----------
    text : str
    models : sequence of LabelNames
    reported : bool
        Whether only the labels that the models report count.
    missing : str
        Start of an error about a name that is not known.

    Raises
    ------
    WhipbirdError
        If there are none, or a model has several.
    """
    found: list[str] = []
    for names in models:
        own = [label for label in names.find(text) if not reported or label in names.card.debounce]
        if len(own) > 1:
            raise WhipbirdError(f"{text!r} is the name of {', '.join(own)}; use one of these")
        found += own
    if not found:
        known = list(dict.fromkeys(one for names in models for one in _known(names, reported)))
        raise WhipbirdError(f"{missing} {text!r}; {choice(text, known)}")
    return list(dict.fromkeys(found))


def thresholds_named(
    given: Thresholds, models: Sequence[LabelNames], reported: bool = True, missing: str = "no chosen model reports"
) -> Thresholds:
    """Thresholds for labels, from those for names; see `labels_named`.

    Raises
    ------
    WhipbirdError
        If a label is not known, or two of the names are the same label's.
    """
    found: dict[str, float] = {}
    for text, score in given.labels:
        for label in labels_named(text, models, reported, missing):
            if label in found:
                raise WhipbirdError(f"there is another threshold for {label!r}")
            found[label] = score
    return Thresholds(given.every, tuple(sorted(found.items())))


def _known(names: LabelNames, reported: bool) -> list[str]:
    return names.known if names.in_file or not reported else sorted(names.card.debounce)
