"""Sound cards: listing input devices, and finding one by number or name."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from types import ModuleType
from typing import cast

from whipbird.errors import SourceError

__all__ = ["Device", "find_device", "input_devices", "opened", "portaudio", "rescan", "stream_lock"]

stream_lock = threading.RLock()
"""PortAudio opens and closes streams and looks for devices on one thread at a time."""

_open_streams = 0


@dataclass(frozen=True, slots=True)
class Device:
    """An input device.

    Attributes
    ----------
    number : int
        PortAudio's number.
    name, host : str
        Its name and that of the sound system it belongs to.
    channels, rate_hz : int
        Most input channels, and the rate it runs at by itself.
    default : bool
        Whether it is what is used when none is named.
    """

    number: int
    name: str
    host: str
    channels: int
    rate_hz: int
    default: bool


def portaudio() -> ModuleType:
    """The `sounddevice` module.

    Raises
    ------
    SourceError
        If the PortAudio library is missing.
    """
    try:
        import sounddevice
    except OSError as error:
        raise SourceError(
            "the PortAudio library is not installed (Debian and Ubuntu: apt install libportaudio2)"
        ) from error
    except Exception as error:  # PortAudioError, which cannot be imported when this fails
        raise SourceError(f"the sound system cannot be used: {error}") from error
    return cast(ModuleType, sounddevice)


def input_devices() -> list[Device]:
    """All devices that can record."""
    sd = portaudio()
    try:
        default = sd.default.device[0]
        hosts = [host["name"] for host in sd.query_hostapis()]
        infos = list(sd.query_devices())
    except sd.PortAudioError as error:
        raise SourceError(f"the sound system cannot be used: {error}") from error
    return [
        Device(
            number=info["index"],
            name=info["name"],
            host=hosts[info["hostapi"]],
            channels=info["max_input_channels"],
            rate_hz=round(info["default_samplerate"]),
            default=info["index"] == default,
        )
        for info in infos
        if info["max_input_channels"] > 0
    ]


def find_device(wanted: str | None) -> Device:
    """The device with a number, or whose name holds the wanted text (whatever its case); None is the default one.

    Raises
    ------
    SourceError
        If there is none, or more than one.
    """
    devices = input_devices()
    if not devices:
        raise SourceError("no microphone: the system has no device that can record")
    if wanted is None:
        return next((device for device in devices if device.default), devices[0])
    if wanted.isdecimal():
        found = [device for device in devices if device.number == int(wanted)]
    else:
        found = [device for device in devices if wanted.lower() in device.name.lower()]
        exact = [device for device in found if device.name.lower() == wanted.lower()]
        # The same microphone appears once for each sound system; the default one's is meant.
        host = next((device.host for device in devices if device.default), None)
        preferred = [device for device in exact or found if device.host == host]
        found = preferred or exact or found
    if not found:
        raise SourceError(f"no recording device {wanted!r}; 'whipbird devices' lists them")
    if len(found) > 1:
        names = ", ".join(f"{device.number} {device.name}" for device in found)
        raise SourceError(f"{wanted!r} may be any of: {names}; use the number")
    return found[0]


def opened(change: int) -> None:
    """So many more streams are open, or with -1 one less."""
    global _open_streams
    with stream_lock:
        _open_streams += change


def rescan() -> None:
    """Look for devices anew; PortAudio does so only when it starts. That ends all streams, so not while one is open."""
    sd = portaudio()
    with stream_lock:
        if _open_streams:
            return
        try:
            sd._terminate()
            sd._initialize()
        except sd.PortAudioError as error:
            raise SourceError(f"the sound system cannot be used: {error}") from error
