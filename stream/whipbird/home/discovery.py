"""Announces the server in the local network, so that Home Assistant offers to add it."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING

from whipbird.errors import error_text
from whipbird.home.address import Address
from whipbird.sources.base import Notify

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncZeroconf

__all__ = ["Announcement"]

SERVICE = "_wyoming._tcp.local."
TARGET = ("224.0.0.251", 5353)  # of multicast DNS: the address from which packets go there is announced


class Announcement:
    """An announcement by multicast DNS, while it is used as an asynchronous context manager.

    It is made in the background; if that fails, people are told and clients are served all the same.

    Parameters
    ----------
    address : Address
        Host and port.
    station : str
        Part of the name that is shown.
    notify : callable
        Gets a line if the server cannot be announced.
    """

    def __init__(self, address: Address, station: str, notify: Notify) -> None:
        self._address = address
        self._station = station
        self._notify = notify
        self._zeroconf: AsyncZeroconf | None = None

    async def __aenter__(self) -> Announcement:
        self._task = asyncio.create_task(self._announce())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._zeroconf is not None:
            await self._zeroconf.async_unregister_all_services()
            await self._zeroconf.async_close()

    async def _announce(self) -> None:
        try:
            from zeroconf import InterfaceChoice
            from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

            own = await asyncio.get_running_loop().run_in_executor(None, self._own_address)
            everywhere = ipaddress.ip_address(self._address.host or "0.0.0.0").is_unspecified
            self._zeroconf = AsyncZeroconf(interfaces=InterfaceChoice.Default if everywhere else [own])
            name = f"whipbird {self._station}"
            info = AsyncServiceInfo(
                SERVICE, f"{name}.{SERVICE}", port=self._address.port, parsed_addresses=[own], server=None
            )
            await self._zeroconf.async_register_service(info, allow_name_change=True)
        except Exception as error:  # whatever zeroconf raises where there is no network
            self._notify(f"the server cannot be announced: {error_text(error)}; enter its address by hand")

    def _own_address(self) -> str:
        """The address at which others reach this computer."""
        host = socket.gethostbyname(self._address.host)
        if not ipaddress.ip_address(host).is_unspecified:
            return host
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(TARGET)
            return str(probe.getsockname()[0])
