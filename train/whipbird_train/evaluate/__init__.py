"""Evaluation: detected events compared with the annotations of whole recordings."""
