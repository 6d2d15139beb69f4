"""Hosts on this computer: network namespaces with addresses of their own, on a switch in one more namespace.

The network of the computer itself stays as it is, and names hold the number of this process, so that tests may run side
by side.
"""

import os
import shutil
import subprocess
import sys

import pytest

BITS = 24
END_S = 60  # for processes to be gone


class Hosts:
    """So many hosts, numbered from 0, as a context manager."""

    def __init__(self, count):
        if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("ip") is None:
            pytest.skip("hosts are made of network namespaces, by root on Linux with iproute2")
        self._prefix = f"whipbird-{os.getpid()}-"
        self._switch = f"{self._prefix}switch"
        self._names = [f"{self._prefix}{number}" for number in range(count)]
        self._processes = []

    def __enter__(self):
        try:
            self._make()
        except subprocess.CalledProcessError as error:
            self._remove()
            pytest.skip(f"no network namespaces can be made here: {error.stderr.strip()}")
        return self

    def __exit__(self, *_):
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait(END_S)
        self._remove()

    def _make(self):
        _ip("netns", "add", self._switch)
        _ip("-n", self._switch, "link", "add", "bridge", "type", "bridge")
        _ip("-n", self._switch, "link", "set", "bridge", "up")
        for number, name in enumerate(self._names):
            _ip("netns", "add", name)
            port = ("name", f"port{number}", "netns", self._switch)
            _ip("-n", name, "link", "add", "eth0", "type", "veth", "peer", *port)
            _ip("-n", self._switch, "link", "set", f"port{number}", "master", "bridge", "up")
            _ip("-n", name, "address", "add", f"{self.address(number)}/{BITS}", "dev", "eth0")
            _ip("-n", name, "link", "set", "eth0", "up")
            _ip("-n", name, "link", "set", "lo", "up")

    def _remove(self):
        for name in (self._switch, *self._names):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)

    def address(self, number):
        return f"10.77.0.{number + 1}"

    def on(self, number):
        """What a command begins with that runs on a host."""
        return ["ip", "netns", "exec", self._names[number]]

    def start(self, number, *command, **options):
        """Start a program on a host; its process number is that of the program itself."""
        process = subprocess.Popen([*self.on(number), *map(str, command)], **options)
        self._processes.append(process)
        return process

    def plug(self, number, state):
        """Pull out the cable of a host ("down"), or put it in again ("up")."""
        _ip("-n", self._switch, "link", "set", f"port{number}", state)


def _ip(*arguments):
    subprocess.run(["ip", *arguments], capture_output=True, text=True, check=True)
