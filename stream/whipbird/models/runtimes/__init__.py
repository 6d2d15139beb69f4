"""Runtimes: what runs the networks of a file, and the tensors that they read and write."""
