"""Who may do what: host names, reading and writing, and the headers of every answer.

Reading is open to direct requests on this computer. From elsewhere, and through a proxy, it needs the password or a
token, unless the settings open it; live sound needs one of them even then. Writing always does. A request counts as
direct if it comes from a loopback address and has none of the marks of proxies; a name that another site chose (DNS
rebinding) is refused first.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from whipbird.errors import WhipbirdError
from whipbird.page.password import Passwords, Session
from whipbird.page.settings import PageSettings

__all__ = ["COOKIE", "Guard", "Visitor"]

COOKIE = "whipbird"
CSRF_HEADER = "x-csrf-token"
PROXY_MARKS = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
PUBLIC = ("/login", "/static/", "/manifest.webmanifest", "/favicon.ico", "/language")
FILES = (".png", ".svg", ".flac")
SAFE_METHODS = frozenset({"GET", "HEAD"})
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "media-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True)
class Visitor:
    """Who sent a request.

    Attributes
    ----------
    session : Session or None
        Of the password or a token; None without.
    may_read : bool
    may_listen : bool
        To live sound: a page that is open to anybody does not open the microphone.
    is_secure : bool
        Whether the request came by HTTPS.
    address : str
    """

    session: Session | None
    may_read: bool
    may_listen: bool
    is_secure: bool
    address: str

    @property
    def may_write(self) -> bool:
        return self.session is not None

    @property
    def csrf(self) -> str:
        """What forms and requests that write must send."""
        return "" if self.session is None else self.session.csrf


class Guard:
    """ASGI middleware in front of the page."""

    def __init__(self, app: ASGIApp, settings: PageSettings, passwords: Passwords) -> None:
        self._app = app
        self._settings = settings
        self._passwords = passwords
        self._hosts = frozenset((*settings.hosts, *_own_names(settings.address.host)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        scope = self._without_prefix(scope)
        sent = _with_headers(send)
        try:
            refusal = self._refusal(scope)
        except WhipbirdError as error:
            refusal = PlainTextResponse(f"{error}\n", 500)
        await (refusal or self._app)(scope, receive, sent)

    def _without_prefix(self, scope: Scope) -> Scope:
        """The same request, whether a proxy has removed the prefix or not."""
        prefix, path = self._settings.prefix, scope["path"]
        if prefix and path != prefix and not path.startswith(f"{prefix}/"):
            path = prefix + path
        if prefix and path == prefix:
            path = f"{prefix}/"
        return {**scope, "path": path, "root_path": prefix}

    def _refusal(self, scope: Scope) -> Response | None:
        """The answer to a request that is refused; the others get their visitor."""
        headers = Headers(scope=scope)
        host = _host_of(headers.get("host", ""))
        if host is None or not (host in self._hosts or _is_address(host)):
            text = f"The name {host!r} is not one of this page. Add it to 'hosts' in the settings of the page.\n"
            return PlainTextResponse(text, 421)
        visitor = self._visitor(scope, headers)
        scope["state"] = {**scope.get("state", {}), "visitor": visitor}
        path = scope["path"][len(self._settings.prefix) :]
        is_api = path.startswith("/api/")
        if scope["method"] not in SAFE_METHODS:
            if reason := self._why_not_write(scope, headers, visitor, path):
                return JSONResponse({"error": reason[1]}, reason[0])
            return None
        if visitor.may_read or path.startswith(PUBLIC):
            return None
        if is_api or path == "/metrics" or path.endswith(FILES):
            return JSONResponse({"error": "the password or a token is needed"}, 401)
        query = scope["query_string"].decode("latin-1")
        return RedirectResponse(
            f"{self._settings.prefix}/login?next={quote(f'{path}?{query}' if query else path)}", 303
        )

    def _why_not_write(self, scope: Scope, headers: Headers, visitor: Visitor, path: str) -> tuple[int, str] | None:
        """Why a request that writes is refused; forms also give their CSRF token to those who read them."""
        if visitor.session is not None and visitor.session.is_token:
            return None
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site not in (None, "same-origin", "none") or (origin is not None and not self._is_own(origin, headers)):
            return 403, "requests from other sites are refused"
        if path in ("/login", "/language"):
            return None
        if visitor.session is None:
            return 401, "the password or a token is needed"
        if path.startswith("/api/") and headers.get(CSRF_HEADER) != visitor.session.csrf:
            return 403, f"the header {CSRF_HEADER} is missing or wrong"
        return None

    def _is_own(self, origin: str, headers: Headers) -> bool:
        """Whether a request comes from this page, as the browser says."""
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        own = {headers.get("host", "").lower(), headers.get("x-forwarded-host", "").lower(), *self._settings.hosts}
        return bool(parts.netloc) and parts.netloc.lower() in own

    def _visitor(self, scope: Scope, headers: Headers) -> Visitor:
        session = None
        given = headers.get("authorization", "")
        if given.lower().startswith("bearer "):
            session = self._passwords.of_token(given[7:].strip())
        elif (cookie := HTTPConnection(scope).cookies.get(COOKIE)) is not None:
            session = self._passwords.session(cookie)
        client = scope.get("client")
        address = "" if client is None else str(client[0])
        is_direct = (
            _is_loopback(address)
            and scope.get("http_version", "1.1") != "1.0"  # what proxies speak that are not set up to say more
            and not any(mark in headers for mark in PROXY_MARKS)
        )
        is_secure = scope["scheme"] == "https" or headers.get("x-forwarded-proto") == "https"
        may_listen = session is not None or is_direct
        return Visitor(session, may_listen or self._settings.open, may_listen, is_secure, address)


def _own_names(host: str) -> list[str]:
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return ["localhost", host.lower(), name, short, f"{short}.local"]


def _host_of(text: str) -> str | None:
    """The name in a Host header, without the port; None if it is no name."""
    try:
        return urlsplit(f"//{text}").hostname
    except ValueError:
        return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(address: str) -> bool:
    try:
        own = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(own, "ipv4_mapped", None)
    return (mapped or own).is_loopback


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-cache")
        await send(message)

    return sent
