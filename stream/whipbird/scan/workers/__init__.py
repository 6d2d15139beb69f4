"""Workers of a scan: how its shards are processed."""
