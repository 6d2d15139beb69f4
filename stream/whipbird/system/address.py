"""Addresses of network feeds: which ones there are, and how they look without what is secret in them.

Names and passwords before an ``@``, and the values of parameters, are secrets wherever a source is named. Of
parameters, those few remain that tell the streams of one camera apart, because nobody can list all names of secrets.
"""

from __future__ import annotations

import re

from whipbird.errors import SourceError

__all__ = ["SCHEMES", "check_address", "is_feed", "redacted", "scheme"]

SCHEMES = (
    ("http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "udp", "rtp", "srt", "tcp", "tls", "mmsh", "ftp")
)  # fmt: skip
DESCRIPTION = ".sdp"  # a file that describes an RTP session
HIDDEN = "…"
SHOWN = frozenset({"channel", "subtype", "stream", "profile", "transportmode", "unicast", "codec", "format", "bitrate"})

_ADDRESS = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_HOST = re.compile(r"([\w.-]*|\[[0-9A-Fa-f:.%\w]*\])(:\d{0,5})?")
_PARAMETER = re.compile(r"([?&;])([^=&;?]*)(=?)([^&;?]*)")
_PLAIN_VALUE = re.compile(r"[\w.-]{1,16}")


def is_feed(text: str) -> bool:
    """Whether this is the address of a feed, or the file that describes one, and not a recording."""
    return _ADDRESS.match(text) is not None or text.lower().endswith(DESCRIPTION)


def scheme(address: str) -> str | None:
    """What stands before ``://``, in lower case; None for a file."""
    found = _ADDRESS.match(address)
    return None if found is None else found[1].lower()


def check_address(address: str) -> None:
    """Refuse a scheme that is not known.

    Raises
    ------
    SourceError
    """
    if (used := scheme(address)) is not None and used not in SCHEMES:
        raise SourceError(f"{redacted(address)}: feeds begin with {', '.join(f'{known}://' for known in SCHEMES)}")


def redacted(address: str) -> str:
    """An address without names, passwords and the values of parameters.

    If what stands before an ``@`` cannot be told from the rest for certain, only the scheme is left. A file's path
    stays as it is.
    """
    found = _ADDRESS.match(address)
    if found is None:
        return address
    scheme, rest = found[1].lower(), found[2]
    authority = re.split(r"[/?#\\\s]", rest, maxsplit=1)[0]
    behind = rest[len(authority) :]
    host = authority.rpartition("@")[2]
    if "@" in behind or not _HOST.fullmatch(host):
        return f"{scheme}://{HIDDEN}"
    behind = re.split(r"[#\s]", behind, maxsplit=1)[0]
    place = re.search(r"[?&;]", behind)
    if place is None:
        return f"{scheme}://{host}{behind}"
    return f"{scheme}://{host}{behind[: place.start()]}{_PARAMETER.sub(_hide, behind[place.start() :])}"


def _hide(found: re.Match[str]) -> str:
    mark, name, equals, value = found.groups()
    if not equals:  # a lone value, or a name: nobody knows
        return f"{mark}{HIDDEN}" if name else mark
    shown = name.lower() in SHOWN and _PLAIN_VALUE.fullmatch(value)
    return f"{mark}{name}={value if shown else HIDDEN}"
