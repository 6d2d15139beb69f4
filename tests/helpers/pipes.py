"""How full a pipe is (not on Windows)."""

import fcntl
import sys
import termios


def unread(pipe):
    """Number of bytes in a pipe that are still to be read."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)
