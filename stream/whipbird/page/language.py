"""The languages of the page: texts, numbers, dates and lengths of time. English texts are their own keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib import resources

__all__ = ["LANGUAGES", "Language", "choose_language", "language"]

LANGUAGES = {"en": "English", "de": "Deutsch"}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
HOUR_S, DAY_S = 3600, 86_400


class Language:
    """One of `LANGUAGES`."""

    def __init__(self, code: str, messages: Mapping[str, str]) -> None:
        self.code = code
        self._messages = messages

    def text(self, key: str, **values: object) -> str:
        """A text with its values."""
        text = self._messages.get(key, key)
        return text.format(**values) if values else text

    def number(self, value: float, decimals: int = 0) -> str:
        """A number with its separators."""
        text = f"{value:,.{decimals}f}"
        return text.translate(str.maketrans(",.", ".,")) if self.text("decimal point") == "," else text

    def counted(self, count: int, noun: str, nouns: str) -> str:
        """A number with its noun, such as ``1 event`` and ``2 events``."""
        return f"{self.number(count)} {self.text(noun if count == 1 else nouns)}"

    def percent(self, share: float) -> str:
        """A share of 1."""
        return f"{self.number(100 * share)} %" if self.code == "de" else f"{self.number(100 * share)}%"

    def day(self, day: date, year: bool = True) -> str:
        """A date with its weekday."""
        return self.text(
            "{weekday} {day} {month} {year}" if year else "{weekday} {day} {month}",
            weekday=self.text(WEEKDAYS[day.weekday()]),
            day=day.day,
            month=self.text(MONTHS[day.month - 1]),
            year=day.year,
        )

    def short_day(self, day: date) -> str:
        """A date without its weekday."""
        return self.text("{day} {month} {year}", day=day.day, month=self.text(MONTHS[day.month - 1]), year=day.year)

    def clock(self, moment: datetime) -> str:
        """A time of day."""
        return f"{moment:%H:%M:%S}"

    def moment(self, moment: datetime) -> str:
        """A date and time."""
        return f"{self.short_day(moment.date())}, {moment:%H:%M:%S}"

    def length(self, seconds: float) -> str:
        """A length of time in the unit that suits it."""
        if seconds < 60:
            return f"{self.number(seconds, 1 if seconds % 1 and seconds < 10 else 0)} s"
        if seconds < HOUR_S:
            return f"{round(seconds / 60)} min"
        hours, minutes = divmod(round(seconds / 60), 60)
        if seconds < 2 * DAY_S:
            return f"{hours} h {minutes:02} min" if minutes else f"{hours} h"
        return f"{self.number(hours)} h"

    def size(self, size: float) -> str:
        """A number of bytes."""
        for unit in ("B", "kB", "MB", "GB"):
            if size < 1000:
                return f"{self.number(size, 0 if size >= 10 or unit == 'B' else 1)} {unit}"
            size /= 1000
        return f"{self.number(size, 1)} TB"


@cache
def language(code: str) -> Language:
    """The language with a code of `LANGUAGES`."""
    if code == "en":
        return Language(code, {})
    text = (resources.files("whipbird.page") / "messages" / f"{code}.json").read_text(encoding="utf-8")
    return Language(code, json.loads(text))


def choose_language(accepted: str, chosen: str | None) -> Language:
    """The language that a visitor chose, or the first that the browser accepts and there is."""
    if chosen in LANGUAGES:
        return language(chosen)
    wanted = []
    for place, part in enumerate(accepted[:500].split(",")):
        name, _, weight = part.partition(";q=")
        try:
            wanted.append((-float(weight or 1), place, name.strip().lower().partition("-")[0]))
        except ValueError:
            continue
    return language(next((name for _, _, name in sorted(wanted) if name in LANGUAGES), "en"))
