"""File formats of events and annotations, each read and written in one place."""
