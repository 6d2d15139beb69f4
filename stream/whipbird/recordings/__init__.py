"""Recordings: finding, reading and decoding files."""
