"""Measurements of what whipbird promises: speed, delay, memory, size. Run all with ``python -m benchmarks``."""

import sys
from pathlib import Path

# Benchmarks also use the servers and faults of the tests.
sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "helpers"))
