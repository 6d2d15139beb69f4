"""Packages of the extras ``train`` and ``evaluate``, by the commands that need them."""

from __future__ import annotations

__all__ = ["EVALUATE", "EVALUATION", "EXTRAPOLATION", "TRAIN", "TRAINING"]

EVALUATE, TRAIN = "evaluate", "train"  # the extras

EVALUATION = ("matplotlib", "scipy")  # of the first
EXTRAPOLATION = (*EVALUATION, "librosa", "httpx", "sklearn")
TRAINING = (*EXTRAPOLATION, "tensorflow")
