"""The packages of the extra ``scan``, by what needs them."""

from __future__ import annotations

__all__ = ["EXTRA", "RESULTS", "SCANNING"]


EXTRA = "scan"


RESULTS = ("pyarrow",)  # needed to read results


SCANNING = (*RESULTS, "dask", "distributed", "fsspec")  # needed to scan
