"""Sounds and features for tests of networks."""

import numpy as np

from whipbird.models.networks.windowed import WindowedNetwork

HOPS = 12  # of a made sound


def features(model, sound):
    """Frames as a detector computes them, shape (frames, width)."""
    frontend = model.frontend()
    frontend.push(np.zeros(frontend.frame - frontend.step, np.float32))
    return frontend.push(sound)


def made_sound(model, seed, hops=HOPS):
    """Noise and tones of various levels, and silence: shape (samples,)."""
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(hops):
        time_s = np.arange(model.card.hop) / model.card.sample_rate_hz
        tone = np.sin(2 * np.pi * rng.uniform(300, 2500) * time_s)
        level = rng.choice([0, 1e-4, 1e-2, 1])
        parts.append(level * (tone + rng.normal(0, rng.choice([0, 0.3]), len(time_s))))
    return np.concatenate(parts).astype(np.float32)


def windowed(model):
    """The windowed network of a model."""
    assert isinstance(model.windowed_network, WindowedNetwork)
    return model.windowed_network
