"""Streams to learn from: scenes of words, speech and noise, and what is to be heard in them at every moment."""
