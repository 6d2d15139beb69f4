"""Metadata of recordings: when they started, and notes of their recorder. The sound is not read."""
