"""Addresses at which a server listens: ``tcp://HOST:PORT`` and ``unix://PATH``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from whipbird.errors import WhipbirdError

__all__ = ["Address", "parse_address"]


@dataclass(frozen=True)
class Address:
    """Host and port, or the path of a socket file."""

    host: str = ""
    port: int = 0
    path: str | None = None

    def __str__(self) -> str:
        if self.path is not None:
            return f"unix://{self.path}"
        return f"tcp://[{self.host}]:{self.port}" if ":" in self.host else f"tcp://{self.host}:{self.port}"

    def at_port(self, port: int) -> Address:
        """The same address with another port."""
        return replace(self, port=port)


def parse_address(text: str) -> Address:
    """An address; raises WhipbirdError if it is none."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts = urlsplit("")
        host = port = None
    if parts.scheme == "tcp" and host and port is not None and not parts.path.strip("/"):
        return Address(host, port)
    if parts.scheme == "unix" and parts.netloc + parts.path:
        return Address(path=parts.netloc + parts.path)
    raise WhipbirdError(f"{text!r}: give an address such as tcp://0.0.0.0:10400 or unix:///run/whipbird.sock")
