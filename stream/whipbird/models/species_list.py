"""Lists of species: names, or files with one name on each line, such as BirdNET's species lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from whipbird.errors import DataError, WhipbirdError
from whipbird.models.names import LabelNames, labels_named
from whipbird.system.regular_file import read_bounded
from whipbird.text import counted

__all__ = ["listed_labels"]

LARGEST = 4 << 20  # bytes of a list
COMMENT = "#"


def listed_labels(
    texts: Iterable[str], models: Sequence[LabelNames], notify: Callable[[str], None] = lambda text: None
) -> frozenset[str]:
    """Labels of some models in lists.

    Parameters
    ----------
    texts : iterable of str
        Each a file, or names separated by commas; see `LabelNames.find`. Empty lines and those that start with # do not
        count.
    models : sequence of LabelNames
    notify : callable
        Gets a line about names in a file that no model has.

    Raises
    ------
    WhipbirdError
        If a file cannot be read or has no known name, or a name that is not in a file is not known.
    """
    found: set[str] = set()
    for text in texts:
        path = Path(text)
        if _is_file(path):
            found |= _in_file(path, models, notify)
        elif any(names.find(text) for names in models):  # a name with a comma in it
            found |= set(labels_named(text, models, reported=False))
        else:
            for name in filter(None, map(str.strip, text.split(","))):
                found |= set(labels_named(name, models, reported=False, missing="no chosen model has"))
    return frozenset(found)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _in_file(path: Path, models: Sequence[LabelNames], notify: Callable[[str], None]) -> set[str]:
    try:
        text = read_bounded(path, LARGEST).decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not a list of species: it is not UTF-8 text") from error
    lines = [line.strip() for line in text.splitlines()]
    names = [line for line in lines if line and not line.startswith(COMMENT)]
    found: set[str] = set()
    unknown: list[str] = []
    for name in names:
        own = {label for one in models for label in one.find(name)}
        found |= own
        if not own:
            unknown.append(name)
    if not found:
        raise WhipbirdError(f"{path}: no species of a chosen model in this list")
    if unknown:
        notify(f"{path}: no chosen model has {unknown[0]!r}{_others(len(unknown) - 1)}")
    return found


def _others(count: int) -> str:
    return f" and {counted(count, 'other name')}" if count else ""
