"""Measure how a microphone records a sound that was played to it.

The recording contains some quiet, and later the sound: a click, a pause, and a sweep over all frequencies. The sound is
found by generalised cross-correlation with phase transform (Knapp and Carter, 1976), which gives a sharp peak whatever
loudspeaker, room and microphone do to the spectrum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from whipbird.arrays import Doubles, Floats
from whipbird.measures.levels import dbfs
from whipbird.measures.spectra import Spectra
from whipbird.soundcheck import tones

__all__ = ["Measurement", "Stimulus", "measure", "stimulus"]

LOWEST_HZ = 50.0
HIGHEST_SHARE = 0.475  # highest frequency of the sweep, as a share of the sample rate
CLICK_PAUSE_S, SWEEP_S, FADE_S = 0.4, 1.5, 0.01
LEAST_PROMINENCE = 8.0  # peak of the correlation over its root mean square, for the sound to count as found
EXCESS = 10 ** (10 / 10)  # power relative to the quiet, for a frequency to count as recorded
EVERY_S = 0.01  # step at which delays are measured; sound comes in blocks, whose first samples wait longest
SMOOTHED = 9  # bins over which spectra are smoothed
LEAST_NOISE = 1e-14  # power of the quiet at least: -140 dB, used for digital silence


@dataclass(frozen=True, eq=False)
class Stimulus:
    """Sound to play.

    Attributes
    ----------
    sound : array, shape (n,)
    rate_hz : int
    sweep_start : int
        First sample of the sweep.
    highest_hz : float
        Last and highest frequency of the sweep.
    """

    sound: Floats
    rate_hz: int
    sweep_start: int
    highest_hz: float

    def moments_s(self) -> list[float]:
        """Moments from start to end of the sound at which delays are measured."""
        return [float(moment) for moment in np.arange(0, len(self.sound) / self.rate_hz, EVERY_S)]


@dataclass(frozen=True, slots=True)
class Measurement:
    """Measurement of the recorded sound.

    Attributes
    ----------
    prominence : float
        Peak of the correlation with the played sound, relative to its root mean square.
    found : bool
        Whether the peak is too high to be chance.
    start : int
        First sample of the sound in the recording.
    level_dbfs, noise_dbfs : float or None
        Root mean square of the recorded sweep, and of the quiet before the sound; None for digital silence.
    peak_dbfs : float or None
        Peak of click and sweep.
    band_hz : (float, float) or None
        Lowest and highest frequency at which the sweep exceeds the quiet by 10 dB.
    """

    prominence: float
    found: bool
    start: int
    level_dbfs: float | None
    noise_dbfs: float | None
    peak_dbfs: float | None
    band_hz: tuple[float, float] | None


def stimulus(rate_hz: int, level_dbfs: float, recorded_at_hz: int) -> Stimulus:
    """A click, a pause, and a sweep up to what the sample rates of loudspeaker and microphone allow."""
    highest_hz = HIGHEST_SHARE * min(rate_hz, recorded_at_hz)
    click = tones.clicks(1.0, CLICK_PAUSE_S, rate_hz)
    sweep = tones.faded(tones.sweep(LOWEST_HZ, highest_hz, SWEEP_S, rate_hz), FADE_S, rate_hz)
    sound = tones.at_level(np.concatenate((click, sweep)), level_dbfs).astype(np.float32)
    return Stimulus(sound, rate_hz, len(click), highest_hz)


def measure(recording: Floats, rate_hz: int, quiet: int, played: Stimulus) -> Measurement:
    """Find the played sound in a recording, and measure it.

    Parameters
    ----------
    recording : array, shape (n,)
        Its DC offset before playing has been removed.
    rate_hz : int
        Sample rate of the recording.
    quiet : int
        Number of samples at its start that were recorded before playing.
    played : Stimulus
    """
    import soxr

    sound = played.sound
    if played.rate_hz != rate_hz:
        sound = soxr.resample(sound, played.rate_hz, rate_hz)
    start, prominence = _find(recording, sound)
    noise = recording[:quiet]
    sweep_start = start + round(played.sweep_start * rate_hz / played.rate_hz)
    sweep = recording[sweep_start : sweep_start + round(SWEEP_S * rate_hz)]
    found = prominence >= LEAST_PROMINENCE and len(sweep) > 0
    return Measurement(
        prominence=prominence,
        found=found,
        start=start,
        level_dbfs=dbfs(_rms(sweep)) if found else None,
        noise_dbfs=dbfs(_rms(noise)),
        peak_dbfs=dbfs(float(np.abs(recording[start : start + len(sound)]).max())) if found else None,
        band_hz=_band_hz(sweep, noise, rate_hz, played.highest_hz) if found else None,
    )


def _find(recording: Floats, sound: Floats) -> tuple[int, float]:
    """First sample of a sound in a recording, and the prominence of the correlation there."""
    size = 1 << (len(recording) + len(sound)).bit_length()
    cross = np.fft.rfft(recording, size) * np.conj(np.fft.rfft(sound, size))
    magnitude = np.abs(cross)
    # Frequencies that were not played or not recorded have a random phase.
    weight = magnitude > 1e-3 * magnitude.max()
    correlation = np.fft.irfft(np.where(weight, cross / np.maximum(magnitude, 1e-30), 0), size)[: len(recording)]
    start = int(np.argmax(correlation))
    spread = float(np.sqrt(np.mean(np.square(correlation))))
    return start, float(correlation[start] / spread) if spread else 0.0


def _band_hz(sweep: Floats, noise: Floats, rate_hz: int, highest_hz: float) -> tuple[float, float] | None:
    recorded, quiet = (_mean_power(part, rate_hz) for part in (sweep, noise))
    frequencies_hz = np.linspace(0, rate_hz / 2, len(recorded))
    played = (frequencies_hz >= LOWEST_HZ) & (frequencies_hz <= highest_hz)
    above = frequencies_hz[played & (recorded > EXCESS * np.maximum(quiet, LEAST_NOISE))]
    return (float(above[0]), float(above[-1])) if len(above) else None


def _mean_power(sound: Floats, rate_hz: int) -> Doubles:
    spectra = Spectra(rate_hz, None)
    spectra.push(np.ascontiguousarray(sound))
    spectra.finish()
    return np.convolve(spectra.mean(), np.ones(SMOOTHED) / SMOOTHED, mode="same")


def _rms(sound: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else 0.0
