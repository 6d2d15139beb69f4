"""Sound cards: list input devices, find one by number or name, and find one again.

Numbers are only for choosing: PortAudio counts anew whenever devices come or go.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from types import ModuleType
from typing import cast

from whipbird.errors import SourceError

__all__ = [
    "Device",
    "count_streams",
    "find_again",
    "find_device",
    "input_devices",
    "portaudio",
    "rescan",
    "stream_lock",
]

stream_lock = threading.RLock()
"""PortAudio may open or close streams, or look for devices, on only one thread at a time."""

_open_streams = 0
PLACE = re.compile(r" \(hw:\d+,\d+\)")  # in the names that ALSA gives, and another when a device is plugged in again


@dataclass(frozen=True, slots=True)
class Device:
    """An input device.

    Attributes
    ----------
    number : int
        PortAudio's number.
    name, host : str
        Name of the device, and of the sound system that it belongs to.
    channels, rate_hz : int
        Number of input channels, and default sample rate.
    default : bool
        Whether it is the system's default.
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
    """The device with this number, or with this text in its name (ignoring case); None for the default device.

    Raises
    ------
    SourceError
        If no device matches, or several do.
    """
    devices = input_devices()
    if not devices:
        raise SourceError(
            "no microphone: the system has no device that can record; connect one, or type: whipbird replay --demo"
        )
    if wanted is None:
        return next((device for device in devices if device.default), devices[0])
    if wanted.isdecimal():
        found = [device for device in devices if device.number == int(wanted)]
    else:
        found = [device for device in devices if wanted.lower() in device.name.lower()]
        exact = [device for device in found if device.name.lower() == wanted.lower()]
        # A microphone is listed once for each sound system; the one of the default system is meant.
        host = next((device.host for device in devices if device.default), None)
        preferred = [device for device in exact or found if device.host == host]
        found = preferred or exact or found
    if not found:
        raise SourceError(f"no recording device {wanted!r}; 'whipbird devices' lists them")
    if len(found) > 1:
        names = ", ".join(f"{device.number} {device.name}" for device in found)
        raise SourceError(f"{wanted!r} matches several devices: {names}; use the number")
    return found[0]


def find_again(known: Device) -> Device:
    """A device that was found before, by its name and host; its number may be another one by now.

    Devices of the same name cannot be told apart; of several, the one with the same number is preferred.

    Raises
    ------
    SourceError
        If it is not there.
    """
    there = [device for device in input_devices() if device.host == known.host]
    same = [device for device in there if device.name == known.name]
    if not same:
        same = [device for device in there if PLACE.sub("", device.name) == PLACE.sub("", known.name)]
    if not same:
        raise SourceError(f"{known.name}: is not there")
    return next((device for device in same if device.number == known.number), same[0])


def count_streams(change: int) -> None:
    """Add to the number of open streams: 1 after opening a stream, -1 after closing one."""
    global _open_streams
    with stream_lock:
        _open_streams += change


def rescan() -> None:
    """Look for devices again. PortAudio does so only when it starts, which ends all streams: skipped if any is open."""
    sd = portaudio()
    with stream_lock:
        if _open_streams:
            return
        try:
            sd._terminate()
            sd._initialize()
        except sd.PortAudioError as error:
            raise SourceError(f"the sound system cannot be used: {error}") from error
