"""The outputs in a station's settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from whipbird.sinks import settings as sinks
from whipbird.sinks.files.open import LISTS
from whipbird.sinks.values import PathText, several
from whipbird.station.settings.fields import distinct

__all__ = ["Outputs"]


def _no_tables(paths: list[str]) -> list[str]:
    for path in paths:
        if path.lower().endswith(LISTS):
            raise ValueError(
                f"{path!r}: its times count over recordings that are heard one after the other; "
                "several sources at once need .jsonl, .csv or .sqlite"
            )
    return paths


class Outputs(sinks.Outputs):
    """The outputs of a station."""

    files: Annotated[list[PathText], BeforeValidator(several), AfterValidator(distinct), AfterValidator(_no_tables)] = (
        Field(default=[])
    )
