"""Lists of addresses (PLS, M3U, ASX, XSPF), which radio stations offer in place of the address of their sound."""

from __future__ import annotations

import re
from pathlib import Path

from whipbird.system.address import redacted
from whipbird.system.address_form import SCHEMES
from whipbird.system.regular_file import open_regular

__all__ = ["LIST_BYTES", "file_of_addresses", "list_of_addresses"]

LIST_BYTES = 1 << 16
MOST_SHOWN = 5
HLS = b"#EXT-X-"  # a playlist that FFmpeg plays itself
SUFFIXES = frozenset({".pls", ".m3u", ".asx", ".xspf"})

_START = re.compile(
    rb"\s*(\xef\xbb\xbf)?\s*(\[playlist\]|#EXTM3U|<asx|<\?xml|<playlist|[a-z]{2,6}://\S+\s*$)", re.I | re.M
)
_ADDRESS = re.compile(rf"(?:{'|'.join(SCHEMES)})://[^\s\"'<>]+", re.I)
_COMMENT = re.compile(r"^\s*#.*$|xmlns\S*=\S+", re.M)


def list_of_addresses(content: bytes) -> str | None:
    """What to say of a list of addresses, from its content; None if this is no such list."""
    if not _START.match(content) or HLS in content:
        return None
    text = _COMMENT.sub("", content.decode(errors="replace"))
    found = list(dict.fromkeys(redacted(address) for address in _ADDRESS.findall(text)))
    if not found:
        return None
    more = f" and {len(found) - MOST_SHOWN} more" if len(found) > MOST_SHOWN else ""
    return f"a list of addresses; give one of {', '.join(found[:MOST_SHOWN])}{more}"


def file_of_addresses(path: str) -> str | None:
    """The same for a file; None also if it cannot be read."""
    if Path(path).suffix.lower() not in SUFFIXES:
        return None
    try:
        with open_regular(path) as file:
            found = list_of_addresses(file.read(LIST_BYTES))
    except (OSError, ValueError):
        return None
    return None if found is None else f"{path}: {found}"
