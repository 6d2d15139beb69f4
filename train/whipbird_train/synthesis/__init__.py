"""Speech of synthetic voices."""
