"""Read the comment that an AudioMoth writes into its recordings, a sentence for people.

``Recorded at 21:00:00 19/07/2021 (UTC) by AudioMoth 24E144055DA1DC61 at medium gain while battery was 4.1V and
temperature was 18.5C.`` The firmware's versions (https://github.com/OpenAcousticDevices/AudioMoth-Firmware-Basic) word
it differently, so each fact is searched for by itself. The start comes first in all of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from whipbird.recordings.metadata.zones import UTC, from_offset

__all__ = ["AudioMothComment", "from_comment"]

STARTED = re.compile(
    r"Recorded at (?P<time>\d\d:\d\d:\d\d(?:\.\d{3})? \d\d/\d\d/\d{4})"
    r"(?: \(UTC(?:(?P<sign>[+-])(?P<hours>\d{1,2})(?::(?P<minutes>\d\d))?)?\))?",
    re.ASCII,
)
DEVICE = re.compile(r" by AudioMoth ([0-9A-F]{16})\b")
DEPLOYMENT = re.compile(r" during deployment ([0-9A-F]{16})\b")
GAIN = re.compile(r" at (?:gain setting (\d)|([a-z-]+) gain)\b")
BATTERY = re.compile(r" battery (?:state )?was (?:less than |greater than |[<>] ?)?(\d\.\d)V")
TEMPERATURE = re.compile(r" temperature was (-?\d{1,3}\.\d)C")
TRIGGER = re.compile(r" (?:Amplitude threshold|Frequency trigger \([^)]*\) threshold) was ")
STOPPED = re.compile(r" Recording (?:cancelled before completion|stopped) (?:due to|by) ([^.]+)\.")


@dataclass(frozen=True, slots=True)
class AudioMothComment:
    """An AudioMoth's notes about a recording.

    Attributes
    ----------
    start : datetime
        With zone: the first firmware names none, and its clock is in UTC.
    device, deployment : str
        Numbers of the recorder and of the deployment; firmware writes one or the other.
    gain : str
        ``low`` to ``high``; the first firmware numbers them from 0 to 4.
    battery_v : float or None
        In volts; outside its range (2.5 or 3.6 to 4.9), the limit.
    temperature_c : float or None
        Inside the recorder, in degrees Celsius.
    external_microphone : bool
    stopped : str
        Why it ended early: ``low voltage``, ``switch position change``, ``file size limit``, …
    triggered : bool
        Whether a trigger was set, so that quiet sound may be left out, see `whipbird.recordings.triggered`.
    """

    start: datetime
    device: str = ""
    deployment: str = ""
    gain: str = ""
    battery_v: float | None = None
    temperature_c: float | None = None
    external_microphone: bool = False
    stopped: str = ""
    triggered: bool = False


def from_comment(comment: str) -> AudioMothComment | None:
    """Read a comment; None if it is not an AudioMoth's."""
    match = STARTED.match(comment)
    if match is None:
        return None
    zone = from_offset(match["sign"], match["hours"], match["minutes"]) if match["sign"] else UTC
    try:
        start = datetime.strptime(
            match["time"], "%H:%M:%S.%f %d/%m/%Y" if "." in match["time"] else "%H:%M:%S %d/%m/%Y"
        )
    except ValueError:
        return None
    if zone is None:
        return None
    rest = comment[match.end() :]
    battery, temperature = _first(BATTERY, rest), _first(TEMPERATURE, rest)
    return AudioMothComment(
        start=start.replace(tzinfo=zone),
        device=_first(DEVICE, rest),
        deployment=_first(DEPLOYMENT, rest),
        gain=_first(GAIN, rest),
        battery_v=float(battery) if battery else None,
        temperature_c=float(temperature) if temperature else None,
        external_microphone="using external microphone" in rest,
        stopped=_first(STOPPED, rest),
        triggered=TRIGGER.search(rest) is not None,
    )


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return next(filter(None, match.groups()), "") if match else ""
