"""Corrections of a model of species at one site, learned from verdicts: ``whipbird train site``."""
