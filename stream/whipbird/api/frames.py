"""Events as a table of pandas."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING

from whipbird.errors import WhipbirdError
from whipbird.events.detection import Detection
from whipbird.system.extras import needs

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["to_pandas"]

TYPES = {
    "float": "float64",
    "int": "int64",
    "bool": "bool",
    "str": "object",
    "str | None": "object",
    "datetime | None": "datetime64[us, UTC]",
}
"""Types of columns by those of a `Detection`'s fields."""
LEFT_OUT = ("verdict",)
"""What events have only in exports."""


def to_pandas(events: Iterable[Detection]) -> pd.DataFrame:
    """A table with one row for each event, in their order.

    Columns are the fields of `Detection` but ``verdict``; ``time`` is in UTC, and missing (``NaT``) where it is not
    known.

    Raises
    ------
    WhipbirdError
        If pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise WhipbirdError(f"to_pandas {needs('pandas', 'pandas')}") from error
    found = list(events)
    columns = {}
    for field in (field for field in fields(Detection) if field.name not in LEFT_OUT):
        values = [getattr(event, field.name) for event in found]
        if field.name == "time":
            columns[field.name] = pd.to_datetime(pd.Series(values, dtype="object"), utc=True)
        columns[field.name] = pd.Series(columns.get(field.name, values), dtype=TYPES[str(field.type)])
    return pd.DataFrame(columns)
