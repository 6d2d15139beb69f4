"""The embedding of one window."""

from __future__ import annotations

from dataclasses import dataclass

from whipbird.arrays import Floats

__all__ = ["WindowVector"]


@dataclass(frozen=True, eq=False)
class WindowVector:
    """The embedding of one window.

    Attributes
    ----------
    recording : str
        Name of the source.
    start_s, end_s : float
        The window, in seconds from the start of the source.
    model, sha256 : str
        Name of the model, and hash of its network.
    vector : array, shape (size,)
    """

    recording: str
    start_s: float
    end_s: float
    model: str
    sha256: str
    vector: Floats
