"""Ask web servers without FFmpeg: to find what is wrong with a feed, or to read on after a length that is invented."""

from __future__ import annotations

import base64
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO
from urllib.error import HTTPError
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from whipbird.errors import SourceError
from whipbird.recordings.decoder import AGENT
from whipbird.system.address import scheme

__all__ = ["WEB", "NothingBeyond", "Redirected", "WebStream", "ask"]

WEB = ("http", "https")
NOTHING_BEYOND = 416  # status: the range that was asked for is after the end


class Redirected(Exception):
    """A server redirects to an address that is not one of the web, which is the text of the error."""


class NothingBeyond(SourceError):
    """A server has nothing after the length that it has promised."""


class _Redirects(HTTPRedirectHandler):
    def http_error_302(
        self, request: Request, file: IO[bytes], code: int, message: str, headers: HTTPMessage
    ) -> object:
        target = urljoin(request.full_url, headers.get("Location", ""))
        if scheme(target) not in WEB:
            raise Redirected(target)
        return super().http_error_302(request, file, code, message, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302  # type: ignore[assignment]


def ask(address: str, timeout_s: float, begin: int | None = None) -> HTTPResponse:
    """The answer of a server, whose content has not been read.

    Parameters
    ----------
    timeout_s : float
        For each answer.
    begin : int, optional
        First byte that is wanted; many servers send all the same.

    Raises
    ------
    Redirected, OSError, ValueError, HTTPException
    """
    parts = urlsplit(address)
    login, _, host = parts.netloc.rpartition("@")
    request = Request(urlunsplit((parts.scheme, host, parts.path, parts.query, "")), headers={"User-Agent": AGENT})
    if begin is not None:
        request.add_header("Range", f"bytes={begin}-")
    if login:
        request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(unquote(login).encode()).decode()}")
    answer: HTTPResponse = build_opener(_Redirects).open(request, timeout=timeout_s)
    return answer


class WebStream:
    """All that a web server sends, whatever length it gives: a file for PyAV, that cannot seek.

    Parameters
    ----------
    address : str
    timeout_s : float
    beyond : int, optional
        Length that the server has promised before.

    Raises
    ------
    NothingBeyond
        If the server has no more than that.
    SourceError
        If it does not answer.

    Attributes
    ----------
    received : int
        Bytes so far.
    """

    def __init__(self, address: str, timeout_s: float, beyond: int | None = None) -> None:
        self.received = 0
        try:
            self._answer = ask(address, timeout_s, beyond or None)
        except HTTPError as error:
            kind = NothingBeyond if error.code == NOTHING_BEYOND else SourceError
            raise kind(f"server returned {error.code}") from None
        except (Redirected, OSError, ValueError, HTTPException):
            raise SourceError("cannot be reached") from None
        if not self._answer.chunked:
            self._answer.length = None

    def read(self, count: int) -> bytes:
        """Up to this many bytes; none at the end."""
        piece = self._answer.read1(count)
        self.received += len(piece)
        return piece

    def close(self) -> None:
        self._answer.close()
