"""The form of addresses: their schemes and parts, and what people write that is not quite an address.

An address may come with blanks or quotes around it, broken over two lines, with backslashes or a slash too few, from a
page, a mail or a file manager. `tidied` gives what was meant, and never raises an error.
"""

from __future__ import annotations

import contextlib
import re
import string
from urllib.parse import quote, unquote

__all__ = ["INSTEAD", "SCHEMES", "authority_of", "split", "tidied"]

SCHEMES = (
    ("http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "udp", "rtp", "srt", "tcp", "tls", "mmsh", "ftp")
)  # fmt: skip
# Schemes of programs and former times, and the one that opens the same feed.
INSTEAD = {
    "icecast": "http",
    "icy": "http",
    "icyx": "http",
    "shout": "http",
    "shoutcast": "http",
    "hls": "https",
    "mms": "mmsh",
    "mmst": "mmsh",
    "mmsu": "mmsh",
    "onvif": "rtsp",
    "rtspt": "rtsp",
    "rtspu": "rtsp",
}
WITH_OPTIONS = frozenset({"rtmp", "rtmps"})  # options follow after a blank

_ADDRESS = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_LOOSE = re.compile(rf"({'|'.join((*SCHEMES, *INSTEAD))}):([/\\]{{0,2}})(.*)", re.DOTALL | re.IGNORECASE)
_FILE = re.compile(r"file:(?://(?:localhost(?=/))?)?(.+)", re.DOTALL | re.IGNORECASE)
_DRIVE = re.compile(r"/(?=[A-Za-z]:)")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
_BREAK = re.compile(r"\s*[\t\n\v\f\r\x85\u2028\u2029]\s*")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_QUOTES = ('""', "''", "``", "<>", "“”", "„“", "‘’", "«»")


def split(text: str) -> tuple[str, str] | None:
    """The scheme of an address in lower case, and what follows ``://``; None for a path."""
    found = _ADDRESS.match(text)
    return None if found is None else (found[1].lower(), found[2])


def authority_of(rest: str) -> str:
    """The part of an address with the login and the host, from what follows ``://``."""
    return re.split(r"[/?#\\\s]", rest, maxsplit=1)[0]


def tidied(text: str) -> str:
    """The address or path that a text means; a text that is no address is unchanged."""
    plain = _unwrapped(text)
    if (file := _FILE.fullmatch(plain)) is not None:
        return _DRIVE.sub("", unquote(file[1]), count=1)
    loose = _LOOSE.fullmatch(plain)
    if loose is None:
        return plain if _ADDRESS.match(plain) else text
    scheme, rest = loose[1].lower(), _BREAK.sub("", loose[3])
    slash = rest.find("\\")
    if slash >= 0 and "@" not in rest[slash:]:  # else it may belong to a password
        rest = rest.replace("\\", "/")
    authority = authority_of(rest)
    login, at, host = authority.rpartition("@")
    path = rest[len(authority) :]
    if scheme not in WITH_OPTIONS:
        path = _quoted(path)
    login = _quoted(_STRAY_PERCENT.sub("%25", login))
    if "@" not in path:  # else what seems to be a host may be the start of a login
        host = _host(host)
    return f"{scheme}://{login}{at}{host}{path}"


def _unwrapped(text: str) -> str:
    """A text without blanks and quotes around it, and without characters that cannot be seen."""
    plain = text.translate(_INVISIBLE).strip()
    while len(plain) > 1 and plain[0] + plain[-1] in _QUOTES:
        plain = plain[1:-1].strip()
    return plain


def _quoted(text: str) -> str:
    """A text in which blanks and all but ASCII are percent-encoded."""
    return quote(text, safe=string.punctuation, errors="replace")


def _host(text: str) -> str:
    """A host and its port as name servers know them: in lower case, other scripts as IDNA; unchanged if none is."""
    host, colon, port = text.lower().removesuffix(":").partition(":")
    if not host.isascii():
        with contextlib.suppress(UnicodeError):
            host = host.encode("idna").decode()
    return f"{host}{colon}{port}"
