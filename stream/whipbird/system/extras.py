"""Extras: optional packages that only some commands need."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from whipbird.errors import WhipbirdError

__all__ = ["check_installed", "installation", "needs"]

ROOT = Path(__file__).parents[3]  # of the repository, if whipbird runs from one


def check_installed(extra: str, *modules: str) -> None:
    """Check that modules of an extra are installed, without importing them.

    Raises
    ------
    WhipbirdError
        If one of them is not installed; the message says how to install it.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise WhipbirdError(f"this command {needs(extra, *missing)}")


def needs(extra: str, *missing: str) -> str:
    """The end of a message about packages of an extra that are missing."""
    return f"needs more packages (missing: {', '.join(missing)}); install them with: {installation(extra)}"


def installation(extra: str, root: Path = ROOT, environment: Path | None = None) -> str:
    """The command that installs an extra for this Python.

    An installation from a repository stays one that runs the code there, so that updating the repository updates it.

    Parameters
    ----------
    root : Path
        Folder of the repository.
    environment : Path, optional
        Folder of the virtual environment; by default the one of this Python.
    """
    if not (root / "pyproject.toml").is_file():
        return f"{sys.executable} -m pip install 'whipbird[{extra}]'"
    if (environment or Path(sys.prefix)) == root / ".venv":
        return f"make setup EXTRAS={extra} (in {root})"
    return f"{sys.executable} -m pip install -e '{root}[{extra}]'"
