"""Streams to learn from: scenes of words, speech and noise, and networks that are trained on long stretches of them."""
