"""Errors that a user can act on: one line that says what is wrong, where, and what to do."""

__all__ = ["BundleError", "DataError", "OutputError", "SourceError", "WhipbirdError"]


class WhipbirdError(Exception):
    """Base class of errors that are reported as one line, without a traceback."""


class BundleError(WhipbirdError):
    """A model bundle that cannot be used."""


class OutputError(WhipbirdError):
    """An output that cannot be opened or written to."""


class SourceError(WhipbirdError):
    """A source that cannot be opened or read."""


class DataError(WhipbirdError):
    """Data that is missing, cannot be downloaded, or cannot be used."""
