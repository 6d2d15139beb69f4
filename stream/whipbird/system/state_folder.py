"""The folder of what whipbird must remember between runs."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from whipbird.errors import OutputError

__all__ = ["user_state_folder"]


def user_state_folder(purpose: str, remedy: str) -> Path:
    """The user's folder for state, on Linux ``$XDG_STATE_HOME/whipbird``.

    Parameters
    ----------
    purpose, remedy : str
        What the folder is for and what to do without one, for the error message.

    Raises
    ------
    OutputError
        If there is no home folder.
    """
    try:
        return Path(platformdirs.user_state_dir("whipbird", appauthor=False))
    except RuntimeError as error:
        raise OutputError(f"no home folder for {purpose} ({error}); {remedy}") from error
