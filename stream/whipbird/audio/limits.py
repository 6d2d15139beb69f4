"""Limits of the formats that can be processed."""

from __future__ import annotations

from whipbird.errors import SourceError

__all__ = ["check_format"]

LOWEST_RATE_HZ = 1_000
HIGHEST_RATE_HZ = 1_000_000
MOST_CHANNELS = 256


def check_format(name: str, rate_hz: int, channels: int) -> None:
    """Refuse a rate or a number of channels with which no model could work.

    Parameters
    ----------
    name : str
        Name of the source, for the error.
    rate_hz, channels : int

    Raises
    ------
    SourceError
        If one of them is out of range.
    """
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        raise SourceError(f"{name}: a rate of {rate_hz} Hz is out of range ({LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz)")
    if not 1 <= channels <= MOST_CHANNELS:
        raise SourceError(f"{name}: {channels} channels are out of range (1 to {MOST_CHANNELS})")
