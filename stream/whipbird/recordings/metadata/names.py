"""Read the start of a recording from its file name.

- AudioMoth: ``20210719_210000.WAV``, triggered ``20210719_210000T.WAV``, also with the recorder's number in front
  (``24E144055DA1DC61_``); its first firmware ``5B9D1E40.WAV``, seconds since 1970 as a hexadecimal number;
- Song Meter: ``PREFIX_20210719_210000.wav``, with GPS ``PREFIX_20210719$210000.wav``, with channels and milliseconds
  ``PREFIX_0+1_20210719_210000_000.wav``;
- Frontier Labs and others, with zone: ``20210719T210000+1000_REC.flac``, ``SITE_20210719_210000_-0300.wav``,
  ``SITE_20210719T210000-03.wav``, ``2021-07-19T21_00_00Z.wav``; with a space for the day's zero
  (``201904 8T060000+1000_REC.wav``); with start and end (``S20210719T210000000+1000_E20210719T220000000+1000.wav``);
- SoundTrap: ``5390.210719210000.wav``, its number and a year of two digits;
- BirdNET-Pi: ``2021-07-19-birdnet-21:00:00.wav``;
- phones: ``Voice 210719_210000.m4a``, ``Recording 2021-07-19 at 9.00.00 PM.m4a``, ``20210719 210000-1A2B3C4D.m4a``.

Dates without time, and times without seconds, are ignored: they may be serial numbers (``20210719_0001.wav``). Of
several times in a name, the first counts. Dates that start with the day, or have a year of two digits, are read only in
names that one device writes: ``05-01-2021`` may be 1 May, and ``240501`` 24 May 2001.
"""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from pathlib import PurePath

from whipbird.recordings.metadata.zones import UTC, from_offset, localise

__all__ = ["time_in_name"]

DATE_AND_TIME = re.compile(
    r"""(?<!\d)
    (?P<year>(?:19|20)\d\d) (?P<dash>[-_.]?) (?P<month>0[1-9]|1[0-2]) (?P=dash) (?P<day>0[1-9]|[12]\d|3[01]|\ [1-9])
    (?P<between>[T_$\ -]|-birdnet-(?:RTSP_\d+-)?|[\ _]at[\ _])?
    (?P<hour>[01]\d|2[0-3]|(?<=at[\ _])\d) (?P<colon>[-_.:]?) (?P<minute>[0-5]\d) (?P=colon) (?P<second>[0-5]\d)
    (?:[._,]?(?P<fraction>\d{6}|\d{3})(?!\d)
       |[.,](?P<other_fraction>\d{1,9})(?=Z|[+-]\d\d))?
    (?:[\ _\u00a0\u202f]?(?P<half>[AaPp])[Mm](?![A-Za-z0-9]))?
    (?:(?P<utc>Z|[-_\ ]?(?i:UTC|GMT)(?:(?P<utc_sign>[+-])(?P<utc_hours>\d{1,2})(?::?(?P<utc_minutes>\d\d))?)?)
          (?![A-Za-z0-9+-])
       |(?:_|\ (?=.\d{4}))?
          (?P<sign>[+-])(?![0-9A-F]{8}(?![0-9A-F]))  # not the number that a phone adds
          (?P<hours>\d\d)(?:(?P<separator>[:_]?)(?P<minutes>\d\d)|(?![A-Za-z0-9.])))?
    (?!\d)""",
    re.VERBOSE | re.ASCII,
)
# Only with what no other recorder writes: its number, or a letter after the time.
AUDIOMOTH = re.compile(
    r"(?:.*[^A-Za-z0-9])?(?:[0-9A-F]{16}_\d{8}_\d{6}(?:T|_SYNC)?|\d{8}_\d{6}(?:T|_SYNC))", re.ASCII | re.DOTALL
)
SHORT_YEAR = re.compile(
    r"(?<!\d)\d{3,}\.(?P<soundtrap>\d{12})(?!\d)|\bVoice[ _](?P<date>\d{6})_(?P<time>\d{6})(?!\d)", re.ASCII
)
HEXADECIMAL = re.compile(r"[0-9A-F]{8}", re.ASCII)
FIRST_AUDIOMOTH = datetime(2017, 1, 1, tzinfo=UTC).timestamp()
LAST_SECOND = 2**31  # in 2038; dates without time (20210719) are lower numbers than the first AudioMoth's


def time_in_name(path: str, zone: tzinfo | None = None) -> datetime | None:
    """The time in a file name, with zone; None if there is none.

    Parameters
    ----------
    path : str
    zone : tzinfo, optional
        Zone of names without one. By default the system's, because recorders are set to local time; UTC for names that
        only an AudioMoth writes, because that is its factory setting.

    Raises
    ------
    OverflowError, OSError, ValueError
        As `localise`.
    """
    name = PurePath(path).stem
    if HEXADECIMAL.fullmatch(name):
        seconds = int(name, 16)
        return datetime.fromtimestamp(seconds, UTC) if FIRST_AUDIOMOTH <= seconds < LAST_SECOND else None
    if AUDIOMOTH.fullmatch(name) and zone is None:
        zone = UTC
    for match in DATE_AND_TIME.finditer(name):
        if (time := _time(_digits(match), match["fraction"] or match["other_fraction"] or "0")) is not None:
            return localise(time, _zone(match) or zone)
    short = SHORT_YEAR.search(name)
    time = None if short is None else _time("20" + "".join(filter(None, short.groups())), "0")
    return None if time is None else localise(time, zone)


def _digits(match: re.Match[str]) -> str:
    """The digits ``YYYYMMDDHHMMSS`` of a name, by a clock of 24 hours."""
    hour = int(match["hour"])
    if match["half"] and match["colon"] and 1 <= hour <= 12:  # without colons, PM is rather a place
        hour = hour % 12 + (12 if match["half"] in "Pp" else 0)
    date = "".join(match.group("year", "month", "day")).replace(" ", "0")
    return f"{date}{hour:02}{match['minute']}{match['second']}"


def _time(digits: str, fraction: str) -> datetime | None:
    """The time of the digits ``YYYYMMDDHHMMSS`` and those of a fraction; None if there is no such time."""
    month, day, hour, minute, second = (int(digits[begin : begin + 2]) for begin in range(4, 14, 2))
    try:
        return datetime(int(digits[:4]), month, day, hour, minute, second, int(fraction[:6].ljust(6, "0")))
    except ValueError:  # 31 February
        return None


def _zone(match: re.Match[str]) -> tzinfo | None:
    """The zone in a name; None for a number that cannot be an offset."""
    if match["utc"]:
        offset = match.group("utc_sign", "utc_hours", "utc_minutes")
        return from_offset(*offset) if match["utc_sign"] else UTC
    sign, minutes = match["sign"], match["minutes"]
    if not sign:
        return None
    if match["separator"] == "_" and match["colon"] != "_":
        minutes = None  # a number after the offset: -09_12
    if sign == "-" and minutes is None and "-" in (match["between"], match["colon"]):
        return None  # one more number after hyphens: 20210719-210000-02
    return from_offset(sign, match["hours"], minutes)
