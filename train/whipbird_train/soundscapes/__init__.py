"""Soundscapes: recordings mixed from clips, with known events."""
