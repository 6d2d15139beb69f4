"""Why a feed cannot be opened, where FFmpeg does not say so in words for people.

A server may refuse, with a status or a certificate, speak TLS where none is expected or the reverse, redirect to
another kind of address, or send something that is not sound. For all but the first, the server is asked once more.
"""

from __future__ import annotations

import re
import ssl
import time
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import SplitResult, urlsplit

from whipbird.recordings.decoder import SECURE
from whipbird.sources.feed_answer import answer_fault
from whipbird.sources.web_request import WEB, Redirected, ask
from whipbird.system.address import redacted, scheme
from whipbird.system.address_list import LIST_BYTES
from whipbird.system.certificates import certificate_fault, speaks_tls, tls_fault

__all__ = ["feed_fault"]

TIMEOUT_S = 3.0  # for the server to answer
DAMAGED = "invalid data"  # FFmpeg's words for an answer that it does not understand
READ_S = 1.0  # for the start of what it sends
PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322, "rtmp": 1935, "rtmps": 443}
WITH_TLS = {"http": "https", "rtsp": "rtsps", "rtmp": "rtmps", "tcp": "tls"}
WITHOUT_TLS = {secure: plain for plain, secure in WITH_TLS.items()}
# What the statuses of a server mean; FFmpeg does not tell all of them apart.
STATUSES = {
    "400": "the server does not understand the address (400): check it",
    "403": "the server forbids access (403): check the password, and whether its owner allows this computer",
    "404": "the server has nothing at this address (404): check the path; a station that is off the air answers so too",
    "429": "the server has been asked too often (429): wait for a while",
    "4XX": "the server refuses the request (4xx): check the address",
    "5XX": "the server has failed (5xx): try again later, or ask its owner",
}
NO_LOGIN = (
    "the server wants a user name and a password (401): write them before the host, as in {}://user:password@host"
)
WRONG_LOGIN = "the server does not accept the user name or the password in the address (401)"

_STATUS = re.compile(r"server returned ([45](?:\d\d|XX))", re.I)


def feed_fault(address: str, failure: str) -> str | None:
    """What is wrong with a feed; None if that is not known.

    Parameters
    ----------
    address : str
    failure : str
        What FFmpeg says.
    """
    used = scheme(address) or ""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or PORTS.get(used)
    except ValueError:
        return None
    status = _STATUS.search(failure)
    if status is not None and status[1] != "400":  # which web servers answer where they expect TLS
        return _status_fault(status[1].upper(), parts)
    if host is None or port is None:
        return None
    if used in SECURE:
        authorities = ssl.get_default_verify_paths().cafile
        if (fault := tls_fault(host, port, authorities, TIMEOUT_S)) is not None:
            return f"{fault}; write {WITHOUT_TLS[used]}://" if fault.endswith("at this port") else fault
    elif used in WITH_TLS and speaks_tls(host, port, TIMEOUT_S):
        return f"the server speaks TLS at this port; write {WITH_TLS[used]}://"
    if status is not None:
        return STATUSES[status[1]]
    if used in ("rtsp", "rtsps") and failure.startswith(DAMAGED):
        return "the server does not answer as RTSP servers do: check the port"
    return _web_fault(address) if used in WEB else None


def _status_fault(status: str, parts: SplitResult) -> str:
    if status == "401":
        return WRONG_LOGIN if "@" in parts.netloc else NO_LOGIN.format(parts.scheme)
    return STATUSES.get(status) or STATUSES[f"{status[0]}XX"]


def _web_fault(address: str) -> str | None:
    """What is wrong with what a web server sends."""
    try:
        with ask(address, TIMEOUT_S) as answer:
            content, until_s = b"", time.monotonic() + READ_S
            while len(content) < LIST_BYTES and time.monotonic() < until_s and (piece := answer.read1(LIST_BYTES)):
                content += piece
            return answer_fault(content, answer.headers.get("Content-Type", ""), answer.url)
    except Redirected as redirected:
        return f"the server redirects to {redacted(str(redirected))}; give that address"
    except HTTPError as error:
        return "the server redirects in a circle" if 300 <= error.code < 400 else None
    except (OSError, ValueError, HTTPException) as error:
        return certificate_fault(error)
