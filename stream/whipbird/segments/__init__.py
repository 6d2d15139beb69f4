"""Clips cut out of recordings, to train on and to listen to, in one folder per label."""
