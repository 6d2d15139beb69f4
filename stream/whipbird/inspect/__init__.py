"""A look into a recording: what the file is, how its sound is, and pictures of it."""
