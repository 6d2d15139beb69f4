"""The packages of the extra ``train``, by what needs them."""

from __future__ import annotations

__all__ = ["EVALUATION", "EXTRA", "EXTRAPOLATION", "TRAINING"]

EXTRA = "train"
EVALUATION = ("librosa", "matplotlib", "scipy")
EXTRAPOLATION = (*EVALUATION, "httpx", "sklearn")
TRAINING = (*EXTRAPOLATION, "tensorflow")
