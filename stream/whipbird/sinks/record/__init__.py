"""Everything that a live source hears, kept as FLAC files."""
