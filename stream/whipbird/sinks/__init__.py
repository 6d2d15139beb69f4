"""Where reports go: a queue with a thread of its own, and what writes them."""
