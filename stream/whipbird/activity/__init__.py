"""What a database tells: how much was heard of what, at which times, and in how many hours of listening."""
