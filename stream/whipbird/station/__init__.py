"""Run several sources at once, for weeks, from one settings file."""
