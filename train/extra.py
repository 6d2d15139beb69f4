"""The packages of the extra ``train``: what more is needed than for listening, and one line where it is missing."""

from __future__ import annotations

from importlib.util import find_spec

from stream.errors import WhipbirdError

__all__ = ["EVALUATION", "EXTRAPOLATION", "TRAINING", "check_installed"]

EVALUATION = ("librosa", "matplotlib", "mir_eval", "scipy")
EXTRAPOLATION = (*EVALUATION, "httpx", "sklearn")
TRAINING = (*EXTRAPOLATION, "tensorflow")


def check_installed(*modules: str) -> None:
    """Look for modules without importing them.

    Raises
    ------
    WhipbirdError
        If one of them is not installed.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise WhipbirdError(
            f"this needs more packages than listening (missing: {', '.join(missing)}); "
            "get them with: pip install 'whipbird[train]'"
        )
