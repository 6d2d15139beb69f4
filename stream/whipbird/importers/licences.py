"""Texts of licences in the packages that hold models."""

from __future__ import annotations

from collections.abc import Sequence

from whipbird.importers.file_set import FileSet, find_files

__all__ = ["APACHE", "LICENCE_FILE", "find_apache"]

LICENCE_FILE = "LICENSE"  # in a bundle
APACHE = "Apache-2.0"
APACHE_WORDS = b"Apache License"


def find_apache(sets: Sequence[FileSet]) -> bytes | None:
    """Text of the Apache licence, if it is in one of the places."""
    texts = (files.read(name) for files, name in find_files(sets, "LICENSE*"))
    return next((text for text in texts if APACHE_WORDS in text), None)
