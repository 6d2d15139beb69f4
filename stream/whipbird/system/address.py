"""Addresses of network feeds: the known schemes, and addresses without secrets.

Wherever a source is named, user names and passwords before an ``@`` and the values of parameters are hidden. Only the
few parameters that select a stream of a camera are shown, because the names of secrets cannot all be listed.
"""

from __future__ import annotations

import re

from whipbird.errors import SourceError

__all__ = [
    "SCHEMES",
    "UNQUOTED",
    "check_address",
    "has_secrets",
    "is_feed",
    "is_unquoted",
    "redacted",
    "redacted_text",
    "scheme",
]

SCHEMES = (
    ("http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "udp", "rtp", "srt", "tcp", "tls", "mmsh", "ftp")
)  # fmt: skip
DESCRIPTION = ".sdp"  # a file that describes an RTP session
LISTENING = frozenset({"udp", "rtp", "srt", "tcp"})  # may have no host: they receive what comes
UNQUOTED = "a password with special characters must be percent-encoded: write # as %23, / as %2F, ? as %3F, @ as %40"
HIDDEN = "…"
SHOWN = frozenset({"channel", "subtype", "stream", "profile", "transportmode", "unicast", "codec", "format", "bitrate"})

_ADDRESS = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_CHAIN = re.compile(r"::(?=[A-Za-z][A-Za-z0-9+.-]*://)")  # between addresses of fsspec, such as zip://*.wav::s3://a
_IN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
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
    """Check that the address of a feed, or the path of a description, can be one.

    Raises
    ------
    SourceError
        If its scheme is unknown, it names no host, or its password must be percent-encoded.
    """
    found = _ADDRESS.match(address)
    if found is None:
        return
    used, shown = found[1].lower(), redacted(address)
    if used not in SCHEMES:
        known = ", ".join(f"{name}://" for name in SCHEMES)
        raise SourceError(f"{shown}: unknown kind of address; feeds start with {known}")
    if is_unquoted(address):
        raise SourceError(f"{shown}: {UNQUOTED}")
    host = _authority(found[2]).rpartition("@")[2]
    if used not in LISTENING and not host.partition(":")[0]:
        raise SourceError(f"{shown}: names no host, as in {used}://host/stream")


def is_unquoted(address: str) -> bool:
    """Whether a password in an address has characters that end the part with the host, such as ``#``."""
    found = _ADDRESS.match(address)
    if found is None:
        return False
    authority = _authority(found[2])
    rest = found[2][len(authority) :]
    is_host = "@" in authority or _HOST.fullmatch(authority) is not None
    return "@" in rest and ":" in authority and (rest.startswith("#") or not is_host)


def redacted(address: str) -> str:
    """An address without user names, passwords and the values of parameters.

    If the part before an ``@`` cannot be separated for certain, only the scheme is left. The path of a file is
    unchanged.
    """
    return "::".join(map(_redacted, _CHAIN.split(address)))


def _authority(rest: str) -> str:
    """The part of an address with the login and the host, from what follows ``://``."""
    return re.split(r"[/?#\\\s]", rest, maxsplit=1)[0]


def _redacted(address: str) -> str:
    found = _ADDRESS.match(address)
    if found is None:
        return address
    scheme, rest = found[1].lower(), found[2]
    authority = _authority(rest)
    path = rest[len(authority) :]
    host = authority.rpartition("@")[2]
    if "@" in path or not _HOST.fullmatch(host):
        return f"{scheme}://{HIDDEN}"
    path = re.split(r"[#\s]", path, maxsplit=1)[0]
    parameters = re.search(r"[?&;]", path)
    if parameters is None:
        return f"{scheme}://{host}{path}"
    return f"{scheme}://{host}{path[: parameters.start()]}{_PARAMETER.sub(_hide, path[parameters.start() :])}"


def redacted_text(text: str) -> str:
    """A text with every address in it redacted, such as a library's message."""
    return _IN_TEXT.sub(lambda found: redacted(found[0]), text)


def has_secrets(address: str) -> bool:
    """Whether the address of a store holds a password, or something that may be one.

    A name alone before an ``@`` is none, unless a web server gets it: stores have containers and users there.
    """
    return any(map(_has_secrets, _CHAIN.split(address)))


def _has_secrets(address: str) -> bool:
    found = _ADDRESS.match(address)
    if found is None or (scheme := found[1].lower()) == "github":  # github://owner:repository@commit
        return False
    if scheme in ("http", "https"):
        return redacted(address) != f"{scheme}://{found[2]}"
    authority = _authority(found[2])
    login, _, host = authority.rpartition("@")
    unquoted = "@" in found[2] and ":" in host and not _HOST.fullmatch(host)  # a password with a slash
    return ":" in login or "%3a" in login.lower() or unquoted


def _hide(found: re.Match[str]) -> str:
    mark, name, equals, value = found.groups()
    if not equals:  # may be a value without a name
        return f"{mark}{HIDDEN}" if name else mark
    shown = name.lower() in SHOWN and _PLAIN_VALUE.fullmatch(value)
    return f"{mark}{name}={value if shown else HIDDEN}"
