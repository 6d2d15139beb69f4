"""Serves a page on a thread of its own, with its own event loop."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import uvicorn

from whipbird.errors import OutputError
from whipbird.page.app import page_app
from whipbird.page.settings import PageSettings

if TYPE_CHECKING:
    from whipbird.page.page import Page

__all__ = ["PageServer"]

STREAMS_END_S = 1  # open streams of events are cut off after this long: browsers would keep them for ever
CLOSE_S = 5.0
MOST_CONNECTIONS = 500
KEEP_ALIVE_S = 10
BACKLOG = 100


class PageServer:
    """A page that is served until it is closed.

    Parameters
    ----------
    page : Page

    Raises
    ------
    OutputError
        If the address cannot be listened on, or the certificate cannot be used.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        settings = page.settings
        _check_certificate(settings)
        self._socket = _listening(settings)
        _silence()
        config = uvicorn.Config(
            page_app(page),
            log_config=None,
            access_log=False,
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            date_header=True,
            ws="none",
            http="h11",
            loop="asyncio",
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STREAMS_END_S,
            ssl_certfile=settings.certificate,
            ssl_keyfile=settings.key,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="page", daemon=True)
        self._thread.start()
        threading.Thread(target=page.data.warm, name="page counts", daemon=True).start()

    @property
    def address(self) -> str:
        """What to open in a browser."""
        listen, settings = self._page.settings.address, self._page.settings
        port = self._socket.getsockname()[1]
        host = f"[{listen.host}]" if ":" in listen.host else listen.host
        return f"{'http' if settings.certificate is None else 'https'}://{host}:{port}{settings.prefix}/"

    @property
    def runs(self) -> bool:
        """Whether it is being served."""
        return self._thread.is_alive()

    def wait(self, timeout_s: float) -> None:
        """Wait until it ends, or for some seconds."""
        self._thread.join(timeout_s)

    def close(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        self._thread.join(CLOSE_S)
        self._page.data.close()

    def _run(self) -> None:
        with self._socket:
            self._server.run(sockets=[self._socket])


def _silence() -> None:
    """Keep uvicorn's log, with tracebacks of streams that are cut off, out of standard error."""
    log = logging.getLogger("uvicorn")
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())


def _listening(settings: PageSettings) -> socket.socket:
    listen = settings.address
    with _reported(listen.shown):
        family = socket.getaddrinfo(listen.host, listen.port, type=socket.SOCK_STREAM)[0][0]
        dual = family == socket.AF_INET6 and listen.host == "::" and socket.has_dualstack_ipv6()
        return socket.create_server((listen.host, listen.port), family=family, backlog=BACKLOG, dualstack_ipv6=dual)


@contextlib.contextmanager
def _reported(address: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot listen on {address}: {error.strerror or error}") from error


def _check_certificate(settings: PageSettings) -> None:
    if settings.certificate is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.certificate, settings.key)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"cannot use {settings.certificate} with {settings.key}: {reason}") from error
