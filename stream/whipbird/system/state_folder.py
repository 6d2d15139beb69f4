"""The folder of what whipbird must remember between runs."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from whipbird.errors import OutputError

__all__ = ["make_private", "user_state_folder"]


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


def make_private(folder: Path) -> None:
    """Create a folder and its missing parents, closed to other users; an existing folder stays as it is."""
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
