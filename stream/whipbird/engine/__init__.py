"""The engine: from a source to its reports."""
