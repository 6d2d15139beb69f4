"""The name of a station, by which outputs tell its events from those of others."""

from __future__ import annotations

import socket

__all__ = ["station_name"]


def station_name(name: str | None) -> str:
    """The given name of a station, or the name of the computer."""
    return name or socket.gethostname() or "unknown"
