"""Settings of a station: ``station.toml``."""
