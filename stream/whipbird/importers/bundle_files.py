"""Files of a new bundle: written with their hashes, checked by loading the model, and put in place."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from whipbird.arrays import Floats
from whipbird.errors import BundleError, OutputError
from whipbird.models.bundle import CARD
from whipbird.models.card import Card
from whipbird.models.model import Model
from whipbird.system.strict import explain

__all__ = ["Ingredients", "Wanted", "cannot_write", "matrices_file", "model_name", "sha256", "write_bundle"]


@dataclass(frozen=True)
class Ingredients:
    """What a bundle is made of.

    Attributes
    ----------
    source : Path
        Where the network comes from.
    card : mapping
        Fields of the card without hashes.
    files : mapping of str to bytes
        The other files.
    notes : tuple of str
        What is missing, for people.
    """

    source: Path
    card: Mapping[str, Any]
    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What a user wants of a family of models.

    Attributes
    ----------
    labels : Path or None
        File of labels, in place of the model's own.
    exact : bool
        Whether a file with the name of a model's network that is another one is an error; otherwise it is not that
        model.
    phrase : str or None
        Which of several phrases.
    """

    labels: Path | None = None
    exact: bool = True
    phrase: str | None = None


def model_name(name: str) -> str:
    """Convert any name to one that a card allows: letters and digits without accents, and ``.-_`` between them."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._") or "custom"


def sha256(content: bytes) -> str:
    """Hash of a file's content."""
    return hashlib.sha256(content).hexdigest()


def matrices_file(matrices: Mapping[str, Floats]) -> bytes:
    """Content of a file with the matrices of a front end."""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **matrices)
    return file.getvalue()


def write_bundle(folder: Path, ingredients: Ingredients) -> Card:
    """Write a bundle into an empty folder and load it.

    Raises
    ------
    BundleError
        If it does not load.
    OSError
    """
    source, files = ingredients.source, ingredients.files
    fields = {**ingredients.card, "sha256": {name: sha256(content) for name, content in files.items()}}
    try:
        made = Card.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BundleError(f"{source}: {'.'.join(map(str, first['loc'])) or 'card'}: {explain(first)}") from error
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / CARD).write_text(json.dumps(fields, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    try:
        Model(str(folder))
    except BundleError as error:
        raise BundleError(f"{source}: {str(error).removeprefix(f'{folder}/')}") from error
    return made


def cannot_write(folder: Path, error: OSError) -> OutputError:
    """An error about a bundle that cannot be written, with what to do."""
    hints = {errno.ENOSPC: "; free some space", errno.EACCES: "; you may not write there"}
    return OutputError(f"cannot write {folder}: {error.strerror or error}{hints.get(error.errno or 0, '')}")
