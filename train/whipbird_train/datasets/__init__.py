"""Readers of data sets: one module each, giving labelled clips whose split respects who or what was recorded."""
