"""Measurements of what whipbird promises: speed, delay, memory, size. Run all with ``python -m benchmarks``."""
