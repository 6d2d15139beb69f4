"""Detectors of calls from a folder of few clips: what they learn from, the candidates, and which one ships."""
