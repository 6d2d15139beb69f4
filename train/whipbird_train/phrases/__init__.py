"""Detectors of phrases, made from their text alone: `whipbird train word`."""
