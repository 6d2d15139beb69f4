"""Evaluation: what is heard in whole recordings, compared with what is there."""
