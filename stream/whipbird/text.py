"""Times, counts and names as text for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from unicodedata import category

__all__ = [
    "as_text",
    "choice",
    "clock_time",
    "counted",
    "length_text",
    "listed",
    "message",
    "nearest",
    "one_line",
    "safe_name",
    "short_time",
    "shortened",
]

CONTROL = frozenset({"Cc", "Cf", "Zl", "Zp"})  # Unicode categories: control, format, and separators of lines
LONGEST_MESSAGE = 1000  # characters: a damaged file can hold a name or a number of any length
UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\ud800-\udfff]')
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400

MOST_NAMED = 60  # names that an error lists
SHORTEST_PART = 3  # characters
MOST_LONGER = 8


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
    """A number with its noun: ``1 event``, ``2,000 events``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def length_text(seconds: float) -> str:
    """A length of time in the largest unit in which it is a whole number: ``14 days``, ``36 hours``."""
    for unit, name in ((DAY_S, "day"), (HOUR_S, "hour"), (MINUTE_S, "minute")):
        if seconds >= unit and seconds % unit == 0:
            return counted(round(seconds / unit), name)
    return f"{seconds:g} seconds"


def listed(names: Sequence[str], most: int) -> str:
    """The first names, separated by commas, and the number of further ones: ``a, b and 6,520 more``."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def shortened(text: str, most: int) -> str:
    """A text of up to `most` characters; an ellipsis replaces the rest of a longer one."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant by an unknown one; None if none is similar."""
    names = {one.lower(): one for one in known}
    near = get_close_matches(name.lower(), names, 1)
    return names[near[0]] if near else None


def choice(name: str, known: Iterable[str]) -> str:
    """What to use instead of an unknown name, for an error: the one probably meant, and all if they are few.

    Of many names, those that contain the unknown one count before similar ones, and those whose last word it is come
    first: there are several birds called magpie, and others such as the Magpie Goose.
    """
    names = list(known)
    if not names:
        return "there are none"
    near = nearest(name, names)
    if len(names) <= MOST_NAMED:
        every = f"use one of {', '.join(names)}"
        return every if near is None else f"did you mean {near!r}? {every}"
    part = name.strip().casefold()
    longer = [one for one in names if part in one.casefold()] if len(part) >= SHORTEST_PART else []
    if longer:
        longer.sort(key=lambda one: not one.casefold().endswith(f" {part}"))
        return f"names that contain it: {listed(longer, MOST_LONGER)}"
    return f"none of the {len(names):,} names is similar" if near is None else f"did you mean {near!r}?"


def safe_name(text: str, longest: int) -> str:
    """A text as part of a file name on any system, with its length limited in characters and bytes."""
    short = UNSAFE.sub("-", text).strip(" .")[:longest].rstrip(" .")
    while len(short.encode()) > 2 * longest:
        short = short[:-1]
    return short or "-"


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
