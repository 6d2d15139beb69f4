"""What recordings say about themselves: when they began, and what their recorder noted. None of it reads the sound."""
