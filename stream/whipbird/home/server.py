"""The server: accepts connections of clients, up to a limit, and ends them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

from whipbird.errors import WhipbirdError
from whipbird.home.address import Address
from whipbird.home.connection import Connection
from whipbird.home.protocol import LONGEST_LINE
from whipbird.home.streams import Streams

__all__ = ["WakeServer"]

MOST_CONNECTIONS = 500
KEEPALIVE_S = {
    "TCP_KEEPIDLE": 30,
    "TCP_KEEPINTVL": 10,
    "TCP_KEEPCNT": 3,
}  # one that is gone is noticed in a minute


class WakeServer:
    """Accepts connections until it is closed; used on the thread of the event loop."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._is_full = False

    @property
    def connections(self) -> int:
        """Number of clients."""
        return len(self._connections)

    async def open(self, address: Address) -> Address:
        """Listen for clients; return the address, with the port that was chosen if it had none.

        Raises
        ------
        WhipbirdError
            If nobody can listen there.
        """
        try:
            if address.path is not None:
                if _is_served(address.path):
                    raise WhipbirdError(f"{address}: another program listens there")
                self._server = await asyncio.start_unix_server(self._accept, address.path, limit=LONGEST_LINE)
                return address
            self._server = await asyncio.start_server(self._accept, address.host, address.port, limit=LONGEST_LINE)
        except (OSError, AttributeError) as error:  # no sockets in files on Windows
            raise WhipbirdError(f"{address}: {getattr(error, 'strerror', None) or error}") from error
        return address.at_port(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """End all connections, and process what they have sent."""
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._streams.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.connections >= MOST_CONNECTIONS:
            if not self._is_full:
                self._streams.notify(f"{MOST_CONNECTIONS} clients are connected; others are refused")
            self._is_full = True
            writer.transport.abort()
            return
        self._is_full = False
        _keep_alive(writer.get_extra_info("socket"))
        task = asyncio.create_task(Connection(self._streams, reader, writer).run())
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)


def _keep_alive(connection: socket.socket) -> None:
    """Let the system notice that a client is gone; an option that it does not have is left out."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            for name, value in KEEPALIVE_S.items():
                if hasattr(socket, name):
                    connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _is_served(path: str) -> bool:
    """Whether a program listens at a socket file; one that was left behind is replaced."""
    if not Path(path).exists():
        return False
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(path) == 0
