"""Brokers: reading their addresses, and making words that topics accept from names."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from whipbird.errors import OutputError
from whipbird.system.address import UNQUOTED, is_unquoted, redacted
from whipbird.system.regular_file import read_bounded

__all__ = ["Broker", "parse_broker", "read_certificates", "topic_word"]

LARGEST_AUTHORITY = 16 << 20  # bytes
PORTS = {"mqtt": 1883, "mqtts": 8883}
_WORD = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Broker:
    """Address of a broker, and how to connect to it.

    Attributes
    ----------
    name : str
        For people, without secrets.
    topic : str
        Start of all topics.
    authority : str or None
        File of certificates to trust instead of the system's.
    """

    name: str
    host: str
    port: int
    tls: bool
    topic: str
    user: str | None
    password: str | None
    authority: str | None


def parse_broker(address: str, station: str, password: str | None = None, authority: str | None = None) -> Broker:
    """Read the address of a broker: ``mqtt://user@host:1883/topic``, or ``mqtts://`` with TLS.

    The default topic is ``whipbird/`` and the station. ``password`` takes precedence over one in the address.

    Raises
    ------
    OutputError
        If the address or its topic is not valid, or the certificates cannot be used.
    """
    if is_unquoted(address):
        raise OutputError(f"{redacted(address)}: {UNQUOTED}")
    try:
        parts = urlsplit(address.strip())
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        scheme, host, port = "", None, None
    if scheme not in PORTS or not host or parts.query or parts.fragment:
        raise OutputError("a broker's address looks like mqtt://user@host:1883/topic, or mqtts:// with TLS")
    name = redacted(address.strip())
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise OutputError(f"{name}: no host can have this name") from error
    topic = unquote(parts.path).strip("/") or f"whipbird/{topic_word(station)}"
    if re.search(r"[+#\x00-\x1f\x7f]|^\$|//", topic):
        raise OutputError(f"{name}: a topic cannot contain +, # or empty levels, or start with $")
    if authority is not None and scheme != "mqtts":
        raise OutputError(f"{name}: certificates need mqtts://")
    if authority is not None:
        read_certificates(authority)
    user = unquote(parts.username or "") or None
    if password is None and parts.password is not None:
        password = unquote(parts.password)
    if password is not None and user is None:
        raise OutputError(f"{name}: a password needs a user, as in mqtt://user@host")
    tls = scheme == "mqtts"
    return Broker(name, host, port or PORTS[scheme], tls, topic, user, password, authority)


def read_certificates(authority: str) -> bytes:
    """Read a file of certificates; raises OutputError if it holds none."""
    import ssl

    try:
        content = read_bounded(Path(authority), LARGEST_AUTHORITY)
        ssl.create_default_context(cafile=authority)
        return content
    except (OSError, ssl.SSLError) as error:
        raise OutputError(f"{authority}: {error.strerror or error}") from error


def topic_word(name: str) -> str:
    """Make a word that topics and Home Assistant accept; different names give different words."""
    if _WORD.fullmatch(name):
        return name
    word = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40]
    return f"{word}_{hashlib.sha256(name.encode(errors='surrogateescape')).hexdigest()[:6]}".lstrip("_")
