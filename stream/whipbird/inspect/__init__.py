"""A look into a recording: facts of the file, measures of its sound, and pictures."""
