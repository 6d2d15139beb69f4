"""Front ends: from samples to the features that a network needs."""
