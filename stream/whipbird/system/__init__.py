"""What the operating system needs: memory, files, locks, databases, back-off, extras."""
