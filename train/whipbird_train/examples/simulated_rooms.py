"""Simulated rooms: the echoes of a box with absorbing walls, by the image method and ray tracing."""

from __future__ import annotations

import numpy as np
import pyroomacoustics

from whipbird.arrays import Floats

__all__ = ["simulated_room"]

SIDES_M = ((3.0, 8.0), (2.5, 6.0), (2.3, 3.2))
MARGIN_M = 0.4  # from the walls


def simulated_room(
    rng: np.random.Generator, rate_hz: int, rt60_s: tuple[float, float], distance_m: tuple[float, float]
) -> Floats:
    """Impulse response from a voice to a microphone in a random room, shape (samples,)."""
    sides = np.array([rng.uniform(*side) for side in SIDES_M])
    absorption, order = pyroomacoustics.inverse_sabine(max(rng.uniform(*rt60_s), _least_rt60_s(sides)), sides)
    room = pyroomacoustics.ShoeBox(
        sides, fs=rate_hz, materials=pyroomacoustics.Material(absorption), max_order=min(order, 40)
    )
    voice, microphone = _apart(sides, distance_m, rng)
    room.add_source(voice)
    room.add_microphone(microphone)
    room.compute_rir()
    return np.asarray(room.rir[0][0], np.float32)


def _least_rt60_s(sides: np.ndarray) -> float:
    """What a room has whose walls absorb nearly everything."""
    surface = 2 * (sides[0] * sides[1] + sides[0] * sides[2] + sides[1] * sides[2])
    return float(0.17 * sides.prod() / surface)


def _apart(
    sides: np.ndarray, distance_m: tuple[float, float], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Two points in a room at such a distance."""
    while True:
        voice = rng.uniform(MARGIN_M, sides - MARGIN_M)
        direction = rng.normal(size=3) * (1, 1, 0.3)
        microphone = voice + direction / np.linalg.norm(direction) * rng.uniform(*distance_m)
        if (microphone > MARGIN_M).all() and (microphone < sides - MARGIN_M).all():
            return voice, microphone
