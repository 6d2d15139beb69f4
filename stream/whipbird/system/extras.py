"""Extras: optional packages that only some commands need."""

from __future__ import annotations

from importlib.util import find_spec

from whipbird.errors import WhipbirdError

__all__ = ["check_installed"]


def check_installed(extra: str, *modules: str) -> None:
    """Check that modules of an extra are installed, without importing them.

    Raises
    ------
    WhipbirdError
        If one of them is not installed; the message says how to install it.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise WhipbirdError(
            f"this command needs more packages (missing: {', '.join(missing)}); "
            f"install them with: pip install 'whipbird[{extra}]'"
        )
