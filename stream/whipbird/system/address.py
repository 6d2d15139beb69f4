"""Addresses of network feeds: the known schemes, and addresses without secrets.

Wherever a source is named, user names and passwords before an ``@`` and the values of parameters are hidden. Only the
few parameters that select a stream of a camera are shown, because the names of secrets cannot all be listed.
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
    """Whether a text is the address of a feed or the name of a file that describes one, and not a recording."""
    return _ADDRESS.match(text) is not None or text.lower().endswith(DESCRIPTION)


def scheme(address: str) -> str | None:
    """The part before ``://``, in lower case; None for a file."""
    found = _ADDRESS.match(address)
    return None if found is None else found[1].lower()


def check_address(address: str) -> None:
    """Raise SourceError if the scheme is unknown."""
    if (used := scheme(address)) is not None and used not in SCHEMES:
        known = ", ".join(f"{name}://" for name in SCHEMES)
        raise SourceError(f"{redacted(address)}: unknown kind of address; feeds start with {known}")


def redacted(address: str) -> str:
    """An address without user names, passwords and the values of parameters.

    If the part before an ``@`` cannot be separated for certain, only the scheme is left. The path of a file is
    unchanged.
    """
    found = _ADDRESS.match(address)
    if found is None:
        return address
    scheme, rest = found[1].lower(), found[2]
    authority = re.split(r"[/?#\\\s]", rest, maxsplit=1)[0]
    path = rest[len(authority) :]
    host = authority.rpartition("@")[2]
    if "@" in path or not _HOST.fullmatch(host):
        return f"{scheme}://{HIDDEN}"
    path = re.split(r"[#\s]", path, maxsplit=1)[0]
    parameters = re.search(r"[?&;]", path)
    if parameters is None:
        return f"{scheme}://{host}{path}"
    return f"{scheme}://{host}{path[: parameters.start()]}{_PARAMETER.sub(_hide, path[parameters.start() :])}"


def _hide(found: re.Match[str]) -> str:
    mark, name, equals, value = found.groups()
    if not equals:  # may be a value without a name
        return f"{mark}{HIDDEN}" if name else mark
    shown = name.lower() in SHOWN and _PLAIN_VALUE.fullmatch(value)
    return f"{mark}{name}={value if shown else HIDDEN}"
