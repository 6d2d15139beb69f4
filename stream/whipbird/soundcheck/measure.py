"""What a microphone makes of a sound that was played to it.

The recording holds some quiet, then the sound, somewhere: a click, a pause, and a sweep over all frequencies. The sweep
is found by generalised cross-correlation with phase transform (Knapp and Carter, 1976), which gives a sharp peak
whatever loudspeaker, room and microphone do to the spectrum.
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
HIGHEST_SHARE = 0.475  # of the rate
CLICK_PAUSE_S, SWEEP_S, FADE_S = 0.4, 1.5, 0.01
LEAST_PROMINENCE = 8.0  # of the correlation's peak over its root mean square, to be no accident
EXCESS = 10 ** (10 / 10)  # power over that of the quiet, for a frequency to count as heard
EVERY_S = 0.01  # delays are looked at; sound comes in blocks, whose begins wait longest
SMOOTHED = 9  # bins
LEAST_NOISE = 1e-14  # power: -140 dB, where the quiet is digital silence


@dataclass(frozen=True, eq=False)
class Stimulus:
    """What is played.

    Attributes
    ----------
    sound : array, shape (n,)
    sweep_begin : int
        Where the sweep begins, in samples.
    highest_hz : float
        Where it ends.
    """

    sound: Floats
    rate_hz: int
    sweep_begin: int
    highest_hz: float

    def moments_s(self) -> list[float]:
        """Moments from its begin to its end, at which delays are looked at."""
        return [float(moment) for moment in np.arange(0, len(self.sound) / self.rate_hz, EVERY_S)]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was heard.

    Attributes
    ----------
    prominence : float
        How far the correlation with what was played stands out.
    found : bool
        Whether that is no accident.
    begin : int
        Where the sound begins in the recording.
    level_dbfs, noise_dbfs : float or None
        Root mean square of the sweep as heard, and of the quiet before; None for digital silence.
    peak_dbfs : float or None
        Of the click and the sweep.
    band_hz : (float, float) or None
        Lowest and highest frequency at which the sweep stands out of the quiet by 10 dB.
    """

    prominence: float
    found: bool
    begin: int
    level_dbfs: float | None
    noise_dbfs: float | None
    peak_dbfs: float | None
    band_hz: tuple[float, float] | None


def stimulus(rate_hz: int, level_dbfs: float, heard_at_hz: int) -> Stimulus:
    """A click, a pause, and a sweep up to where loudspeaker and microphone can go by their rates."""
    highest_hz = HIGHEST_SHARE * min(rate_hz, heard_at_hz)
    click = tones.clicks(1.0, CLICK_PAUSE_S, rate_hz)
    sweep = tones.faded(tones.sweep(LOWEST_HZ, highest_hz, SWEEP_S, rate_hz), FADE_S, rate_hz)
    sound = tones.at_level(np.concatenate((click, sweep)), level_dbfs).astype(np.float32)
    return Stimulus(sound, rate_hz, len(click), highest_hz)


def measure(recording: Floats, rate_hz: int, quiet: int, played: Stimulus) -> Measurement:
    """Find what was played in a recording, and measure it.

    Parameters
    ----------
    recording : array, shape (n,)
        Direct current, as it was before playing, has been taken away.
    rate_hz : int
        Of the recording.
    quiet : int
        So many samples at its begin are from before playing.
    """
    import soxr

    sound = played.sound
    if played.rate_hz != rate_hz:
        sound = soxr.resample(sound, played.rate_hz, rate_hz)
    place, prominence = _place(recording, sound)
    noise = recording[:quiet]
    sweep_begin = place + round(played.sweep_begin * rate_hz / played.rate_hz)
    sweep = recording[sweep_begin : sweep_begin + round(SWEEP_S * rate_hz)]
    found = prominence >= LEAST_PROMINENCE and len(sweep) > 0
    return Measurement(
        prominence=prominence,
        found=found,
        begin=place,
        level_dbfs=dbfs(_rms(sweep)) if found else None,
        noise_dbfs=dbfs(_rms(noise)),
        peak_dbfs=dbfs(float(np.abs(recording[place : place + len(sound)]).max())) if found else None,
        band_hz=_band_hz(sweep, noise, rate_hz, played.highest_hz) if found else None,
    )


def _place(recording: Floats, sound: Floats) -> tuple[int, float]:
    """Where a sound begins, and how far the correlation there stands out."""
    size = 1 << (len(recording) + len(sound)).bit_length()
    cross = np.fft.rfft(recording, size) * np.conj(np.fft.rfft(sound, size))
    magnitude = np.abs(cross)
    # Frequencies that were not played, or not heard, have a phase by accident.
    weight = magnitude > 1e-3 * magnitude.max()
    correlation = np.fft.irfft(np.where(weight, cross / np.maximum(magnitude, 1e-30), 0), size)[: len(recording)]
    place = int(np.argmax(correlation))
    spread = float(np.sqrt(np.mean(np.square(correlation))))
    return place, float(correlation[place] / spread) if spread else 0.0


def _band_hz(sweep: Floats, noise: Floats, rate_hz: int, highest_hz: float) -> tuple[float, float] | None:
    heard, quiet = (_mean_power(part, rate_hz) for part in (sweep, noise))
    frequencies_hz = np.linspace(0, rate_hz / 2, len(heard))
    played = (frequencies_hz >= LOWEST_HZ) & (frequencies_hz <= highest_hz)
    above = frequencies_hz[played & (heard > EXCESS * np.maximum(quiet, LEAST_NOISE))]
    return (float(above[0]), float(above[-1])) if len(above) else None


def _mean_power(sound: Floats, rate_hz: int) -> Doubles:
    spectra = Spectra(rate_hz, None)
    spectra.push(np.ascontiguousarray(sound))
    spectra.finish()
    return np.convolve(spectra.mean(), np.ones(SMOOTHED) / SMOOTHED, mode="same")


def _rms(sound: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else 0.0
