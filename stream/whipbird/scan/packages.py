"""The packages of the extra ``scan``, by what needs them."""

from __future__ import annotations

__all__ = ["EXTRA", "RESULTS", "SCANNING"]


EXTRA = "scan"


RESULTS = ("pyarrow",)  # packages of the extra that reading results needs ...


SCANNING = (*RESULTS, "dask", "distributed", "fsspec")  # ... and those that scanning needs
