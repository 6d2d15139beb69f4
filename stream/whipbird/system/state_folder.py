"""Where whipbird keeps what it must remember between runs."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from whipbird.errors import OutputError

__all__ = ["user_state_folder"]


def user_state_folder(wanted: str, instead: str) -> Path:
    """The user's folder for it, on Linux ``$XDG_STATE_HOME/whipbird``.

    Parameters
    ----------
    wanted, instead : str
        What it is for, and what to do without: for the error.

    Raises
    ------
    OutputError
        If there is no home folder.
    """
    try:
        return Path(platformdirs.user_state_dir("whipbird", appauthor=False))
    except RuntimeError as error:
        raise OutputError(f"no home folder for {wanted} ({error}); {instead}") from error
