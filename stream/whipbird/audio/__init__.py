"""Samples on their way: ring, gaps, clock, resampling, concealment, sliding window."""
