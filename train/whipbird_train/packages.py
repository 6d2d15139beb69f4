"""Packages of the extra ``train``, by the commands that need them."""

from __future__ import annotations

__all__ = ["EVALUATION", "EXTRA", "EXTRAPOLATION", "TRAINING"]

EXTRA = "train"
EVALUATION = ("librosa", "matplotlib", "scipy")
EXTRAPOLATION = (*EVALUATION, "httpx", "sklearn")
TRAINING = (*EXTRAPOLATION, "tensorflow")
