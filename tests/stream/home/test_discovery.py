"""The server is found in the network by its kind of service."""

import asyncio
import threading

import pytest

from whipbird.home.address import parse_address
from whipbird.home.discovery import SERVICE, Announcement
from wyoming_peers import run

zeroconf = pytest.importorskip("zeroconf", reason="zeroconf is not installed (extra 'home')")
PORT = 10499


class Found(zeroconf.ServiceListener):
    """Knows when a service with the port is there, and when it is gone."""

    def __init__(self):
        self.there, self.gone = threading.Event(), threading.Event()

    def add_service(self, zc, type_, name):
        info = zc.get_service_info(type_, name)
        if info is not None and info.port == PORT:
            self.name, self.addresses = name, info.parsed_addresses()
            self.there.set()

    def update_service(self, zc, type_, name):
        self.add_service(zc, type_, name)

    def remove_service(self, zc, type_, name):
        if self.there.is_set() and name == self.name:
            self.gone.set()


def test_it_is_found_while_it_runs():
    found, lines = Found(), []
    try:
        browser = zeroconf.Zeroconf(interfaces=["127.0.0.1"])
    except OSError as error:
        pytest.skip(f"no multicast on loopback: {error}")
    zeroconf.ServiceBrowser(browser, SERVICE, found)

    async def scene():
        async with Announcement(parse_address(f"tcp://127.0.0.1:{PORT}"), "attic", lines.append):
            await asyncio.to_thread(found.there.wait)
        await asyncio.to_thread(found.gone.wait)

    run(scene())
    browser.close()
    assert found.name == f"whipbird attic.{SERVICE}"
    assert found.addresses == ["127.0.0.1"]
    assert not lines


def test_what_cannot_be_announced_is_told():
    lines = []

    async def scene():
        async with Announcement(parse_address("tcp://no.such.host.invalid:1"), "attic", lines.append) as announcement:
            await announcement._task

    run(scene())
    assert "cannot be announced" in lines[0]
