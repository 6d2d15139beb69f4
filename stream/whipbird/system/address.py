"""Addresses of network feeds: what can be one, and addresses without secrets.

`normal` is the one place where what people write becomes an address.

Wherever a source is named, user names and passwords before an ``@`` and the values of parameters are hidden. Only the
few parameters that select a stream of a camera are shown, because the names of secrets cannot all be listed.
"""

from __future__ import annotations

import ipaddress
import re

from whipbird.errors import SourceError
from whipbird.system.address_form import INSTEAD, SCHEMES, authority_of, split, tidied

__all__ = [
    "UNQUOTED",
    "has_secrets",
    "is_feed",
    "is_unquoted",
    "local_path",
    "normal",
    "redacted",
    "redacted_text",
    "scheme",
]

DESCRIPTION = ".sdp"  # a file that describes an RTP session
LISTENING = frozenset({"udp", "rtp", "srt", "tcp"})  # may have no host: they receive what comes
UNQUOTED = "a password with special characters must be percent-encoded: write # as %23, / as %2F, ? as %3F, @ as %40"
HIDDEN = "…"
PORTS = 1 << 16
LONGEST_HOST = 253
SHOWN = frozenset({"channel", "subtype", "stream", "profile", "transportmode", "unicast", "codec", "format", "bitrate"})

_CHAIN = re.compile(r"::(?=[A-Za-z][A-Za-z0-9+.-]*://)")  # between addresses of fsspec, such as zip://*.wav::s3://a
_IN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_LABEL = re.compile(r"[\w-]{1,63}", re.ASCII)
_IN_BRACKETS = re.compile(r"\[([^\]]*)\](?::(.*))?")
_IP_V6 = re.compile(r"[0-9a-f:.]+(%\w+)?")
_HOST = re.compile(r"([\w.-]*|\[[0-9A-Fa-f:.%\w]*\])(:\d{0,5})?")
_PARAMETER = re.compile(r"([?&;])([^=&;?]*)(=?)([^&;?]*)")
_PLAIN_VALUE = re.compile(r"[\w.-]{1,16}")


def is_feed(text: str) -> bool:
    """Whether a text is the address of a feed or the name of a file that describes one, and not a recording."""
    return scheme(text) is not None or tidied(text).lower().endswith(DESCRIPTION)


def scheme(address: str) -> str | None:
    """The part before ``://``, in lower case; None for a file."""
    found = split(tidied(address))
    return None if found is None else found[0]


def local_path(text: str) -> str:
    """The path that a ``file://`` address means; any other text is unchanged."""
    path = tidied(text)
    return text if split(path) is not None else path


def normal(text: str) -> str:
    """The address of a feed, or the path of its description, from what somebody has written.

    Raises
    ------
    SourceError
        If its scheme is unknown, it names no host or port that can be, or its password must be percent-encoded. The
        text shows no secret.
    """
    address = tidied(text)
    found = split(address)
    if found is None:
        return address
    used, rest = found
    if (fault := _fault(used, rest)) is not None:
        raise SourceError(f"{redacted(address)}: {fault}")
    return address


def _fault(used: str, rest: str) -> str | None:
    """What is wrong with the address of a feed, from its scheme and what follows ``://``."""
    if used in INSTEAD:
        return f"write {INSTEAD[used]}:// in place of {used}://"
    if used not in SCHEMES:
        known = ", ".join(f"{name}://" for name in SCHEMES)
        return f"unknown kind of address; feeds start with {known}"
    if _is_unquoted(rest):
        return UNQUOTED
    place = authority_of(rest).rpartition("@")[2]
    bracketed = _IN_BRACKETS.fullmatch(place)
    if bracketed is None and place.count(":") > 1 and _IP_V6.fullmatch(place):
        return f"an IPv6 address needs brackets, as in {used}://[fe80::1]:8000/stream"
    host, port = (bracketed[1], bracketed[2]) if bracketed else place.partition(":")[::2]
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[:9]) < PORTS):
        return f"its port must be a number from 1 to {PORTS - 1}"
    if not host:
        return None if used in LISTENING else f"names no host, as in {used}://host/stream"
    if not (_is_ip_v6(host) if bracketed else _is_name(host)):
        return "its host can be no name: the parts between dots have 1 to 63 letters, digits or hyphens"
    return None


def _is_name(host: str) -> bool:
    """Whether a host may be a name or an IPv4 address."""
    return len(host) <= LONGEST_HOST and all(map(_LABEL.fullmatch, host.removesuffix(".").split(".")))


def _is_ip_v6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def is_unquoted(address: str) -> bool:
    """Whether a password in an address has characters that end the part with the host, such as ``#``."""
    found = split(tidied(address))
    return found is not None and _is_unquoted(found[1])


def _is_unquoted(rest: str) -> bool:
    authority = authority_of(rest)
    path = rest[len(authority) :]
    is_host = "@" in authority or _HOST.fullmatch(authority) is not None
    return "@" in path and ":" in authority and (path.startswith("#") or not is_host)


def redacted(address: str) -> str:
    """An address without user names, passwords and the values of parameters.

    If the part before an ``@`` cannot be separated for certain, only the scheme is left. The path of a file is
    unchanged.
    """
    return "::".join(map(_redacted, _CHAIN.split(tidied(address))))


def _redacted(address: str) -> str:
    found = split(address)
    if found is None:
        return address
    scheme, rest = found
    authority = authority_of(rest)
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
    found = split(address)
    if found is None or found[0] == "github":  # github://owner:repository@commit
        return False
    scheme, rest = found
    if scheme in ("http", "https"):
        return _redacted(address) != f"{scheme}://{rest}"
    authority = authority_of(rest)
    login, _, host = authority.rpartition("@")
    unquoted = "@" in rest and ":" in host and not _HOST.fullmatch(host)  # a password with a slash
    return ":" in login or "%3a" in login.lower() or unquoted


def _hide(found: re.Match[str]) -> str:
    mark, name, equals, value = found.groups()
    if not equals:  # may be a value without a name
        return f"{mark}{HIDDEN}" if name else mark
    shown = name.lower() in SHOWN and _PLAIN_VALUE.fullmatch(value)
    return f"{mark}{name}={value if shown else HIDDEN}"
