"""From scores to events: smoothing, debouncing, bounds, and the reports about them."""
