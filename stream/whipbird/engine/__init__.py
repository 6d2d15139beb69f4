"""The engine: from a source to reports."""
