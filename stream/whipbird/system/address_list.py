"""Lists of addresses (PLS, M3U, ASX, XSPF), which radio stations offer in place of the address of their sound."""

from __future__ import annotations

import codecs
import html
import re
from pathlib import Path
from urllib.parse import urljoin

from whipbird.system.address import redacted, scheme
from whipbird.system.address_form import INSTEAD, SCHEMES
from whipbird.system.regular_file import open_regular

__all__ = ["LIST_BYTES", "addresses_of", "as_list", "file_of_addresses", "list_of_addresses", "text_of"]

LIST_BYTES = 1 << 16
MOST_SHOWN = 5
HLS = "#EXT-X-"  # in a playlist that FFmpeg plays itself
SUFFIXES = frozenset({".pls", ".m3u", ".asx", ".xspf"})
KINDS = ("scpls", "mpegurl", "x-ms-asf", "x-ms-wax", "x-ms-wvx", "xspf", "x-pn-realaudio")  # in content types
EMPTY = "a list of addresses with none in it"

_START = re.compile(
    r"\s*(\[playlist\]|\[reference\]|#EXTM3U|<asx|(<\?xml[^>]*>)?\s*(<!--.*?-->\s*)*<(playlist|asx)|"
    r"[a-z]{2,6}://\S+\s*$)",
    re.I | re.M | re.S,
)
_IN_TABLE = re.compile(r"^\s*(?:File|Ref)\d+\s*=\s*(.+?)\s*$", re.I | re.M)
_IN_MARKUP = re.compile(
    r"<(?:entry)?ref\b[^>]*\bhref\s*=\s*[\"']([^\"']*)|<location\b[^>]*>\s*(?:<!\[CDATA\[)?([^<\]]*)", re.I
)
_LINE = re.compile(r"^(?!\s*#)\s*(\S.*?)\s*$", re.M)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def text_of(content: bytes) -> str:
    """Bytes as text: UTF-16 with or without a byte order mark, or else UTF-8."""
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return content.decode(encoding, errors="replace")
    pairs = len(content[:64]) // 2
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if pairs > 1 and content[:64][offset::2].count(0) > pairs // 2 and not content[:64][1 - offset :: 2].count(0):
            return content.decode(encoding, errors="replace")
    return content.decode(errors="replace")


def list_of_addresses(content: bytes, base: str = "", content_type: str = "") -> str | None:
    """What to say of a list of addresses, from its content; None if this is no such list.

    Parameters
    ----------
    base : str
        Where the list comes from, to which its entries may be relative. Without it, such entries are ignored.
    content_type : str
        What a server says that it is.
    """
    text = text_of(content)
    is_list = any(kind in content_type.lower() for kind in KINDS) and "\0" not in text and "\ufffd" not in text
    if HLS in text or not (is_list or _START.match(text)):
        return None
    found = addresses_of(_entries(text), base)
    if found:
        return f"a list of addresses; give one of {as_list(found)}"
    return EMPTY if base else None  # a file may list files


def addresses_of(entries: list[str], base: str) -> list[str]:
    """The addresses among the entries of a list or the links of a page, without secrets."""
    joined = [urljoin(base, entry) if base else entry for entry in entries]
    return list(dict.fromkeys(redacted(entry) for entry in joined if scheme(entry) in (*SCHEMES, *INSTEAD)))


def as_list(addresses: list[str]) -> str:
    """The first of some addresses, and how many more there are."""
    more = f" and {len(addresses) - MOST_SHOWN} more" if len(addresses) > MOST_SHOWN else ""
    return f"{', '.join(addresses[:MOST_SHOWN])}{more}"


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


def _entries(text: str) -> list[str]:
    if (table := _IN_TABLE.findall(text)) or re.match(r"\s*\[", text):
        return table
    if re.match(r"\s*<", text):
        return [html.unescape(link or location).strip() for link, location in _IN_MARKUP.findall(text)]
    return _LINE.findall(text)
