"""Several sources at once, for weeks, from one file of settings."""
