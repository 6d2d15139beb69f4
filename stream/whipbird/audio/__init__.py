"""Samples between source and model: ring, gaps, clock, channels, limits, resampling, concealment, sliding window."""
