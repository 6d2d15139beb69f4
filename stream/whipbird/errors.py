"""Errors that a user can act on: one line that says what is wrong, where, and what to do."""

from __future__ import annotations

import os
import traceback

__all__ = [
    "BundleError",
    "DataError",
    "OutputError",
    "PartlyReadError",
    "SensitivityError",
    "SourceError",
    "WhipbirdError",
    "error_text",
    "source_error",
]


class WhipbirdError(Exception):
    """Base class of errors that are reported as one line, without a traceback."""


class BundleError(WhipbirdError):
    """A model bundle that cannot be used."""


class SensitivityError(BundleError):
    """A model without the operating point that is wanted."""


class OutputError(WhipbirdError):
    """An output that cannot be opened or written to."""


class SourceError(WhipbirdError):
    """A source that cannot be opened or read."""


class PartlyReadError(SourceError):
    """A recording that was read to its end, although something in it could not be read."""


class DataError(WhipbirdError):
    """Data that is missing, cannot be downloaded, or cannot be used."""


def error_text(error: BaseException) -> str:
    """Describe an error for the user: one of the system in its words, an unexpected one with its type."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) if isinstance(error, WhipbirdError) else f"{type(error).__name__}: {error}".removesuffix(": ")


def source_error(error: BaseException, name: str = "") -> SourceError:
    """Whatever reading or processing a source raised, as an error of that source; WHIPBIRD_DEBUG shows a traceback."""
    if isinstance(error, SourceError):
        return error
    if os.environ.get("WHIPBIRD_DEBUG"):
        traceback.print_exception(error)
    return SourceError(f"{name}: {' '.join(error_text(error).split())}".removeprefix(": "))
