"""Models: cards, bundles, front ends, networks, and loaded models."""
