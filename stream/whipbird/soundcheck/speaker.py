"""A loudspeaker: any output device of PortAudio. `rtmixer` plays from C, so that the time of playing is known."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from whipbird.arrays import Reals
from whipbird.errors import OutputError
from whipbird.sources.devices import portaudio

__all__ = ["Speaker"]

LATENCY_S = 0.06
POLL_S = 0.02
PATIENCE_S = 3.0  # beyond the length of a sound, after which playing counts as stuck


class Speaker:
    """An open output device. Use it as a context manager.

    Parameters
    ----------
    device : str, optional
        Number or part of the name; by default the system's.
    rate_hz : int, optional
        By default that of the device.

    Raises
    ------
    OutputError
        If there is no such device, or it cannot be opened.

    Attributes
    ----------
    name : str
    rate_hz : int
    """

    def __init__(self, device: str | None = None, rate_hz: int | None = None) -> None:
        sd = portaudio()
        output = _find(device)
        import rtmixer  # needs PortAudio

        self.name, self.rate_hz = output["name"], rate_hz or round(output["default_samplerate"])
        try:
            self._mixer: Any = rtmixer.Mixer(
                device=output["index"], channels=1, samplerate=self.rate_hz, latency=LATENCY_S
            )
            self._mixer.start()
        except sd.PortAudioError as error:
            raise OutputError(f"{self.name}: cannot be opened for playback ({error})") from error

    def __enter__(self) -> Speaker:
        return self

    def __exit__(self, *_: object) -> None:
        self._mixer.close()

    def play(self, sound: Reals) -> float:
        """Play a sound, shape (n,), to its end.

        Returns
        -------
        float
            When the first sample was played, by `time.monotonic`, as far as the sound system knows.

        Raises
        ------
        OutputError
            If the device does not play.
        """
        samples = np.ascontiguousarray(sound, np.float32)
        action = self._mixer.play_buffer(samples, channels=1)
        deadline_s = time.monotonic() + len(samples) / self.rate_hz + PATIENCE_S
        while action in self._mixer.actions:
            if time.monotonic() > deadline_s or not self._mixer.active:
                raise OutputError(f"{self.name}: does not play; check the device, or choose another")
            time.sleep(POLL_S)
        start_s = float(action.actual_time) + time.monotonic() - float(self._mixer.time)
        # Wait until the device has played its buffer.
        time.sleep(max(0.0, start_s + len(samples) / self.rate_hz - time.monotonic()))
        return start_s


def _find(wanted: str | None) -> dict[str, Any]:
    """PortAudio's description of an output device."""
    sd = portaudio()
    try:
        default = sd.default.device[1]
        infos: list[dict[str, Any]] = [info for info in sd.query_devices() if info["max_output_channels"] > 0]
    except sd.PortAudioError as error:
        raise OutputError(f"the sound system cannot be used: {error}") from error
    if not infos:
        raise OutputError("no loudspeaker: the system has no output device")
    if wanted is None:
        found = [info for info in infos if info["index"] == default] or infos[:1]
    elif wanted.isdecimal():
        found = [info for info in infos if info["index"] == int(wanted)]
    else:
        found = [info for info in infos if wanted.lower() in info["name"].lower()]
    if not found:
        names = ", ".join(f"{info['index']} {info['name']}" for info in infos)
        raise OutputError(f"no output device {wanted!r}; available: {names}")
    return found[0]
