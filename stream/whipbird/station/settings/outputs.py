"""The outputs in a station's settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from whipbird.sinks import settings as sinks
from whipbird.sinks.files.open import LISTS
from whipbird.sinks.values import PathText, several
from whipbird.station.settings.fields import distinct

__all__ = ["StationOutputs"]

DATABASES = (".sqlite", ".db")


def _no_tables(paths: list[str]) -> list[str]:
    for path in paths:
        if path.lower().endswith(LISTS):
            raise ValueError(
                f"'{path}': this format is only for recordings that are processed one after the other; "
                "use .jsonl, .csv or .sqlite for a station"
            )
    return paths


class StationOutputs(sinks.Outputs):
    """The outputs of a station."""

    files: Annotated[list[PathText], BeforeValidator(several), AfterValidator(distinct), AfterValidator(_no_tables)] = (
        Field(default=[])
    )

    @property
    def database(self) -> str | None:
        """Path of the first database among the files; None if there is none."""
        return next((path for path in self.files if path.lower().endswith(DATABASES)), None)
