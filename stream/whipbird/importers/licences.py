"""Texts of licences in the packages that hold models."""

from __future__ import annotations

from collections.abc import Sequence

from whipbird.importers.file_set import FileSet, find_files

__all__ = ["APACHE", "LICENCE_FILE", "apache_file"]

LICENCE_FILE = "LICENSE"  # in a bundle
APACHE = "Apache-2.0"
APACHE_WORDS = b"Apache License"


def apache_file(sets: Sequence[FileSet]) -> dict[str, bytes]:
    """The Apache licence as a file of a bundle, if it is in one of the places; otherwise nothing."""
    texts = (files.read(name) for files, name in find_files(sets, "LICENSE*"))
    found = next((text for text in texts if APACHE_WORDS in text), None)
    return {} if found is None else {LICENCE_FILE: found}
