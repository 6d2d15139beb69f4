"""Passwords and tokens: from a file or from the environment, never from the command line, which everybody can read."""

from __future__ import annotations

import os
from pathlib import Path

from stream.errors import OutputError

__all__ = ["read_secret"]


def read_secret(path: str | None, variable: str) -> str | None:
    """The first line of a file; without one, an environment variable; None if there is neither.

    Raises
    ------
    OutputError
        If the file cannot be read or is empty.
    """
    if path is None:
        return os.environ.get(variable) or None
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(f"{path}: {getattr(error, 'strerror', None) or 'is no text'}") from error
    if not lines or not lines[0].strip():
        raise OutputError(f"{path}: holds no secret in its first line")
    return lines[0].strip()
