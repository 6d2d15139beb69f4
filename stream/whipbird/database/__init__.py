"""The SQLite database of events: schema, writer, reader."""
