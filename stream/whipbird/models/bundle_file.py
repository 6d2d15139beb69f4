"""Files of a bundle, each checked against the hash in its card."""

from __future__ import annotations

import hashlib
from pathlib import Path

from whipbird.errors import BundleError
from whipbird.models.bundle import CARD
from whipbird.system.regular_file import open_regular

__all__ = ["read_bundle_file"]


def read_bundle_file(path: Path, sha256: str | None) -> bytes:
    """Content of a file of a bundle; raises BundleError if it has no hash in the card, is missing, or is another."""
    if sha256 is None:
        raise BundleError(f"{path.parent / CARD}: sha256: no hash of {path.name}")
    try:
        with open_regular(path) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == sha256:
                file.seek(0)
                return file.read()
    except OSError as error:
        raise BundleError(f"{path}: {error.strerror or error}") from error
    raise BundleError(f"{path}: is not the file that {CARD} describes (sha256 differs); install it again")
