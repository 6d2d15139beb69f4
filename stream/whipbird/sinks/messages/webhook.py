"""A webhook: each event is sent to an address as JSON, with POST.

One event is an object; several, where more than one waits, are an array of such objects. A request that is repeated,
be it by the next process after one that was killed, has the same ``Idempotency-Key``, so that whoever gets it can tell.

What may pass (no answer, 5xx, 408, 425, 429) is tried again; what does not (a redirection, any other 4xx) is not. Of
the address only scheme and host are ever shown, for the rest is often all that keeps strangers out.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import re
from collections.abc import Callable, Sequence
from http.client import responses
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from whipbird import __version__
from whipbird.errors import OutputError
from whipbird.sinks.messages.message import Message
from whipbird.sinks.messages.message_settings import MessageSettings
from whipbird.sinks.messages.spool import spool_name
from whipbird.sinks.messages.transport import Transport
from whipbird.sinks.values import PathText, read_secret
from whipbird.system.address import redacted

__all__ = ["Webhook", "WebhookTransport"]

TOKEN_VARIABLE = "WHIPBIRD_WEBHOOK_TOKEN"
TIMEOUT_S = 10.0  # to connect, and without a byte
MAY_PASS = frozenset({408, 425, 429})  # besides 5xx
LONGEST_PAUSE_S = 300.0  # that a server may ask for
ANSWER_BYTES = 4096  # longer ones are not read
TOKEN = re.compile(r"[\x21-\x7e]+")


class _Later(OutputError):
    """It may succeed later, not before ``after_s``."""

    def __init__(self, text: str, after_s: float) -> None:
        super().__init__(text)
        self.after_s = after_s


class Webhook(MessageSettings):
    """An address to which events are posted.

    Attributes
    ----------
    token_file : str, optional
        File with a bearer token; otherwise it is in the environment.
    batch : int
        Most events in one request.
    """

    address: str
    token_file: PathText | None = None
    batch: Annotated[int, Field(ge=1, le=1000)] = 50

    def target(self, station: str) -> tuple[str, Callable[[], Transport]]:
        token = read_secret(self.token_file, TOKEN_VARIABLE)
        transport = WebhookTransport(self.address, station, token, self.batch)
        return spool_name("webhook", self.address), lambda: transport


class WebhookTransport(Transport):
    """Sends events to an address, ``http://`` or ``https://``; a token is sent as ``Authorization: Bearer``.

    A name and a password in the address become Basic authentication.

    Raises
    ------
    OutputError
        If it is no such address, the token cannot be sent, or httpx is not installed.
    """

    def __init__(self, address: str, station: str, token: str | None, batch: int) -> None:
        try:
            import httpx
        except ImportError as error:
            raise OutputError("a webhook needs httpx; get it with: pip install 'whipbird[outputs]'") from error
        super().__init__(_shown(address), station, batch=batch)
        headers = {"Content-Type": "application/json", "User-Agent": f"whipbird/{__version__}"}
        if token is not None and not TOKEN.fullmatch(token):
            raise OutputError(f"{self.name}: the token holds what no header can")
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        try:
            self._url = httpx.URL(address)
            self._client = httpx.Client(headers=headers, timeout=TIMEOUT_S)
        except (httpx.InvalidURL, ValueError) as error:  # what is wrong might hold what is secret
            raise OutputError(f"{self.name}: this address cannot be used") from error
        self._failure: type[Exception] = httpx.HTTPError

    def send(self, messages: Sequence[Message], ending: Callable[[], bool]) -> None:
        bodies, ids = [message.body for message in messages], [message.id for message in messages]
        body = bodies[0] if len(bodies) == 1 else b"[" + b", ".join(bodies) + b"]"
        key = ids[0] if len(ids) == 1 else hashlib.sha256("".join(ids).encode()).hexdigest()
        try:
            with self._client.stream("POST", self._url, content=body, headers={"Idempotency-Key": key}) as response:
                status, after = response.status_code, response.headers.get("Retry-After", "")
                if int(response.headers.get("Content-Length", ANSWER_BYTES + 1)) <= ANSWER_BYTES:
                    with contextlib.suppress(self._failure):
                        response.read()  # so that the connection can be used again
        except self._failure as error:
            raise OutputError(_cause(error)) from error
        said = f"HTTP {status} {responses.get(status, '')}".rstrip()
        if status in MAY_PASS or status >= 500:
            raise _Later(said, _seconds(after))
        if not 200 <= status < 300:
            raise ValueError(f"does not take an event: {said}")

    def close(self) -> None:
        self._client.close()


def _shown(address: str) -> str:
    """Scheme and host; refuses what is no address of a webhook."""
    try:
        parts = urlsplit(address)
        valid = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise OutputError("a webhook's address begins with http:// or https:// and names a host")
    return redacted(f"{parts.scheme}://{parts.netloc}") + ("/…" if parts.path.strip("/") or parts.query else "")


def _cause(error: Exception) -> str:
    text = str(error)
    return text if text and "://" not in text else type(error).__name__


def _seconds(text: str) -> float:
    """What a ``Retry-After`` asks for; dates are not heeded."""
    try:
        seconds = float(text)
    except ValueError:
        return 0.0
    return min(max(0.0, seconds), LONGEST_PAUSE_S) if math.isfinite(seconds) else 0.0
