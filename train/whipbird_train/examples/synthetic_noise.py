"""Synthetic noises: machines, sirens, hammers, music, wind and rain, to add variety to a few recordings.

They do not imitate recordings, but vary in colour, steadiness, pitch, glide and rhythm, as noises do. Each has the
shape (samples,), at -20 dBFS.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from whipbird.arrays import Floats, Reals

__all__ = ["make_noises"]

NoiseMaker = Callable[[int, int, np.random.Generator], Reals]


def make_noises(count: int, length: int, rate_hz: int, rng: np.random.Generator) -> list[Floats]:
    """Make `count` noises of `length` samples, of each kind in turn; a third of them are two kinds at once."""
    made = []
    for number in range(count):
        noise = _normal(KINDS[number % len(KINDS)](length, rate_hz, rng))
        if rng.random() < 1 / 3:
            other = KINDS[rng.integers(len(KINDS))](length, rate_hz, rng)
            noise = noise + _normal(other) * rng.uniform(0.2, 1.0)
        made.append(_normal(noise).astype(np.float32))
    return made


def _steady(length: int, rate_hz: int, rng: np.random.Generator) -> Reals:
    """Ventilation, traffic, rain: coloured noise with broad resonances."""
    return _coloured(length, rate_hz, rng)


def _gusts(length: int, rate_hz: int, rng: np.random.Generator) -> Reals:
    """Wind, waves, passing cars: coloured noise that swells and fades."""
    return _coloured(length, rate_hz, rng) * _swell(length, rate_hz, rng, rng.uniform(0.2, 3), 9)


def _engine(length: int, rate_hz: int, rng: np.random.Generator) -> Reals:
    """Engines, drills, hums: harmonics of a pitch that wanders."""
    pitch_hz = rng.choice([rng.uniform(25, 120), rng.uniform(120, 900)])
    wander = _swell(length, rate_hz, rng, rng.uniform(0.1, 2), rng.uniform(0.1, 1.5))
    tones = _harmonics(pitch_hz * wander, rate_hz, rng.uniform(0.3, 1.5), rng)
    return tones * (1 + rng.uniform(0, 0.8) * _coloured(length, rate_hz, rng))


def _siren(length: int, rate_hz: int, rng: np.random.Generator) -> Reals:
    """Sirens, alarms, phones: a tone that glides or jumps, on and off."""
    low_hz, period_s = rng.uniform(300, 2000), rng.uniform(0.15, 5)
    phase = np.arange(length) / rate_hz / period_s % 1
    course = rng.choice(["glide", "jump", "fall"])
    shape = {"glide": np.abs(2 * phase - 1), "jump": (phase < 0.5).astype(float), "fall": 1 - phase}[course]
    tones = _harmonics(low_hz * (1 + rng.uniform(0, 1.2) * shape), rate_hz, rng.uniform(1, 3), rng)
    return tones * (phase < rng.choice([1.0, rng.uniform(0.3, 0.9)]))


def _hammer(length: int, rate_hz: int, rng: np.random.Generator) -> Reals:
    """Hammers, steps, keys, clocks: short bursts, regular or not."""
    rate = rng.choice([rng.uniform(0.5, 5), rng.uniform(5, 40)])
    beats = rng.poisson(rate * length / rate_hz) + 1
    regular = (np.arange(beats) / rate + rng.normal(0, rng.choice([0.002, 0.05]), beats)) * rate_hz
    starts = regular if rng.random() < 0.6 else rng.uniform(0, length, beats)
    pulses = np.zeros(length)
    inside = starts[(starts >= 0) & (starts < length)].astype(int)
    pulses[inside] = rng.uniform(0.3, 1, len(inside))
    decay = np.exp(-np.arange(rate_hz // 4) / (rate_hz * rng.uniform(0.002, 0.06)))
    burst = decay * _coloured(len(decay), rate_hz, rng)
    return _convolved(pulses, burst)


def _music(length: int, rate_hz: int, rng: np.random.Generator) -> Reals:
    """Notes of a scale, some simultaneous, plucked or held, with or without a beat."""
    made = np.zeros(length)
    step_s = rng.uniform(0.12, 0.7)
    scale = 2 ** (np.array([0, 2, 4, 5, 7, 9, 11]) / 12)
    base_hz = rng.uniform(60, 300)
    hold_s = step_s * rng.uniform(0.5, 3)
    brightness = rng.uniform(0.8, 2.5)
    note = round(hold_s * rate_hz)
    envelope = np.exp(-np.arange(note) / (rate_hz * hold_s * rng.uniform(0.2, 1)))
    envelope[: rate_hz // 200] *= np.linspace(0, 1, rate_hz // 200)
    envelope *= np.minimum(1, np.arange(note)[::-1] / (rate_hz // 100))
    for start in np.arange(0, length / rate_hz, step_s):
        for _ in range(rng.integers(0, 4)):
            pitch_hz = base_hz * rng.choice(scale) * 2.0 ** rng.integers(0, 4)
            sound = _harmonics(np.full(note, pitch_hz), rate_hz, brightness, rng) * envelope
            first = round(start * rate_hz)
            made[first : first + note] += sound[: length - first]
    return made + 0.3 * _normal(_hammer(length, rate_hz, rng)) * rng.integers(2)


def _crackle(length: int, rate_hz: int, rng: np.random.Generator) -> Reals:
    """Rain on a roof, fire, dishes, paper: dense and irregular clicks."""
    density = rng.uniform(20, 600) * _swell(length, rate_hz, rng, rng.uniform(0.5, 4), 6)
    clicks = (rng.random(length) < density / rate_hz) * rng.standard_normal(length)
    ring = np.exp(-np.arange(rate_hz // 20) / (rate_hz * rng.uniform(0.0005, 0.01)))
    return _convolved(clicks, ring * _coloured(len(ring), rate_hz, rng))


KINDS: tuple[NoiseMaker, ...] = (_steady, _gusts, _engine, _siren, _hammer, _music, _crackle)


def _coloured(length: int, rate_hz: int, rng: np.random.Generator) -> Reals:
    """Noise with a slope between brown and slightly blue, and up to four resonances."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    hertz = np.linspace(1, rate_hz / 2, len(spectrum))
    gain_db = rng.uniform(-9, 1) * np.log2(np.maximum(hertz, 50) / 50)
    for _ in range(rng.integers(5)):
        centre_hz, octaves = rng.uniform(80, 0.45 * rate_hz), rng.uniform(0.05, 0.8)
        gain_db += rng.uniform(3, 25) * np.exp(-0.5 * (np.log2(hertz / centre_hz) / octaves) ** 2)
    return _normal(np.fft.irfft(spectrum * 10 ** (gain_db / 20), length))


def _swell(length: int, rate_hz: int, rng: np.random.Generator, per_second: float, depth_db: float) -> Reals:
    """A factor that varies smoothly, through `per_second` random levels with a standard deviation of `depth_db`."""
    knots = max(2, round(length / rate_hz * per_second) + 1)
    levels_db = rng.normal(0, depth_db, knots)
    return 10 ** (np.interp(np.linspace(0, knots - 1, length), np.arange(knots), levels_db) / 20)


def _harmonics(pitch_hz: Reals, rate_hz: int, slope: float, rng: np.random.Generator) -> Reals:
    """Tone of a pitch, shape (samples,); overtone n is weaker by n to the power of the slope."""
    phase = 2 * np.pi * np.cumsum(pitch_hz) / rate_hz
    most = int(min(24, 0.45 * rate_hz / max(pitch_hz.max(), 1.0)))
    made = np.zeros(len(pitch_hz))
    for number in range(1, max(2, most + 1)):
        made += rng.uniform(0.2, 1) * np.sin(number * phase + rng.uniform(0, 6.28)) / number**slope
    return made


def _convolved(one: Reals, other: Reals) -> Reals:
    size = len(one) + len(other)
    return np.fft.irfft(np.fft.rfft(one, size) * np.fft.rfft(other, size), size)[: len(one)]


def _normal(sound: Reals) -> Reals:
    """Scale to a root mean square of -20 dBFS."""
    return sound * (0.1 / max(float(np.sqrt(np.mean(np.square(sound)))), 1e-9))
