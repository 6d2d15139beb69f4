"""Files of embeddings for tests of searches."""

import numpy as np

from whipbird.events.window_vector import WindowVector
from whipbird.sinks.files.embedding_files import write_embeddings

HASH = "0123456789abcdef" * 4


def vectors(count, size=32, seed=1):
    return np.random.default_rng(seed).normal(size=(count, size)).astype(np.float32)


def write(path, made, recording="/archive/a.wav", model="owls", sha256=HASH, hop_s=3.0):
    """Write vectors as the windows of a recording."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        WindowVector(recording, number * hop_s, number * hop_s + 3.0, model, sha256, vector)
        for number, vector in enumerate(made)
    ]
    write_embeddings(path, rows)
    return path
