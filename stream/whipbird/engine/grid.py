"""Lengths of the pieces in which sound is read and processed, and of the gaps that are filled."""

from __future__ import annotations

__all__ = ["BLOCK_HOPS", "BLOCK_S", "CHUNK_S", "FILL_S"]

CHUNK_S = 0.06  # read at once from a paced source: short enough not to delay an event, long enough to cost little
BLOCK_S = 1.0  # read at once from a source that is not paced
BLOCK_HOPS = 16  # processed at once from a source that is not paced; more hops gain little
FILL_S = 0.5  # gaps up to this length are filled
