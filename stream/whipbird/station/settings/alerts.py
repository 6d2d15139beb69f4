"""The alerts in a station's settings: which events people are told of, where and how often."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from whipbird.sinks.values import Duration, several
from whipbird.station.settings.fields import Hours, Score, distinct
from whipbird.station.settings.services import ServiceSettings

__all__ = ["BACK", "FIELDS", "NEW_HERE", "NEW_THIS_YEAR", "RARE", "AlertSettings", "Condition"]

NEW_HERE, NEW_THIS_YEAR, BACK, RARE = "new here", "new this year", "back", "rare"
BACK_AFTER = re.compile(r"back after (\d{1,4}) days?")
RARER = re.compile(r"rarer than (0?\.\d{1,6})( in range)?")
CONDITIONS = '"new here", "new this year", "back after 14 days" or "rarer than 0.1 in range"'
FIELDS = ("name", "label", "score", "source", "station", "model", "date", "time", "why")
TITLE, TEXT = "{name}", "{name} at {source}, {time}, score {score}{why}"


@dataclass(frozen=True)
class Condition:
    """When an event is worth an alert.

    Attributes
    ----------
    kind : str
        ``new here``, ``new this year``, ``back`` or ``rare``.
    amount : float
        Days of absence, or probability at the place.
    """

    kind: str
    amount: float = 0.0


def _condition(value: Any) -> Condition:
    if value in (NEW_HERE, NEW_THIS_YEAR):
        return Condition(value)
    if isinstance(value, str) and (found := BACK_AFTER.fullmatch(value)) and int(found[1]):
        return Condition(BACK, float(found[1]))
    if isinstance(value, str) and (found := RARER.fullmatch(value)):
        return Condition(RARE, float(found[1]))
    raise ValueError(f"must be {CONDITIONS}")


def _template(text: str) -> str:
    try:
        text.format_map(dict.fromkeys(FIELDS, ""))
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        raise ValueError(f"{text!r}: fields are {', '.join(f'{{{name}}}' for name in FIELDS)}") from error
    return text


When = Annotated[Condition, PlainValidator(_condition)]
Template = Annotated[str, AfterValidator(_template)]


class AlertSettings(ServiceSettings):
    """An alert.

    Attributes
    ----------
    labels, sources : list of str
        Only these; default: all.
    when : list of Condition
        One of them must hold; default: always.
    hours : list of Span
    score : float
        Least score.
    every : float
        Seconds within which a label is told once.
    title, text : str
        Templates, see `FIELDS`.
    clip : bool
        Whether clip and picture are sent too, where the service takes them.
    """

    labels: Annotated[list[str], BeforeValidator(several), AfterValidator(distinct)] = Field(default=[])
    sources: Annotated[list[str], BeforeValidator(several), AfterValidator(distinct)] = Field(default=[])
    when: Annotated[list[When], BeforeValidator(several)] = Field(default=[])
    hours: Annotated[list[Hours], BeforeValidator(several)] = Field(default=[])
    score: Score | None = None
    every: Duration = 3600.0
    title: Template = TITLE
    text: Template = TEXT
    clip: bool = False
