"""Ports of servers that are not there yet, or are away."""

import contextlib
import socket


@contextlib.contextmanager
def reserved_port(host="127.0.0.1", kind=socket.SOCK_STREAM, even=False):
    """A port at which nobody listens, and which the system gives to nobody else until the block ends.

    A server that sets SO_REUSEADDR, as all do here, can listen at it all the same.
    """
    while True:
        with socket.socket(socket.AF_INET, kind) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((host, 0))
            port = one.getsockname()[1]
            if even and port % 2:
                continue
            yield port
            return
