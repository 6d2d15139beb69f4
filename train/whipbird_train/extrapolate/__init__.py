"""``whipbird train extrapolate``: predict the rest of a clip from its first part, by regression on other takes."""
