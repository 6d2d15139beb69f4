"""Soundscapes: recordings mixed from clips, whose events are known."""
