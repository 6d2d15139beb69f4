"""The self-test: play a click and a sweep, record them, and measure the recording and the delay."""

from __future__ import annotations

from typing import Any

from whipbird.errors import SourceError
from whipbird.soundcheck.measure import measure, stimulus
from whipbird.soundcheck.recorder import Recorder
from whipbird.soundcheck.speaker import Speaker
from whipbird.sources.microphone import Microphone

__all__ = ["run_self_test"]

QUIET_S = 1.0  # recorded before playing
REST_S = 1.0  # recorded after playing, for sound that is still on its way
PATIENCE_S = 5.0  # extra time to wait for sound


def run_self_test(
    device: str | None, channel: int, output: str | None, level_dbfs: float
) -> tuple[dict[str, Any], bool]:
    """Play, record and measure.

    Parameters
    ----------
    device : str or None
        Microphone: number or part of its name; None is the default one.
    channel : int
        Channel of the microphone, counted from 1.
    output : str or None
        Loudspeaker: number or part of its name; None is the default one.
    level_dbfs : float
        Peak level of the played sound.

    Returns
    -------
    facts : dict
        What was measured, by the keys of ``whipbird selftest --json``.
    any_sound : bool
        False if the recording is digital silence.

    Raises
    ------
    SourceError
        If the microphone cannot be opened or gives no sound.
    OutputError
        If the loudspeaker cannot be opened or does not play.
    """
    microphone = Microphone(device, channel)
    microphone.open()
    try:
        rate_hz = microphone.rate_hz
        with Speaker(output) as speaker, Recorder(microphone, channel) as recorder:
            if not recorder.wait_for(1, PATIENCE_S):
                raise SourceError(f"{microphone.name}: delivers no sound within {PATIENCE_S:g} s")
            recorder.wait_for(recorder.count + round(QUIET_S * rate_hz), QUIET_S + PATIENCE_S)
            quiet = recorder.count
            played = stimulus(speaker.rate_hz, level_dbfs, rate_hz)
            play_start_s = speaker.play(played.sound)
            recorder.wait_for(recorder.count + round(REST_S * rate_hz), REST_S + PATIENCE_S)
            recording = recorder.recording()
    finally:
        microphone.close()
    offset = float(recording[:quiet].mean())
    measured = measure(recording - recording.dtype.type(offset), rate_hz, quiet, played)
    delays_s = [
        recorder.arrival_s(measured.start + round(at_s * rate_hz)) - play_start_s - at_s for at_s in played.moments_s()
    ]
    delay_s = sum(delays_s) / len(delays_s) if measured.found else None
    facts = {
        "microphone": microphone.name,
        "loudspeaker": speaker.name,
        "rate_hz": rate_hz,
        "works": measured.found,
        "level_dbfs": measured.level_dbfs,
        "peak_dbfs": measured.peak_dbfs,
        "noise_floor_dbfs": measured.noise_dbfs,
        "dc_offset": offset,
        "band_hz": measured.band_hz,
        "delay_s": delay_s,
        "longest_delay_s": max(delays_s) if measured.found else None,
        "lost_s": recorder.lost / rate_hz,
    }
    return facts, bool(recording.any())
