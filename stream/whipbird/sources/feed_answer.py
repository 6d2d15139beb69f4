"""What a web server sends in place of sound, in words for people: a list of addresses, a page, a picture, text."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import urlsplit

from whipbird.recordings.files import may_be_recording
from whipbird.system.address_list import addresses_of, as_list, list_of_addresses, text_of

__all__ = ["NOTHING", "answer_fault"]

NOTHING = "the server sends nothing"
LISTS = (".pls", ".m3u", ".m3u8", ".asx", ".xspf")

_PAGE = re.compile(r"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|title)\b", re.I | re.S)
_LINK = re.compile(r"\b(?:href|src)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.I)


def answer_fault(content: bytes, content_type: str, base: str) -> str | None:
    """What is wrong with what a server sends; None if it may be sound.

    Parameters
    ----------
    content : bytes
        Its start.
    content_type : str
        What the server says that it is; many servers are wrong.
    base : str
        Its address.
    """
    if not content:
        return NOTHING
    if (found := list_of_addresses(content, base, content_type)) is not None:
        return found
    text = text_of(content)
    if _PAGE.match(text):
        return _page_fault(text, base)
    if _is_json(text):
        return "a JSON answer, not sound"
    if content_type.lower().startswith(("image/", "multipart/x-mixed-replace")):
        return "a picture, not sound"
    if all(letter.isprintable() or letter.isspace() for letter in text) and "\ufffd" not in text[:-1]:
        return "text, not sound"
    return None


def _page_fault(text: str, base: str) -> str:
    """What a page offers that can be listened to, such as a listing of recordings."""
    links = [html.unescape("".join(parts)).strip() for parts in _LINK.findall(text)]
    found = addresses_of([link for link in links if _is_sound(link)], base)
    if found:
        return f"a web page, not sound; it names {as_list(found)}"
    return "a web page, not sound; give the address of the sound itself"


def _is_sound(link: str) -> bool:
    try:
        path = urlsplit(link).path
    except ValueError:
        return False
    return may_be_recording(path) or path.lower().endswith(LISTS)


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.JSONDecoder().raw_decode(text.lstrip())
    except ValueError:
        return False
    return True
