"""What to read of a recording, and in what order: parts of the file, each with its correction."""

from __future__ import annotations

from dataclasses import dataclass

from whipbird.recordings.corrected.spliced import Correction

__all__ = ["AS_IT_IS", "DAMAGED", "Part", "Plan", "StandIn"]

DAMAGED = "damaged"
"""Reason of gaps where a file is damaged."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """Samples of a file that stand for a gap.

    Attributes
    ----------
    begin, held : int
        Number of the first one in the file, and how many there are.
    length : int
        Samples in the gap.
    reason : str
        Of the gap.
    """

    begin: int
    held: int
    length: int
    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file that a library can decode.

    Attributes
    ----------
    correction : Correction or None
        None for the file as it is.
    stand_ins : tuple of StandIn
        In their order.
    held_share : float
        How much of the promised sound there is, if the file is cut.
    is_known : bool
        Whether the lengths of all gaps are known; otherwise they are estimates.
    """

    correction: Correction | None
    stand_ins: tuple[StandIn, ...] = ()
    held_share: float = 1.0
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts of a recording, in their order.

    Attributes
    ----------
    parts : tuple of Part
    is_final : bool
        Whether it need not be made again from the whole file, before the sound is read.
    """

    parts: tuple[Part, ...]
    is_final: bool = True


AS_IT_IS = Plan((Part(None),))
"""The plan of a recording whose header is right, or of which nothing better is known."""
