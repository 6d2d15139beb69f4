"""A second network, which is asked only where the first hears a word."""
