"""What visitors ask for: values of addresses and bodies, checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from whipbird.database.writer import utc_text
from whipbird.errors import WhipbirdError
from whipbird.page.events import CURSOR, LAST_NUMBER, VERDICTS, Cursor, EventFilter
from whipbird.page.observations import Observations
from whipbird.system.strict import explain

__all__ = ["EventsQuery", "InvalidQueryError", "NoteBody", "VerdictBody", "parse"]

T = TypeVar("T", bound=BaseModel)
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 1, 1)
LONGEST = 300  # characters of a label
LONGEST_NOTE = 2000


class InvalidQueryError(WhipbirdError):
    """A request with a value that is not valid."""


Text = Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"^[^\x00-\x1f]*$")]


class EventsQuery(BaseModel):
    """Which events; ``from`` and ``to`` are days of the page's time zone, both included."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, populate_by_name=True)

    label: Text | None = None
    source: Annotated[int | None, Field(ge=0, le=LAST_NUMBER)] = None
    since: Annotated[date | None, Field(alias="from")] = None
    until: Annotated[date | None, Field(alias="to")] = None
    min_score: Annotated[float | None, Field(ge=0, le=1)] = None
    verdict: Literal[*VERDICTS] | None = None  # type: ignore[valid-type]
    cursor: Annotated[str, Field(pattern=f"^{CURSOR}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Take an empty field of a form as one that is not given."""
        return {name: value for name, value in values.items() if value != ""}

    @property
    def after(self) -> Cursor | None:
        return None if self.cursor is None else Cursor.read(self.cursor)

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out that would be shown otherwise."""
        return any((self.label, self.source is not None, self.since, self.until, self.min_score, self.verdict))

    def chosen(self, data: Observations) -> EventFilter:
        """The filter for the database."""
        return EventFilter(
            label=self.label,
            source=self.source,
            since=None if self.since is None else utc_text(data.start_of(_possible(self.since))),
            until=None if self.until is None else utc_text(data.start_of(_possible(self.until) + timedelta(days=1))),
            least_score=self.min_score or 0.0,
            verdict=self.verdict or "",
        )


def _possible(day: date) -> date:
    """The nearest day on which there can be events."""
    return min(max(day, FIRST_DAY), LAST_DAY)


ANSWERS: list[JsonValue] = [
    {"properties": {"answer": {"const": "other"}, "other": {"type": "string"}}, "required": ["other"]},
    {"properties": {"answer": {"enum": ["yes", "no", "unsure"]}, "other": {"type": "null"}}},
]


class VerdictBody(BaseModel):
    """A verdict on an event; ``other`` is the label of the sound if the answer is ``other``."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"oneOf": ANSWERS})

    answer: Literal["yes", "no", "other", "unsure"]
    other: Text | None = None
    drawn: bool = False

    @model_validator(mode="after")
    def _has_other(self) -> VerdictBody:
        if (self.answer == "other") != (self.other is not None):
            raise ValueError("the answer 'other' needs the label of the other sound, and no other answer does")
        return self


class NoteBody(BaseModel):
    """A note on an event."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True)

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_NOTE, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$")]


def parse(model: type[T], values: Mapping[str, Any]) -> T:
    """Check values; raises InvalidQueryError with a line about the first that is not valid."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the request"
        raise InvalidQueryError(f"{where}: {explain(first)}") from error
