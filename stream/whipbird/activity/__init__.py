"""Activity: counts of events by label, source and time, each with the hours listened."""
