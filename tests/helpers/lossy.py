"""Recordings in formats that FFmpeg writes."""

import subprocess

import numpy as np
import pytest
import soundfile


def noisy_tone(seconds, rate_hz, channels=1):
    """A tone that rises, and some noise: shape (samples, channels)."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    noise = np.random.default_rng(0).standard_normal(len(time_s))
    sound = 0.3 * np.sin(2 * np.pi * (300 + 50 * time_s) * time_s) + 0.05 * noise
    return np.stack([sound] * channels, axis=1)


def encoded(path, seconds, rate_hz, channels=1, options=()):
    """Write a recording; returns its bytes. Without FFmpeg, the test is skipped."""
    wav = path.with_name("encoded.wav")
    soundfile.write(wav, noisy_tone(seconds, rate_hz, channels), rate_hz)
    try:
        subprocess.run(["ffmpeg", "-loglevel", "error", "-y", "-i", wav, *options, path], check=True)
    except FileNotFoundError:
        pytest.skip("ffmpeg makes this recording")
    wav.unlink()
    return path.read_bytes()
