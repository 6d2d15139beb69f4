"""Outputs of reports: a publisher with a queue and a thread for each, and the sinks that write."""
