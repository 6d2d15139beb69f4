"""Memory that is free goes back to the system."""

import platform
import subprocess
import sys

import pytest

HOLES = """
import gc, resource
from stream.monitor.memory import give_back_memory

def resident_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6

kept = [bytearray(60_000) for _ in range(2000)]
kept = kept[::2]  # what is freed lies between what stays
gc.collect()
before_mb = resident_mb()
give_back_memory()
print(before_mb - resident_mb())
assert all(len(block) == 60_000 and not any(block) for block in kept)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of GNU's C library")
def test_holes_are_given_back_and_what_lies_between_them_stays():
    given_mb = subprocess.run([sys.executable, "-c", HOLES], check=True, capture_output=True, text=True).stdout
    assert float(given_mb) > 40
