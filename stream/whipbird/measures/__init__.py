"""Measures of sound: levels, spectra, clipping, dropouts."""
