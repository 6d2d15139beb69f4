"""Offline training: from recordings to the bundles that `stream` runs."""
