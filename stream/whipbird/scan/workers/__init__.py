"""Workers of a scan: they process its shards."""
