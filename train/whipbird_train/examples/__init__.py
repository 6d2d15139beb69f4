"""Training examples: recordings, and the random changes that make examples of them."""
