"""Files of labels: one label a line, in the order of a network's outputs.

BirdNET's lines are ``Scientific name_Common name``. Classifiers that users train hold whatever their folders of clips
are called: often such lines, sometimes several for one species (``Strix aluco_Song``, ``Strix aluco_Call``), or names
without a meaning to other programs.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from whipbird.errors import DataError

__all__ = ["Label", "label_lines", "parse_labels"]

SCIENTIFIC = re.compile(r"[A-Z][a-z-]+ [a-z][a-z-]+( [a-z][a-z-]+)?")  # genus, species, perhaps a subspecies


@dataclass(frozen=True)
class Label:
    """A label of a network.

    Attributes
    ----------
    name : str
        As in a card: the scientific name, if there is one and no other label has it.
    line : str
        As in the file.
    common : str
        English name; empty if there is none.
    """

    name: str
    line: str
    common: str


def label_lines(content: bytes, where: str) -> list[str]:
    """The lines of a file of labels.

    Parameters
    ----------
    where : str
        Name of the file, for error messages.

    Raises
    ------
    DataError
        If it is not a file of labels.
    """
    try:
        lines = [line.strip() for line in content.decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: not a file of labels: it holds bytes that are not UTF-8") from error
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        raise DataError(f"{where}: holds no labels")
    if "" in lines:
        raise DataError(f"{where}: line {lines.index('') + 1} is empty, but each line must be a label")
    return lines


def parse_labels(content: bytes, where: str) -> list[Label]:
    """The labels in a file; see `label_lines`."""
    lines = label_lines(content, where)
    halves = [_halves(line) for line in lines]
    names = Counter(name for name, _ in halves)
    labels, used = [], set[str]()
    for line, (name, common) in zip(lines, halves, strict=True):
        chosen = _unused(name if names[name] == 1 else line, used)
        used.add(chosen)
        labels.append(Label(chosen, line, common))
    return labels


def _halves(line: str) -> tuple[str, str]:
    """The name for a card, and the common name."""
    first, _, second = line.partition("_")
    if second and (SCIENTIFIC.fullmatch(first) or first == second):
        return first, second
    return line, line if not SCIENTIFIC.fullmatch(line) else ""


def _unused(name: str, used: set[str]) -> str:
    """A name with a number if it has been used: a classifier that was added to BirdNET may repeat a species."""
    number, chosen = 1, name
    while chosen in used:
        number += 1
        chosen = f"{name} ({number})"
    return chosen
