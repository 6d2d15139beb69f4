"""Names of rooms, under which the sound of clients is known.

Clients that connect from one address at the same time get different names, ``kitchen`` and ``kitchen (2)``: the outputs
know sources by their names (`whipbird.review.false_wakes.room_of`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from whipbird.errors import WhipbirdError

__all__ = ["RoomNames", "parse_rooms"]

LOCAL = "local"  # clients at a socket file


def parse_rooms(texts: Sequence[str]) -> dict[str, str]:
    """Names of rooms by address, from ``NAME=ADDRESS``; raises WhipbirdError if one is wrong."""
    found: dict[str, str] = {}
    for text in texts:
        name, _, address = text.rpartition("=")
        try:
            key = str(ipaddress.ip_address(address))
        except ValueError:
            key = ""
        if not name.strip() or not key:
            raise WhipbirdError(f"{text!r}: give a name and an IP address, such as kitchen=192.168.1.20")
        if key in found:
            raise WhipbirdError(f"{text!r}: there is another name for this address")
        found[key] = name.strip()
    return found


class RoomNames:
    """Names of rooms, and which are in use.

    Parameters
    ----------
    names : mapping of str to str
        By address.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._used: set[str] = set()

    def room(self, peer: Any) -> str:
        """The room of a client, by its socket's address."""
        if not isinstance(peer, tuple):
            return LOCAL
        address = ipaddress.ip_address(str(peer[0]).partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        text = str(mapped or address)
        return self._names.get(text, text)

    def take(self, room: str) -> str:
        """A name of a source in a room that nobody uses, until it is given back."""
        number, name = 1, room
        while name in self._used:
            number += 1
            name = f"{room} ({number})"
        self._used.add(name)
        return name

    def give_back(self, name: str) -> None:
        """Let others use a name."""
        self._used.discard(name)
