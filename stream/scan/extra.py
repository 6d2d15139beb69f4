"""The packages of the extra ``scan``, and one line where they are missing."""

from __future__ import annotations

from importlib.util import find_spec

from stream.errors import WhipbirdError

__all__ = ["RESULTS", "SCANNING", "check_installed"]

RESULTS = ("pyarrow",)
SCANNING = (*RESULTS, "dask", "distributed", "fsspec")


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
            f"archives need more packages than listening (missing: {', '.join(missing)}); "
            "get them with: pip install 'whipbird[scan]'"
        )
