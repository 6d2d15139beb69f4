"""Sounds that are made to be measured: tones, sweeps and clicks, written to a file or played."""
