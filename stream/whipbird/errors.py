"""Errors that a user can do something about: one line that says what is wrong, where, and what to do."""

__all__ = ["BundleError", "DataError", "OutputError", "SourceError", "WhipbirdError"]


class WhipbirdError(Exception):
    """Anything that is reported as one line, without a traceback."""


class BundleError(WhipbirdError):
    """A model bundle that cannot be used."""


class OutputError(WhipbirdError):
    """An output that cannot be opened or written to."""


class SourceError(WhipbirdError):
    """A source that cannot be opened or read."""


class DataError(WhipbirdError):
    """Recordings that are missing, cannot be fetched, or cannot be trained on."""
