"""Times, counts and names as text for people."""

from __future__ import annotations

from unicodedata import category

__all__ = ["as_text", "clock_time", "counted", "message", "one_line", "short_time", "shortened"]

CONTROL = frozenset({"Cc", "Cf", "Zl", "Zp"})  # Unicode categories: control, format, and separators of lines
LONGEST_MESSAGE = 1000  # characters: a damaged file can hold a name or a number of any length
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400


def clock_time(seconds: float, decimals: int = 0) -> str:
    """A time from the start of a source, or a length of time, as ``h:mm:ss`` with these decimals of a second."""
    units = 10**decimals
    whole, fraction = divmod(round(seconds * units), units)
    text = f"{whole // HOUR_S}:{whole // MINUTE_S % 60:02}:{whole % 60:02}"
    return f"{text}.{fraction:0{decimals}}" if decimals else text


def short_time(seconds: float) -> str:
    """A length of time in the unit that suits it: ``2.5 s``, ``12:04``, ``3:12:04``, ``2 d 3 h``."""
    if seconds < MINUTE_S:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < HOUR_S:
        return f"{whole // MINUTE_S}:{whole % 60:02}"
    return clock_time(whole) if whole < 2 * DAY_S else f"{whole // DAY_S} d {whole % DAY_S // HOUR_S} h"


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 event``, ``2 events``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def shortened(text: str, most: int) -> str:
    """A text of up to `most` characters; an ellipsis replaces the rest of a longer one."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def as_text(name: str) -> str:
    """A file name that may hold bytes which are not UTF-8, with those bytes escaped: ``For\\xeat.wav``.

    Python keeps such bytes as surrogates, which no file, database or screen takes. This is the one way in which names
    of recordings are written, in reports, files, tables and messages; only what opens a file needs its real path.
    """
    try:
        content = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # other surrogates, from JSON or settings
        content = name.encode("utf-8", "backslashreplace")
    return content.decode("utf-8", "backslashreplace")


def one_line(text: str) -> str:
    """A text with a dot for each character that could break lines, colour a terminal or reorder text; see `as_text`."""
    if text.isprintable():
        return text
    text = as_text(text)
    return "".join("·" if category(one) in CONTROL else one for one in text)


def message(text: str) -> str:
    """A message for people: on one line, and of bounded length."""
    return shortened(one_line(text), LONGEST_MESSAGE)
