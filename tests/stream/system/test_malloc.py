"""Freed memory that the process keeps for itself, or returns to the system."""

import os
import platform
import subprocess
import sys

import pytest

BLOCKS = """
import resource, sys, threading
import numpy as np
from whipbird.system.malloc import keep_freed_memory

def work():
    for _ in range(1000):
        np.ones(300_000, np.float32)

if sys.argv[1] == "kept":
    keep_freed_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
thread = threading.Thread(target=work)  # as Dask's workers do
thread.start()
thread.join()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only in GNU's C library")
def test_kept_memory_is_used_for_the_next_blocks():
    settings = os.environ | {"MALLOC_TRIM_THRESHOLD_": "65536", "OPENBLAS_NUM_THREADS": "1"}  # Dask's
    faults = {}
    for how in ("kept", "returned"):
        command = [sys.executable, "-c", BLOCKS, how]
        faults[how] = int(subprocess.run(command, capture_output=True, text=True, check=True, env=settings).stdout)
    assert faults["kept"] < 5_000 < 100_000 < faults["returned"]


HOLES = """
import gc, resource
from whipbird.system.malloc import return_freed_memory

def resident_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6

kept = [bytearray(60_000) for _ in range(2000)]
kept = kept[::2]  # each freed block is between two that stay
gc.collect()
before_mb = resident_mb()
return_freed_memory()
print(before_mb - resident_mb())
assert all(len(block) == 60_000 and not any(block) for block in kept)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only in GNU's C library")
def test_holes_are_returned_and_arrays_between_them_stay():
    returned_mb = subprocess.run([sys.executable, "-c", HOLES], check=True, capture_output=True, text=True).stdout
    assert float(returned_mb) > 40


HEAPS = """
import threading
from whipbird.system.malloc import use_one_heap

use_one_heap()
kept = []

def take():
    kept.append([bytearray(100_000) for _ in range(20)])

threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
with open("/proc/self/maps") as file:
    heap = next(line.split()[0].split("-") for line in file if "[heap]" in line)
first, last = (int(number, 16) for number in heap)
print(last - first)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only in GNU's C library")
def test_threads_share_a_heap():
    size = subprocess.run([sys.executable, "-c", HEAPS], check=True, capture_output=True, text=True).stdout
    assert int(size) > 8 * 20 * 100_000
