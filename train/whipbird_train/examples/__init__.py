"""Training examples: what a network sees in an epoch."""
