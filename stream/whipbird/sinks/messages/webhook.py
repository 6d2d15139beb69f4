"""A webhook: each event is sent to an address as JSON, with POST.

A single event is sent as an object; several waiting events are sent as an array of such objects. A repeated request has
the same ``Idempotency-Key``, even if another process repeats it after a kill, so that the receiver can recognise it.

An event is refused only by an answer about the request itself (400, 413, 415, 422). Everything else (no answer, 5xx,
401, 404, a redirection, …) is about the server or the station and can be put right: events wait and are sent again
later. Only the scheme and host of the address are ever shown, because the rest is often secret.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import re
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field

from whipbird import __version__
from whipbird.errors import OutputError
from whipbird.sinks.messages.message import Message
from whipbird.sinks.messages.message_settings import MessageSettings
from whipbird.sinks.messages.spool import spool_name
from whipbird.sinks.messages.transport import Transport
from whipbird.sinks.values import PathText, read_secret
from whipbird.system.address import UNQUOTED, is_unquoted, redacted
from whipbird.system.certificates import certificate_fault
from whipbird.system.extras import needs

__all__ = ["Webhook", "WebhookTransport"]

TOKEN_VARIABLE = "WHIPBIRD_WEBHOOK_TOKEN"
TIMEOUT_S = 10.0  # to connect, and without a byte
DEADLINE_S = 60.0  # for a whole request
REFUSED = frozenset({400, 413, 415, 422})  # status codes about a request itself
TEMPORARY = frozenset({408, 425, 429})  # status codes besides 5xx
SLOW_PAUSE_S = 60.0  # before the next attempt, if somebody has to put something right
LONGEST_PAUSE_S = 300.0  # that a server may ask for
ANSWER_BYTES = 4096  # longer answers are not read
TOKEN = re.compile(r"[\x21-\x7e]+")


class Webhook(MessageSettings):
    """Address to which events are posted.

    Attributes
    ----------
    token_file : str, optional
        File with a bearer token; the default is the environment variable ``WHIPBIRD_WEBHOOK_TOKEN``.
    batch : int
        Most events in one request.
    """

    address: str
    token_file: PathText | None = None
    batch: Annotated[int, Field(ge=1, le=1000)] = 50

    @property
    def credentials(self) -> tuple[str | None]:
        return (read_secret(self.token_file, TOKEN_VARIABLE),)

    def target(self, station: str) -> tuple[str, Callable[[], Transport]]:
        (token,) = self.credentials
        transport = WebhookTransport(self.address, station, token, self.batch)
        return spool_name("webhook", self.address), lambda: transport


class _TryLater(OutputError):
    """The request may succeed later, but not before ``after_s`` seconds."""

    def __init__(self, text: str, after_s: float) -> None:
        super().__init__(text)
        self.after_s = after_s


class WebhookTransport(Transport):
    """Sends events to an address, ``http://`` or ``https://``; a token is sent as ``Authorization: Bearer``.

    A name and a password in the address become Basic authentication.

    Raises
    ------
    OutputError
        If the address is not valid, the token cannot be sent, or httpx is not installed.
    """

    def __init__(self, address: str, station: str, token: str | None, batch: int) -> None:
        try:
            import httpx
        except ImportError as error:
            raise OutputError(f"a webhook {needs('outputs', 'httpx')}") from error
        super().__init__(_shown(address), station, batch=batch)
        headers = {"Content-Type": "application/json", "User-Agent": f"whipbird/{__version__}"}
        if token is not None and not TOKEN.fullmatch(token):
            raise OutputError(f"{self.name}: the token has characters that a header cannot contain")
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        try:
            self._url = httpx.URL(address)
            settings: dict[str, Any] = {"headers": headers, "timeout": TIMEOUT_S, "cookies": _no_cookies()}
            self._new_client = partial(httpx.Client, **settings)
            self._client = self._new_client()
        except (httpx.InvalidURL, ValueError) as error:  # its text might hold secrets
            raise OutputError(f"{self.name}: this address cannot be used") from error
        self._failure: type[Exception] = httpx.HTTPError

    def send(self, messages: Sequence[Message], ending: Callable[[], bool]) -> None:
        from http.client import responses  # late, so that commands start quickly

        bodies, ids = [message.body for message in messages], [message.id for message in messages]
        body = bodies[0] if len(bodies) == 1 else b"[" + b", ".join(bodies) + b"]"
        key = ids[0] if len(ids) == 1 else hashlib.sha256("".join(ids).encode()).hexdigest()
        if self._client.is_closed:
            self._client = self._new_client()
        deadline = threading.Timer(DEADLINE_S, self._client.close)  # an answer may trickle for ever
        deadline.daemon = True
        deadline.start()
        try:
            with self._client.stream("POST", self._url, content=body, headers={"Idempotency-Key": key}) as response:
                status, after = response.status_code, response.headers.get("Retry-After", "")
                if int(response.headers.get("Content-Length", ANSWER_BYTES + 1)) <= ANSWER_BYTES:
                    with contextlib.suppress(self._failure):
                        response.read()  # so that the connection can be used again
        except Exception as error:
            if self._client.is_closed:
                raise OutputError(f"no complete answer within {DEADLINE_S:g} s") from error
            if isinstance(error, self._failure):
                raise OutputError(_cause(error)) from error
            raise
        finally:
            deadline.cancel()
        if 200 <= status < 300:
            return
        answer = f"HTTP {status} {responses.get(status, '')}".rstrip()
        if status in REFUSED:
            raise ValueError(f"refuses an event: {answer}")
        soon = status in TEMPORARY or status >= 500
        raise _TryLater(answer, _retry_after_s(after) if soon else SLOW_PAUSE_S)

    def close(self) -> None:
        self._client.close()


def _shown(address: str) -> str:
    """Scheme and host of an address; raises OutputError if it is not the address of a webhook."""
    if is_unquoted(address):
        raise OutputError(f"{redacted(address)}: {UNQUOTED}")
    try:
        parts = urlsplit(address)
        valid = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise OutputError("a webhook's address starts with http:// or https:// and names a host")
    return redacted(f"{parts.scheme}://{parts.netloc}") + ("/…" if parts.path.strip("/") or parts.query else "")


def _cause(error: Exception) -> str:
    if (fault := certificate_fault(error)) is not None:
        return fault
    text = re.sub(r"^\[Errno -?\d+\] ", "", str(error))
    return text if text and "://" not in text else type(error).__name__


def _retry_after_s(text: str) -> float:
    """Seconds that a ``Retry-After`` header asks for; 0 if it holds a date."""
    try:
        seconds = float(text)
    except ValueError:
        return 0.0
    return min(max(0.0, seconds), LONGEST_PAUSE_S) if math.isfinite(seconds) else 0.0


def _no_cookies() -> Any:
    """A jar that keeps no cookies."""
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))
