"""Lengths of the pieces in which sound is read and processed, and of the gaps that are filled."""

from __future__ import annotations

import math

__all__ = ["BLOCK_S", "CHUNK_S", "FILL_S", "block_hops", "paced_hops"]

CHUNK_S = 0.06  # read at once from a paced source: short enough not to delay an event, long enough to cost little
BLOCK_S = 1.0  # read at once from a source that is not paced
FILL_S = 0.5  # gaps up to this length are filled

MOST_HOPS = 16  # processed at once from a source that is not paced; more hops gain little
ROUNDING = 1e-6  # of hops
LONG_HOP_S = 1.0  # ... and with hops as long as this, nothing


def block_hops(hop_s: float) -> int:
    """Hops that are processed at once from a source that is not paced."""
    return MOST_HOPS if hop_s < LONG_HOP_S else 1


def paced_hops(hop_s: float) -> int:
    """Hops that are processed at once from a paced source: as many as come at once, and at least one."""
    return max(1, math.floor(CHUNK_S / hop_s + ROUNDING))
