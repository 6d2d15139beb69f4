"""Memory that is kept instead of being asked for again and again, or given back to the system."""

import os
import platform
import subprocess
import sys

import pytest

BLOCKS = """
import resource, sys, threading
import numpy as np
from whipbird.memory import keep_memory

def work():
    for _ in range(1000):
        np.ones(300_000, np.float32)

if sys.argv[1] == "kept":
    keep_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
thread = threading.Thread(target=work)  # as Dask's workers do
thread.start()
thread.join()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of GNU's C library")
def test_blocks_take_the_place_of_those_before():
    settings = os.environ | {"MALLOC_TRIM_THRESHOLD_": "65536", "OPENBLAS_NUM_THREADS": "1"}  # Dask's
    faults = {}
    for how in ("kept", "given back"):
        command = [sys.executable, "-c", BLOCKS, how]
        faults[how] = int(subprocess.run(command, capture_output=True, text=True, check=True, env=settings).stdout)
    assert faults["kept"] < 5_000 < 100_000 < faults["given back"]


HOLES = """
import gc, resource
from whipbird.memory import give_back_memory

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


HEAPS = """
import threading
from whipbird.memory import share_memory

share_memory()
kept = []

def take():
    kept.append([bytearray(100_000) for _ in range(20)])

threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
with open("/proc/self/maps") as file:
    place = next(line.split()[0].split("-") for line in file if "[heap]" in line)
first, last = (int(number, 16) for number in place)
print(last - first)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of GNU's C library")
def test_threads_share_a_heap():
    size = subprocess.run([sys.executable, "-c", HEAPS], check=True, capture_output=True, text=True).stdout
    assert int(size) > 8 * 20 * 100_000
