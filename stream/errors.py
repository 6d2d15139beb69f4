"""Errors that a user can do something about: one line that says what is wrong, where, and what to do."""

__all__ = ["BundleError", "SourceError", "WhipbirdError"]


class WhipbirdError(Exception):
    """Anything that is reported as one line, without a traceback."""


class BundleError(WhipbirdError):
    """A model bundle that cannot be used."""


class SourceError(WhipbirdError):
    """A source that cannot be opened or read."""
