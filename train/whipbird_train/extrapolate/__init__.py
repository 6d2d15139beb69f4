"""``whipbird train extrapolate``: the rest of a clip, predicted from its beginning by what other takes are like."""
