"""Extras: packages that only some commands need, and one line where they are missing."""

from __future__ import annotations

from importlib.util import find_spec

from whipbird.errors import WhipbirdError

__all__ = ["check_installed"]


def check_installed(extra: str, *modules: str) -> None:
    """Look for modules of an extra without importing them.

    Raises
    ------
    WhipbirdError
        If one of them is not installed.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise WhipbirdError(
            f"this needs more packages than listening (missing: {', '.join(missing)}); "
            f"get them with: pip install 'whipbird[{extra}]'"
        )
