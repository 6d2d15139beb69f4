"""Why a feed cannot be opened, where FFmpeg does not say: a certificate, or a list of addresses instead of sound."""

from __future__ import annotations

import base64
import ssl
from http.client import HTTPException
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit
from urllib.request import Request, urlopen

from whipbird.recordings.decoder import AGENT, SECURE
from whipbird.system.address import scheme
from whipbird.system.address_list import LIST_BYTES, list_of_addresses
from whipbird.system.certificates import refused_certificate

__all__ = ["feed_fault"]

TIMEOUT_S = 3.0  # for the server to answer
PORTS = {"https": 443, "rtsps": 322, "rtmps": 443}


def feed_fault(address: str) -> str | None:
    """What is wrong with a feed; None if that is not known. Asks the server once more."""
    used = scheme(address)
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname, parts.port or PORTS.get(used or "")
    except ValueError:
        return None
    if used in SECURE and host is not None and port is not None:
        authorities = ssl.get_default_verify_paths().cafile
        if authorities is not None and (fault := refused_certificate(host, port, authorities, TIMEOUT_S)) is not None:
            return fault
    return list_of_addresses(_start_of(parts)) if used in ("http", "https") else None


def _start_of(parts: SplitResult) -> bytes:
    """The first bytes of what a server sends; none if it does not."""
    login, _, host = parts.netloc.rpartition("@")
    request = Request(urlunsplit((parts.scheme, host, parts.path, parts.query, "")), headers={"User-Agent": AGENT})
    if login:
        request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(unquote(login).encode()).decode()}")
    try:
        with urlopen(request, timeout=TIMEOUT_S) as answer:
            return bytes(answer.read1(LIST_BYTES))
    except (OSError, ValueError, HTTPException):
        return b""
