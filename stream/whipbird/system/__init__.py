"""Services close to the operating system: memory, files, locks, databases, backoff, optional packages."""
