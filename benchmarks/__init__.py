"""Measurements of what whipbird promises: speed, delay, memory, size. Run all with ``python -m benchmarks``."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path.append(str(TESTS))  # whose servers and faults are measured, too
