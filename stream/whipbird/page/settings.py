"""Settings of the page: where it listens, and who may read it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from whipbird.sinks.values import PathText, StrictTable, several

__all__ = ["DEFAULT", "EXTRA", "PACKAGES", "Listen", "PageSettings", "parse_listen"]

EXTRA, PACKAGES = "page", ("starlette", "uvicorn", "jinja2")

DEFAULT = "127.0.0.1:8080"
LAST_PORT = 65_535
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", re.ASCII)
PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*", re.ASCII)


@dataclass(frozen=True)
class Listen:
    """An address and a port."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only programs on this computer reach it."""
        return self.host == "localhost" or (_is_address(self.host) and ipaddress.ip_address(self.host).is_loopback)

    @property
    def shown(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_listen(text: str) -> Listen:
    """An address such as ``127.0.0.1:8080``, ``[::]:8080`` or ``8080``; raises ValueError."""
    host, separator, port = text.strip().rpartition(":")
    if not separator:
        host = "127.0.0.1"
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError(f"{text!r}: write an IPv6 address in brackets, such as [::1]:8080")
    if not re.fullmatch(r"\d{1,5}", port, re.ASCII) or not 0 <= int(port) <= LAST_PORT:
        raise ValueError(f"{text!r}: give an address and a port, such as {DEFAULT}")
    if not _is_address(host) and not HOST.fullmatch(host):
        raise ValueError(f"{text!r}: {host!r} is not an address; use one such as {DEFAULT}, or 0.0.0.0:8080 for all")
    return Listen(host, int(port))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _listen(text: str) -> str:
    parse_listen(text)
    return text


def _host(names: list[str]) -> list[str]:
    for name in names:
        if not HOST.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of a computer; write it without https:// and port")
    return [name.lower() for name in names]


def _prefix(text: str) -> str:
    text = text.rstrip("/")
    if not PREFIX.fullmatch(text) or "/.." in text:
        raise ValueError(f"{text!r} is not the start of a path, such as /birds")
    return text


class PageSettings(StrictTable):
    """The page.

    Attributes
    ----------
    listen : str
        Address and port.
    open : bool
        Whether anybody may read without a password, from anywhere. Writing always needs the password.
    hosts : list of str
        Names under which the page is reached, besides addresses, ``localhost`` and the name of the computer.
    prefix : str
        Start of all paths behind a proxy, such as ``/birds``.
    certificate, key : str, optional
        Files in PEM format for HTTPS.
    """

    listen: Annotated[str, AfterValidator(_listen)] = DEFAULT
    open: bool = False
    hosts: Annotated[list[str], BeforeValidator(several), AfterValidator(_host)] = Field(default=[])
    prefix: Annotated[str, AfterValidator(_prefix)] = ""
    certificate: PathText | None = None
    key: PathText | None = None

    @model_validator(mode="after")
    def _both(self) -> PageSettings:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("HTTPS needs both certificate and key")
        return self

    @property
    def address(self) -> Listen:
        return parse_listen(self.listen)
