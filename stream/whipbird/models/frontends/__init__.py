"""Front ends, which turn samples into the features that a network needs."""
