"""GUANO, the metadata of bat detectors, AudioMoths and Song Meters: lines of fields in UTF-8, ``key: value``.

GUANO specification 1.0 (D. Riggs, https://guano-md.org): keys may have a namespace before a bar (``OAD|Battery
Voltage``); whitespace around keys and values is ignored; ``GUANO|Version`` comes first; keys are unique.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from whipbird.recordings.metadata.written_time import written_time

__all__ = ["Guano", "from_bytes", "timestamp"]

VERSION = "GUANO|Version"
WHITESPACE = "".join(map(chr, range(0x21))) + "\x7f"  # control characters and the space


@dataclass(frozen=True, slots=True)
class Guano:
    """Fields of GUANO metadata.

    Attributes
    ----------
    fields : mapping of str to str
        In their order, without ``GUANO|Version``.
    """

    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def timestamp(self) -> datetime | None:
        """Start of the recording; without zone if it is local time, None if no time can be read."""
        return written_time(self.fields.get("Timestamp", ""))

    def as_text(self) -> str:
        """The metadata as text, as stored in a file.

        Raises
        ------
        ValueError
            If a key or a value would not be read back the same.
        """
        lines = []
        for key, value in {VERSION: "1.0", **self.fields}.items():
            if not key or ":" in key or _key(key) != key or not value or "\n" in key + value or _strip(value) != value:
                raise ValueError(f"GUANO cannot contain {key!r}: {value!r}")
            lines.append(f"{key}: {value}\n")
        return "".join(lines)


def from_bytes(content: bytes) -> Guano:
    """Read GUANO metadata; lines that are not fields, and fields without a value, are left out."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    fields = {}
    for line in text.split("\n"):
        key, colon, value = line.partition(":")
        key, value = _key(key), _strip(value)
        if key and colon and value:
            fields[key] = value
    fields.pop(VERSION, None)
    return Guano(fields)


def timestamp(time: datetime) -> str:
    """A time as the value of a field."""
    return time.isoformat(timespec="milliseconds")


def _strip(text: str) -> str:
    return text.strip(WHITESPACE)


def _key(text: str) -> str:
    return "|".join(map(_strip, text.split("|")))
