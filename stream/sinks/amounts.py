"""Amounts as people write them: times such as ``30d``, sizes such as ``2GB``."""

from __future__ import annotations

import re

__all__ = ["parse_bytes", "parse_duration", "short_bytes"]

SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
BYTES = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_AMOUNT = re.compile(r"\s*(\d{1,15}(?:\.\d{1,6})?)\s*([a-zA-Z]+)\s*", re.ASCII)


def parse_duration(text: str) -> float:
    """Seconds: ``90s``, ``15min``, ``12h``, ``30d`` or ``4w``.

    Raises
    ------
    ValueError
    """
    return _parse(text, SECONDS, "a time such as 12h or 30d")


def parse_bytes(text: str) -> int:
    """Bytes, in powers of ten: ``500MB``, ``2GB``.

    Raises
    ------
    ValueError
    """
    return round(_parse(text, BYTES, "a size such as 500MB or 2GB"))


def short_bytes(count: int) -> str:
    """The same the other way round, to three digits."""
    unit, size = next(((unit, size) for unit, size in reversed(BYTES.items()) if count >= size), ("kB", BYTES["kB"]))
    return f"{count / size:.3g} {unit}"


def _parse(text: str, units: dict[str, int], wanted: str) -> float:
    found = _AMOUNT.fullmatch(text)
    known = {unit.lower(): size for unit, size in units.items()}
    if found is None or found[2].lower() not in known:
        raise ValueError(f"{text!r}: give {wanted} (units: {', '.join(units)})")
    return float(found[1]) * known[found[2].lower()]
