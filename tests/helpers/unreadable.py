"""A folder that no user can read, not even root: its path is longer than the system takes."""

import os

import pytest

NAME = "d" * 200
LEVELS = 25  # to well over 4096 bytes


def unreadable_folder(within):
    """Make a folder that cannot be read; returns the start of its path."""
    if os.name != "posix":
        pytest.skip("needs folders that are opened from others")
    top = os.open(within, os.O_RDONLY)
    try:
        for _ in range(LEVELS):
            os.mkdir(NAME, dir_fd=top)
            inner = os.open(NAME, os.O_RDONLY, dir_fd=top)
            os.close(top)
            top = inner
    finally:
        os.close(top)
    return f"{within}/{NAME}"
