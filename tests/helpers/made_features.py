"""Sounds and features for tests of networks."""

import numpy as np

from whipbird.models.networks.windowed import WindowedNetwork

HOPS = 12  # of a made sound


def features(model, sound):
    """Frames as a detector gives them, shape (frames, width)."""
    frontend = model.frontend()
    frontend.push(np.zeros(frontend.frame - frontend.step, np.float32))
    return frontend.push(sound)


def made_sound(model, seed, hops=HOPS):
    """Noise and tones of any loudness, and silence: shape (samples,)."""
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(hops):
        place = np.arange(model.card.hop) / model.card.sample_rate_hz
        tone = np.sin(2 * np.pi * rng.uniform(300, 2500) * place)
        level = rng.choice([0, 1e-4, 1e-2, 1])
        parts.append(level * (tone + rng.normal(0, rng.choice([0, 0.3]), len(place))))
    return np.concatenate(parts).astype(np.float32)


def windowed(model):
    """What runs the same model on whole windows, as if that were all it had."""
    assert isinstance(model.windows, WindowedNetwork)
    return model.windows
